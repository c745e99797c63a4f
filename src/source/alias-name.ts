/**
 * The address parser as newaliases uses it: for names, and with CheckAliases for the addresses in values.
 *
 * What differs from other uses is in the messages. They begin with the text from the address on, for a name up to the
 * colon once its end is known, and most limits ask for no exit status of their own. An address that the rules refuse is
 * one all the same, of no local mailer; control bytes are complained of and replaced.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { EX_OK } from '../core/sysexits.ts';
import type { AddressRules } from './address-canonical.ts';
import { type ParsedAddress, parseAddress } from './address-parse.ts';
import type { AddressProblem } from './address-tokens.ts';
import { type AddressReader, type ReadAddress, shortenAddress } from './aliases.ts';

/** What the scanner says, before it is known where the address ends. */
const SCANNED = /^(?:Unbalanced |prescan: |Address too long)/;
/** Then sendmail makes no address of the text; it exits as if it had said nothing. */
const NO_ADDRESS = /^(?:Unbalanced |prescan: |Address )/;
const CONTROL = /^Syntax error in mailbox address "(.*)" \(non-printable character\)$/s;
const EIGHT_BIT = /^8-bit character/;
const RESERVED = /[\x80-\x9f]/g;

/**
 * @param hostName $j
 * @param localHosts class w, folded
 */
export function aliasNameReader(hostName: ByteString, localHosts: Iterable<ByteString>): AddressReader {
  const hosts = new Set(localHosts);
  const rules: AddressRules = { hostName, isLocal: (host) => hosts.has(foldCase(host)) };
  return (text, delimiter) => {
    const parsed = parseAddress(text, rules, delimiter);
    return parsed.problems.length === 0 ? clean(text, parsed) : complained(text, delimiter, parsed, rules);
  };
}

function clean(text: ByteString, { address, shown, end }: ParsedAddress): ReadAddress {
  if (address === undefined) return { messages: [], end, text };
  return { address: { user: address.text, shown, local: address.kind === 'local' }, messages: [], end, text };
}

function complained(text: ByteString, delimiter: string, parsed: ParsedAddress, rules: AddressRules): ReadAddress {
  const { shown, problems, end } = parsed;
  const messages = problems.map((problem) => {
    const about = delimiter === ',' || SCANNED.test(problem.text) ? text : shown;
    return {
      text: problem.bare ? problem.text : `${shortenAddress(about)}... ${problem.text}`,
      ...(hasStatus(problem) ? { status: problem.status } : {}),
    };
  });
  const last = problems.at(-1)!;
  if (parsed.address !== undefined) return { ...clean(text, parsed), messages };
  if (EIGHT_BIT.test(last.text)) {
    return { messages, end, text: shown.replace(RESERVED, '?') + text.slice(end) };
  }
  const [, user] = CONTROL.exec(last.text) ?? [];
  if (user !== undefined) return { address: withReplaced(user, parsed, rules), messages, end, text };
  if (NO_ADDRESS.test(last.text)) return { messages, end, text };
  return { address: { user: '', shown, local: false }, messages, end, text };
}

function hasStatus({ text, status }: AddressProblem): boolean {
  return status !== EX_OK && !NO_ADDRESS.test(text) && !CONTROL.test(text);
}

/** An address with control bytes: where it leads does not depend on them. */
function withReplaced(
  user: ByteString,
  { shown }: ParsedAddress,
  rules: AddressRules,
): NonNullable<ReadAddress['address']> {
  const plain = parseAddress(shown.replace(/[\x01-\x08\x0e-\x1f\x7f\xff]/g, '?'), rules, '');
  return { user, shown, local: plain.address?.kind === 'local' };
}
