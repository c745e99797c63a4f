/**
 * Address text -> the destination of its mail: a local name, a remote host, a program, a file or an :include: list.
 *
 * Limits: reads no file and never asks DNS. Addresses of 256 bytes and more are refused.
 * Errors: problems are collected, in sendmail's words. An address that was only repaired (`Unbalanced ...`) is
 * usable.
 * Source: parseaddr and buildaddr, rulesets canonify, parse and final, with the tables and relays of the
 * configuration.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_OK, EX_USAGE } from '../core/sysexits.ts';
import type { RouteStep } from '../core/trace-step.ts';
import { type Address, buildAddress, isProblem } from './build-address.ts';
import type { AddressRules, SplitAddress } from './canonify.ts';
import { type FailedLookup, Journal } from './journal.ts';
import { resolveTokens } from './parse0.ts';
import { parse1 } from './parse1.ts';
import { isPlain, plainDestination } from './plain.ts';
import type { AddressProblem } from './problem.ts';
import { noting } from './routing.ts';
import type { RouteRule } from './rule-names.ts';
import { NAME_LIMIT, type Tokens, tokenize } from './tokens.ts';

/** The tokens of an address, and the canonical address. */
export interface ReadAddress {
  readonly tokens: Tokens;
  readonly address: SplitAddress;
}

export interface ParsedAddress {
  /** The tokens, and the result of CanonAddr; absent: there is no valid address. */
  readonly read?: ReadAddress;
  /** The text up to the delimiter, without white space before it. */
  readonly shown: ByteString;
  /** Absent: no address, or only a comment (then there are no problems either). */
  readonly address?: Address;
  /** The tables and classes that were asked, in order. */
  readonly asked: readonly RouteStep[];
  /** The lookup that failed: the destination is not known for now. */
  readonly failed?: FailedLookup;
  /** The rule that decided: a table, a relay, a class, `syntax`; absent: parsing ended earlier. */
  readonly rule?: RouteRule;
  /** True: the address must not be delivered to, because of control bytes. They are `?` in `address`. */
  readonly undeliverable?: true;
  /** In sendmail's order. All but the `bare` ones are shown after the address and `... `. */
  readonly problems: readonly AddressProblem[];
  /** The offset of the delimiter, or of the end of the text. */
  readonly end: number;
}

/** Bytes 0x80 to 0x9f, which sendmail uses internally. */
const RESERVED = /[\x80-\x9f]/;
const RESERVED_ALL = /[\x80-\x9f]/g;

/** The address in messages: cut to the limit, with reserved bytes as `?`. */
export function keptText(shown: ByteString): ByteString {
  return shown.slice(0, NAME_LIMIT - 1).replace(RESERVED_ALL, '?');
}

function textProblem(shown: ByteString): AddressProblem | undefined {
  if (shown.length >= NAME_LIMIT) {
    const text = `Address "${keptText(shown)}" too long (${NAME_LIMIT - 1} bytes max)`;
    return {
      fault: 'tooLong',
      code: 553,
      enhanced: '5.1.0',
      text,
      status: RESERVED.test(shown.slice(0, NAME_LIMIT)) ? EX_USAGE : EX_OK,
    };
  }
  if (!RESERVED.test(shown)) return undefined;
  const text = `8-bit character in mailbox address "${keptText(shown)}"`;
  return { fault: 'eightBit', code: 501, enhanced: '5.1.3', text, status: EX_USAGE, bare: true };
}

interface Checked {
  readonly text: ByteString;
  readonly problem?: string;
  readonly status?: number;
}

