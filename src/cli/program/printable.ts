/**
 * Text of maps, files and clients -> text that is safe to print on a terminal or to draw. Control characters (C0, DEL, C1),
 * which could move the cursor or set colors, and marks that reverse the direction of writing become `?`; bytes that are not
 * UTF-8 become U+FFFD. JSON keeps all characters (core/json-text.ts).
 */
import { type ByteString, decodeText, encodeText } from '../../core/bytes.ts';
import { HARMFUL } from '../../core/json-text.ts';

/** One line of text, without its newline. */
export function printable(text: string): string {
  return text.replace(HARMFUL, '?').toWellFormed();
}

/** Several lines of text, with tabs. */
export function printableLines(text: string): string {
  return text.replace(HARMFUL, (mark) => (mark === '\n' || mark === '\t' ? mark : '?')).toWellFormed();
}

/** The same for a byte string. */
export function printableBytes(text: ByteString): ByteString {
  return encodeText(printableLines(decodeText(text)));
}
