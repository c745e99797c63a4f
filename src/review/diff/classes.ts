/**
 * Two configurations -> the classes of clients, senders and recipients that their decisions can distinguish, with one
 * representative each. The product of the classes covers every possible question.
 */
import type { ByteString } from '../../core/bytes.ts';
import { type Observed, Observer, type Role, splitKey } from './observe.ts';

/** One class of hosts, addresses, local parts or mailboxes. */
export interface Class<T> {
  /** Observed by the old and the new configuration. */
  readonly observed: string;
  /** Whether the two see it alike. */
  readonly isSame: boolean;
  readonly example: T;
}

export interface Mailbox {
  readonly local: ByteString;
  readonly host: ByteString;
}

export interface ClientExample {
  readonly address: ByteString;
  /** Absent: the address has no name. */
  readonly name?: ByteString;
}

export interface Classes {
  readonly clients: readonly Class<ClientExample>[];
  readonly senders: readonly Class<Mailbox>[];
  readonly recipients: readonly Class<Mailbox>[];
}

/** Names and addresses that no key names. */
const FRESH = 'zq7x';
const FRESH_HOST = `${FRESH}.invalid`;

export function classesOf(before: Observed, after: Observed, changed: ReadonlySet<ByteString>): Classes {
  const subjects = new Set<ByteString>();
  for (const { entries } of [before, after]) for (const key of entries.keys()) subjects.add(splitKey(key)[1]);
  const words = new Set([
    ...before.local,
    ...before.relay,
    ...after.local,
    ...after.relay,
    before.domain,
    after.domain,
  ]);
  const observeAs = (role: Role): Observe => {
    const [old, now] = [new Observer(before, changed, role), new Observer(after, changed, role)];
    return (see) => ({ old: see(old), now: see(now) });
  };
  return {
    clients: clientsOf(subjects, words, observeAs('client')),
    senders: mailboxesOf(subjects, words, observeAs('sender')),
    recipients: mailboxesOf(subjects, words, observeAs('recipient')),
  };
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
/** A possible name of a host. DNS gives no other, and no address has another. */
const HOST = /^[^\x00-\x20@:[\]()<>",;\\]{1,250}$/;

/** Each host that is named, one below it, and one elsewhere. */
function* hostExamples(subjects: Iterable<ByteString>, words: Iterable<ByteString>): Generator<ByteString> {
  yield FRESH_HOST;
  for (const subject of [...subjects, ...words]) {
    const host = subject.slice(subject.lastIndexOf('@') + 1).replace(/^\./, '');
    if (!HOST.test(host) || IPV4.test(host)) continue;
    yield host;
    yield `${FRESH}.${host}`;
  }
}

/** Each network that is named, by an address in it that no longer network names; and one elsewhere, in both families. */
function* addressExamples(subjects: Iterable<ByteString>, words: Iterable<ByteString>): Generator<ByteString> {
  const named = new Set([...subjects, ...words].map((subject) => subject.replace(/^\[(.*)\]$/, '$1')));
  yield freshAddress('', named);
  yield 'ipv6:2001:db8:0:0:0:0:0:fade';
  for (const net of named) {
    if (IPV4.test(net)) yield freshAddress(net, named);
    else if (IPV6.test(net)) yield completed(net);
  }
}

/** An address of a network for which no longer network is named, if there is one. */
function freshAddress(net: ByteString, named: ReadonlySet<ByteString>): ByteString {
  let address = net;
  for (let length = net === '' ? 0 : net.split('.').length; length < 4; length++) {
    const octets = Array.from({ length: 254 }, (_, i) => 254 - i);
    const free = octets.find((octet) => !named.has(address === '' ? `${octet}` : `${address}.${octet}`)) ?? 1;
    address = address === '' ? `${free > 223 ? 203 : free}` : `${address}.${free}`;
  }
  return address;
}

function completed(net: ByteString): ByteString {
  const groups = net.slice('ipv6:'.length).replace(/:$/, '').split(':');
  return `ipv6:${[...groups, ...new Array<string>(Math.max(0, 8 - groups.length)).fill('fade')].slice(0, 8).join(':')}`;
}

/** Each local part that is named for any host, with a detail, and one that is not named. */
function* userExamples(subjects: Iterable<ByteString>): Generator<ByteString> {
  yield FRESH;
  yield `${FRESH}+${FRESH}`;
  for (const subject of subjects) {
    if (!subject.endsWith('@') || subject.length === 1) continue;
    const user = subject.slice(0, -1);
    yield user.replace(/\+\*$/, `+${FRESH}`);
    if (!user.includes('+')) yield `${user}+${FRESH}`;
  }
}

function clientsOf(
  subjects: Iterable<ByteString>,
  words: Iterable<ByteString>,
  observe: Observe,
): Class<ClientExample>[] {
  const hosts = grouped(hostExamples(subjects, words), (host) => observe((observer) => observer.host(host)));
  const addresses = grouped(addressExamples(subjects, words), (address) =>
    observe((observer) => observer.address(address)),
  );
  return addresses.flatMap((address) => [
    { ...address, observed: `${address.observed}\0`, example: { address: address.example } },
    ...hosts.map((host) => ({
      observed: `${address.observed}\0${host.observed}`,
      isSame: address.isSame && host.isSame,
      example: { address: address.example, name: host.example },
    })),
  ]);
}

/** Every class of local parts at every class of hosts, and each address that is named as a whole. */
function mailboxesOf(subjects: Iterable<ByteString>, words: Iterable<ByteString>, observe: Observe): Class<Mailbox>[] {
  const hosts = grouped(hostExamples(subjects, words), (host) => observe((observer) => observer.host(host)));
  const users = grouped(userExamples(subjects), (local) => observe((observer) => observer.user(local)));
  const whole: Mailbox[] = hosts.flatMap((host) => users.map((user) => ({ local: user.example, host: host.example })));
  for (const subject of subjects) {
    const at = subject.lastIndexOf('@');
    if (at < 1 || at === subject.length - 1) continue;
    const [local, host] = [subject.slice(0, at).replace(/\+\*$/, `+${FRESH}`), subject.slice(at + 1)];
    whole.push({ local, host });
    if (!local.includes('+')) whole.push({ local: `${local}+${FRESH}`, host });
  }
  return grouped(whole, ({ local, host }) =>
    observe((observer) => [observer.mailbox(local, host), observer.user(local), observer.host(host)].join('\r')),
  );
}
