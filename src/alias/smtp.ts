/**
 * An address -> the reply lines of VRFY and EXPN, from the same expansion.
 *
 * Replies show no more than sendmail's: EXPN lists the recipients or gives the first error; VRFY says whether a user or alias
 * exists, and expands nothing.
 */
import { trimBytes } from '../core/fold.ts';
import type { AliasContext } from './context.ts';
import { Expander } from './expander.ts';
import type { ExpansionError } from './expansion.ts';
import type { Member } from './member.ts';

/** PrivacyOptions that matter here, folded; `goaway` stands for all of them. */
export type PrivacyOption = 'novrfy' | 'noexpn' | 'needvrfyhelo' | 'needexpnhelo' | 'goaway';

export const PRIVACY_OPTIONS: readonly PrivacyOption[] = ['novrfy', 'noexpn', 'needvrfyhelo', 'needexpnhelo', 'goaway'];

const NOT_ALLOWED = '502 5.7.0 Sorry, we do not allow this operation';
const NOT_VERIFIED = '252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)';

const NOT_INTRODUCED = '503 5.0.0 I demand that you introduce yourself first';

/** The reply lines to `EXPN address`; `greeted`: the client has sent HELO or EHLO. */
export function answerExpn(
  address: string,
  context: AliasContext,
  privacy: readonly PrivacyOption[] = [],
  greeted = true,
): string[] {
  if (privacy.includes('noexpn') || privacy.includes('goaway')) return [NOT_ALLOWED];
  if (!greeted && privacy.includes('needexpnhelo')) return [NOT_INTRODUCED];
  return answer('EXPN', address, context, false);
}

/** The reply lines to `VRFY address`. */
export function answerVrfy(
  address: string,
  context: AliasContext,
  privacy: readonly PrivacyOption[] = [],
  greeted = true,
): string[] {
  if (privacy.includes('novrfy') || privacy.includes('goaway')) return [NOT_VERIFIED];
  if (!greeted && privacy.includes('needvrfyhelo')) return [NOT_INTRODUCED];
  return answer('VRFY', address, context, true);
}

function answer(command: string, address: string, context: AliasContext, verifyOnly: boolean): string[] {
  if (trimBytes(address) === '') return ['501 5.5.2 Argument required'];
  // A line break in an alias or in the name of a user must not make two lines of one.
  return replies(command, address, context, verifyOnly).map((line) => line.replace(/[\r\n\0]/g, '?'));
}

function replies(command: string, address: string, context: AliasContext, verifyOnly: boolean): string[] {
  const expander = new Expander(context, verifyOnly);
  expander.sendList(address, undefined, { kind: 'asked' }, 0);
  const [first] = expander.log.errors;
  if (first !== undefined) return [errorLine(first)];
  const recipients = [...recipientsOf(expander.asked)];
  if (recipients.length === 0) return [`554 5.5.2 Nothing to ${command}`];
  return recipients.map((member, i) => {
    const code = verifyOnly && member.target.mailer === 'remote' ? 252 : 250;
    return `${code}${i < recipients.length - 1 ? '-' : ' '}2.1.5 ${mailboxOf(member, context.rules.hostName)}`;
  });
}

function errorLine({ reply, text }: ExpansionError): string {
  return `${reply.code} ${reply.enhanced} ${text}`;
}

/** The recipients, each once. */
function* recipientsOf(members: readonly Member[]): Generator<Member> {
  const stack = members.toReversed();
  for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
    if (member.listed && member.state === 'ok') yield member;
    for (const child of member.children.toReversed()) stack.push(child);
  }
}

function mailboxOf({ target, details: { fullName } }: Member, host: string): string {
  const isAddress = target.mailer === 'local' || target.mailer === 'remote';
  const atHost = isAddress && !target.user.includes('@') ? `@${host}` : '';
  return `${fullName === undefined ? '' : `${fullName} `}<${target.user}${atHost}>`;
}
