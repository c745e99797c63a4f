/** Text of a log line and an offset -> the end of a part of it. Loops over bytes: every line of a log is read. */
import { isIPv4, isIPv6 } from 'node:net';
import type { ByteString } from '../../core/bytes.ts';

const LONGEST_ID = 20;

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

export function digitsEnd(text: ByteString, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** The length of the queue ID in front of `: `; 0: there is none. */
export function idEnd(text: ByteString, shortest: number): number {
  let end = 0;
  while (end <= LONGEST_ID) {
    const code = text.charCodeAt(end);
    if (!isDigit(code) && !isLetter(code)) break;
    end++;
  }
  return end >= shortest && end <= LONGEST_ID && text.startsWith(': ', end) ? end : 0;
}

/** Whether a client may have it: an IP address without an interface; in IPv6, sendmail's `IPv6:` may stand before it. */
export function isAddress(text: ByteString): boolean {
  return isIPv4(text) || (isIPv6(text.startsWith(IPV6) ? text.slice(IPV6.length) : text) && !text.includes('%'));
}

const IPV6 = 'IPv6:';
