/**
 * Questions in text -> questions in bytes, for the rules. A value of the wrong shape is refused with a reason: a field that is
 * misread would change the decision.
 */

import type { Peer } from '../access/decision.ts';
import type { Answer, LocalUser } from '../alias/context.ts';
import { EXPANDED, type ExpandHow } from '../alias/expansion.ts';
import { PRIVACY_OPTIONS, type PrivacyOption } from '../alias/smtp.ts';
import {
  assertKind,
  checkFields,
  FLAG,
  type Kind,
  type Kinds,
  NUMBER,
  oneOf,
  RECORD,
  TEXT,
  TEXTS,
} from '../core/arguments.ts';
import { decodeText, encodeText, isAscii } from '../core/bytes.ts';
import { isLocalSubmission } from '../core/ip-address.ts';
import type { LookupResult, Table } from '../core/lookup.ts';
import type { Client, Session } from '../core/session.ts';
import type { RewriteHow } from '../route/rewrite.ts';
import type { RouteHow } from './rulings.ts';

/** The fields of a record, each with its type. */
interface Fields<T> {
  readonly kinds: readonly (readonly [keyof T & string, Kind])[];
  readonly names: ReadonlySet<string>;
}

function fieldsOf<T>(kinds: Kinds<T>): Fields<T> {
  return { kinds: Object.entries(kinds) as unknown as Fields<T>['kinds'], names: new Set(Object.keys(kinds)) };
}

const CLIENT = fieldsOf<Client>({
  address: TEXT,
  name: TEXT,
  resolve: oneOf('OK', 'FAIL', 'FORGED', 'TEMP'),
  ptr: TEXT,
  helo: TEXT,
});
const SESSION = fieldsOf<Session>({
  client: RECORD,
  sender: TEXT,
  authType: TEXT,
  authAuthen: TEXT,
  tls: RECORD,
  daemonFlags: TEXT,
  senderDomain: oneOf('OK', 'PERM', 'TEMP'),
});
const TLS = fieldsOf<NonNullable<Session['tls']>>({ verify: TEXT, certIssuer: TEXT, certSubject: TEXT });
const PEER = fieldsOf<Peer>({ name: TEXT, address: TEXT });
const USER = fieldsOf<LocalUser>({ name: TEXT, uid: NUMBER, gid: NUMBER, home: TEXT, shell: TEXT, fullName: TEXT });

/** sendmail's client address for mail from this host. */
const LOCAL_IN_BYTES = '';

/** @throws TypeError for fields of the wrong shape, MapError `badInput` for text that has no bytes; so do the next three */
export function clientInBytes(client: Client): Client {
  const own = inBytes('client', client, CLIENT);
  const { address } = own;
  if (isLocalSubmission(address)) return { ...copyOf('client', own, CLIENT), address: LOCAL_IN_BYTES };
  return own;
}

export function sessionInBytes(session: Session): Session {
  const own = inBytes('session', session, SESSION);
  const client = clientInBytes(own.client);
  const tls = own.tls && inBytes('tls', own.tls, TLS);
  if (tls && tls.verify === undefined) assertKind('tls.verify', tls.verify, TEXT);
  return client === own.client && tls === own.tls
    ? own
    : { ...copyOf('session', own, SESSION), client, ...(tls && { tls }) };
}

export function peerInBytes(peer: Peer): Peer {
  return inBytes('peer', peer, PEER);
}

/**
 * A function that finds users, in text -> one in bytes. The caller wrote it, so its results are checked. A result may have
 * fields of its own, but none whose name is nearly one of ours.
 */
export function usersInBytes(find: (name: string) => Answer<LocalUser>): typeof find {
  return (name) => {
    const user = find(decodeText(name));
    if (user === undefined || user === 'tempFail') return user;
    const own = inBytes('a user', user, USER, true);
    for (const field of ['name', 'home'] as const) assertKind(`a user.${field}`, own[field], TEXT);
    for (const field of ['uid', 'gid'] as const) assertKind(`a user.${field}`, own[field], NUMBER);
    return own;
  };
}

