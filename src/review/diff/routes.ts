/**
 * Two configurations -> the addresses whose routes differ, and those that look different outside: one for each key of the
 * tables, one for each word of the classes, and one that none of them names. Aliases are not followed here; they are compared
 * by expansion.
 */

import type { RoutingTable } from '../../address/routing.ts';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import type { RewriteHow } from '../../route/rewrite.ts';
import type { Reviewed } from '../sources.ts';
import { addressFor, addressIn, FRESH, FRESH_HOST } from '../table-address.ts';
import { tableEntries, wordsOf } from './observed.ts';

/** An address whose mail goes elsewhere. */
export interface RouteDifference {
  readonly address: string;
  readonly before: string;
  readonly after: string;
}

/** An address in an envelope or header for another host. */
export interface RewriteDifference extends RouteDifference, RewriteHow {}

type AddressOf = (key: ByteString) => ByteString;
const ROUTED: Readonly<Partial<Record<RoutingTable, AddressOf>>> = {
  virtuser: addressFor,
  mailertable: addressIn,
  domaintable: (host) => `${FRESH}@${host}`,
  bitdomain: (host) => `${FRESH}@${host}.bitnet`,
  uudomain: (host) => `${FRESH}@${host}.uucp`,
};
/** A key of genericstable may have no host. */
const REWRITTEN: Readonly<Partial<Record<RoutingTable, AddressOf>>> = {
  ...ROUTED,
  generics: (key) => addressFor(key),
};

/** @param hosts words of classes that one of them has */
export function routeDifferences(before: Reviewed, after: Reviewed, hosts: Iterable<string>): RouteDifference[] {
  return [...addresses([before, after], ROUTED, hosts)].flatMap((address) =>
    differing(address, (side) => routeText(side, address), before, after),
  );
}

const HOWS: readonly RewriteHow[] = (['envelope', 'header'] as const).flatMap((where) =>
  (['sender', 'recipient'] as const).map((role) => ({ where, role })),
);

/** @param hosts words of classes that one of them has */
export function rewriteDifferences(before: Reviewed, after: Reviewed, hosts: Iterable<string>): RewriteDifference[] {
  return [...addresses([before, after], REWRITTEN, hosts)].flatMap((address) =>
    HOWS.flatMap((how) =>
      differing(address, (side) => rewrittenText(side, address, how), before, after).map((found) => ({
        ...found,
        ...how,
      })),
    ),
  );
}

function differing(
  address: string,
  answer: (side: Reviewed) => string,
  before: Reviewed,
  after: Reviewed,
): RouteDifference[] {
  const [old, now] = [answer(before), answer(after)];
  return old === now ? [] : [{ address, before: old, after: now }];
}

function addresses(
  sides: readonly Reviewed[],
  tables: Readonly<Partial<Record<RoutingTable, AddressOf>>>,
  hosts: Iterable<string>,
): ReadonlySet<string> {
  const named = sides.flatMap((side) => [
    ...Object.entries(tables).flatMap(([table, addressOf]) => [...tableEntries(side, table).keys()].map(addressOf)),
    ...hostsOf(side).map((host) => `${FRESH}@${host}`),
    ...usersOf(side).map((user) => `${user}@${side.settings.hostName}`),
  ]);
  const own = sides.map(({ settings }) => `${FRESH}@${settings.hostName}`);
  const plain = [FRESH, `${FRESH}@${FRESH_HOST}`, `${FRESH}@${FRESH}`, ...PSEUDO.map((domain) => `${FRESH}@${domain}`)];
  return new Set([...plain, ...own, ...[...hosts].map((host) => `${FRESH}@${host}`), ...named].map(decodeText));
}

/** Domains of networks that relays lead to. */
const PSEUDO: readonly string[] = [`${FRESH}.bitnet`, `${FRESH}.uucp`, `${FRESH}.decnet`, `${FRESH}.fax`];

/** Hosts of the classes of routing, with one below each. */
function hostsOf(side: Reviewed): ByteString[] {
  const { classes, items } = side.settings.route;
  const named = (['VirtHost', 'G', 'M', 'N', 'B'] as const).flatMap((name) => {
    const setting = classes[name];
    return setting === undefined ? [] : [...wordsOf(setting, side)];
  });
  const inItems = items.flatMap(
    (item) => /^[A-Z]+_(?:DOMAIN|EXCEPTION|AS):(.*)$/s.exec(item)?.[1]?.split(/[\s,]+/) ?? [],
  );
  return [...named, ...inItems].filter((host) => /^[\w.-]+$/.test(host)).flatMap((host) => [host, `${FRESH}.${host}`]);
}

/** Users of EXPOSED_USER and LOCAL_USER. */
function usersOf(side: Reviewed): ByteString[] {
  const { classes, items } = side.settings.route;
  const named = (['E', 'L'] as const).flatMap((name) => {
    const setting = classes[name];
    return setting === undefined ? [] : [...wordsOf(setting, side)];
  });
  const inItems = items.flatMap((item) => /^(?:EXPOSED|LOCAL)_USER:(.*)$/s.exec(item)?.[1]?.split(/[\s,]+/) ?? []);
  return [...named, ...inItems].filter((user) => /^[\w.-]+$/.test(user));
}

function routeText({ configuration }: Reviewed, address: string): string {
  const route = configuration.route(address);
  if ('reply' in route) return `${route.reply.code} ${route.reply.enhanced} ${route.reply.text}`;
  return [route.mailer, route.host, route.user].filter((part) => part !== undefined).join(' ');
}

function rewrittenText({ configuration }: Reviewed, address: string, how: RewriteHow): string {
  try {
    return configuration.rewrite(address, how).address;
  } catch (error) {
    if (error instanceof MapError) return `cannot tell: ${error.message}`;
    throw error;
  }
}
