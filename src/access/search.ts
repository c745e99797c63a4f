/**
 * A name, an address or a user -> the entry of the access map that applies to it: the order of the keys, with and
 * without the tag.
 *
 * A search has three results: an entry, nothing, or "cannot tell" (the lookup failed, or the value ends in <TMPF>).
 * Keys are looked up as written; the Lookup folds them. Each lookup becomes a step of the trace.
 * Source: sendmail's rulesets D (LookUpDomain), A (LookUpAddress), F (LookUpFull), U (LookUpUser), E (LookUpExact)
 * and SearchList.
 */

import { KeyParts, keyText, messageText } from '../address/parts.ts';
import { joinTokens, stripQuotes, type Tokens } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { type Lookup, type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import type { TraceStep } from './decision.ts';
import { type AccessValue, complaintAbout, parseAccessValue, type WordOfRules } from './value.ts';

/** An entry that a search found. */
export interface Hit {
  readonly key: ByteString;
  readonly raw: ByteString;
  /** The value with its arguments filled in. */
  readonly text: ByteString;
  readonly value: AccessValue;
}

export type Found = { readonly status: 'found' } & Hit;
export type SearchResult =
  | Found
  | { readonly status: 'notFound' }
  | { readonly status: 'tempFail'; readonly key: ByteString };

/** `both`: looks up the tagged key, then the bare one (sendmail's `+`); otherwise the tagged one only (`!`). */
export interface Tag {
  readonly name: string;
  readonly both: boolean;
}

/**
 * One part of a search for an address: the kind of search and its key. The key of `address` is `local@host`, that of `user` is
 * `local@`, that of `full` has any form.
 */
export type SearchPart =
  | { readonly by: 'domain' | 'full' | 'exact'; readonly key: Tokens }
  | { readonly by: 'address'; readonly local: Tokens; readonly host: Tokens }
  | { readonly by: 'user'; readonly local: Tokens };

export interface SearchOptions {
  /** FEATURE(access_db, ..., skip): SKIP ends a search with "not found". */
  readonly skip: boolean;
  /** FEATURE(access_db, ..., lookupdotdomain): looks up `.rest` before the parent. */
  readonly dotDomain: boolean;
}

/** A search for a host, and its steps in the trace. */
interface DomainSearch {
  readonly name: Tokens;
  readonly tag: Tag;
  readonly result: SearchResult;
  readonly from: number;
  readonly to: number;
}

const NOTHING: SearchResult = { status: 'notFound' };
const NO_KEYS: readonly Tokens[] = [];
const NO_HOST: Tokens = [];

/** The access map for one question: it searches, and keeps the trace. */
export class AccessSearch {
  readonly trace: TraceStep[] = [];
  /** sendmail's complaint about the first value that does not balance. */
  complaint: string | undefined;
  readonly #lookup: Lookup | undefined;
  readonly #options: SearchOptions;
  #lastDomain: DomainSearch | undefined;

  constructor(lookup: Lookup | undefined, options: SearchOptions) {
    this.#lookup = lookup;
    this.#options = options;
  }

  /** True if there is an access map. */
  get hasMap(): boolean {
    return this.#lookup !== undefined;
  }

  /**
   * D, LookUpDomain: a host name and its parents. A name in brackets loses its last part first. A recipient's host is searched
   * for twice (blocklist_recipients, Rcpt_ok): the second search repeats the steps of the first.
   */
  domain(name: Tokens, tag: Tag): SearchResult {
    const last = this.#lastDomain;
    if (last?.name === name && last.tag === tag) {
      for (let i = last.from; i < last.to; i++) this.trace.push(this.trace[i]!);
      return last.result;
    }
    const from = this.trace.length;
    const result = this.#domain(name, tag);
    this.#lastDomain = { name, tag, result, from, to: this.trace.length };
    return result;
  }

  #domain(name: Tokens, tag: Tag): SearchResult {
    let key = new KeyParts(name);
    for (let start = 0; ; ) {
      const dot = firstDot(key.tokens, start);
      const result = this.#domainStep(key.from(start), dot > 0 ? key.from(dot) : undefined, tag);
      if (result.status !== 'notFound') return this.#unlessSkip(result);
      const net = literalParent(key.tokens, start);
      if (net === undefined && dot < 0) return NOTHING;
      start = net === undefined ? dot + 1 : 0;
      if (net !== undefined) key = new KeyParts(net);
    }
  }

  /** A, LookUpAddress: an address and its networks, by whole parts. */
  address(address: Tokens, tag: Tag): SearchResult {
    const key = new KeyParts(address);
    for (let end = address.length; end > 0; end = netEnd(address, end)) {
      const result = this.#tagged('LookUpAddress', key.upTo(end), tag);
      if (result.status !== 'notFound') return this.#unlessSkip(result);
    }
    return NOTHING;
  }

  /** SearchList: searches place after place until one gives a result. */
  list(parts: readonly SearchPart[], tag: Tag): SearchResult {
    for (const part of parts) {
      const result = this.#part(part, tag);
      if (result.status !== 'notFound') return result;
    }
    return NOTHING;
  }

  /** Looks up a key as it is, with or without a tag. */
  exact(key: ByteString): SearchResult {
    return this.#ask('LookUpExact', key);
  }

  /**
   * E, LookUpExact.
   *
   * @param none the rulesets' word for "not found"
   */
  exactly(key: Tokens, tag: Tag, none?: WordOfRules): SearchResult {
    return this.#tagged('LookUpExact', keyText(key), tag, none);
  }

  note(rule: string, text: string): void {
    this.trace.push({ kind: 'note', rule, text });
  }

  #part(part: SearchPart, tag: Tag): SearchResult {
    switch (part.by) {
      case 'domain':
        return this.domain(part.key, tag);
      case 'exact':
        return this.exactly(part.key, tag);
      case 'full':
        return this.#detailed('LookUpFull', part.key, keyText(part.key), tag);
      case 'address':
        return this.full(part.local, part.host, tag);
      case 'user':
        return this.user(part.local, tag);
    }
  }

  /** F, LookUpFull: `local@host`. */
  full(local: Tokens, host: Tokens, tag: Tag): SearchResult {
    return this.#ofAddress('LookUpFull', local, host, tag);
  }

  /** U, LookUpUser: `local@`. */
  user(local: Tokens, tag: Tag): SearchResult {
    return this.#ofAddress('LookUpUser', local, NO_HOST, tag);
  }

  /** Most addresses have no detail, and their key needs no tokens. */
  #ofAddress(rule: 'LookUpFull' | 'LookUpUser', local: Tokens, host: Tokens, tag: Tag): SearchResult {
    const key = stripQuotes(`${messageText(local)}@${messageText(host)}`);
    if (!local.includes('+') && !host.includes('+')) return this.#tagged(rule, key, tag);
    return this.#detailed(rule, [...local, '@', ...host], key, tag);
  }

  /** F, LookUpFull, and U, LookUpUser. */
  #detailed(rule: 'LookUpFull' | 'LookUpUser', tokens: Tokens, whole: ByteString, tag: Tag): SearchResult {
    const result = this.#tagged(rule, whole, tag);
    if (result.status !== 'notFound') return result;
    for (const key of withoutDetail(tokens, rule === 'LookUpUser')) {
      const found = this.#tagged(rule, keyText(key), tag);
      if (found.status !== 'notFound') return found;
    }
    return NOTHING;
  }

  #domainStep(key: ByteString, dotKey: ByteString | undefined, tag: Tag): SearchResult {
    const result = this.#tagged('LookUpDomain', key, tag);
    if (result.status !== 'notFound' || dotKey === undefined || !this.#options.dotDomain) return result;
    return this.#tagged('LookUpDomain', dotKey, tag);
  }

  #tagged(rule: string, key: ByteString, tag: Tag, none?: WordOfRules): SearchResult {
    const result = this.#ask(rule, `${tag.name}:${key}`, none);
    return result.status === 'notFound' && tag.both ? this.#ask(rule, key, none) : result;
  }

  #ask(rule: string, key: ByteString, none: WordOfRules = '?'): SearchResult {
    const found: LookupResult = this.#lookup?.(key) ?? NOT_FOUND;
    const { status } = found;
    if (status !== 'found') {
      this.trace.push({ kind: 'key', rule, key, status });
      return status === 'notFound' ? NOTHING : { status, key };
    }
    const { value: text, entry: raw = text } = found;
    this.trace.push({ kind: 'key', rule, key, status, value: raw });
    this.complaint ??= complaintOf(text);
    const value = parseAccessValue(text);
    if (value.kind === 'tempFail') return { status: 'tempFail', key };
    return value.kind === 'word' && value.word === none ? NOTHING : { status: 'found', key, raw, text, value };
  }

  #unlessSkip(result: SearchResult): SearchResult {
    return this.#options.skip && isWord(result, 'SKIP') ? NOTHING : result;
  }
}

