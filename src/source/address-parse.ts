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
import { EX_SOFTWARE, EX_UNAVAILABLE, EX_USAGE } from '../core/sysexits.ts';
import type { AddressRules, SplitAddress, Tokens } from './address-canonical.ts';
import { resolveTokens } from './address-resolve.ts';
import { type AddressProblem, joinTokens, NAME_LIMIT, tokenize } from './address-tokens.ts';

/**
 * Where an address leads. `text` is what `sendmail -bv` calls the user: the local name, folded (`\name` keeps its
 * backslash), `user@host` of a remote address, the program or path with the quotes that it needs.
 */
export type Address =
  | { readonly kind: 'local'; readonly text: ByteString }
  | { readonly kind: 'remote'; readonly text: ByteString; readonly host: ByteString }
  | { readonly kind: 'program'; readonly text: ByteString; readonly command: ByteString }
  | { readonly kind: 'file'; readonly text: ByteString; readonly path: ByteString }
  | { readonly kind: 'include'; readonly text: ByteString; readonly path: ByteString };

export interface ParsedAddress {
  /** What stood between the delimiters, white space in front of it left out. */
  readonly shown: ByteString;
  /** Absent: not usable, or nothing but a comment (then there are no problems either). */
  readonly address?: Address;
  /** In sendmail's order; all but `bare` ones are shown behind the address and `... `. */
  readonly problems: readonly AddressProblem[];
  /** Where the delimiter is, or the end of the text. */
  readonly end: number;
}

const INCLUDE = ':include:';

