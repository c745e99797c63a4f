/**
 * Random questions for the access rules: clients with and without certain names, senders, recipients, authentication
 * and certificates.
 */
import { isIPv6 } from 'node:net';
import type { CheckQuery } from '../access/answer.ts';
import { wordsOf } from '../read-data.ts';
import { randomAddress } from './address-generator.ts';
import { anyAddress, HOSTS } from './mail-addresses.ts';
import type { Random } from './random.ts';

const words = wordsOf('access-questions');

/** Addresses as they are given; the oracle spells them as the daemon does. */
const ADDRESSES = words('addresses');
export const CLIENT_NAMES: readonly string[] = words('clientNames');
/** The resolver of the real machine completes `mail.oracle`. */
const NAMES = [...HOSTS.filter((name) => name !== 'mail.oracle'), ...CLIENT_NAMES];
const HELOS = words('helos');
const VERIFY = words('verify');
export const ISSUERS: readonly string[] = ['/CN=ca', '/CN=x', '', '/O=Ex+20Co/CN=a.b+28c+29', 'ca', '/CN=CA'];
export const SUBJECTS: readonly string[] = ['/CN=joe', '/CN=y', '', '/CN=joe/emailAddress=joe@a.example', '/cn=JOE'];
const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'plain', 'EXTERNAL', 'PLAIN LOGIN', 'DIGEST-MD5', 'X.Y'];
/** Without `c`, which asks DNS to complete host names. */
const FLAGS = ['u', 'f', 'f u', 'r', 'a', 'b', 'u f', 'b u', 'CC f', 'uf', 'U', 'E'];

/** Groups of which an IPv6 address is made, many of them zero. */
const GROUPS = [0, 0, 0, 0, 1, 0x2001, 0xdb8, 0xfe80, 0xffff, 0xc000, 0x207, 0xab];

/** Any address in any of its spellings. One that maps an IPv4 address is called by that, which test mode does not know. */
export function anyIp(r: Random): string {
  if (r.chance(0.3)) return r.list(4, () => r.pick([0, 1, 2, 10, 127, 192, 203, 255])).join('.');
  const groups = r.list(8, () => r.pick(GROUPS));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? anyIp(r) : `${r.pick(['IPv6:', 'IPv6:', 'ipv6:', 'IPV6:', ''])}${spelledGroups(r, groups)}`;
}

function spelledGroups(r: Random, groups: readonly number[]): string {
  const digits = r.pick([0, 0, 4]);
  const words = groups.map((group) => group.toString(16).padStart(digits, '0'));
  const full = words.join(':');
  const text = r.chance(0.6) ? full.replace(/(?:^|(?<=:))0+(?::0+)+(?=:|$)/, r.pick(['', ':'])) : full;
  const short = isIPv6(text) ? text : full.replace(/(^|:)(?:0+(?::|$)){2,}/, '::');
  const shown = isIPv6(short) ? short : full;
  return r.chance(0.2) ? shown.toUpperCase() : shown;
}

/** Mostly a usual address, sometimes one that is hard to parse. */
export function envelopeAddress(r: Random): string {
  return r.chance(0.2) ? randomAddress(r) : anyAddress(r);
}

type Client = Pick<CheckQuery, 'clientAddr' | 'clientName' | 'clientResolve' | 'clientPtr' | 'helo'>;

/** A name, the address in brackets, or none. */
function clientNameOf(r: Random, isNamed: boolean, address: string): { clientName?: string } {
  if (r.chance(0.05)) return r.chance(0.5) && address !== '' ? {} : { clientName: '' };
  return { clientName: isNamed ? r.pick(NAMES) : `[${address}]` };
}

function client(r: Random): Client {
  const clientAddr = r.chance(0.3) ? anyIp(r) : r.pick(ADDRESSES);
  const clientResolve = r.pick(['OK', 'OK', 'OK', 'OK', 'FAIL', 'FORGED', 'TEMP'] as const);
  const isNamed = r.chance(clientResolve === 'OK' ? 0.9 : 0.2);
  return {
    clientAddr,
    ...clientNameOf(r, isNamed, clientAddr),
    clientResolve,
    helo: r.pick(HELOS),
    ...(r.chance(0.3) && { clientPtr: r.pick(NAMES) }),
  };
}

type Session = Client & Pick<CheckQuery, 'sender' | 'daemonFlags' | 'auth' | 'authAuthen' | 'tls'>;

function session(r: Random): Session {
  return {
    ...client(r),
    sender: r.chance(0.9) ? envelopeAddress(r) : '',
    ...(r.chance(0.15) && { daemonFlags: r.pick(FLAGS) }),
    ...(r.chance(0.2) && { auth: r.pick(MECHANISMS), authAuthen: r.pick(['', 'joe', 'joe@a.example']) }),
    ...(r.chance(0.25) && {
      tls: { verify: r.pick(VERIFY), certIssuer: r.pick(ISSUERS), certSubject: r.pick(SUBJECTS) },
    }),
  };
}

/** A question: of six, one about a client, one about a sender, four about recipients. */
export function anyQuestion(r: Random, index: number): CheckQuery {
  if (index % 6 === 0) return { kind: 'relay', ...client(r) };
  if (index % 6 === 1) return { kind: 'mail', ...session(r) };
  return { kind: 'rcpt', rcpt: envelopeAddress(r), ...session(r) };
}
