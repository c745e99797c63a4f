/**
 * An address as sendmail's messages show it: of a long one (MAXSHORTSTR) the two ends.
 */
import type { ByteString } from '../core/bytes.ts';

/** Bytes from which on the middle is left out. */
const SHOWN_LIMIT = 203;
const SHOWN_END = (SHOWN_LIMIT - 3) / 2;

export function shortenAddress(address: ByteString): ByteString {
  if (address.length < SHOWN_LIMIT) return address;
  return `${address.slice(0, SHOWN_END)}...${address.slice(-SHOWN_END)}`;
}