/** True if the entry is exactly one of these words. */
export function isWord(result: SearchResult, ...words: readonly string[]): boolean {
  return result.status === 'found' && result.value.kind === 'word' && words.includes(result.value.word);
}

/** True if a class holds these tokens. Classes take folded text. */
export function inClass(holds: (word: ByteString) => boolean, tokens: Tokens): boolean {
  return tokens.length > 0 && holds(foldCase(joinTokens(tokens)));
}

/** True if a host ends in an entry of the class (`$* $=R`). */
export function endsInClass(holds: (word: ByteString) => boolean, tokens: Tokens): boolean {
  const { text, ends } = measured(tokens);
  for (let i = 0; i < tokens.length; i++) if (holds(text.slice(ends[i]! - tokens[i]!.length))) return true;
  return false;
}

/** True if an address begins with an entry of the class (`$=R $*`). */
export function beginsWithClass(holds: (word: ByteString) => boolean, tokens: Tokens): boolean {
  const { text, ends } = measured(tokens);
  for (const end of ends) if (holds(text.slice(0, end))) return true;
  return false;
}

/** The folded text of tokens, and the offset at which each token ends. Joined once, for any number of parts. */
function measured(tokens: Tokens): { text: ByteString; ends: readonly number[] } {
  const written = joinTokens(tokens);
  const ends = new Array<number>(tokens.length);
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    at = written.indexOf(token, at) + token.length;
    ends[i] = at;
  }
  return { text: foldCase(written), ends };
}

