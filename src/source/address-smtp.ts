/**
 * What an SMTP server refuses of MAIL FROM:<...> and RCPT TO:<...> before it looks anything up.
 *
 * The reply to an address that does not parse, or that names a program, file or list, as sendmail's daemon gives it.
 * The replies show addresses as sendmail does: long ones cut in the middle.
 */
import type { ByteString } from '../core/bytes.ts';
import type { AddressRules } from './address-canonical.ts';
import { type ParsedAddress, parseAddress } from './address-parse.ts';
import { type AddressProblem, NAME_LIMIT } from './address-tokens.ts';

export interface SyntaxReply {
  readonly code: number;
  readonly enhanced: string;
  /** The whole text, with the address in front where sendmail shows it. */
  readonly text: string;
}

const DIRECT: Readonly<Record<string, string>> = { program: 'programs', file: 'files', include: ':include:s' };
/** Bytes of an address that a message shows (MAXSHORTSTR). */
const SHOWN_LIMIT = 203;

/** An address as sendmail's messages show it: cut in the middle when it is long. */
export function shortenAddress(text: ByteString): ByteString {
  if (text.length <= SHOWN_LIMIT) return text;
  const half = Math.floor((SHOWN_LIMIT - 3) / 2);
  return `${text.slice(0, half)}...${text.slice(-half)}`;
}

function refusal(problem: AddressProblem, argument: ByteString, shown: ByteString, mail: boolean): SyntaxReply {
  const { code, enhanced } = problem;
  const address = problem.whole ? argument : shown.slice(0, NAME_LIMIT - 1);
  const text = problem.bare ? problem.text : `${shortenAddress(address)}... ${problem.text}`;
  return { code, enhanced: mail && code === 501 ? '5.1.7' : enhanced, text };
}

function targetRefusal({ address, shown }: ParsedAddress, mail: boolean): SyntaxReply | undefined {
  const direct = address === undefined ? undefined : DIRECT[address.kind];
  if (direct === undefined) return undefined;
  const prefix = `${shortenAddress(shown)}... `;
  if (mail) return { code: 553, enhanced: '5.1.7', text: `${prefix}Invalid sender address` };
  return { code: 550, enhanced: '5.7.1', text: `${prefix}Cannot mail directly to ${direct}` };
}

/** Refuses what is no address but something after it, which the protocol would read as parameters. */
function parameterRefusal(rest: ByteString): SyntaxReply | undefined {
  const parameter = rest.trimStart();
  if (parameter === '') return undefined;
  const name = /^[\w-]*/.exec(parameter)?.[0] ?? '';
  return { code: 555, enhanced: '5.5.4', text: `${name} parameter unrecognized` };
}

/**
 * The reply to `MAIL FROM:<address>` or `RCPT TO:<address>` that the address alone earns; undefined: it parses, and the
 * checks decide. A NUL ends what sendmail reads; an address with one is always refused.
 */
export function smtpSyntaxRefusal(
  command: 'MAIL' | 'RCPT',
  address: ByteString,
  rules: AddressRules,
): SyntaxReply | undefined {
  const mail = command === 'MAIL';
  const argument = `<${address}>`;
  const nul = argument.indexOf('\0');
  const text = nul < 0 ? argument : argument.slice(0, nul);
  const parsed = parseAddress(text, rules, ' ');
  const problem = parsed.problems[0];
  if (problem !== undefined) return refusal(problem, text, parsed.shown, mail);
  const parameter = parameterRefusal(text.slice(parsed.end));
  const target = targetRefusal(parsed, mail);
  const refused = mail ? (target ?? parameter) : (parameter ?? target);
  if (refused !== undefined || nul < 0) return refused;
  return { code: 501, enhanced: mail ? '5.1.7' : '5.1.3', text: 'Syntax error in mailbox address (NUL)' };
}
