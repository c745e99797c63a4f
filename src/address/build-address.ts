/**
 * Mailer, host and user -> the address that sendmail keeps: a local name, a remote address, a program, a file, an
 * :include: list, or the problem that the mailer `error` reports.
 * Source: buildaddr.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { EX_SOFTWARE } from '../core/sysexits.ts';
import type { AddressRules } from './canonify.ts';
import { errorProblem } from './error-mailer.ts';
import { finalTokens } from './final.ts';
import { outgoing, unmarked } from './outgoing.ts';
import type { AddressProblem } from './problem.ts';
import { isRefusal, withHostEnd } from './refusal.ts';
import { type Mailer, PLAIN_ROUTING } from './routing.ts';
import { joinTokens, NAME_LIMIT, stripQuotes, type Tokens } from './tokens.ts';
import { splitFocused, type Triple } from './triple.ts';

/** The mailer and host of every address. The host is folded, unless the mailer has flag h. */
interface Delivery {
  readonly mailer: string;
  readonly host?: ByteString;
  /** Neither a relay nor the name without its detail is looked up (LOCAL_USER, stickyhost). */
  readonly notRemote?: true;
}

/**
 * The destination of an address. `text` is the user as `sendmail -bv` shows it: the local name, folded (`\name` keeps
 * its backslash; `written` keeps the case), `user@host` of a remote address, the program or path with the quotes that
 * it needs.
 */
export type Address =
  | (Delivery & { readonly kind: 'local'; readonly text: ByteString; readonly written: ByteString })
  | (Delivery & { readonly kind: 'remote'; readonly text: ByteString; readonly host: ByteString })
  | (Delivery & { readonly kind: 'program'; readonly text: ByteString; readonly command: ByteString })
  | (Delivery & { readonly kind: 'file'; readonly text: ByteString; readonly path: ByteString })
  | (Delivery & { readonly kind: 'include'; readonly text: ByteString; readonly path: ByteString });

const INCLUDE = ':include:';
/** Bytes of a host, which an argument of a table may exceed. */
export const HOST_LIMIT: number = NAME_LIMIT - 2;

function failed(fault: 'mailer' | 'configuration', text: string): AddressProblem {
  return { fault, code: 554, enhanced: '5.3.5', text, status: EX_SOFTWARE, bare: true };
}

export function buildAddress(resolved: Triple, rules: AddressRules): Address | AddressProblem {
  const triple = withHostEnd(resolved);
  const name = foldCase(triple.mailer);
  const host = triple.host === undefined || triple.host.length === 0 ? undefined : triple.host;
  const hostText = host && joinTokens(host, rules.blank).slice(0, HOST_LIMIT);
  if (name === 'error') return errorProblem(hostText, userText(triple.user, ' '));
  const mailer = (rules.routing ?? PLAIN_ROUTING).known.get(name);
  if (mailer === undefined) return failed('mailer', `buildaddr: unknown mailer ${triple.mailer}`);
  if (hostText === undefined && !mailer.flags.includes('l')) return failed('configuration', 'buildaddr: no host');
  const shown = hostText === undefined || mailer.flags.includes('h') ? hostText : foldCase(hostText);
  const isMarked = triple.user[0] === '@' && mailer.flags.includes('@');
  const target = specialTarget(triple.user, mailer, rules);
  // complete by itself; the copies below take four fifths of a list of files
  if (target !== undefined && hostText === undefined && !isMarked) return target;
  // the mailer of lists keeps the case of the host
  if (target?.kind === 'include') return { ...deliveryOf(name, hostText, isMarked), ...target };
  const delivery = deliveryOf(name, shown, isMarked);
  if (target !== undefined) return { ...delivery, ...target };
  return plainAddress(delivery, mailer, textFor(triple.user, mailer, host, rules));
}

/** Plain literals: every recipient gets such an object, and spreading would take a tenth of a decision. */
function deliveryOf(mailer: string, host: ByteString | undefined, isMarked: boolean): Delivery {
  if (isMarked) return host === undefined ? { mailer, notRemote: true } : { mailer, host, notRemote: true };
  return host === undefined ? { mailer } : { mailer, host };
}

export function isProblem(result: Address | AddressProblem): result is AddressProblem {
  return 'code' in result;
}

