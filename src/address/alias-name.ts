/**
 * The address parser as newaliases uses it: for names, and with CheckAliases for the addresses in values.
 *
 * Differences from other uses: messages quote the rest of the line; for a name only up to the colon, once it is
 * found. Most limits set no exit status. An address that the rulesets reject still counts as an address, not local.
 * Rejected bytes are overwritten with `?`, so later messages and the stored value show `?`.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_OK, EX_USAGE } from '../core/sysexits.ts';
import type { AddressRules } from './canonify.ts';
import { type ParsedAddress, parseAddress } from './parse.ts';
import type { AddressFault, AddressProblem } from './problem.ts';
import { shortenBytes } from './show.ts';
import { NAME_LIMIT } from './tokens.ts';

/** Complaints of the scanner, made before the end of the address is known. */
const SCANNED: ReadonlySet<AddressFault> = new Set(['unbalanced', 'tokens', 'noRoom']);
const RESERVED = /[\x80-\x9f]/g;

/** The result of parsing the text up to a delimiter. */
export interface ReadAliasAddress {
  /** Absent: the text is no address. */
  readonly address?: { readonly user: ByteString; readonly shown: ByteString; readonly local: boolean };
  /** sendmail's complaints, each with its exit status if it has one. */
  readonly messages: readonly { readonly text: ByteString; readonly status?: number }[];
  /** The offset of the delimiter, or of the end of the text. */
  readonly end: number;
  /** The text for later messages: sendmail overwrites bytes that it rejects. */
  readonly text: ByteString;
  /** sendmail ends the text here, and only reads on after it. */
  readonly cutAt?: number;
}

export type AliasAddressReader = (text: ByteString, delimiter: ':' | ',') => ReadAliasAddress;

/** An address with complaints, and how it was parsed. */
interface Complaint {
  readonly text: ByteString;
  readonly parsed: ParsedAddress;
  /** True: a name; false: an address in a value. */
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

/** sendmail reads byte 0xff as 0x7f. */
function storedName(user: ByteString): ByteString {
  return user.replaceAll('\xff', '\x7f');
}

function complained(complaint: Complaint): ReadAliasAddress {
  const { text, parsed, isName } = complaint;
  const { problems, shown, end } = parsed;
  const messages = problems.map((problem) => {
    const isScanned = SCANNED.has(problem.fault);
    return message(problem, isName && !isScanned ? shown : text, isScanned ? EX_OK : problem.status);
  });
  const last = problems.at(-1)!;
  if (parsed.undeliverable) return unusable(complaint, messages);
  if (parsed.address !== undefined) return { ...clean(text, parsed), messages };
  if (last.fault === 'noRoom') return { messages, end, text, cutAt: NAME_LIMIT };
  if (SCANNED.has(last.fault)) return { messages, end, text };
  if (last.fault === 'eightBit') return { messages, end, text: withoutReserved(shown) + text.slice(end) };
  if (last.fault === 'tooLong') return tooLong(complaint, messages.slice(0, -1));
  return unusable(complaint, messages);
}

function message(problem: AddressProblem, about: ByteString, status: number): ReadAliasAddress['messages'][number] {
  const text = problem.bare ? problem.text : `${shortenBytes(about)}... ${problem.text}`;
  return status === EX_OK ? { text } : { text, status };
}

function withoutReserved(text: ByteString): ByteString {
  return text.replace(RESERVED, '?');
}

/**
 * sendmail counts and replaces byte by byte. It stops at the first byte over the limit and leaves it out of the
 * message.
 */
function tooLong({ text, parsed }: Complaint, messages: ReadAliasAddress['messages']): ReadAliasAddress {
  const start = text.slice(0, NAME_LIMIT);
  const shown = withoutReserved(start);
  const kept = shown.slice(0, -1);
  const complaint = { text: `${shortenBytes(kept)}... Address "${kept}" too long (${NAME_LIMIT - 1} bytes max)` };
  return {
    messages: [...messages, shown === start ? complaint : { ...complaint, status: EX_USAGE }],
    end: parsed.end,
    text: shown + text.slice(NAME_LIMIT),
  };
}

/** An undeliverable address: its unprintable bytes are replaced. */
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

/** The same messages; the last one gets this status. */
function withStatus(messages: ReadAliasAddress['messages'], status: number): ReadAliasAddress['messages'] {
  const { text } = messages.at(-1)!;
  return [...messages.slice(0, -1), { text, status }];
}

/** Replaces bytes as sendmail does before it shows a text: control bytes outside quotes become `?`. */
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
