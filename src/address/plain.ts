/**
 * A split address of words, dots and plus signs -> its destination, in a configuration that leads no mail elsewhere: a name of this
 * host, or an address at its own host. Nearly every address in such a configuration, and the same answer as that of all rules
 * together (parse1, buildAddress). It always has a destination, which no mailer refuses.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { type Address, HOST_LIMIT } from './build-address.ts';
import type { AddressRules, SplitAddress } from './canonify.ts';
import { withoutDots } from './final.ts';
import { isLocalHost } from './parse0.ts';
import type { RouteRule } from './rule-names.ts';
import { joinTokens, NAME_LIMIT, type Tokens } from './tokens.ts';

export interface PlainDestination {
  readonly address: Address;
  readonly rule: RouteRule;
}

/** By byte: true for the characters of words, dots and plus signs, and for `<`, `>` and @ around them. */
const PLAIN: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[\w.+=@<>-]/.test(String.fromCharCode(byte)),
);

/** @param text the address as written. False: the rules must decide */
export function isPlain(text: ByteString, { local, host }: SplitAddress, { routing }: AddressRules): boolean {
  if (routing?.leads || !hasPlainText(text) || !isUnmarked(local)) return false;
  return host === undefined || (isUnmarked(host) && foldCase(host[host.length - 2] ?? '') !== 'uucp');
}

/** The destination of a plain address. */
export function plainDestination({ local, host }: SplitAddress, rules: AddressRules): PlainDestination {
  if (host === undefined) return { address: localName(local, rules), rule: 'local name' };
  if (isLocalHost(host, rules)) return { address: localName(local, rules), rule: 'class w' };
  const shown = `${joinTokens(local, rules.blank)}@${joinTokens(withoutDots(host), rules.blank)}`;
  const to = foldCase(joinTokens(host, rules.blank).slice(0, HOST_LIMIT));
  return { address: { kind: 'remote', mailer: 'esmtp', host: to, text: cut(shown) }, rule: 'host' };
}

function hasPlainText(text: ByteString): boolean {
  for (let i = 0; i < text.length; i++) if (PLAIN[text.charCodeAt(i)] !== true) return false;
  return true;
}

/** True if there are tokens, and none is a mark: a part of an address that was not split. */
function isUnmarked(tokens: Tokens): boolean {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.length === 1 && (token === '@' || token === '<' || token === '>')) return false;
  }
  return tokens.length > 0;
}

function localName(local: Tokens, rules: AddressRules): Address {
  const plus = rules.sender === true ? local.indexOf('+', 1) : -1;
  const written = cut(joinTokens(local, rules.blank, plus < 0 ? local.length : plus));
  return { kind: 'local', mailer: 'local', text: foldCase(written), written };
}

function cut(text: ByteString): ByteString {
  return text.slice(0, NAME_LIMIT - 1);
}
