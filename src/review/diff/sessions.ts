/**
 * Two configurations -> the facts of sessions that their features and entries can distinguish: authentication, certificates,
 * HELO, flags of the daemon, and whether the sender's domain exists. The usual facts come first.
 */
import { FeatureSet } from '../../access/features.ts';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import type { SessionFacts } from '../question.ts';
import type { Reviewed } from '../sources.ts';
import { FRESH, FRESH_HOST } from '../table-address.ts';
import { type Observed, splitKey } from './observe.ts';

/** Facts, and whether the two configurations know the same about them. */
export interface SessionClass {
  readonly facts: SessionFacts & { readonly helo?: string };
  readonly isSame: boolean;
}

export interface Sessions {
  /** Facts of the connection that check_mail reads. */
  readonly connection: readonly SessionClass[];
  /** Facts of the connection that check_rcpt reads: authentication, TLS, HELO. */
  readonly recipient: readonly (readonly SessionClass[])[];
  /** About the sender. */
  readonly sender: readonly SessionClass[];
}

export interface Side {
  readonly reviewed: Reviewed;
  readonly observed: Observed;
}

export function sessionsOf(sides: readonly Side[], changed: ReadonlySet<ByteString>): Sessions {
  const sets = sides.map(({ reviewed }) => new FeatureSet(reviewed.settings.features));
  const has = (name: string): boolean => sets.some((set) => set.hasFamily(name));
  const tls = tlsClasses(sides, changed);
  const domains = sets.every((set) => set.has('accept_unresolvable_domains')) ? USUAL : DOMAINS;
  const helos = has('block_bad_helo') ? heloClasses(sides) : USUAL;
  return {
    connection: tls,
    recipient: [authClasses(sides, has('block_bad_helo')), tls, helos],
    sender: product(domains, FLAGS),
  };
}

const USUAL: readonly SessionClass[] = [{ facts: {}, isSame: true }];
const DOMAINS: readonly SessionClass[] = (['OK', 'PERM', 'TEMP'] as const).map((senderDomain) => ({
  facts: { senderDomain },
  isSame: true,
}));
const FLAGS: readonly SessionClass[] = [{}, { daemonFlags: 'u' }, { daemonFlags: 'f' }].map((facts) => ({
  facts,
  isSame: true,
}));

/** Each fact of one part with each fact of the others. */
export function product(...parts: readonly (readonly SessionClass[])[]): readonly SessionClass[] {
  return parts.reduce((before, part) =>
    before.flatMap((one) =>
      part.map((other) => ({ facts: { ...one.facts, ...other.facts }, isSame: one.isSame && other.isSame })),
    ),
  );
}

/** No authentication, one mechanism for each set of configurations that trust it, and one that nobody trusts. */
function authClasses(sides: readonly Side[], seesUser: boolean): readonly SessionClass[] {
  const named = sides.map(({ reviewed }) => mechanismsOf(reviewed));
  const all = [...new Set(named.flat())];
  if (all.length === 0 && !seesUser) return USUAL;
  const trust = (mechanism: string): string => named.map((some) => some.includes(mechanism)).join();
  const classes = new Map([...all, FRESH].map((mechanism) => [trust(mechanism), mechanism] as const));
  return [
    ...USUAL,
    ...[...classes.values()].map((authType) => ({
      facts: { authType, authAuthen: FRESH },
      isSame: new Set(named.map((some) => some.includes(authType))).size === 1,
    })),
  ];
}

function mechanismsOf({ settings }: Reviewed): string[] {
  const lists = settings.features.flatMap((feature) => /^trust_auth_mech:(.*)$/s.exec(feature)?.[1] ?? []);
  return lists.flatMap((list) => list.split(/[ ,]+/)).filter((mechanism) => mechanism !== '');
}

/** No HELO; a good name, one without a dot, and one for each set of configurations whose name it is. */
function heloClasses(sides: readonly Side[]): readonly SessionClass[] {
  const isOurs = (name: string): readonly boolean[] =>
    sides.map(({ observed: { local } }) => local.has(name) || local.has(`[${name}]`));
  const words = sides.flatMap(({ observed }) => [...observed.local]).map((word) => word.replace(/^\[(.*)\]$/, '$1'));
  const names = [FRESH_HOST, FRESH, ...words.filter((word) => word.includes('.'))];
  const classes = new Map<string, string>();
  for (const name of names) {
    const seen = `${isOurs(name).join()} ${name.includes('.')}`;
    if (!classes.has(seen)) classes.set(seen, name);
  }
  return [
    ...USUAL,
    ...[...classes.values()].map((name) => ({
      facts: { helo: decodeText(name) },
      isSame: new Set(isOurs(name)).size === 1,
    })),
  ];
}

/** A failed handshake, which no entry accepts. Other results without a certificate count as no TLS, except for the text. */
const BROKEN: SessionClass = { facts: { tls: { verify: 'SOFTWARE' } }, isSame: true };

/** No TLS, a failed handshake, and the certificates that entries name. */
export function tlsClasses(sides: readonly Side[], changed: ReadonlySet<ByteString>): readonly SessionClass[] {
  const entries = sides.flatMap(({ observed }) => [...observed.entries].filter(isAboutTls));
  if (entries.length === 0) return [...USUAL, BROKEN];
  const isSame = ![...changed].some((key) => /^cert(?:issuer|subject):/.test(key));
  const [issuers, subjects] = [certificates('certissuer', 'ci', entries), certificates('certsubject', 'cs', entries)];
  const certified = issuers.flatMap((certIssuer) => subjects.map((certSubject) => ({ certIssuer, certSubject })));
  return [...USUAL, BROKEN, ...certified.map((names) => ({ facts: { tls: { verify: 'OK', ...names } }, isSame }))];
}

/** Entries about certificates, and entries with an unknown tag, which CITag may name. */
function isAboutTls([key]: readonly [string, string]): boolean {
  const [tag, subject] = splitKey(key);
  return ['tls_clt', 'certissuer', 'certsubject'].includes(tag) || (tag === '' && subject.includes(':/'));
}

/** The names in keys and in the requirements of values, names under tags of CITag, and one that nobody has. */
function certificates(tag: string, field: string, entries: readonly (readonly [string, string])[]): string[] {
  const keys = entries.flatMap(([key]) => (splitKey(key)[0] === tag ? splitKey(key)[1] : []));
  const values = entries.flatMap(([, value]) => value.split('+').map(foldCase));
  const named = values.filter((part) => part.startsWith(`${field}:`)).map((part) => part.slice(field.length + 1));
  const tags = values.filter((part) => part.startsWith('citag:')).map((part) => part.slice('citag:'.length));
  const tagged = tags.flatMap((own) =>
    entries.flatMap(([key]) => (key.startsWith(`${own}:`) ? key.slice(own.length + 1) : [])),
  );
  const all = [...keys, ...named, ...(field === 'ci' ? tagged : [])].filter((name) => name !== '');
  return [...new Set([`/CN=${FRESH}`, ...all])].map(decodeText);
}
