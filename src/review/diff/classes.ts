/**
 * Two configurations -> the classes of clients, senders and recipients that their decisions can distinguish, with one
 * representative each. The product of the classes covers every possible question.
 */
import { isIP } from 'node:net';
import type { ByteString } from '../../core/bytes.ts';
import { ipv6Groups } from '../../core/ip-address.ts';
import { FRESH, FRESH_HOST } from '../table-address.ts';
import { type Observed, Observer, ROLE_TAGS, type Role, splitEntries } from './observe.ts';
import { type OddAddresses, oddAddresses } from './odd-addresses.ts';

/** One class of hosts, addresses, local parts or mailboxes. */
export interface Class<T> {
  /** The observations of the old and the new configuration. */
  readonly observed: string;
  /** Whether both observations are equal. */
  readonly isSame: boolean;
  readonly example: T;
}

export interface Mailbox {
  readonly local: ByteString;
  /** `''`: the address has no host. */
  readonly host: ByteString;
}

export interface ClientExample {
  readonly address: ByteString;
  /** Absent: the address has no name. */
  readonly name?: ByteString;
  /** Why it has no name; absent: there is none. */
  readonly resolve?: 'TEMP' | 'FORGED';
  /** The name that was not confirmed. */
  readonly ptr?: ByteString;
}

/** The parts of addresses of one role. */
export interface MailboxClasses extends OddAddresses {
  readonly plain: readonly Class<Mailbox>[];
  /** Hosts that may stand around another address. */
  readonly around: readonly Class<ByteString>[];
}

export interface Classes {
  readonly clients: readonly Class<ClientExample>[];
  /** Addresses in no network that is named, of IPv4 and IPv6. */
  readonly strangers: readonly ClientExample[];
  /** A host that no entry and no class names, nor any of its parents. */
  readonly far: ByteString;
  readonly senders: MailboxClasses;
  readonly recipients: MailboxClasses;
}

/** Effects of the rules of one of the configurations. */
export interface RuleFacts {
  /** They look at names of clients that were not confirmed. */
  readonly seesPtr?: boolean;
  /** They differ, so addresses that are observed alike may be answered differently. */
  readonly differ?: boolean;
}

export function classesOf(
  before: Observed,
  after: Observed,
  changed: ReadonlySet<ByteString>,
  facts: RuleFacts = {},
): Classes {
  const differ = facts.differ === true;
  const ownNames = new Set([
    ...[before, after].flatMap(({ hostName, domain }) => [hostName, `localhost.${domain}`]),
    ...(differ ? ['localhost.uucp'] : []),
  ]);
  const words = new Set([...[before, after].flatMap(wordsOf), ...ownNames]);
  const renamed = [before, after].flatMap(({ renamed: hosts }) => [...hosts.keys()]);
  const own = { ownNames, renamed, odd: oddAddresses(differ) };
  const observeAs = (role: Role): Observe => {
    const [old, now] = [new Observer(before, changed, role), new Observer(after, changed, role)];
    const isAlike = isLikeExceptEntries(before, after);
    return (see) => {
      old.meetsChange = false;
      const seen = see(old);
      return { old: seen, now: isAlike && !old.meetsChange ? seen : see(now) };
    };
  };
  const named = (role: Role): ReadonlySet<ByteString> => subjectsOf([before, after], role);
  const roles = { client: named('client'), sender: named('sender'), recipient: named('recipient') };
  const isNamed = (name: ByteString): boolean =>
    [name, `.${name}`, `${name}.`, `${name}:`, `[${name}]`].some(
      (form) => words.has(form) || Object.values(roles).some((subjects) => subjects.has(form)),
    );
  return {
    strangers: [freshAddress('', { has: isNamed }), freshIpv6(isNamed)].map((address) => ({ address })),
    far: isNamed('invalid') ? `${FRESH}.${FRESH}` : FRESH_HOST,
    clients: clientsOf(roles.client, words, facts.seesPtr === true, observeAs('client')),
    senders: mailboxesOf(roles.sender, words, own, observeAs('sender')),
    recipients: mailboxesOf(roles.recipient, words, own, observeAs('recipient')),
  };
}

/** Whether only entries differ: then subjects without an entry that differs are observed alike. */
function isLikeExceptEntries(before: Observed, after: Observed): boolean {
  const isSameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
    one.size === other.size && [...one].every((word) => other.has(word));
  return (
    [before, after].every(({ renamed, fate }) => renamed.size === 0 && fate === undefined) &&
    before.hostName === after.hostName &&
    before.compressed === after.compressed &&
    isSameSet(before.local, after.local) &&
    isSameSet(before.relay, after.relay) &&
    isSameSet(before.apart, after.apart)
  );
}

