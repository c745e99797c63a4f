/**
 * Address text -> where mail to it goes: a local name, a remote host, a program, a file or an :include: list.
 *
 * What sendmail does with a recipient before it looks anything up (parseaddr and buildaddr, rulesets canonify, parse and
 * final, without mailertable, virtusertable or smart host). Collects problems in sendmail's words; an address that was
 * only repaired (`Unbalanced ...`) is usable all the same. Never reads a file and never asks DNS; addresses of 256
 * bytes and more are refused.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { EX_OK, EX_SOFTWARE, EX_UNAVAILABLE, EX_USAGE } from '../core/sysexits.ts';
import type { AddressRules, SplitAddress, Tokens } from './canonify.ts';
import { finalForm } from './final.ts';
import { isLocalHost, resolveTokens } from './parse0.ts';
import { type AddressProblem, joinTokens, NAME_LIMIT, tokenize } from './tokens.ts';

/**
 * Where an address leads. `text` is what `sendmail -bv` calls the user: the local name, folded (`\name` keeps its
 * backslash; `written` keeps the case), `user@host` of a remote address, the program or path with the quotes that it needs.
 */
export type Address =
  | { readonly kind: 'local'; readonly text: ByteString; readonly written: ByteString }
  | { readonly kind: 'remote'; readonly text: ByteString; readonly host: ByteString }
  | { readonly kind: 'program'; readonly text: ByteString; readonly command: ByteString }
  | { readonly kind: 'file'; readonly text: ByteString; readonly path: ByteString }
  | { readonly kind: 'include'; readonly text: ByteString; readonly path: ByteString };

/** An address in tokens, and the one that they stand for. */
export interface ReadAddress {
  readonly tokens: Tokens;
  readonly address: SplitAddress;
}

export interface ParsedAddress {
  /** What was read, and what CanonAddr makes of it; absent: none, or it is none. */
  readonly read?: ReadAddress;
  /** What stood between the delimiters, white space in front of it left out. */
  readonly shown: ByteString;
  /** Absent: none, or nothing but a comment (then there are no problems either). */
  readonly address?: Address;
  /** True: nothing may be delivered to it; its control bytes, which are why, are `?` in `address`. */
  readonly undeliverable?: true;
  /** In sendmail's order; all but `bare` ones are shown behind the address and `... `. */
  readonly problems: readonly AddressProblem[];
  /** Where the delimiter is, or the end of the text. */
  readonly end: number;
}

const INCLUDE = ':include:';

