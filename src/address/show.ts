/** An address -> the form in sendmail's messages: a long one (MAXSHORTSTR) loses its middle. */
import { type ByteString, firstBytes, lastBytes } from '../core/bytes.ts';

/** Length in bytes from which the middle is left out. */
const SHOWN_LIMIT = 203;
const SHOWN_END = (SHOWN_LIMIT - 3) / 2;

/** No character is cut in two; sendmail cuts between any two bytes. */
export function shortenAddress(address: ByteString): ByteString {
  if (address.length < SHOWN_LIMIT) return address;
  return `${firstBytes(address, SHOWN_END)}...${lastBytes(address, SHOWN_END)}`;
}

/** To the byte as sendmail does, for messages in which bytes lose their top bit. */
export function shortenBytes(address: ByteString): ByteString {
  if (address.length < SHOWN_LIMIT) return address;
  return `${address.slice(0, SHOWN_END)}...${address.slice(-SHOWN_END)}`;
}
