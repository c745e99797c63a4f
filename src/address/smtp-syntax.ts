/**
 * The address of MAIL FROM:<...> or RCPT TO:<...> -> the reply that refuses it before any lookup: it does not parse,
 * or it names a program, file or list.
 *
 * Replies show addresses as sendmail's daemon does: long ones lose their middle.
 */

import type { ByteString } from '../core/bytes.ts';
import { ownField } from '../core/own-field.ts';
import type { AddressRules } from './canonify.ts';
import { keptText, type ParsedAddress, parseAddress, type ReadAddress, readPlain } from './parse.ts';
import type { AddressFault, AddressProblem } from './problem.ts';
import type { RouteRule } from './rule-names.ts';
import { shortenAddress } from './show.ts';

export interface SyntaxReply {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  /** True if `<address>... ` stands before the text. */
  readonly prefixed: boolean;
  /** The part of the address that is shown, if sendmail did not read or keep the whole address. */
  readonly shown?: ByteString;
}

const DIRECT: Readonly<Record<string, string>> = { program: 'programs', file: 'files', include: ':include:s' };

function reply(code: number, enhanced: string, text: string, argument: ByteString, shown: ByteString): SyntaxReply {
  return { code, enhanced, text, prefixed: true, ...(shown !== argument && { shown: shortenAddress(shown) }) };
}

function refusal(problem: AddressProblem, argument: ByteString, shown: ByteString, mail: boolean): SyntaxReply {
  const { code, text } = problem;
  const enhanced = mail && code === 501 ? '5.1.7' : problem.enhanced;
  if (problem.bare) return { code, enhanced, text, prefixed: false };
  return reply(code, enhanced, text, argument, problem.whole ? argument : keptText(shown));
}

interface Refusal {
  readonly reply: SyntaxReply;
  /** The fault of the address; absent: a table fails, or the address may not be named here. */
  readonly fault?: AddressFault;
  /** The address is a program, a file or a list. */
  readonly isDirect?: true;
}

function targetRefusal(parsed: ParsedAddress, argument: ByteString, mail: boolean): Refusal | undefined {
  const direct = parsed.address === undefined ? undefined : ownField(DIRECT, parsed.address.kind);
  if (direct === undefined) return undefined;
  if (mail) return { reply: reply(553, '5.1.7', 'Invalid sender address', argument, parsed.shown) };
  return { reply: reply(550, '5.7.1', `Cannot mail directly to ${direct}`, argument, parsed.shown), isDirect: true };
}

/** Refuses text after the address of a command, because the protocol would read it as parameters. */
export function parameterReply(rest: ByteString): SyntaxReply | undefined {
  const parameter = rest.trimStart();
  if (parameter === '') return undefined;
  const name = /^[\w-]*/.exec(parameter)?.[0] ?? '';
  return { code: 555, enhanced: '5.5.4', text: `${name} parameter unrecognized`, prefixed: false };
}

/** An address as the daemon parses it, before any check. */
export interface SmtpAddress {
  /** The refusal of an invalid address; absent: it parses, and the checks decide. */
  readonly refused?: Refusal;
  /** The table or relay that refuses; absent: the address itself is invalid. */
  readonly by?: RouteRule;
  /** The address with its brackets; absent if it did not parse, or if the daemon does not read all of it. */
  readonly read?: ReadAddress;
}

/**
 * Parses the address of `MAIL FROM:<address>` or `RCPT TO:<address>`. sendmail stops reading at a NUL or at the end
 * of the line. An address with one is always refused: the text after it would be sent to the next host.
 */
export function readSmtpAddress(command: 'MAIL' | 'RCPT', address: ByteString, rules: AddressRules): SmtpAddress {
  const mail = command === 'MAIL';
  const argument = `<${address}>`;
  const plain = readPlain(argument, rules);
  if (plain !== undefined) return { read: plain };
  const end = argument.search(/[\0\n]/);
  const text = end < 0 ? argument : argument.slice(0, end);
  const parsed = parseAddress(text, mail ? { ...rules, sender: true } : rules, ' ');
  const refusal =
    refusalOf(mail, text, parsed) ??
    (end < 0 ? undefined : endRefusal(mail, argument[end] === '\0' ? 'NUL' : 'line feed'));
  const read = parsed.end === argument.length ? parsed.read : undefined;
  const by = parsed.failed?.map ?? (parsed.problems.length > 0 ? parsed.rule : undefined);
  if (refusal === undefined && by === undefined && read !== undefined) return { read };
  const refused = refusal && { ...refusal, reply: inOneLine(refusal.reply) };
  return { ...(refused && { refused }), ...(by !== undefined && { by }), ...(read && { read }) };
}

const LINE_BREAK = /[\r\n]/;

/** No SMTP client can send a line break, but other callers can: one reply must not become two. */
function inOneLine(reply: SyntaxReply): SyntaxReply {
  const { text, shown } = reply;
  if (!LINE_BREAK.test(text + (shown ?? ''))) return reply;
  return { ...reply, text: withoutBreaks(text), ...(shown !== undefined && { shown: withoutBreaks(shown) }) };
}

function withoutBreaks(text: ByteString): ByteString {
  return text.replace(/[\r\n]/g, '?');
}

/**
 * A table that fails may hold an entry that refuses. sendmail accepts the mail, and looks again later.
 */
const CANNOT_TELL: SyntaxReply = {
  code: 451,
  enhanced: '4.3.0',
  text: 'Temporary system failure. Please try again later.',
  prefixed: false,
};

function refusalOf(mail: boolean, text: ByteString, parsed: ParsedAddress): Refusal | undefined {
  if (parsed.failed?.isTable) return { reply: CANNOT_TELL };
  const problem = parsed.problems[0];
  if (problem !== undefined) return { reply: refusal(problem, text, parsed.shown, mail), fault: problem.fault };
  const unknown = parameterReply(text.slice(parsed.end));
  const parameter: Refusal | undefined = unknown && { reply: unknown };
  const target = targetRefusal(parsed, text, mail);
  return mail ? (target ?? parameter) : (parameter ?? target);
}

function endRefusal(mail: boolean, what: string): Refusal {
  const enhanced = mail ? '5.1.7' : '5.1.3';
  return { reply: { code: 501, enhanced, text: `Syntax error in mailbox address (${what})`, prefixed: false } };
}
