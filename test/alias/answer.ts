/**
 * An expansion in the words of `sendmail -bv`, so that both can be compared as sets.
 */

import { stripQuotes } from '../../src/address/tokens.ts';
import type { AddressTarget, DeliveryTarget, Expansion } from '../../src/alias/expansion.ts';
import { verifyStatus } from '../../src/cli/mailmaps/expand.ts';
import { EX_OSERR, EX_SOFTWARE, EX_TEMPFAIL } from '../../src/core/sysexits.ts';

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

/** sendmail prints bytes above 127 without their top bit; a byte that becomes NUL ends the line. */
export function printed(text: string): string {
  const shown = text.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
  return shown.split('\0', 1)[0]!;
}

function describe(target: DeliveryTarget): string {
  switch (target.kind) {
    case 'user':
      return `${target.mailer ?? 'local'} ${target.name}${target.detail === undefined ? '' : ` + ${target.detail}`}`;
    case 'address':
      return `${wayTo(target)} ${target.localPart}${isEmpty(target) ? '' : '@'}${target.domain}`;
    case 'program':
      return `prog ${target.command}`;
    case 'file':
      return `*file* ${target.path}`;
  }
}

/** sendmail shows no host for an entry that leaves neither host nor user. */
function isEmpty({ mailer, localPart, domain }: AddressTarget): boolean {
  return mailer === undefined && localPart === '' && domain === '';
}

/** A delivery through the domain's own hosts has no mailer here. */
function wayTo({ mailer, host }: AddressTarget): string {
  return mailer === undefined ? 'esmtp' : `${mailer} to ${host}`;
}

export function ofSendmail({ rc, recipients, errors }: Verified): Comparable {
  return { rc, recipients: unique(recipients.map(describeVerified)), errors: [...errors].sort() };
}

const LOCAL = new Set(['local', 'cyrusv2']);

function describeVerified({ mailer, user, host }: Verified['recipients'][number]): string {
  if (LOCAL.has(mailer)) return `${mailer} ${stripQuotes(user)}${host ? ` + ${host}` : ''}`;
  if (mailer === 'prog') return `prog ${stripQuotes(user).slice(1)}`;
  if (mailer === '*file*') return `${mailer} ${stripQuotes(user)}`;
  if (host === undefined) return `${mailer} ${stripQuotes(user)}`;
  const own = mailer === 'esmtp' && (/\.uucp\.?$/.test(host) || isAt(user, host));
  const way = own ? 'esmtp' : `${mailer} to ${host}`;
  return `${way} ${overUucp(user, host)}${own || user.includes('@') ? '' : '@'}`;
}

/** A byte without its top bit may be a capital letter. */
function isAt(user: string, host: string): boolean {
  return user.toLowerCase().endsWith(`@${host.replace(/\.$/, '').toLowerCase()}`);
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

/** The text of an earlier system error, which sendmail adds to its own message; then the exit status is EX_OSERR. */
const LEFT_OVER = /(?<=unknown mailer \S+|, ruleset \w+): Unknown error -?\d+$/;

export function withoutLeftOver(line: string): string {
  return line.replace(LEFT_OVER, '');
}

/**
 * Both sides in one form. If an error of the tables refuses an address for now, sendmail calls it deliverable: it names the
 * mailer *error*, without an exit status. If entries lead to one another too often, sendmail continues with the unfinished
 * text.
 */
export function throughTables({ rc: status, recipients, errors: said }: Comparable): Comparable {
  const errors = said.map(withoutLeftOver);
  const rc = status === EX_OSERR && errors.some((line, i) => line !== said[i]) ? EX_SOFTWARE : status;
  const [tooDeep] = errors.filter(
    (line) => line.startsWith('rewrite: excessive recursion') && !line.endsWith(' parse'),
  );
  if (tooDeep !== undefined) return { rc, recipients: [], errors: [tooDeep] };
  const isError = (name: string): boolean => name.startsWith('*error*');
  return { rc: rc === EX_TEMPFAIL ? 0 : rc, recipients: recipients.filter((name) => !isError(name)), errors };
}
