/**
 * The comment line of a source file that asks for the keys of networks: `#makemap --cidr`. It counts for the lines after it.
 * sendmail's own programs take it as a comment.
 */
import type { ByteString } from '../core/bytes.ts';

/** @param comment a comment line without the character that begins it */
export function isCidrDirective(comment: ByteString): boolean {
  return /^[ \t]*makemap[ \t]+--cidr[ \t\r]*$/.test(comment);
}
