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
import type { AddressRules } from './address-canonical.ts';
import { type ParsedAddress, parseAddress } from './address-parse.ts';
import { type AddressProblem, NAME_LIMIT } from './address-tokens.ts';
import type { AddressReader, ReadAddress } from './aliases.ts';
import { shortenAddress } from './shown-address.ts';

/** What the scanner says, before it is known where the address ends. */
const SCANNED = /^(?:Unbalanced |prescan: |Address too long)/;
const TOO_LONG = /^Address "/;
const EIGHT_BIT = /^8-bit character/;
const RESERVED = /[\x80-\x9f]/g;

/** The parts of an address that was complained of, and how it was asked for. */
interface Complaint {
  readonly text: ByteString;
  readonly parsed: ParsedAddress;
  /** A name, and no address in a value. */
  readonly isName: boolean;
}

export function aliasNameReader(rules: AddressRules): AddressReader {
  return (text, delimiter) => {
    const parsed = parseAddress(text, rules, delimiter);
    if (parsed.problems.length === 0) return clean(text, parsed);
    return complained({ text, parsed, isName: delimiter === ':' });
  };
}

function clean(text: ByteString, { address, shown, end }: ParsedAddress): ReadAddress {
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

function complained(complaint: Complaint): ReadAddress {
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

function message(problem: AddressProblem, about: ByteString, status: number): ReadAddress['messages'][number] {
  const text = problem.bare ? problem.text : `${shortenAddress(about)}... ${problem.text}`;
  return status === EX_OK ? { text } : { text, status };
}

function withoutReserved(text: ByteString): ByteString {
  return text.replace(RESERVED, '?');
}

/** sendmail counts and replaces byte by byte, and stops at the first too many, which it cuts off for the message. */
function tooLong({ text, parsed }: Complaint, messages: ReadAddress['messages']): ReadAddress {
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
function unusable({ text, parsed, isName }: Complaint, messages: ReadAddress['messages']): ReadAddress {
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
function withStatus(messages: ReadAddress['messages'], status: number): ReadAddress['messages'] {
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
