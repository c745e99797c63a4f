/** Text of an address -> complaints about characters that are not allowed, and the text with question marks for them. */
import type { ByteString } from '../../core/bytes.ts';
import type { Reports } from '../reports.ts';

const MAX = 255;

/**
 * True, with a complaint, if the address is too long or has bytes 0x80 to 0x9f.
 *
 * @param shown the address that stands before the complaint about its length
 */
export function hasBadBytes(text: ByteString, reports: Reports, shown: ByteString): boolean {
  if (text.length > MAX) {
    reports.address(
      shown.slice(0, MAX),
      `Address "${questioned(text.slice(0, MAX))}" too long (${MAX} bytes max)`,
      'longAddress',
    );
    return true;
  }
  if (!/[\x80-\x9f]/.test(text)) return false;
  reports.address('', `8-bit character in mailbox address "${questioned(text)}"`, 'mailbox');
  return true;
}

/** Bytes 0x80 to 0x9f as question marks. */
export function questioned(text: ByteString): ByteString {
  return text.replace(/[\x80-\x9f]/g, '?');
}

/** A user's name with `?` for each control byte outside quotes; `isBad` if there was one. */
export function repairUser(
  user: ByteString,
  reports: Reports,
  address: ByteString,
): { user: ByteString; isBad: boolean } {
  let out = '';
  let isQuoted = false;
  let problem: string | undefined;
  for (let i = 0; i < user.length; i++) {
    let character = user[i]!;
    if (i >= MAX) problem = 'too long';
    if (!isQuoted && (character < ' ' || character === '\x7f')) {
      problem = 'non-printable character';
      out += '?';
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\') {
      if (i + 1 >= user.length) {
        problem = 'trailing \\ character';
        out += '?';
        break;
      }
      out += character;
      character = user[++i]!;
    }
    if (character >= '\x80' && character <= '\x9f') {
      problem = '8-bit character';
      character = '?';
    }
    out += character;
  }
  if (isQuoted) problem = 'unbalanced quote';
  if (problem !== undefined) reports.rules('mailbox', `Syntax error in mailbox address "${out}" (${problem})`);
  void address;
  return { user: out, isBad: problem !== undefined };
}
