/**
 * The address parser as newaliases uses it: for names, and with CheckAliases for the addresses in values.
 *
 * What differs from other uses is in the messages, and in what sendmail does to the text that it reads: messages begin
 * with all that follows from the address on, for a name only up to the colon once that is known; most limits ask for no
 * exit status; an address that the rules refuse is one all the same, of no local mailer; and bytes that sendmail
 * complains of become `?` where they stand, which the addresses after them, and the value that is stored, then show.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_OK, EX_USAGE } from '../core/sysexits.ts';
import type { AddressRules } from './canonify.ts';
import { type ParsedAddress, parseAddress } from './parse.ts';
import { shortenAddress } from './show.ts';
import { type AddressProblem, NAME_LIMIT } from './tokens.ts';

/** What the scanner says, before it is known where the address ends. */
const SCANNED = /^(?:Unbalanced |prescan: |Address too long)/;
const TOO_LONG = /^Address "/;
const EIGHT_BIT = /^8-bit character/;
const RESERVED = /[\x80-\x9f]/g;

/** What the address parser makes of the text up to a delimiter. */
export interface ReadAliasAddress {
  /** Absent: not an address at all. */
  readonly address?: { readonly user: ByteString; readonly shown: ByteString; readonly local: boolean };
  /** Complaints in sendmail's words, and the exit status of each that has one. */
  readonly messages: readonly { readonly text: ByteString; readonly status?: number }[];
  /** Where the delimiter is, or the end of the text. */
  readonly end: number;
  /** The text as later messages show it: sendmail overwrites what it cannot take. */
  readonly text: ByteString;
  /** sendmail ended the text here; it only reads on behind it. */
  readonly cutAt?: number;
}

export type AliasAddressReader = (text: ByteString, delimiter: ':' | ',') => ReadAliasAddress;

/** The parts of an address that was complained of, and how it was asked for. */
interface Complaint {
  readonly text: ByteString;
  readonly parsed: ParsedAddress;
  /** A name, and no address in a value. */
  readonly isName: boolean;
}

export function aliasNameReader(rules: AddressRules): AliasAddressReader {
  return (text, delimiter) => {
    const parsed = parseAddress(text, rules, delimiter);
    if (parsed.problems.length === 0) return clean(text, parsed);
    return complained({ text, parsed, isName: delimiter === ':' });
  };
}

function clean(text: ByteString, { address, shown, end }: ParsedAddress): ReadAliasAddress {
  if (address === undefined) return { messages: [], end, text };
  return {
    address: { user: storedName(address.text), shown, local: address.kind === 'local' },
    messages: [],
    end,
    text,
  };
}

/** sendmail reads the byte 0xff as 0x7f. */
function storedName(user: ByteString): ByteString {
  return user.replaceAll('\xff', '\x7f');
}

function complained(complaint: Complaint): ReadAliasAddress {
  const { text, parsed, isName } = complaint;
  const { problems, shown, end } = parsed;
  const messages = problems.map((problem) => {
    const about = isName && !SCANNED.test(problem.text) ? shown : text;
    return message(problem, about, SCANNED.test(problem.text) ? EX_OK : problem.status);
  });
  const last = problems.at(-1)!;
  if (parsed.undeliverable) return unusable(complaint, messages);
  if (parsed.address !== undefined) return { ...clean(text, parsed), messages };
  if (last.text === 'Address too long') return { messages, end, text, cutAt: NAME_LIMIT };
  if (SCANNED.test(last.text)) return { messages, end, text };
  if (EIGHT_BIT.test(last.text)) return { messages, end, text: withoutReserved(shown) + text.slice(end) };
  if (TOO_LONG.test(last.text)) return tooLong(complaint, messages.slice(0, -1));
  return unusable(complaint, messages);
}

function message(problem: AddressProblem, about: ByteString, status: number): ReadAliasAddress['messages'][number] {
  const text = problem.bare ? problem.text : `${shortenAddress(about)}... ${problem.text}`;
  return status === EX_OK ? { text } : { text, status };
}

function withoutReserved(text: ByteString): ByteString {
  return text.replace(RESERVED, '?');
}

/** sendmail counts and replaces byte by byte, and stops at the first too many, which it cuts off for the message. */
function tooLong({ text, parsed }: Complaint, messages: ReadAliasAddress['messages']): ReadAliasAddress {
  const start = text.slice(0, NAME_LIMIT);
  const shown = withoutReserved(start);
  const kept = shown.slice(0, -1);
  const complaint = { text: `${shortenAddress(kept)}... Address "${kept}" too long (${NAME_LIMIT - 1} bytes max)` };
  return {
    messages: [...messages, shown === start ? complaint : { ...complaint, status: EX_USAGE }],
    end: parsed.end,
    text: shown + text.slice(NAME_LIMIT),
  };
}

/** An address that leads nowhere: the bytes in it that cannot be printed are replaced. */
function unusable({ text, parsed, isName }: Complaint, messages: ReadAliasAddress['messages']): ReadAliasAddress {
  const { shown, address, end } = parsed;
  const replaced = replaceControls(isName ? shown : text);
  return {
    address: {
      user: storedName(address?.text ?? ''),
      shown: isName ? replaced.text : shown,
      local: address?.kind === 'local',
    },
    messages: address !== undefined && replaced.reserved ? withStatus(messages, EX_USAGE) : messages,
    end,
    text: isName ? text : replaced.text,
  };
}

/** The same messages, the last of them with this status. */
function withStatus(messages: ReadAliasAddress['messages'], status: number): ReadAliasAddress['messages'] {
  const { text } = messages.at(-1)!;
  return [...messages.slice(0, -1), { text, status }];
}

/** sendmail's look at a text that is to be shown: control bytes outside quotes become `?`. */
function replaceControls(text: ByteString): { readonly text: ByteString; readonly reserved: boolean } {
  const bytes = [...text];
  let quoted = false;
  let reserved = false;
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i]!.charCodeAt(0);
    if (!quoted && (code < 0x20 || code === 0x7f)) {
      bytes[i] = '?';
      continue;
    }
    if (bytes[i] === '"') quoted = !quoted;
    if (bytes[i] === '\\' && i + 1 === bytes.length) bytes[i] = '?';
    else if (bytes[i] === '\\') i++;
    if (/[\x80-\x9f]/.test(bytes[i]!)) {
      bytes[i] = '?';
      reserved = true;
    }
  }
  return { text: bytes.join(''), reserved };
}
