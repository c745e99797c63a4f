/**
 * The host (a status or a word for it) and the text of the mailer `error` -> the problem of the address.
 *
 * Three digits and a blank at the start of the text are the code; otherwise the reply is 553 5.3.0 with the whole
 * text. A status at the start of the text counts before the given one.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { ownField } from '../core/own-field.ts';
import {
  EX_CONFIG,
  EX_DATAERR,
  EX_IOERR,
  EX_NOHOST,
  EX_NOUSER,
  EX_OK,
  EX_OSERR,
  EX_PROTOCOL,
  EX_SOFTWARE,
  EX_TEMPFAIL,
  EX_UNAVAILABLE,
  EX_USAGE,
} from '../core/sysexits.ts';
import type { AddressProblem } from './problem.ts';
import { stripQuotes } from './tokens.ts';

/** Replies with other codes do not show the address. */
const WITH_ADDRESS: ReadonlySet<number> = new Set([250, 252, 450, 550, 553]);
const STATUS = /^[245]\.\d{1,3}\.\d{1,3}$/;

export function errorProblem(given: ByteString | undefined, quoted: ByteString): AddressProblem {
  const status = given === undefined ? EX_UNAVAILABLE : exitStatus(given);
  const reply = errorReply(given, stripQuotes(quoted).replace(/[\r\n\0]+/g, ' '));
  return { fault: 'refused', ...reply, status, ...(!WITH_ADDRESS.has(reply.code) && { bare: true }) };
}

function errorReply(given: ByteString | undefined, text: ByteString): Omit<AddressProblem, 'status' | 'fault'> {
  if (!/^\d{3} /.test(text)) return { code: 553, enhanced: '5.3.0', text };
  const digits = text.startsWith('6') ? `5${text.slice(1, 3)}` : text.slice(0, 3);
  const rest = text.slice(4);
  const own = /^[245]\.\d{1,3}\.\d{1,3} /.exec(rest)?.[0];
  if (own !== undefined) return { code: Number(digits), enhanced: own.slice(0, -1), text: rest.slice(own.length) };
  return { code: Number(digits), enhanced: given && STATUS.test(given) ? given : usualStatus(digits), text: rest };
}

function usualStatus(digits: string): string {
  return /^[245]/.test(digits) ? `${digits.charAt(0)}.0.0` : '';
}

/** Words that stand for a status; any other word is EX_UNAVAILABLE. */
const WORDS: Readonly<Record<string, number>> = {
  config: EX_CONFIG,
  nohost: EX_NOHOST,
  nouser: EX_NOUSER,
  protocol: EX_PROTOCOL,
  software: EX_SOFTWARE,
  tempfail: EX_TEMPFAIL,
  usage: EX_USAGE,
};

/** Exit statuses by the subject of a status of class 5, then by its detail; `*`: every other detail. */
const SUBJECTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  1: {
    0: EX_DATAERR,
    1: EX_NOUSER,
    2: EX_NOHOST,
    3: EX_USAGE,
    5: EX_CONFIG,
    6: EX_NOUSER,
    7: EX_USAGE,
    8: EX_NOHOST,
  },
  2: { 3: EX_DATAERR },
  3: { '*': EX_OSERR },
  4: { 0: EX_IOERR, 1: EX_TEMPFAIL, 2: EX_IOERR, 3: EX_TEMPFAIL, 4: EX_PROTOCOL, 5: EX_TEMPFAIL, 6: EX_CONFIG },
  5: { '*': EX_PROTOCOL },
  7: { '*': EX_DATAERR },
};

function exitStatus(given: ByteString): number {
  // an exit status is one byte
  if (/^\d+$/.test(given)) return Number(given) % 256;
  if (!given.includes('.')) return ownField(WORDS, foldCase(given)) ?? EX_UNAVAILABLE;
  if (given.startsWith('2')) return EX_OK;
  if (given.startsWith('4')) return EX_TEMPFAIL;
  if (!given.startsWith('5')) return EX_CONFIG;
  const [, subject, detail] = given.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const details = ownField(SUBJECTS, String(subject ?? 0));
  return details?.[detail ?? 0] ?? details?.['*'] ?? EX_UNAVAILABLE;
}
