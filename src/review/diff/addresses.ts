/**
 * Classes of mailboxes and of hosts -> the addresses that decisions can distinguish: each mailbox as it is, and inside the
 * address of another host.
 *
 * sendmail's rules remove a host that is local or relayed, and go on with the address inside the local part. A few addresses
 * inside each host show whether and when it is removed; of all hosts with equal answers, one represents the others.
 * Malformed and other odd local parts (odd-addresses.ts) are asked at each host that has a class of its own.
 * Limit: an address inside two hosts. A third gives the same pairs of answers.
 */
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { FRESH } from '../table-address.ts';
import type { Class, Mailbox, MailboxClasses } from './classes.ts';
import { TELLING } from './odd-addresses.ts';

export interface Address {
  readonly address: string;
  readonly isSame: boolean;
}

/** The answers to questions about one address, as a text to compare. */
export interface Asking {
  /** In all circumstances. */
  readonly inFull: (address: string) => string;
  /** In a few circumstances that show the most. */
  readonly inBrief: (address: string) => string;
  /** One of all that have equal answers. */
  readonly alike: <T extends { readonly isSame: boolean }>(
    all: Iterable<T>,
    answers: (one: T) => string,
  ) => readonly T[];
}

/** An address inside another, in every form that the rules take apart. */
const FORMS: readonly ((inner: Mailbox) => ByteString)[] = [
  ({ local, host }) => `${local}%${host}`,
  ({ local, host }) => `${host}!${local}`,
  ({ local, host }) => `"${local.replaceAll('"', '')}@${host}"`,
];

/** A host around an address, in one form. */
interface Wrapper {
  readonly host: ByteString;
  readonly around: (inner: Mailbox) => Mailbox;
  readonly isSame: boolean;
}

/** Most addresses inside each host that show whether it is removed. */
const MOST_INSIDE = 8;

/**
 * One address of all that have equal answers.
 *
 * @param far a host that nothing names
 * @param always also addresses of which no part differs
 */
export function addressesOf(all: MailboxClasses, far: ByteString, asking: Asking, always: boolean): readonly Address[] {
  const { inFull, inBrief, alike } = asking;
  const { plain, around, odd: wholes, oddLocals } = always ? all : withoutSame(all);
  if (plain.length === 0) return [];
  const named = plain.map((mailbox) => ({ ...mailbox, address: addressOf(mailbox.example) }));
  const inside = alike(named.filter(isInner), ({ address }) => inBrief(address));
  const probes = [...insiders(far), ...inside.map(({ example }) => example)].slice(0, MOST_INSIDE);
  const wrappers = alike(wrappersOf(around), (wrapper) =>
    probes.map((inner) => inBrief(addressOf(wrapper.around(inner)))).join('\n'),
  );
  const apart = alike(named, (one) => {
    const behind = isInner(one) ? wrappers.map((wrapper) => inBrief(addressOf(wrapper.around(one.example)))) : [];
    return [isInner(one), inFull(one.address), ...behind].join('\n');
  });
  const isKept = ({ isSame }: Address): boolean => always || !isSame;
  const inFullOf = ({ address }: Address): string => inFull(address);
  const nested = wrappers.flatMap((wrapper) =>
    apart.filter(isInner).map((inner) => insideOf(wrapper, inner.example, inner.isSame)),
  );
  const once = alike([...apart, ...nested].filter(isKept), inFullOf);
  // an address inside two hosts: those of which the rules remove one at a time
  const twice = once.flatMap((inner) =>
    'inner' in inner ? wrappers.map((wrapper) => insideOf(wrapper, inner.inner, inner.isSame)) : [],
  );
  const others = wholes.map((address) => ({ address, isSame: true }));
  // where every usual sender is accepted, only an odd one shows whether a host is this one
  const shown = alike(around, ({ example: host }) => inBrief(addressOf({ local: TELLING, host })));
  const hosts = new Set([
    ...[...apart.map(({ example }) => example.host), ...wrappers.map(({ host }) => host)],
    ...shown.map(({ example }) => example),
  ]);
  const odd = oddAt(
    around.filter(({ example }) => hosts.has(example)),
    oddLocals,
  ).filter(isKept);
  // of many odd addresses few get answers of their own
  const oddly = alike(odd, ({ address }) => inBrief(address));
  return alike([...once, ...twice.filter(isKept), ...oddly, ...(always ? others : [])], inFullOf);
}

/** Each odd local part at each host, and without one. */
function oddAt(hosts: readonly Class<ByteString>[], locals: readonly ByteString[]): readonly Address[] {
  return [...hosts, { example: '', isSame: true }].flatMap(({ example: host, isSame }) =>
    locals.map((local) => ({ address: addressOf({ local, host }), isSame })),
  );
}

/** An address inside another one: it can stand inside a third. */
interface Nested extends Address {
  readonly inner: Mailbox;
}

function insideOf(wrapper: Wrapper, mailbox: Mailbox, isSame: boolean): Nested {
  const inner = wrapper.around(mailbox);
  return { address: addressOf(inner), inner, isSame: wrapper.isSame && isSame };
}

/** Only the classes whose addresses, or whose addresses inside others, can differ. */
function withoutSame({ plain, ...all }: MailboxClasses): MailboxClasses {
  const isKept = all.around.every(({ isSame }) => isSame);
  return { ...all, plain: isKept ? plain.filter(({ isSame }) => !isSame) : plain };
}

/** A stranger, and somebody at this host. */
function insiders(far: ByteString): readonly Mailbox[] {
  return [far, 'localhost'].map((host) => ({ local: FRESH, host }));
}

function* wrappersOf(hosts: readonly Class<ByteString>[]): Generator<Wrapper> {
  for (const { example, isSame } of hosts)
    for (const form of FORMS)
      yield { host: example, around: (inner) => ({ local: form(inner), host: example }), isSame };
}

/** Whether a mailbox can stand inside another address: it has a host, and holds no address itself. */
function isInner({ example: { local, host } }: Class<Mailbox>): boolean {
  return host !== '' && !/[%!"]/.test(local);
}

/** `''` is the null sender. */
function addressOf({ local, host }: Mailbox): string {
  return decodeText(host === '' ? local : `${local}@${host}`);
}
