/**
 * What an expansion has found -> its answer: the recipients in reading order, each once, and the steps.
 */

import { stripQuotes } from '../source/address-parse.ts';
import type { DeliveryTarget, ExpansionOutcome, ExpansionStep } from './expansion.ts';
import { controllerOf, type Member } from './member.ts';
import { refusedByRestrictedShell } from './restricted-shell.ts';
import type { AliasOptions } from './world.ts';

interface Result {
  readonly recipients: DeliveryTarget[];
  readonly trace: ExpansionStep[];
}

/** Walks down from what was asked, every address before what it leads to. */
export function resultOf(asked: readonly Member[], options: AliasOptions): Result {
  const recipients = new Recipients();
  const trace: ExpansionStep[] = [];
  const stack = asked.toReversed().map((member) => ({ member, depth: 0, parent: -1 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { member, depth, parent } = next;
    const heir = member.standIn ?? member;
    const recipient = isDelivered(heir) ? recipients.indexOf(deliveryTarget(heir, options)) : undefined;
    const index = trace.length;
    trace.push({
      ...(parent >= 0 && { parent }),
      depth,
      address: member.shown,
      via: member.via,
      outcome: outcomeOf(member),
      ...(recipient !== undefined && { recipient }),
    });
    for (const child of member.children.toReversed()) stack.push({ member: child, depth: depth + 1, parent: index });
  }
  return { recipients: recipients.list, trace };
}

/** Recipients, each once: `\\alice` and `alice` are one. */
class Recipients {
  readonly list: DeliveryTarget[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(target: DeliveryTarget): number {
    const key = JSON.stringify(target);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.list.length);
    return this.list.push(target) - 1;
  }
}

function isDelivered(member: Member): boolean {
  return member.listed && member.state === 'ok';
}

function outcomeOf(member: Member): ExpansionOutcome {
  if (member.outcome !== undefined) return member.outcome;
  return { ok: 'delivered', bad: 'failed', dead: 'expanded' }[member.state] as ExpansionOutcome;
}

function deliveryTarget(member: Member, options: AliasOptions): DeliveryTarget {
  const { mailer, user, host } = member.target;
  const owner = ownerOf(member);
  const sent = owner === undefined ? {} : { owner };
  const from = member.parent?.shown ?? member.shown;
  switch (mailer) {
    case 'remote':
      return { kind: 'address', ...mailbox(user, host), ...sent };
    case 'program': {
      const command = stripQuotes(user).slice(1);
      const refused = options.restrictedShell && refusedByRestrictedShell(command, options.restrictedShell);
      return {
        kind: 'program',
        command,
        from,
        ...runsAs(member),
        ...(refused !== undefined && { refused }),
        ...sent,
      };
    }
    case 'file':
      return { kind: 'file', path: stripQuotes(user), from, ...runsAs(member), ...sent };
    default:
      return { kind: 'user', name: stripQuotes(user), ...(host !== '' && { detail: host }), ...sent };
  }
}

const UUCP = '.uucp.';

/** For a UUCP host the envelope shows a bang path through this host; meant is the user there. */
function mailbox(user: string, host: string): { localPart: string; domain: string } {
  const at = user.lastIndexOf('@');
  if (!host.endsWith(UUCP)) return { localPart: user.slice(0, at), domain: user.slice(at + 1) };
  const bang = host.length - UUCP.length;
  return { localPart: user.slice(bang + 1, at), domain: `${user.slice(0, bang)}.UUCP` };
}

/** The innermost alias with an owner decides. */
function ownerOf(member: Member): string | undefined {
  let m: Member | undefined = member;
  while (m !== undefined && m.owner === undefined) m = m.parent;
  return m?.owner;
}

function runsAs(member: Member): { user?: string } {
  const controller = controllerOf(member);
  return controller?.user === undefined || controller.control?.uid === 0 ? {} : { user: controller.user };
}
