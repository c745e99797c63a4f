/**
 * The name of a Postfix parameter and a key -> the answer of sendmail's tables, for a socketmap: `virtual_alias_maps`
 * (virtusertable, and mailertable's `local:`), `transport_maps` (mailertable and relays), `sender_canonical_maps`
 * (genericstable and masquerading, as for headers), `relay_domains` (class R, and the access map's To: RELAY).
 *
 * Postfix looks up whole addresses and domains. sendmail's own rules give the answer, so no table is read here
 * directly. An address that they do not change is "not found", and Postfix goes on.
 * Differences: an `error:` of a table becomes a transport that refuses, because no other Postfix table can. In a
 * virtual alias domain Postfix looks up no transport; there it reports an unknown user, or defers if sendmail would
 * defer. sendmail's SMTP mailers become Postfix's `smtp` and `relay`; any other mailer must be a transport in
 * master.cf.
 */
import type { MailMaps } from '../config/mailmaps.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import { ownField } from '../core/own-field.ts';
import type { Route, RouteReply } from '../route/route.ts';
import { MAX_LINE_BYTES } from './attributes.ts';

/** The questions of these tables to a configuration. */
export type TableQuestions = Pick<MailMaps, 'route' | 'rewrite' | 'checkRcpt'>;

type View = (key: string, questions: TableQuestions) => string | undefined;

const VIEWS: Readonly<Record<string, View>> = {
  virtual_alias_maps: virtualAlias,
  transport_maps: transport,
  sender_canonical_maps: senderCanonical,
  relay_domains: relayDomain,
};

const SMTP_MAILERS: ReadonlySet<string> = new Set(['smtp', 'esmtp', 'smtp8', 'dsmtp']);
/** A client that no table names: everybody may relay to the domains that it may relay to. */
const NOBODY = { address: '255.255.255.255', resolve: 'FAIL' as const };
/** RFC 6761: this domain does not exist. */
const NOWHERE = 'mailmaps.invalid';

export function isPostfixTable(name: ByteString): boolean {
  return Object.hasOwn(VIEWS, name);
}

/** Looks up a key in one of these tables; one that is too long for an SMTP command is in none. @param current gives the configuration, or throws a MapError */
export function askPostfixTable(name: ByteString, key: ByteString, current: () => TableQuestions): LookupResult {
  if (key.length > MAX_LINE_BYTES) return NOT_FOUND;
  try {
    const value = ownField(VIEWS, name)!(decodeText(key), current());
    return value === undefined ? NOT_FOUND : { status: 'found', value: encodeText(value) };
  } catch (error) {
    if (error instanceof MapError) return { status: 'tempFail', error };
    throw error;
  }
}

function virtualAlias(address: string, questions: TableQuestions): string | undefined {
  const route = routeOf(address, questions);
  if (route?.kind === 'tempFail' && isByTable(route)) throw new MapError('tempFail', route.reply.text);
  if (route?.kind !== 'local' && route?.kind !== 'remote') return undefined;
  const isRenamed = found(route, 'virtusertable') || (route.kind === 'local' && found(route, 'mailertable'));
  return isRenamed ? route.user : undefined;
}

function transport(address: string, questions: TableQuestions): string | undefined {
  const route = routeOf(address, questions);
  if (route?.kind === 'error' || route?.kind === 'tempFail') return isByTable(route) ? refusal(route.reply) : undefined;
  // an address in the virtusertable has become another one before it is delivered
  if (route?.kind !== 'remote' || found(route, 'virtusertable')) return undefined;
  const { mailer, host = '' } = route;
  const nextHop = withoutDot(host);
  const isSmtp = SMTP_MAILERS.has(mailer);
  if (isSmtp && nextHop.toLowerCase() === domainOf(address).toLowerCase()) return undefined;
  return `${isSmtp ? 'smtp' : mailer}:${isSmtp || mailer === 'relay' ? hostsOf(nextHop) : nextHop}`;
}

function senderCanonical(address: string, questions: TableQuestions): string | undefined {
  if (!address.includes('@')) return undefined;
  const { address: made } = questions.rewrite(address, { where: 'header', role: 'sender' });
  return made.toLowerCase() === address.toLowerCase() ? undefined : made;
}

function relayDomain(domain: string, questions: TableQuestions): string | undefined {
  return mayRelayTo(domain, questions) && !mayRelayTo(NOWHERE, questions) ? 'OK' : undefined;
}

/** @throws MapError for a temporary failure */
function mayRelayTo(domain: string, questions: TableQuestions): boolean {
  const { action, reply } = questions.checkRcpt(`postmaster@${domain}`, { client: NOBODY, sender: '' });
  if (action === 'tempFail') throw new MapError('tempFail', reply?.text ?? 'try again later');
  return action === 'relay';
}

/** The route of an address; undefined: the key is no address. @throws MapError for a temporary failure */
function routeOf(address: string, questions: TableQuestions): Route | undefined {
  if (!address.includes('@')) return undefined;
  const route = questions.route(address);
  const failed = route.trace.find((step) => step.kind === 'table' && step.status === 'tempFail');
  if (failed?.kind === 'table') throw new MapError('tempFail', `the lookup of ${failed.key} in ${failed.table} failed`);
  return route;
}

function found({ trace }: Route, table: string): boolean {
  return trace.some((step) => step.kind === 'table' && step.table === table && step.status === 'found');
}

function isByTable({ trace }: Route): boolean {
  return trace.some((step) => step.kind === 'table' && step.status === 'found');
}

/** error(8) and retry(8) read the status from the start of the text. */
function refusal({ code, enhanced, text }: RouteReply): string {
  const service = code < 500 ? 'retry' : 'error';
  return `${service}:${enhanced || (code < 500 ? '4.0.0' : '5.0.0')} ${text.replace(/[\x00-\x1f\x7f]/g, '?')}`;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function withoutDot(host: string): string {
  return host.replace(/\.$/, '');
}

/** `a:b` names two hosts, tried in this order; a colon in brackets belongs to an address. */
function hostsOf(hosts: string): string {
  return hosts.replace(/:(?![^[]*\])/g, ', ');
}
