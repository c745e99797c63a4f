/**
 * Two configurations -> the addresses whose mail goes elsewhere: one for each key of virtusertable and mailertable, for each
 * word of the classes, and one that none of them names. Without aliases, which are compared by expansion.
 */
import { basename } from 'node:path';
import { decodeText } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { accessEntries } from '../../source/access-entry.ts';
import type { Asked } from '../question.ts';
import type { Reviewed } from '../sources.ts';
import { addressFor, addressIn, FRESH } from '../table-address.ts';

export interface RouteDifference {
  readonly address: string;
  readonly before: string;
  readonly after: string;
}

const ADDRESS_OF: Readonly<Record<string, (key: string) => string>> = {
  virtusertable: addressFor,
  mailertable: addressIn,
};

/** @param hosts words of classes, as keys and values of a diff have them */
export function routeDifferences(before: Reviewed, after: Reviewed, hosts: Iterable<string>): RouteDifference[] {
  const addresses = new Set([
    `${FRESH}@${FRESH}.invalid`,
    ...[...hosts].map((host) => `${FRESH}@${host}`),
    ...addressesOf(before),
    ...addressesOf(after),
  ]);
  return [...addresses].flatMap((address) => {
    const [old, now] = [routeText(before, address), routeText(after, address)];
    return old === now ? [] : [{ address, before: old, after: now }];
  });
}

function addressesOf({ texts }: Reviewed): string[] {
  return texts.flatMap(({ file, text }) => {
    const addressOf = ADDRESS_OF[basename(file)];
    if (addressOf === undefined) return [];
    return accessEntries(text.split('\n')).map(({ key }) => decodeText(addressOf(foldCase(key))));
  });
}

function routeText({ configuration }: Asked, address: string): string {
  const route = configuration.route(address);
  if ('reply' in route) return `${route.reply.code} ${route.reply.enhanced} ${route.reply.text}`;
  return [route.mailer, route.host, route.user].filter((part) => part !== undefined).join(' ');
}
