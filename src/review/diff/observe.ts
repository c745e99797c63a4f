/**
 * A configuration -> observations: all entries of the access map and the classes that concern a host, a client's address or a
 * local part. Subjects with equal observations get equal decisions, so one of them represents all.
 *
 * The searches of sendmail's rules go from a name to its parents, and from an address to its networks; so an observation is the
 * list of entries at each of those, nearest first. If old and new have the same value, only its kind counts, because the text
 * of a refusal does not affect other decisions.
 */
import { parseAccessValue } from '../../access/value.ts';
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { clientAddress } from '../../core/ip-address.ts';

/** Key, folded, to value. */
export type Entries = ReadonlyMap<ByteString, ByteString>;

export interface Observed {
  readonly entries: Entries;
  /** Folded words of class w and class R. */
  readonly local: ReadonlySet<ByteString>;
  readonly relay: ReadonlySet<ByteString>;
  /** $j, and $m, both folded. */
  readonly hostName: ByteString;
  readonly domain: ByteString;
  /** UseCompressedIPv6Addresses. */
  readonly compressed: boolean;
  /** Folded hosts that domaintable, bitdomain and uucpdomain replace, with what replaces them. */
  readonly renamed: Entries;
  /** Folded keys of the tables that decide where mail goes. */
  readonly routed: ReadonlySet<ByteString>;
  /** Hosts that rules of a sendmail.cf's own name: each is a class. */
  readonly apart: ReadonlySet<ByteString>;
  /** The route of an address, as far as a decision depends on it; absent: no table and no relay affects it. */
  readonly fate?: (local: ByteString, host: ByteString) => string;
}

const TAGGED =
  /^(connect|from|to|spam|tls_clt|tls_srv|tls_rcpt|compat|qgrp|greetpause|clientrate|clientconn|srv_features|clt_features|try_tls|authinfo|certissuer|certsubject|citag|rhs):(.*)$/s;
/** Tags that check_relay, check_mail and check_rcpt look up. */
const DECIDING: ReadonlySet<string> = new Set([
  ...['', 'connect', 'from', 'to', 'spam', 'tls_clt', 'certissuer', 'certsubject', 'rhs'],
]);

/** A folded key -> its tag and subject. */
export function splitKey(key: ByteString): readonly [tag: string, subject: ByteString] {
  const match = TAGGED.exec(key);
  return match === null ? ['', key] : [match[1]!, match[2]!];
}

/** An entry whose key is split. */
export interface SplitEntry {
  readonly key: ByteString;
  readonly tag: string;
  readonly subject: ByteString;
  readonly value: ByteString;
}

const SPLIT = new WeakMap<Entries, readonly SplitEntry[]>();

/** The entries with their keys split; remembered, because each role looks at all of them. */
export function splitEntries(entries: Entries): readonly SplitEntry[] {
  const known = SPLIT.get(entries);
  if (known !== undefined) return known;
  const split = Array.from(entries, ([key, value]) => {
    const [tag, subject] = splitKey(key);
    return { key, tag, subject, value };
  });
  SPLIT.set(entries, split);
  return split;
}

export function isDeciding(key: ByteString): boolean {
  return DECIDING.has(splitKey(key)[0]);
}

/** Tags that are looked up for a client, a sender, a recipient; a key without a tag counts for all of them. */
export const ROLE_TAGS: Readonly<Record<Role, ReadonlySet<string>>> = {
  client: new Set(['', 'connect', 'tls_clt']),
  sender: new Set(['', 'from', 'rhs']),
  recipient: new Set(['', 'to', 'spam']),
};
export type Role = 'client' | 'sender' | 'recipient';

/** Makes observations over one configuration; for keys in `changed` the whole value counts. */
export class Observer {
  readonly #at = new Map<ByteString, string>();
  readonly #parents = new Map<ByteString, string>();
  readonly #observed: Observed;
  /** Subjects of entries that differ, and parents that have one of them above. */
  readonly #changed = new Set<ByteString>();
  readonly #touched = new Set<ByteString>();
  /** Whether the observations since it was last set to false met an entry that differs. */
  meetsChange = false;
  /** Whether any subject begins with a dot. */
  #hasBelow = false;

