/**
 * An expansion in the words of `sendmail -bv`, so that both can be compared as sets.
 */

import { stripQuotes } from '../../src/address/tokens.ts';
import type { DeliveryTarget, Expansion } from '../../src/alias/expansion.ts';
import { verifyStatus } from '../../src/cli/mailmaps/expand.ts';

export interface Verified {
  readonly rc: number;
  readonly recipients: readonly { mailer: string; user: string; host?: string }[];
  readonly errors: readonly string[];
}

export interface Comparable {
  readonly rc: number;
  readonly recipients: readonly string[];
  readonly errors: readonly string[];
}

export function ofExpansion({ recipients, errors }: Expansion): Comparable {
  return {
    rc: verifyStatus(errors),
    recipients: unique(recipients.map(describe).map(printed)),
    errors: errors
      .map((e) => printed(e.text))
      .filter((line) => line !== '')
      .sort(),
  };
}

/** sendmail prints bytes above 127 without their top bit; what is a NUL then ends the line. */
export function printed(text: string): string {
  const shown = text.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
  return shown.split('\0', 1)[0]!;
}

function describe(target: DeliveryTarget): string {
  switch (target.kind) {
    case 'user':
      return `local ${target.name}${target.detail === undefined ? '' : ` + ${target.detail}`}`;
    case 'address':
      return `esmtp ${target.localPart}@${target.domain}`;
    case 'program':
      return `prog ${target.command}`;
    case 'file':
      return `*file* ${target.path}`;
  }
}

export function ofSendmail({ rc, recipients, errors }: Verified): Comparable {
  return { rc, recipients: unique(recipients.map(describeVerified)), errors: [...errors].sort() };
}

function describeVerified({ mailer, user, host }: Verified['recipients'][number]): string {
  if (mailer === 'local') return `local ${stripQuotes(user)}${host ? ` + ${host}` : ''}`;
  if (mailer === 'prog') return `prog ${stripQuotes(user).slice(1)}`;
  if (mailer === 'esmtp') return `esmtp ${overUucp(user, host)}`;
  return `${mailer} ${stripQuotes(user)}`;
}

/** `remote!alice@here` for the host remote.uucp is alice there. */
function overUucp(user: string, host = ''): string {
  const node = /^(.*)\.uucp\.?$/s.exec(host)?.[1];
  // with nouucp the user is at that host, not here
  if (node === undefined || !user.toLowerCase().startsWith(`${node.toLowerCase()}!`)) return user;
  const [name] = user.slice(node.length + 1).split(/@(?=[^@]*$)/);
  return `${name}@${user.slice(0, node.length)}.UUCP`;
}

function unique(names: string[]): string[] {
  return [...new Set(names)].sort();
}