function complaintOf(text: ByteString): string | undefined {
  const complaint = complaintAbout(text);
  return complaint === undefined ? undefined : `${text}... ${complaint}`;
}

/** The offset at which the first label ends; -1: it is the last. */
function firstDot(key: Tokens, start: number): number {
  const dot = key.indexOf('.', start + 1);
  return dot < key.length - 1 ? dot : -1;
}

/** `[a.b.c]` -> `[a.b]`, `[a:b::c]` -> `[a:b]`; undefined: no literal, or only one part is left. */
function literalParent(key: Tokens, start: number): Tokens | undefined {
  if (key[start] !== '[' || key.at(-1) !== ']') return undefined;
  const inner = key.slice(start + 1, -1);
  const end = netEnd(inner, inner.length);
  return end === 0 ? undefined : ['[', ...inner.slice(0, end), ']'];
}

/** The end of an address without its last part; 0: it has only one part. */
function netEnd(key: Tokens, end: number): number {
  const separator = key[end - 2];
  if (end < 3 || (separator !== '.' && separator !== ':')) return 0;
  const double = separator === ':' && key[end - 3] === ':' && end > 3;
  return end - (double ? 3 : 2);
}

/** `u+d@h` is looked up as `u+d@h`, `u+*@h` and `u@h`: the keys after the first. The detail begins at the first `+` after a name. */
function withoutDetail(key: Tokens, isUser: boolean): readonly Tokens[] {
  const plus = key.indexOf('+', 1);
  if (plus < 0) return NO_KEYS;
  const at = isUser ? key.length - 1 : key.indexOf('@', plus + 1);
  if (at <= plus || key[at] !== '@' || (!isUser && at === key.length - 1)) return NO_KEYS;
  const user = key.slice(0, plus);
  const rest = key.slice(at);
  return [
    [...user, '+', '*', ...rest],
    [...user, ...rest],
  ];
}