const RESULT = fieldsOf<Extract<LookupResult, { readonly status: 'found' }>>({
  status: oneOf('found', 'notFound', 'tempFail'),
  value: TEXT,
  entry: TEXT,
});

/** A table in text -> one in bytes. The caller wrote it, so its results are checked, and its errors are passed on. */
export function tableInBytes(table: Table): Table {
  return (key, ...args) => {
    const result = table(decodeText(key), ...args.map(decodeText));
    if (!RECORD.holds(result)) assertKind('the result of a table', result, RECORD);
    const { status } = result;
    if (status === 'notFound' || status === 'tempFail') return result;
    const own = inBytes('the result of a table', result, RESULT);
    for (const field of ['status', 'value'] as const) assertKind(`the result of a table.${field}`, own[field], TEXT);
    return own;
  };
}

/**
 * The record in bytes; the record itself if all of it is ASCII, so that nothing is copied.
 *
 * @param mayHaveMore whether it may have other fields, if their names are not nearly ours
 */
function inBytes<T extends object>(what: string, record: T, fields: Fields<T>, mayHaveMore = false): T {
  if (!RECORD.holds(record)) assertKind(what, record, RECORD);
  checkFields(what, record, fields.names, mayHaveMore);
  let isSame = true;
  for (const [field, kind] of fields.kinds) {
    const value = record[field];
    if (value === undefined) continue;
    if (!kind.holds(value)) assertKind(`${what}.${field}`, value, kind);
    if (typeof value === 'string' && !isAscii(value)) isSame = false;
  }
  return isSame ? record : copyOf(what, record, fields);
}

/** Includes inherited fields. */
function copyOf<T extends object>(what: string, record: T, fields: Fields<T>): T {
  const copy: Partial<Record<keyof T, unknown>> = {};
  for (const [field] of fields.kinds) {
    const value = record[field];
    if (value !== undefined) copy[field] = typeof value === 'string' ? encodeText(value, `${what}.${field}`) : value;
  }
  return copy as T;
}

/** @throws TypeError for a value that is not such a record */
export function howInBytes(how: RouteHow): RouteHow {
  assertKind('how', how, RECORD);
  const { daemonFlags } = how;
  if (daemonFlags === undefined) return {};
  assertKind('daemonFlags', daemonFlags, TEXT);
  return { daemonFlags: encodeText(daemonFlags, 'daemonFlags') };
}

const EXPANDED_AS = oneOf(...EXPANDED);

/** Whether an address is that of RCPT, and no list. @throws TypeError for a value that is not such a record */
export function isOneRecipient(how: ExpandHow): boolean {
  assertKind('how', how, RECORD);
  if (how.as !== undefined) assertKind('as', how.as, EXPANDED_AS);
  return how.as === 'recipient';
}

const PLACE = oneOf('envelope', 'header');
const ROLE = oneOf('sender', 'recipient');

/** @throws TypeError for a value that is not such a record */
export function rewriteInBytes(how: RewriteHow): RewriteHow {
  const { daemonFlags } = howInBytes(how);
  const { mailer, where, role } = how;
  assertKind('where', where, PLACE);
  assertKind('role', role, ROLE);
  if (mailer !== undefined) assertKind('mailer', mailer, TEXT);
  return { mailer, where, role, daemonFlags };
}

const PRIVACY_OPTION = oneOf(...PRIVACY_OPTIONS);

/** An unknown option would be ignored, and would show what it should hide. */
export function checkPrivacy(privacy: readonly PrivacyOption[], greeted: boolean): void {
  assertKind('privacy', privacy, TEXTS);
  for (const option of privacy) assertKind('an option of privacy', option, PRIVACY_OPTION);
  assertKind('greeted', greeted, FLAG);
}