  constructor(observed: Observed, changed: ReadonlySet<ByteString>, role: Role) {
    this.#observed = observed;
    const kinds = new Map<ByteString, string>();
    for (const key of changed) {
      const [, subject] = splitKey(key);
      this.#changed.add(subject);
      if (subject.startsWith('.')) this.#hasBelow = true;
    }
    for (const { key, tag, subject, value } of splitEntries(observed.entries)) {
      if (!ROLE_TAGS[role].has(tag)) continue;
      const isWhole = tag === 'tls_clt' || changed.has(key);
      const kind = isWhole ? `"${value}"` : (kinds.get(value) ?? kindOf(value));
      if (!isWhole) kinds.set(value, kind);
      if (subject.startsWith('.')) this.#hasBelow = true;
      const before = this.#at.get(subject);
      this.#at.set(
        subject,
        before === undefined ? `${tag}:${kind}` : [...before.split('\n'), `${tag}:${kind}`].sort().join('\n'),
      );
    }
  }

  /** A host and its parents, or an address in brackets, and what replaces it. */
  host(host: ByteString): string {
    const { local, renamed } = this.#observed;
    if (host.startsWith('[')) return this.address(host.slice(1, -1));
    // no table replaces a host that is written with its final dot
    if (host.endsWith('.')) return `.${this.#named(host.slice(0, -1))}`;
    const named = this.#named(host);
    const other = renamed.size === 0 ? undefined : renamed.get(host);
    return other === undefined || other === host
      ? named
      : `${named}>${other}${local.has(other) ? 'w' : ''}${this.#above(other)}`;
  }

  #seen(subject: ByteString): string | undefined {
    if (this.#changed.has(subject)) this.meetsChange = true;
    return this.#at.get(subject);
  }

  #named(host: ByteString): string {
    return this.#marked('=', this.#observed.local.has(host) ? 'w' : '', host) + this.#above(parentOf(host));
  }

  /** The parents of a host: many hosts share them. */
  #above(name: ByteString): string {
    if (name === '') return '';
    const known = this.#parents.get(name);
    if (known !== undefined) {
      this.meetsChange ||= this.#touched.has(name);
      return known;
    }
    const before = this.meetsChange;
    this.meetsChange = false;
    const seen = this.#marked('<', '', name) + this.#above(parentOf(name));
    this.#parents.set(name, seen);
    if (this.meetsChange) this.#touched.add(name);
    this.meetsChange ||= before;
    return seen;
  }

  #marked(sign: string, whole: string, name: ByteString): string {
    const { relay, domain, apart } = this.#observed;
    if (apart.has(name)) return `${sign}${name}|${this.#seen(name) ?? ''}\f`;
    const at = this.#seen(name);
    const below = this.#hasBelow ? this.#seen(`.${name}`) : undefined;
    const isRelayed = relay.has(name) || relay.has(`.${name}`);
    if (at === undefined && below === undefined && whole === '' && !isRelayed && name !== domain) return '';
    return `${sign}${whole}|${isRelayed ? `${relay.has(name)}` : ''}|${name === domain ? 'm' : ''}|${at ?? ''}|${below ?? ''}\f`;
  }

  /** An IP address and its networks, as a subject and in brackets. */
  address(given: ByteString): string {
    const seen: string[] = [];
    const { local, relay, compressed } = this.#observed;
    const address = compressed ? foldCase(clientAddress(given, true)) : given;
    if (local.has(`[${address}]`)) seen.push('w');
    if (relay.has(`[${address}]`)) seen.push('R');
    const bare = this.#seen('');
    if (bare !== undefined) seen.push(bare);
    let isWhole = true;
    for (let net = address; net !== ''; net = netAbove(net)) {
      const isRelayed = relay.has(net) || relay.has(`${net}.`) || relay.has(`${net}:`);
      const marks = [isRelayed ? 'R' : '', this.#seen(net) ?? '', this.#seen(`[${net}]`) ?? ''].join('|');
      if (marks !== '||') seen.push(`${isWhole ? '=' : '<'}${marks}`);
      isWhole = false;
    }
    return seen.join('\f');
  }

  /** A local part at any host, with and without its detail. */
  user(local: ByteString): string {
    return formsOf(local)
      .map((form) => this.#seen(`${form}@`) ?? '')
      .join('\f');
  }

  /** A whole address, with and without its detail, and where its mail goes. */
  mailbox(local: ByteString, host: ByteString): string {
    const { renamed } = this.#observed;
    const hosts = host.endsWith('.')
      ? [host.slice(0, -1)]
      : [host, ...(renamed.size === 0 ? [] : [renamed.get(host) ?? host])];
    const seen = hosts.flatMap((at) => formsOf(local).map((form) => this.#seen(`${form}@${at}`) ?? ''));
    return [...seen, this.fate(local, host)].join('\f');
  }

  /** The route of an address. */
  fate(local: ByteString, host: ByteString): string {
    return this.#observed.fate?.(local, host) ?? '';
  }
}

/** An address or network without its last part. */
function netAbove(net: ByteString): ByteString {
  return net.slice(0, Math.max(0, net.lastIndexOf('.'), net.lastIndexOf(':')));
}

export function parentOf(host: ByteString): ByteString {
  const dot = host.indexOf('.');
  return dot < 0 ? '' : host.slice(dot + 1);
}

/** `user+detail` is looked up as it is, as `user+*`, and as `user`; `"user"` also without its quotes. */
function formsOf(local: ByteString): readonly ByteString[] {
  const plus = local.indexOf('+');
  if (plus >= 0) return [local, `${local.slice(0, plus)}+*`, local.slice(0, plus)];
  return local.startsWith('"') ? [local, local.slice(1, -1)] : [local];
}

/** The kind of a value, without the words of its text. */
function kindOf(value: ByteString): string {
  const parsed = parseAccessValue(value);
  if (parsed.kind === 'word') return parsed.word;
  if (parsed.kind === 'quarantine' || parsed.kind === 'tempFail') return parsed.kind;
  // the code and the status of a reply decide whether the refusal is permanent, and whether the reply begins with the address
  const code = /(?:^|:|")"?(\d\d\d) /.exec(value)?.[1] ?? '';
  return `${parsed.kind} ${parsed.kind === 'error' ? (parsed.dsn ?? '') : ''} ${code} ${/[%<>"()?]/.test(value) ? foldCase(value) : ''}`;
}
