/**
 * Error text -> SMTP reply, and reply -> line.
 *
 * Three digits and a blank at the start are the code; otherwise the reply is 553 5.3.0 with the whole text. A status
 * at the start of the text counts before the status of the rule. A reply never holds a line break.
 * Differences: sendmail clears the eighth bit of each byte that it sends; we keep UTF-8.
 */

import { shortenAddress } from '../address/show.ts';
import { stripQuotes } from '../address/tokens.ts';
import { assertKind, TEXT } from '../core/arguments.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import type { Decision, Reply } from './decision.ts';

/** The codes whose replies begin with the address. */
const WITH_ADDRESS = new Set([250, 252, 450, 550, 553]);

/** The daemon's replies if nothing is refused. A message that will be discarded or held is accepted, too. */
const ACCEPTED: Readonly<Record<Decision['question'], Reply>> = {
  relay: { code: 250, enhanced: '2.0.0', text: 'Ok', prefixed: false },
  mail: { code: 250, enhanced: '2.1.0', text: 'Sender ok' },
  rcpt: { code: 250, enhanced: '2.1.5', text: 'Recipient ok' },
  compat: { code: 250, enhanced: '2.1.5', text: 'Recipient ok' },
};

/** Bytes of a text with its quotes that the daemon keeps. */
const MAX_TEXT = 255;
const STATUS = /^[245]\.\d{1,3}\.\d{1,3}$/;

/**
 * Parses the text of an error (`550 5.7.1 no`, with its quotes).
 *
 * @param dsn the status that the rule gives, if the text has none
 */
export function parseReply(quoted: ByteString, dsn?: string): Reply {
  const line = stripQuotes(quoted.slice(0, MAX_TEXT)).replace(/[\r\n\0]+/g, ' ');
  if (!/^\d{3} /.test(line)) return { code: 553, enhanced: '5.3.0', text: line };
  // sendmail sends 6yz as 5yz, but looks at 6yz for the prefix
  const isSix = line.startsWith('6');
  const digits = isSix ? `5${line.slice(1, 3)}` : line.slice(0, 3);
  const code = Number(digits);
  const rest = line.slice(4);
  const own = /^[245]\.\d{1,3}\.\d{1,3} /.exec(rest)?.[0] ?? '';
  const enhanced = own === '' ? statusOf(dsn, digits) : own.slice(0, -1);
  const text = rest.slice(own.length);
  return isSix ? { code, prefixed: false, enhanced, text } : { code, enhanced, text };
}

function statusOf(dsn: string | undefined, digits: string): string {
  return dsn !== undefined && STATUS.test(dsn) ? dsn : defaultStatus(digits);
}

function defaultStatus(digits: string): string {
  return /^[245]/.test(digits) ? `${digits.charAt(0)}.0.0` : '';
}

/**
 * The reply line for a client: `550 5.7.1 <a@b>... Relaying denied`.
 *
 * @param address the sender or recipient as given, without brackets; leave it out for a decision about the client. An
 *   accepted decision has no reply of its own; its line is `250 2.1.0 <a@b>... Sender ok` or `250 2.1.5 <a@b>...
 *   Recipient ok`.
 * @throws MapError `badInput` for an address that no bytes decode to
 * @throws TypeError if `decision` is not a Decision, or `address` is not a string
 * @example
 * ```js
 * const maps = openMailMaps('/etc/mail');
 * const decision = maps.checkMail('spam@example.net', { client: { address: '203.0.113.9', name: 'mx.stranger.example'
 * } });
 * formatReply(decision, 'spam@example.net'); // => '550 5.7.1 <spam@example.net>... Access denied'
 * ```
 */
export function formatReply(decision: Decision, address?: string): string {
  const reply = decision?.reply ?? ACCEPTED[decision?.question];
  if (address !== undefined) assertKind('address', address, TEXT);
  if (typeof reply?.code !== 'number' || typeof reply.enhanced !== 'string' || typeof reply.text !== 'string')
    throw new TypeError('decision must be a result of checkRelay, checkMail or checkRcpt');
  const { code, enhanced, text, prefixed, shown } = reply;
  const prefix =
    address !== undefined && (prefixed ?? WITH_ADDRESS.has(code)) ? `${shown ?? shownAddress(address)}... ` : '';
  const digits = String(code).padStart(3, '0');
  return [digits, enhanced]
    .filter((part) => part !== '')
    .join(' ')
    .concat(' ', prefix, text);
}

/** Cuts the middle out of a long address, counted in bytes, and shows line ends as `?`. */
function shownAddress(address: string): string {
  return decodeText(shortenAddress(`<${encodeText(address, 'address').replace(/[\r\n\0]/g, '?')}>`));
}
