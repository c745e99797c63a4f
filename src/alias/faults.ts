/** The errors of expansion, in sendmail's words. */

import type { FailedLookup } from '../address/journal.ts';
import { shortenAddress } from '../address/show.ts';
import { EX_NOUSER, EX_SOFTWARE, EX_TEMPFAIL } from '../core/sysexits.ts';
import type { ExpansionErrorCode } from './expansion.ts';

/** An error in sendmail's words, with its reply codes and the exit status that sendmail remembers (sysexits). */
export interface Fault {
  readonly code: ExpansionErrorCode;
  readonly reply: number;
  readonly enhanced: string;
  readonly reason: string;
  readonly status?: number;
}

export const UNKNOWN_USER: Fault = {
  code: 'unknownUser',
  reply: 550,
  enhanced: '5.1.1',
  reason: 'User unknown',
  status: EX_NOUSER,
};

export const LOOP: Fault = { code: 'loop', reply: 554, enhanced: '5.4.6', reason: 'aliasing/forwarding loop broken' };

export function tooDeep(depth: number, max: number): Fault {
  return { ...LOOP, reason: `${LOOP.reason} (${depth} aliases deep; ${max} max)` };
}

/** A long path is shown as the address that named it, as sendmail shortens both. */
export function cannotOpen(path: string, address: string, reason: string): Fault {
  const shown = shortenAddress(path) === path ? path : shortenAddress(address);
  return { code: 'include', reply: 550, enhanced: '5.2.4', reason: `Cannot open ${shown}: ${reason}` };
}

export function cannotOpenNow(path: string, reason: string): Fault {
  const said = `Cannot open ${shortenAddress(path)}: ${reason}`;
  return { code: 'tempFail', reply: 451, enhanced: '4.2.4', reason: said, status: EX_TEMPFAIL };
}

/** Mailers that only aliases, lists and .forward files may name. */
export type Indirect = 'program' | 'file' | 'include';

const PLURAL = { program: 'programs', file: 'files', include: ':include:s' } as const;

export function notDirectly(mailer: Indirect): Fault {
  return { code: 'notAllowed', reply: 550, enhanced: '5.7.1', reason: `Cannot mail directly to ${PLURAL[mailer]}` };
}

export function noValidShell(user: string | undefined, uid: number, host: string, mailer: Indirect): Fault {
  const reason =
    user === undefined
      ? `UID ${uid} is an unknown user: cannot mail to ${PLURAL[mailer]}`
      : `User ${user}@${host} doesn't have a valid shell for mailing to ${PLURAL[mailer]}`;
  return { code: 'notAllowed', reply: 550, enhanced: '5.7.1', reason };
}

export function unsafeFor(address: string, mailer: Indirect): Fault {
  return {
    code: 'notAllowed',
    reply: 550,
    enhanced: '5.7.1',
    reason: `Address ${shortenAddress(address)} is unsafe for mailing to ${PLURAL[mailer]}`,
  };
}

export const NO_HOME: Fault = {
  code: 'forward',
  reply: 554,
  enhanced: '5.3.0',
  reason: 'forward: no home',
  status: EX_SOFTWARE,
};

export const TRY_LATER: Fault = {
  code: 'tempFail',
  reply: 451,
  enhanced: '4.3.0',
  reason: 'alias database unavailable',
  status: EX_TEMPFAIL,
};

/** The same for a table, or for DNS, that cannot tell where an address leads. */
export function cannotAsk({ map, isTable }: FailedLookup): Fault {
  return isTable
    ? { ...TRY_LATER, reason: `${map} unavailable` }
    : { ...TRY_LATER, enhanced: '4.4.3', reason: 'host name lookup failure' };
}

/** The reply of {@link TRY_LATER}, for a user database that does not answer. */
export const NO_USERS: Fault = { ...TRY_LATER, reason: 'user database unavailable' };

export function tooMany(what: string, max: number): Fault {
  return { code: 'limit', reply: 452, enhanced: '4.5.3', reason: `too many ${what} (${max} max)` };
}
