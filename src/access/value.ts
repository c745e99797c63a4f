/**
 * The value of an access map entry -> its meaning. Never throws.
 *
 * Words are compared without case. Blanks around tokens and comments in parentheses do not count, so `REJECT (spam)`
 * is REJECT; `REJECT x` is a text.
 * Source: sendmail's check_relay, check_mail and check_rcpt.
 */

import { joinTokens, type Tokens, tokenize } from '../address/tokens.ts';
import { ACCESS_VALUES } from '../core/access-words.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';

export type AccessWord = (typeof ACCESS_VALUES)[number] | WordOfRules;

/**
 * Words that the rulesets use themselves, for "not found" and for answers of DNS. An entry may have them as its
 * value, too.
 */
export type WordOfRules = '?' | 'NO' | 'OKR' | 'TEMP' | 'PERM';

/** `tokens` is the whole value, `text` the part after the keyword. Both may be empty. */
export type AccessValue =
  | { readonly kind: 'word'; readonly word: AccessWord; readonly tokens: Tokens }
  | {
      readonly kind: 'error';
      readonly dsn?: string;
      readonly text: Tokens;
      readonly tokens: Tokens;
    }
  | { readonly kind: 'quarantine'; readonly text: Tokens; readonly tokens: Tokens }
  | { readonly kind: 'tempFail' }
  | { readonly kind: 'text'; readonly tokens: Tokens };

const WORDS: ReadonlySet<string> = new Set<AccessWord>([...ACCESS_VALUES, '?', 'NO', 'OKR', 'TEMP', 'PERM']);

/** Parses one value. */
export function parseAccessValue(text: ByteString): AccessValue {
  const { tokens } = tokenize(text);
  if (tokens.length === 1) {
    const word = upper(tokens[0]!);
    if (isWord(word)) return { kind: 'word', word, tokens };
  }
  if (joinTokens(tokens.slice(-3)).toUpperCase() === '<TMPF>') return { kind: 'tempFail' };
  if (tokens[1] === ':') {
    const word = upper(tokens[0]!);
    if (word === 'ERROR') return parseError(tokens);
    if (word === 'QUARANTINE') return { kind: 'quarantine', text: tokens.slice(2), tokens };
  }
  return { kind: 'text', tokens };
}

/** sendmail's complaint about a value that does not balance: `Unbalanced '('`. */
export function complaintAbout(text: ByteString): string | undefined {
  return /["()<>\\]/.test(text) ? tokenize(text).problems[0]?.text : undefined;
}

/**
 * `ERROR:5.7.1:text` has a status if it begins with three words separated by dots; otherwise all of it is the text.
 */
function parseError(tokens: Tokens): AccessValue {
  const text = tokens.slice(2);
  if (text.length >= 6 && text[1] === '.' && text[3] === '.' && text[5] === ':') {
    return { kind: 'error', dsn: joinTokens(text.slice(0, 5)), text: text.slice(6), tokens };
  }
  return { kind: 'error', text, tokens };
}

function isWord(word: string): word is AccessWord {
  return WORDS.has(word);
}

function upper(token: ByteString): string {
  return foldCase(token).replace(/[a-z]+/g, (run) => run.toUpperCase());
}