/** The address as its mailer gets it in an envelope. */
function textFor(user: Tokens, mailer: Mailer, host: Tokens | undefined, rules: AddressRules): ByteString {
  if (isRefusal(user)) return userText(user, rules.blank);
  const ruleset = mailer.envelope.recipient;
  const isLocal = ruleset === 'EnvToL';
  const split = splitFocused(isLocal ? withoutMark(user, mailer) : user);
  const context = { rules, routing: rules.routing ?? PLAIN_ROUTING, problems: [] };
  const { address } = ruleset === undefined ? { address: split } : outgoing(ruleset, split, context, host);
  const plus = isLocal && rules.sender ? address.local.indexOf('+', 1) : -1;
  const kept = plus < 0 ? address : { ...address, local: address.local.slice(0, plus) };
  return userText(finalTokens(kept, rules), rules.blank);
}

function plainAddress(delivery: Delivery, mailer: Mailer, text: ByteString): Address {
  if (delivery.mailer === 'prog') return { ...delivery, kind: 'program', text, command: programCommand(text) };
  if (delivery.mailer === '*file*') return { ...delivery, kind: 'file', text, path: stripQuotes(text) };
  if (delivery.mailer === '*include*') return { ...delivery, kind: 'include', text, path: text };
  const folded = mailer.flags.includes('u') ? text : foldCase(text);
  const { mailer: name, host } = delivery;
  if (mailer.flags.includes('l')) {
    if (host === undefined && delivery.notRemote === undefined)
      return { kind: 'local', mailer: name, text: folded, written: text };
    return { ...delivery, kind: 'local', text: folded, written: text };
  }
  if (delivery.notRemote === undefined) return { kind: 'remote', mailer: name, host: host!, text: folded };
  return { ...delivery, host: host!, kind: 'remote', text: folded };
}

type Target =
  | { readonly kind: 'program'; readonly text: ByteString; readonly command: ByteString; readonly mailer: 'prog' }
  | { readonly kind: 'file'; readonly text: ByteString; readonly path: ByteString; readonly mailer: '*file*' }
  | { readonly kind: 'include'; readonly text: ByteString; readonly path: ByteString; readonly mailer: '*include*' };

/** A program, file or list. sendmail recognises it by the first character, quoted or not. */
function specialTarget(user: Tokens, mailer: Mailer, rules: AddressRules): Target | undefined {
  const { flags } = mailer;
  const whole = withoutMark(user, mailer);
  const begin = whole[0] ?? '';
  const first = begin.startsWith('"') ? begin[1] : begin[0];
  if (first !== '|' && first !== '/' && first !== ':') return undefined;
  if (!flags.includes(first)) return undefined;
  if (first === ':') {
    // sendmail compares the whole name here, with the mark
    if (whole !== user) return undefined;
    const plain = stripQuotes(userText(whole, ' '));
    if (!foldCase(plain).startsWith(INCLUDE)) return undefined;
    const list = userText(whole, rules.blank);
    return { kind: 'include', text: list, path: plain.slice(INCLUDE.length), mailer: '*include*' };
  }
  const isPath = first === '/' && !begin.startsWith('"');
  const plus = rules.sender && !isPath ? whole.indexOf('+', 1) : -1;
  const kept = splitFocused(whole.slice(0, plus < 0 ? whole.length : plus));
  const isWhole = first === '/' && kept.host !== undefined;
  const text = userText(finalTokens(isWhole ? kept : { local: unmarked(kept.local) }, rules), rules.blank);
  return first === '|'
    ? { kind: 'program', text, command: programCommand(text), mailer: 'prog' }
    : { kind: 'file', text, path: stripQuotes(text), mailer: '*file*' };
}

/** An @ before a name is a mark, not part of the name: no relay is looked up. */
function withoutMark(user: Tokens, { flags }: Mailer): Tokens {
  return user[0] === '@' && flags.includes('@') ? user.slice(1) : user;
}

function programCommand(text: ByteString): ByteString {
  return stripQuotes(text).replace(/^\|/, '');
}

/**
 * Tokens as the text of a user, cut to the limit of a name: an inserted closing mark can make them longer than the
 * address.
 */
function userText(tokens: Tokens, blank?: string): ByteString {
  return joinTokens(tokens, blank).slice(0, NAME_LIMIT - 1);
}
