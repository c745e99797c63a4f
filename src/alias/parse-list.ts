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
  return [...addressesIn(text, asked, rules)];
}

/** The address of `RCPT TO:<address>`. It is shown with its brackets, as the daemon shows it. */
export function parseRecipient(recipient: string, rules: AddressRules): ListedAddress {
  const text = `<${recipient}>`;
  return listed(parseAddress(text, rules), text);
}

/** The same as parseList, one address after the other: for a caller that may not need them all. */
export function* addressesIn(text: string, asked: boolean, rules: AddressRules): Generator<ListedAddress> {
  const delimiter = asked && rules.blanksSeparate !== false && !/[,;<(]/.test(text) ? ' ' : ',';
  for (let at = skipEmpty(text, 0); at < text.length; ) {
    const plain = plainAddress(text, at, rules);
    if (plain !== undefined) {
      yield plain;
      at = skipEmpty(text, at + plain.shown.length);
      continue;
    }
    const part = parseAddress(text, rules, delimiter, at);
    yield listed(part, text.slice(at));
    at = skipEmpty(text, Math.max(part.end, at + 1));
  }
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

const PLAIN = /^([\w-]+(?:[.+][\w-]+)*)(?:@([\w-]+(?:\.[\w-]+)+))?$/;
const NO_FAULTS: ListedAddress['faults'] = [];

/** Fast path: almost every address of a large list is `name` or `name@host.example`, and needs no parser. */
function plainAddress(text: string, at: number, { isLocal, routing }: AddressRules): ListedAddress | undefined {
  if (routing?.leads) return undefined;
  const near = text.slice(at, at + NAME_LIMIT);
  const comma = near.indexOf(',');
  if (comma < 0 && near.length === NAME_LIMIT) return undefined;
  const found = PLAIN.exec(comma < 0 ? near : near.slice(0, comma));
  if (found === null) return undefined;
  const [shown, name, host] = found;
  if (host === undefined) {
    return { shown, target: { mailer: 'local', user: foldCase(name!), host: '' }, faults: NO_FAULTS };
  }
  const folded = foldCase(host);
  if (isLocal(host) || /^localhost\.|\.uucp$/.test(folded)) return undefined;
  return { shown, target: { mailer: 'remote', user: shown, host: `${folded}.` }, faults: NO_FAULTS };
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
