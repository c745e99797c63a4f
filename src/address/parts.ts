/**
 * Addresses and names in the form that rules use: tokens, their texts, the result of CanonAddr, and macros made from
 * an address.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { type AddressRules, canonify, type SplitAddress } from './canonify.ts';
import { finalForm, withoutDots } from './final.ts';
import { resolveTokens } from './parse0.ts';
import type { AddressProblem } from './problem.ts';
import { joinTokens, stripQuotes, type Tokens, tokenize } from './tokens.ts';

/** The tokens of a text or macro, balanced or not. */
export function tokensOf(text: ByteString | undefined): Tokens {
  return text === undefined || text === '' ? [] : tokenize(text).tokens;
}

/** Tokens as messages show them: with a blank between two words. */
export function messageText(tokens: Tokens): ByteString {
  return joinTokens(tokens, ' ');
}

/** Tokens as a map key: without quotes and backslashes. */
export function keyText(tokens: Tokens): ByteString {
  return stripQuotes(messageText(tokens));
}

/** A map key whose parts are looked up: its text is made once, and each part is a slice of it. */
export class KeyParts {
  readonly tokens: Tokens;
  readonly #text: ByteString;
  /** The offset of each token. */
  readonly #starts: readonly number[];

  constructor(tokens: Tokens) {
    const written = messageText(tokens);
    const text = stripQuotes(written);
    const isBare = text === written;
    const starts = new Array<number>(tokens.length);
    let at = 0;
    for (let i = 0; i < tokens.length; i++) {
      const bare = isBare ? tokens[i]! : stripQuotes(tokens[i]!);
      // a blank may stand before it, with which no bare token begins
      const isNext = isBare ? text.charCodeAt(at) === bare.charCodeAt(0) : text.startsWith(bare, at);
      const start = isNext ? at : text.indexOf(bare, at);
      at = start + bare.length;
      starts[i] = start;
    }
    this.tokens = tokens;
    this.#text = text;
    this.#starts = starts;
  }

  /** The key from a token on. */
  from(token: number): ByteString {
    return this.#text.slice(this.#starts[token]);
  }

  /** The key up to a token. */
  upTo(token: number): ByteString {
    return this.#text.slice(0, this.#starts[token]);
  }
}

/** CanonAddr: the address without routes and local hosts, or its problem. */
export function canonAddr(tokens: Tokens, rules: AddressRules): SplitAddress | AddressProblem {
  const problems: AddressProblem[] = [];
  return resolveTokens(tokens, rules, problems) ?? problems.at(-1)!;
}

/** The tokens of an address, and the result of CanonAddr. */
export interface CanonAddress {
  readonly tokens: Tokens;
  readonly address: SplitAddress | AddressProblem;
}

export function readAddress(text: ByteString, rules: AddressRules): CanonAddress {
  const tokens = tokensOf(text);
  return { tokens, address: canonAddr(tokens, rules) };
}

/** True if CanonAddr refused the address. */
export function isProblem(result: SplitAddress | AddressProblem): result is AddressProblem {
  return 'code' in result;
}

/** An address without the final dots of its host. */
export function withBareHost(address: SplitAddress): SplitAddress {
  return address.host === undefined ? address : { local: address.local, host: withoutDots(address.host) };
}

/** $f: a sender without brackets, after rulesets 3 and 4 (final); a dot (BlankSub) joins words. */
export function senderMacro(sender: ByteString, rules: AddressRules): ByteString {
  if (sender === '') return '';
  const { local, host } = canonify(tokensOf(`<${sender}>`), rules, []);
  if (host === undefined) return joinTokens(local);
  return host.length === 0 ? '' : joinTokens(finalForm(local, host, rules));
}

/** $m, folded: $j without its first label. */
export function parentDomain(hostName: ByteString): ByteString {
  return foldCase(hostName.slice(hostName.indexOf('.') + 1));
}
