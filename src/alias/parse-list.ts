/** A list of addresses, or the one address of RCPT -> the target of each, and its errors. */

import type { AddressRules } from '../address/canonify.ts';
import { keptText, type ParsedAddress, parseAddress } from '../address/parse.ts';
import { type AddressProblem, isUnreadable } from '../address/problem.ts';
import { shortenAddress } from '../address/show.ts';
import { NAME_LIMIT } from '../address/tokens.ts';
import { foldCase, isSpace } from '../core/fold.ts';
import type { Growing } from '../core/growing.ts';
import type { RouteStep } from '../core/trace-step.ts';
import { cannotAsk, type Fault } from './faults.ts';
import { type Target, targetOf } from './target.ts';

export interface ListedAddress {
  /** As written. */
  readonly shown: string;
  /** Absent: nothing of the address is left. */
  readonly target?: Target;
  /** The tables and classes that were asked for it, in order. */
  readonly asked?: readonly RouteStep[];
  /** It takes a place on the list, but gets no mail. */
  readonly undeliverable?: true;
  readonly faults: readonly { readonly fault: Fault; readonly address?: string }[];
}

/** Splits a comma list. A list from a command line (`asked`) is also split at blanks if it has no commas. */
export function parseList(text: string, asked: boolean, rules: AddressRules): ListedAddress[] {
  const only = plainAddress(text, 0, rules);
  if (only?.shown === text) return [only];
  const addresses: ListedAddress[] = [];
  everyAddress(text, asked, rules, (address) => addresses.push(address) > 0);
  return addresses;
}

/** The address of `RCPT TO:<address>`. It is shown with its brackets, as the daemon shows it. */
export function parseRecipient(recipient: string, rules: AddressRules): ListedAddress {
  const text = `<${recipient}>`;
  return listed(parseAddress(text, rules), text);
}

/** The same as parseList, one address after the other, until `visit` returns false. Returns whether it never did. */
export function everyAddress(
  text: string,
  asked: boolean,
  rules: AddressRules,
  visit: (address: ListedAddress) => boolean,
): boolean {
  const delimiter = asked && rules.blanksSeparate !== false && !/[,;<(]/.test(text) ? ' ' : ',';
  for (let at = skipEmpty(text, 0); at < text.length; ) {
    const plain = plainAddress(text, at, rules);
    const part = plain === undefined ? parseAddress(text, rules, delimiter, at) : undefined;
    const end = part === undefined ? at + plain!.shown.length : Math.max(part.end, at + 1);
    if (!visit(plain ?? listed(part!, text.slice(at)))) return false;
    at = skipEmpty(text, end);
  }
  return true;
}

/** @param rest of the list, from the address on */
function listed(part: ParsedAddress, rest: string): ListedAddress {
  const refused = part.address === undefined && part.problems.some((problem) => !isUnreadable(problem));
  const address: Growing<ListedAddress> = { shown: part.shown, asked: part.asked, faults: faultsOf(part, rest) };
  if (refused) address.target = { mailer: 'error', user: part.shown, host: '' };
  if (part.address !== undefined) address.target = targetOf(part.address);
  if (part.undeliverable || part.failed !== undefined) address.undeliverable = true;
  return address;
}

function faultsOf({ failed, problems, shown }: ParsedAddress, rest: string): ListedAddress['faults'] {
  if (failed === undefined && problems.length === 0) return NO_FAULTS;
  const ofTable = failed === undefined ? [] : [{ fault: cannotAsk(failed), address: shown }];
  return [...ofTable, ...problems.map((problem) => ({ fault: faultOf(problem), ...about(problem, rest, shown) }))];
}

const NO_FAULTS: ListedAddress['faults'] = [];

/** Fast path: almost every address of a large list is `name` or `name@host.example`, and needs no parser. */
function plainAddress(text: string, at: number, { isLocal, routing }: AddressRules): ListedAddress | undefined {
  if (routing?.leads) return undefined;
  const found = plainPlace(text, at);
  if (found === undefined) return undefined;
  const shown = text.slice(at, found.end);
  if (found.sign < 0) return { shown, target: { mailer: 'local', user: foldCase(shown), host: '' }, faults: NO_FAULTS };
  const host = text.slice(found.sign + 1, found.end);
  const folded = foldCase(host);
  if (isLocal(host) || folded.startsWith('localhost.') || folded.endsWith('.uucp')) return undefined;
  return { shown, target: { mailer: 'remote', user: shown, host: `${folded}.`, isOwnHop: true }, faults: NO_FAULTS };
}

/** By byte: true for a letter, a digit, `_` and `-`. */
const WORD: readonly boolean[] = Array.from({ length: 256 }, (_, byte) => /[\w-]/.test(String.fromCharCode(byte)));
const PLUS = 0x2b;
const COMMA = 0x2c;
const DOT = 0x2e;
const AT = 0x40;

/**
 * Words with a dot or plus between two of them, and perhaps an @ and words with dots, up to a comma or the end: the offsets of the
 * @ (-1: none) and of the end. undefined: another text, or a long one.
 */
function plainPlace(text: string, at: number): { readonly sign: number; readonly end: number } | undefined {
  const most = Math.min(text.length, at + NAME_LIMIT);
  let sign = -1;
  let dots = 0;
  let end = at;
  for (let wordBefore = false; end < most; end++) {
    const byte = text.charCodeAt(end);
    const isInWord = WORD[byte] === true;
    if (!isInWord) {
      if (!wordBefore) return undefined;
      if (byte === COMMA) break;
      if (byte === AT && sign < 0) sign = end;
      else if (byte === DOT) dots += sign < 0 ? 0 : 1;
      else if (byte !== PLUS || sign >= 0) return undefined;
    }
    wordBefore = isInWord;
  }
  if (end === at + NAME_LIMIT || WORD[text.charCodeAt(end - 1)] !== true) return undefined;
  return sign >= 0 && dots === 0 ? undefined : { sign, end };
}

function skipEmpty(text: string, from: number): number {
  let at = from;
  while (at < text.length && (text[at] === ',' || isSpace(text.charCodeAt(at)))) at++;
  return at;
}

/** The address that a message names. */
function about(problem: AddressProblem, rest: string, shown: string): { readonly address?: string } {
  if (problem.bare) return {};
  return { address: shortenAddress(isScanned(problem) ? rest : keptText(shown)) };
}

/** An error of the scanner, before the end of the address is known: its message shows the rest of the list. */
export function isScanned({ whole }: AddressProblem): boolean {
  return whole === true;
}

export function faultOf({ code, enhanced, text, status }: AddressProblem): Fault {
  return { code: 'syntax', reply: code, enhanced, reason: text, ...(status !== 0 && { status }) };
}
