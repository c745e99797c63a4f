/**
 * A text, and how long nobody has written it -> whether its writer has said all. Half a file is worse than an old one: cut
 * in its last line, `computers.example` is `com`.
 */
import type { ByteString } from '../core/bytes.ts';

/** Two looks lie so far apart as a rule: a file that was last written before has not changed over two looks. */
const TWO_LOOKS_MS = 250;
/** A file that nobody has written for so long is complete, whatever its last line is. */
const QUIET_MS = 1000;
/** A line that is cut where buffers end belongs to a program that goes on, however long it takes. */
const CUT_QUIET_MS = 5000;
/** Buffers of all programs are multiples of it. */
const BUFFER_UNIT = 512;

/**
 * Whether a text is all that its writer has to say.
 *
 * @param quiet milliseconds since anybody wrote it
 * @param wasSeen it was the same at the look before
 */
export function isComplete(text: ByteString, quiet: number, wasSeen: boolean): boolean {
  if (text.endsWith('\n')) return wasSeen || quiet >= TWO_LOOKS_MS;
  const isCut = text !== '' && text.length % BUFFER_UNIT === 0;
  return quiet >= (isCut ? CUT_QUIET_MS : QUIET_MS);
}

/**
 * Whether a text that is read once, and has no older one to stay with, is being written: its last line is not complete.
 *
 * @param written milliseconds since 1970; a time to come is that of another clock, and says nothing
 */
export function isBeingWritten(text: ByteString, written: number): boolean {
  return !isComplete(text, Math.abs(Date.now() - written), true);
}