const EIGHT_BIT = '8-bit character';
/** A text without any of these is deliverable. */
const SUSPICIOUS = /[\x00-\x1f\x7f-\x9f\xff"\\]/;

/** Rejects control bytes outside quotes and escapes, marks of the rules, an odd quote, and a final backslash in a delivery target. */
function checkDeliverable(user: ByteString): Checked {
  if (!SUSPICIOUS.test(user)) return { text: user };
  let problem: string | undefined;
  let quoted = false;
  let text = '';
  for (let i = 0; i < user.length; i += 1) {
    const character = user[i]!;
    const code = character.charCodeAt(0);
    const isControl = !quoted && (code < 0x20 || code === 0x7f || code === 0xff);
    if (isControl) problem = 'non-printable character';
    if (RESERVED.test(character)) problem = EIGHT_BIT;
    if (character === '"') quoted = !quoted;
    text += isControl || RESERVED.test(character) ? '?' : character;
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
  return problem === undefined ? { text } : { text, problem, status: RESERVED.test(user) ? EX_USAGE : EX_OK };
}

/** The address with its rejected bytes as `?`. */
function withText(address: Address, text: ByteString): Address {
  return address.kind === 'include' ? { ...address, path: text } : { ...address, text };
}

/**
 * Parses one address, from `start` to the delimiter outside quotes, comments and brackets (`,` in lists, ` ` in SMTP
 * commands, '' for the whole text).
 */
export function parseAddress(text: ByteString, rules: AddressRules, delimiter = '', start = 0): ParsedAddress {
  const { routing } = rules;
  if (routing === undefined || routing.has.size === 0) return parse(text, rules, delimiter, start);
  const journal = routing.journal ?? new Journal();
  journal.failed = undefined;
  const parsed = parse(text, routing.journal === undefined ? noting(rules, journal) : rules, delimiter, start);
  return journal.failed === undefined ? parsed : { ...parsed, failed: journal.failed };
}

/** Undefined: there is none, and the problems say why. */
function ruledDestination(
  split: SplitAddress,
  rules: AddressRules,
  problems: AddressProblem[],
): { readonly rule: RouteRule; readonly address: Address | AddressProblem } | undefined {
  const triple = parse1(split, rules, problems);
  return triple && { rule: triple.rule, address: buildAddress(triple, rules) };
}

const NO_STEPS: readonly RouteStep[] = [];

/** A plain address, all of it, whose destination nobody asks for; undefined: another address, or one that has problems. */
export function readPlain(text: ByteString, rules: AddressRules): ReadAddress | undefined {
  if (rules.routing?.leads || text.length >= NAME_LIMIT) return undefined;
  const { tokens, problems } = tokenize(text, ' ');
  const split = tokens.length === 0 ? undefined : resolveTokens(tokens, rules, problems);
  if (split === undefined || problems.length > 0 || !isPlain(text, split, rules)) return undefined;
  return { tokens, address: split };
}

function parse(text: ByteString, rules: AddressRules, delimiter: string, start: number): ParsedAddress {
  const scan = tokenize(text, delimiter, start);
  const shown = text.slice(start, scan.end);
  const { problems } = scan;
  const asked = rules.routing?.journal?.steps ?? NO_STEPS;
  const unusable = { shown, problems, end: scan.end, asked };
  if (scan.tokens.length === 0) return unusable;
  const problem = textProblem(shown);
  if (problem !== undefined) {
    problems.push(problem);
    return unusable;
  }
  const split = resolveTokens(scan.tokens, rules, problems);
  if (split === undefined) return unusable;
  const read = { tokens: scan.tokens, address: split };
  const destination = isPlain(shown, split, rules)
    ? plainDestination(split, rules)
    : ruledDestination(split, rules, problems);
  if (destination === undefined) return unusable;
  const { rule, address: result } = destination;
  if (isProblem(result)) {
    problems.push(result);
    return { ...unusable, rule };
  }
  const checked = checkDeliverable(result.kind === 'include' ? result.path : result.text);
  if (checked.problem === undefined) return { shown, problems, end: scan.end, asked, read, rule, address: result };
  const wrong = `Syntax error in mailbox address "${checked.text}" (${checked.problem})`;
  const status = checked.status ?? EX_OK;
  problems.push({ fault: 'undeliverable', code: 501, enhanced: '5.1.3', text: wrong, status, bare: true });
  return { ...unusable, rule, address: withText(result, checked.text), undeliverable: true };
}
