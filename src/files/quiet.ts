/**
 * A source file's text and the time since its last write -> whether the write is complete. Half a file is worse than an old
 * one: cut in its last line, `computers.example` becomes `com`.
 */
import type { ByteString } from '../core/bytes.ts';

/** The usual time between two looks: two looks find the same file if its last write is older than that. */
const TWO_LOOKS_MS = 250;
/** A file that is unchanged for this long is complete, whatever its last line is. */
const QUIET_MS = 1000;
/** A text that ends in mid-line at a buffer boundary gets more time: its writer probably goes on. */
const CUT_QUIET_MS = 5000;
/** The buffer sizes of all programs are multiples of this. */
const BUFFER_UNIT = 512;

/**
 * Whether a text is complete.
 *
 * @param quiet milliseconds since the last write
 * @param wasSeen whether the last look found the same text
 */
export function isComplete(text: ByteString, quiet: number, wasSeen: boolean): boolean {
  if (text.endsWith('\n')) return wasSeen || quiet >= TWO_LOOKS_MS;
  const isCut = text !== '' && text.length % BUFFER_UNIT === 0;
  return quiet >= (isCut ? CUT_QUIET_MS : QUIET_MS);
}

/**
 * Whether a text is still being written: its last line is incomplete. For a text that is read once, with no older one to keep.
 *
 * @param written milliseconds since 1970; a time in the future comes from another clock and is ignored
 */
export function isBeingWritten(text: ByteString, written: number): boolean {
  return !isComplete(text, Math.abs(Date.now() - written), true);
}