/** The names in entries of one role. Names of another role count as names that no entry has. */
function subjectsOf(sides: readonly Observed[], role: Role): ReadonlySet<ByteString> {
  const subjects = new Set<ByteString>();
  for (const { entries, routed } of sides) {
    for (const { tag, subject } of splitEntries(entries)) if (ROLE_TAGS[role].has(tag)) subjects.add(subject);
    for (const key of routed) subjects.add(key);
  }
  return subjects;
}

function wordsOf({ local, relay, domain, renamed }: Observed): ByteString[] {
  return [...local, ...relay, ...LOOPBACK_NAMES, domain, ...[...renamed].flat()];
}

type Observe = (see: (observer: Observer) => string) => Seen;

interface Seen {
  readonly old: string;
  readonly now: string;
}

/** One example of each class. */
function grouped<T>(examples: Iterable<T>, see: (example: T) => Seen): Class<T>[] {
  const classes = new Map<string, Class<T>>();
  for (const example of examples) {
    const { old, now } = see(example);
    const observed = `${old}\v${now}`;
    if (!classes.has(observed)) classes.set(observed, { observed, isSame: old === now, example });
  }
  return [...classes.values()];
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){0,3}$/;
const IPV6 = /^ipv6:[\da-f:]+$/;
const LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[\da-f:]+)\]$/;
/** The form of a host name: neither DNS nor an address has another form. */
const HOST = /^[^\x00-\x20@:[\]()<>",;\\]{1,250}$/;

const LOOPBACK_NAMES: readonly ByteString[] = ['localhost', '[127.0.0.1]', '[ipv6:0:0:0:0:0:0:0:1]'];

/** Each host that is named, one below it, and one elsewhere; an address in brackets in each network that is named so. */
function* hostExamples(subjects: Iterable<ByteString>, words: Iterable<ByteString>): Generator<ByteString> {
  yield FRESH_HOST;
  yield `${FRESH}.${FRESH}`;
  yield FRESH;
  yield '[203.0.113.254]';
  const all = [...subjects, ...words];
  const nets = all.filter((subject) => subject.startsWith('['));
  if (nets.length > 0) for (const address of addressExamples(nets, [])) yield `[${address}]`;
  for (const subject of all) {
    const host = subject.slice(subject.lastIndexOf('@') + 1).replace(/^\./, '');
    if (LITERAL.test(host)) yield host;
    if (!HOST.test(host) || IPV4.test(host)) continue;
    yield host;
    yield `${FRESH}.${host}`;
  }
}

/** For each named network, an address in it that is in no longer named network; and an address elsewhere, for IPv4 and IPv6. */
function* addressExamples(subjects: Iterable<ByteString>, words: Iterable<ByteString>): Generator<ByteString> {
  const named = withoutMarks([...subjects, ...words]);
  yield freshAddress('', named);
  yield 'ipv6:2001:db8:0:0:0:0:0:fade';
  yield '127.0.0.1';
  for (const net of named) {
    const address = IPV4.test(net) ? freshAddress(net, named) : IPV6.test(net) ? completed(net) : undefined;
    if (address !== undefined && isIP(address.replace(/^ipv6:/, '')) > 0) yield address;
  }
}

/** Networks without brackets and without a final dot or colon. */
function withoutMarks(names: Iterable<ByteString>): ReadonlySet<ByteString> {
  return new Set([...names].map((name) => name.replace(/^\[(.*)\]$/, '$1').replace(/[.:]$/, '')));
}

/** First groups of networks on the Internet. */
const IPV6_STARTS = ['2001', '2a0f', '2c0f', '2606', '240e', '2804', '3fff'] as const;

/** An IPv6 address whose first group nothing names, if there is one. */
function freshIpv6(isNamed: (net: ByteString) => boolean): ByteString {
  const start = IPV6_STARTS.find((group) => !isNamed(`ipv6:${group}`) && !isNamed(`ipv6:${group}:db8`)) ?? '3ffe';
  return `ipv6:${start}:db8:0:0:0:0:0:fade`;
}

/** An address of a network that is in no longer named network, if there is one. */
function freshAddress(net: ByteString, named: Pick<ReadonlySet<ByteString>, 'has'>): ByteString {
  let parts = net === '' ? [] : net.split('.');
  while (parts.length < 4) {
    // the first octet must be that of a host on the Internet
    let free = parts.length === 0 ? 203 : 254;
    while (free > 1 && named.has([...parts, free].join('.'))) free--;
    parts = [...parts, String(free)];
  }
  return parts.join('.');
}

/** An address of an IPv6 network, in full; of a name with `::` only the start is known. */
function completed(net: ByteString): ByteString {
  const bare = net.slice('ipv6:'.length);
  if (isIP(bare) > 0)
    return `ipv6:${ipv6Groups(bare)
      .map((group) => group.toString(16))
      .join(':')}`;
  const groups = bare.split(':');
  return `ipv6:${[...groups, ...new Array<string>(Math.max(0, 8 - groups.length)).fill('fade')].slice(0, 8).join(':')}`;
}

/** Each local part that an entry names, also with a detail, and one that no entry names. */
function* userExamples(subjects: Iterable<ByteString>): Generator<ByteString> {
  yield FRESH;
  yield `${FRESH}+${FRESH}`;
  for (const subject of subjects) if (subject.endsWith('@')) yield* formsOf(subject.slice(0, -1));
}

function clientsOf(
  subjects: Iterable<ByteString>,
  words: Iterable<ByteString>,
  seesPtr: boolean,
  observe: Observe,
): Class<ClientExample>[] {
  const named = grouped(hostExamples(subjects, words), (host) => observe((observer) => observer.host(host)));
  const hosts = named.filter(({ example }) => !example.startsWith('['));
  const addresses = grouped(addressExamples(subjects, words), (address) =>
    observe((observer) => observer.address(address)),
  );
  const forged = seesPtr ? hosts : hosts.slice(0, 1);
  return addresses.flatMap((address) => [
    ...hosts.map((host) => joined(address, host, { address: address.example, name: host.example })),
    joined(address, undefined, { address: address.example }),
    joined(address, undefined, { address: address.example, resolve: 'TEMP' }),
    ...forged.map((host) =>
      joined(address, host, { address: address.example, resolve: 'FORGED', ptr: host.example }, seesPtr),
    ),
  ]);
}

function joined(
  address: Class<ByteString>,
  host: Class<ByteString> | undefined,
  example: ClientExample,
  countsHost = true,
): Class<ClientExample> {
  const name = countsHost ? host : undefined;
  const observed = [address.observed, example.resolve ?? '', name?.observed ?? ''].join('\0');
  return { observed, isSame: address.isSame && (name?.isSame ?? true), example };
}

/** A local part that an entry names: with a detail, and in quotes, which some searches remove. */
function* formsOf(local: ByteString): Generator<ByteString> {
  if (local === '') return;
  yield local.replace(/\+\*$/, `+${FRESH}`);
  if (!local.includes('+')) yield `${local}+${FRESH}`;
  if (/^[\w.-]+$/.test(local)) yield `"${local}"`;
}

interface OwnHosts {
  readonly ownNames: ReadonlySet<ByteString>;
  /** Hosts that a table replaces. It does not replace them with a final dot. */
  readonly renamed: readonly ByteString[];
  readonly odd: OddAddresses;
}

/** Every class of local parts at every class of hosts, and each address that is named as a whole. */
function mailboxesOf(
  subjects: ReadonlySet<ByteString>,
  words: Iterable<ByteString>,
  { ownNames, renamed, odd }: OwnHosts,
  observe: Observe,
): MailboxClasses {
  const formOf = (host: ByteString): string => (ownNames.has(host) ? host : hostForm(host));
  const dotted = renamed.map((host) => `${host}.`);
  const around = grouped([...hostExamples(subjects, words), ...dotted], (host) =>
    observe((observer) => `${observer.host(host)}\r${formOf(host)}\r${observer.fate(FRESH, host)}`),
  );
  const users = grouped(userExamples(subjects), (local) =>
    observe((observer) => `${observer.user(local)}\r${localForm(local)}`),
  );
  const names = around.map(({ example }) => example);
  const whole: Mailbox[] = [...names, ''].flatMap((host) => users.map((user) => ({ local: user.example, host })));
  for (const subject of subjects) {
    const at = subject.lastIndexOf('@');
    if (at < 1 || at === subject.length - 1) continue;
    for (const local of formsOf(subject.slice(0, at))) whole.push({ local, host: subject.slice(at + 1) });
  }
  const plain = grouped(whole, ({ local, host }) =>
    observe((observer) =>
      [observer.mailbox(local, host), observer.user(local), observer.host(host), localForm(local), formOf(host)].join(
        '\r',
      ),
    ),
  );
  return { plain, around, ...odd };
}

/** The form of a host, which the rules distinguish without any table. */
function hostForm(host: ByteString): string {
  if (host === '' || LOOPBACK_NAMES.includes(host)) return host;
  if (host.startsWith('[')) return '[';
  return host.includes('.') ? '.' : 'label';
}

/** The character that makes a local part an address itself (`%`, `!`), or a quote. */
function localForm(local: ByteString): string {
  return /[%!"]/.exec(local)?.[0] ?? '';
}