const QUOTING = /["\\]/;

/** Takes quotes away, and backslashes from what they stand before. */
export function stripQuotes(text: ByteString): ByteString {
  return QUOTING.test(text) ? text.replace(/\\(.)|["\\]/gs, '$1') : text;
}

function programCommand(text: ByteString): ByteString {
  return stripQuotes(text).replace(/^\|/, '');
}

/** Brackets that came out of quotes: leading ones go with what they hold, unless there is a detail, others go alone. */
function withoutBrackets(tokens: Tokens): Tokens {
  const end = tokens[0] === '<' && !tokens.includes('+', 1) ? tokens.indexOf('>') : -1;
  return unbracketed(end > 0 && end < tokens.length - 1 ? tokens.slice(end + 1) : tokens);
}

function unbracketed(tokens: Tokens): Tokens {
  const open = tokens.indexOf('<');
  const close = open < 0 ? -1 : tokens.indexOf('>', open + 2);
  if (close < 0) return tokens;
  return unbracketed([...tokens.slice(0, open), ...tokens.slice(open + 1, close), ...tokens.slice(close + 1)]);
}

/** `:include:`, unquoted: its path is all that follows. */
function isList(local: Tokens): boolean {
  return local[0] === ':' && foldCase(local[1] ?? '') === 'include' && local[2] === ':';
}

/** An address of this host: sendmail tells programs, files and lists by the first character, quoted or not. */
function localAddress(whole: Tokens, rules: AddressRules): Address {
  const isPath = isList(whole) || whole[0]?.startsWith('/');
  const plus = rules.sender && !isPath ? whole.indexOf('+', 1) : -1;
  // an @ in front marks a name that no relay is to be looked for; it is no part of it
  const local = whole.slice(whole[0] === '@' ? 1 : 0, plus < 0 ? whole.length : plus);
  const shown = withoutBrackets(local);
  const text = userText(shown, rules.blank);
  const begin = local[0] ?? '';
  const first = begin.startsWith('"') ? begin.slice(1) : begin;
  if (first.startsWith('|')) return { kind: 'program', text, command: programCommand(text) };
  if (first.startsWith('/')) return { kind: 'file', text, path: stripQuotes(text) };
  if (first.startsWith(':')) {
    const plain = stripQuotes(userText(local, ' '));
    if (foldCase(plain).startsWith(INCLUDE)) return { kind: 'include', text, path: plain.slice(INCLUDE.length) };
  }
  return { kind: 'local', text: foldCase(text), written: text };
}

/** Tokens as the text of a user, cut to a name's length: a mark that was missing can make them longer than the address. */
function userText(tokens: Tokens, blank?: string): ByteString {
  return joinTokens(tokens, blank).slice(0, NAME_LIMIT - 1);
}

/** How the envelope of a remote host shows an address; `host.UUCP.` is a bang path of our own there. */
function remoteUser(local: Tokens, host: Tokens, rules: AddressRules): ByteString {
  return userText(remoteTokens(local, host, rules), rules.blank);
}

function remoteTokens(local: Tokens, host: Tokens, rules: AddressRules): Tokens {
  const uucp = host.length > 3 && host.at(-1) === '.' && foldCase(host.at(-2)!) === 'uucp' && host.at(-3) === '.';
  if (!uucp || rules.bangPath === false) return finalForm(local, host, rules);
  return finalForm([...host.slice(0, -3), '!', ...local], tokenize(rules.hostName).tokens, rules);
}

function endsLiteral(host: Tokens, i: number): boolean {
  return host[i] === ']' && host[i + 1] === ':' && i + 2 < host.length;
}

/** `[address]:host` and `[address]:mailer:host` name the way to go themselves. */
function throughHost(local: Tokens, host: Tokens, rules: AddressRules): Address | AddressProblem {
  const named = host.findIndex((_, i) => i > 1 && endsLiteral(host, i) && host[i + 3] === ':');
  const end = named < 0 ? host.findIndex((_, i) => i > 1 && endsLiteral(host, i)) : named;
  const literal = host.slice(0, end + 1);
  const way = host.slice(end + 2);
  const shown = remoteUser(local, literal, rules);
  if (way.length < 2 || way[1] !== ':') {
    return { kind: 'remote', text: shown, host: foldCase(joinTokens(way, rules.blank)) };
  }
  const mailer = foldCase(way[0]!);
  if (mailer === 'local') return localAddress(local, rules);
  if (mailer === 'error') {
    const text = joinTokens([...local, '<', '@', ...literal, '>'], rules.blank);
    return { code: 553, enhanced: '5.3.0', text, status: EX_UNAVAILABLE };
  }
  if (/^(smtp|esmtp|smtp8|dsmtp|relay)$/.test(mailer)) {
    return { kind: 'remote', text: shown, host: foldCase(joinTokens(way.slice(2), rules.blank)) };
  }
  return { code: 554, enhanced: '5.3.5', text: `buildaddr: unknown mailer ${way[0]}`, status: EX_SOFTWARE, bare: true };
}

function route({ local, host }: SplitAddress, rules: AddressRules): Address | AddressProblem {
  if (host === undefined || host.length === 0) return localAddress(local, rules);
  if (host[0] === '[' && host.at(-1) !== ']' && host.some((_, i) => i > 1 && endsLiteral(host, i))) {
    return throughHost(local, host, rules);
  }
  if (isLocalHost(host, rules)) return localAddress(local, rules);
  return { kind: 'remote', text: remoteUser(local, host, rules), host: foldCase(joinTokens(host, rules.blank)) };
}

/** Bytes 0x80 to 0x9f, which sendmail uses for itself. */
const RESERVED = /[\x80-\x9f]/;
const RESERVED_ALL = /[\x80-\x9f]/g;

/** What is left of an address in messages about it: not more than may be, reserved bytes as `?`. */
export function keptText(shown: ByteString): ByteString {
  return shown.slice(0, NAME_LIMIT - 1).replace(RESERVED_ALL, '?');
}

function textProblem(shown: ByteString): AddressProblem | undefined {
  if (shown.length >= NAME_LIMIT) {
    const text = `Address "${keptText(shown)}" too long (${NAME_LIMIT - 1} bytes max)`;
    return { code: 553, enhanced: '5.1.0', text, status: RESERVED.test(shown.slice(0, NAME_LIMIT)) ? EX_USAGE : EX_OK };
  }
  if (!RESERVED.test(shown)) return undefined;
  const text = `8-bit character in mailbox address "${keptText(shown)}"`;
  return { code: 501, enhanced: '5.1.3', text, status: EX_USAGE, bare: true };
}

interface Checked {
  readonly text: ByteString;
  readonly problem?: string;
}

/** What a text without is deliverable. */
const SUSPICIOUS = /[\x00-\x1f\x7f\xff"\\]/;

/** Control bytes outside of quotes and escapes, a quote too many, a last backslash: not in what is delivered to. */
function checkDeliverable(user: ByteString): Checked {
  if (!SUSPICIOUS.test(user)) return { text: user };
  let problem: string | undefined;
  let quoted = false;
  let text = '';
  for (let i = 0; i < user.length; i += 1) {
    const character = user[i]!;
    const code = character.charCodeAt(0);
    const control = !quoted && (code < 0x20 || code === 0x7f || code === 0xff);
    if (control) problem = 'non-printable character';
    if (character === '"') quoted = !quoted;
    text += control ? '?' : character;
    if (character !== '\\') continue;
    i += 1;
    if (i < user.length) {
      text += user[i]!;
    } else {
      text = `${text.slice(0, -1)}?`;
      problem = 'trailing \\ character';
    }
  }
  if (quoted) problem = 'unbalanced quote';
  return problem === undefined ? { text } : { text, problem };
}

/** The address with what may not be delivered to shown as `?`. */
function withText(address: Address, text: ByteString): Address {
  return address.kind === 'include' ? { ...address, path: text } : { ...address, text };
}

function isProblem(result: Address | AddressProblem): result is AddressProblem {
  return 'code' in result;
}

/**
 * Reads one address, from `start` to the delimiter outside of quotes, comments and brackets (`,` in lists, ` ` in SMTP
 * commands, '' for the whole text).
 */
export function parseAddress(text: ByteString, rules: AddressRules, delimiter = '', start = 0): ParsedAddress {
  const scan = tokenize(text, delimiter, start);
  const shown = text.slice(start, scan.end);
  const { problems } = scan;
  const unusable = { shown, problems, end: scan.end };
  if (scan.tokens.length === 0) return unusable;
  const problem = textProblem(shown);
  if (problem !== undefined) {
    problems.push(problem);
    return unusable;
  }
  const split = resolveTokens(scan.tokens, rules, problems);
  if (split === undefined) return unusable;
  const read = { tokens: scan.tokens, address: split };
  const result = route(split, rules);
  if (isProblem(result)) {
    problems.push(result);
    return unusable;
  }
  const checked = checkDeliverable(result.kind === 'include' ? result.path : result.text);
  if (checked.problem === undefined) return { shown, problems, end: scan.end, read, address: result };
  const wrong = `Syntax error in mailbox address "${checked.text}" (${checked.problem})`;
  problems.push({ code: 501, enhanced: '5.1.3', text: wrong, status: EX_OK, bare: true });
  return { ...unusable, address: withText(result, checked.text), undeliverable: true };
}
