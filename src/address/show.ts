/** An address -> the form in sendmail's messages: a long one (MAXSHORTSTR) loses its middle. */
import type { ByteString } from '../core/bytes.ts';

/** Length in bytes from which the middle is left out. */
const SHOWN_LIMIT = 203;
const SHOWN_END = (SHOWN_LIMIT - 3) / 2;

export function shortenAddress(address: ByteString): ByteString {
  if (address.length < SHOWN_LIMIT) return address;
  return `${address.slice(0, SHOWN_END)}...${address.slice(-SHOWN_END)}`;
}