/** Takes quotes away, and backslashes from what they stand before. */
export function stripQuotes(text: ByteString): ByteString {
  return text.replace(/\\(.)|["\\]/gs, '$1');
}

function programCommand(text: ByteString): ByteString {
  return stripQuotes(text).replace(/^\|/, '');
}

/** An address of this host: sendmail tells programs, files and lists by the first character, quoted or not. */
function localAddress(local: Tokens): Address {
  const text = joinTokens(local);
  const first = local[0]?.replace(/^"/, '') ?? '';
  if (first.startsWith('|')) return { kind: 'program', text, command: programCommand(text) };
  if (first.startsWith('/')) return { kind: 'file', text, path: stripQuotes(text) };
  const plain = stripQuotes(joinTokens(local, ' '));
  if (first.startsWith(':') && foldCase(plain).startsWith(INCLUDE)) {
    return { kind: 'include', text, path: plain.slice(INCLUDE.length).trimStart() };
  }
  return { kind: 'local', text: foldCase(text) };
}

/** How the envelope of a remote host shows an address: without the final dot, UUCP hosts as a bang path of ours. */
function remoteUser(local: Tokens, host: Tokens, rules: AddressRules): Tokens {
  const uucp = host.length > 3 && host.at(-1) === '.' && foldCase(host.at(-2)!) === 'uucp' && host.at(-3) === '.';
  if (uucp && rules.bangPath !== false) {
    return [...host.slice(0, -3), '!', ...local, '@', ...tokenize(rules.hostName).tokens];
  }
  const undotted = host.length > 1 && host.at(-1) === '.' ? host.slice(0, -1) : host;
  return [...local, '@', ...undotted];
}

/** `[address]:host` and `[address]:mailer:host` name the way to go themselves. */
function throughHost(local: Tokens, host: Tokens, rules: AddressRules): Address | AddressProblem {
  const end = host.findIndex((t, i) => t === ']' && host[i + 1] === ':');
  const literal = host.slice(0, end + 1);
  const way = host.slice(end + 2);
  const shown = remoteUser(local, literal, rules);
  if (way.length < 2 || way[1] !== ':')
    return { kind: 'remote', text: joinTokens(shown), host: foldCase(joinTokens(way)) };
  const mailer = foldCase(way[0]!);
  if (mailer === 'local') return localAddress(local);
  if (mailer === 'error') {
    const text = joinTokens([...local, '<', '@', ...literal, '>']);
    return { code: 553, enhanced: '5.3.0', text, status: EX_UNAVAILABLE };
  }
  if (/^(smtp|esmtp|smtp8|dsmtp|relay)$/.test(mailer)) {
    return { kind: 'remote', text: joinTokens(shown), host: foldCase(joinTokens(way.slice(2))) };
  }
  return { code: 554, enhanced: '5.3.5', text: `buildaddr: unknown mailer ${way[0]}`, status: EX_SOFTWARE, bare: true };
}

function route({ local, host }: SplitAddress, rules: AddressRules): Address | AddressProblem {
  if (host === undefined || host.length === 0) return localAddress(local);
  if (host[0] === '[' && host.at(-1) !== ']' && host.some((t, i) => t === ']' && host[i + 1] === ':' && i > 1)) {
    return throughHost(local, host, rules);
  }
  if (host.at(-1) === '.' && rules.isLocal(joinTokens(host.slice(0, -1)))) return localAddress(local);
  return { kind: 'remote', text: joinTokens(remoteUser(local, host, rules)), host: foldCase(joinTokens(host)) };
}

/** Bytes 0x80 to 0x9f, which sendmail uses for itself. */
const RESERVED = /[\x80-\x9f]/;
const RESERVED_ALL = /[\x80-\x9f]/g;

function textProblem(shown: ByteString): AddressProblem | undefined {
  if (shown.length >= NAME_LIMIT) {
    const text = `Address "${shown}" too long (${NAME_LIMIT - 1} bytes max)`;
    return { code: 553, enhanced: '5.1.0', text, status: EX_USAGE };
  }
  if (!RESERVED.test(shown)) return undefined;
  const text = `8-bit character in mailbox address "${shown.replace(RESERVED_ALL, '?')}"`;
  return { code: 501, enhanced: '5.1.3', text, status: EX_USAGE, bare: true };
}

/** Control bytes outside of escapes, and DEL (which 0xff is read as), may not be in what is delivered to. */
function controlProblem(user: ByteString): AddressProblem | undefined {
  let found = false;
  let quoted = false;
  let shown = '';
  for (let i = 0; i < user.length; i += 1) {
    const character = user[i]!;
    if (character === '"') quoted = !quoted;
    const code = character.charCodeAt(0);
    const control = !quoted && (code < 0x20 || code === 0x7f || code === 0xff);
    found ||= control;
    shown += control ? '?' : character;
    if (character !== '\\') continue;
    i += 1;
    shown += user[i] ?? '';
  }
  if (!found) return undefined;
  const text = `Syntax error in mailbox address "${shown}" (non-printable character)`;
  return { code: 501, enhanced: '5.1.3', text, status: EX_USAGE, bare: true };
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
  const problems = [...scan.problems];
  const unusable = { shown, problems, end: scan.end };
  if (scan.tokens.length === 0) return unusable;
  const problem = textProblem(shown);
  if (problem !== undefined) {
    problems.push(problem);
    return unusable;
  }
  const split = resolveTokens(scan.tokens, rules, problems);
  if (split === undefined) return unusable;
  const result = route(split, rules);
  const wrong = isProblem(result) ? result : controlProblem(result.text);
  if (wrong !== undefined) problems.push(wrong);
  return isProblem(result) || wrong !== undefined ? unusable : { ...unusable, address: result };
}

/** Reads a comma list, such as the value of an alias: each part in turn, empty ones left out. */
export function parseAddressList(text: ByteString, rules: AddressRules): ParsedAddress[] {
  const parts: ParsedAddress[] = [];
  let at = skipEmpty(text, 0);
  while (at < text.length) {
    const part = parseAddress(text, rules, ',', at);
    parts.push(part);
    at = skipEmpty(text, Math.max(part.end, at + 1));
  }
  return parts;
}

/** Passes white space and commas. */
function skipEmpty(text: ByteString, start: number): number {
  const separators = /[\t-\r ,]*/y;
  separators.lastIndex = start;
  separators.test(text);
  return separators.lastIndex;
}
