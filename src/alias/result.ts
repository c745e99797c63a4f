/**
 * What an expansion has found -> its answer: the recipients in reading order, each once, and the steps.
 */

import { stripQuotes } from '../source/address-parse.ts';
import type { DeliveryTarget, ExpansionOutcome, ExpansionStep } from './expansion.ts';
import { controllerOf, type Member } from './member.ts';
import type { Senders } from './owner.ts';
import { refusedByRestrictedShell } from './restricted-shell.ts';
import type { AliasWorld } from './world.ts';

interface Result {
  readonly recipients: DeliveryTarget[];
  readonly trace: ExpansionStep[];
}

/** Walks down from what was asked, every address before what it leads to. */
export function resultOf(asked: readonly Member[], senders: Senders, world: AliasWorld): Result {
  const recipients = new Recipients(senders, world);
  const trace: ExpansionStep[] = [];
  const stack: Place[] = asked.toReversed().map((member) => ({ member, depth: 0, parent: undefined }));
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { children } = place.member;
    const parent = trace.push(stepOf(place, recipients, senders)) - 1;
    for (let i = children.length - 1; i >= 0; i--) {
      stack.push({ member: children[i]!, depth: place.depth + 1, parent });
    }
  }
  return { recipients: recipients.list, trace };
}

interface Place {
  readonly member: Member;
  readonly depth: number;
  readonly parent: number | undefined;
}

function stepOf({ member, depth, parent }: Place, recipients: Recipients, senders: Senders): ExpansionStep {
  const { shown: address, via } = member;
  // also who failed was to get the mail from the owner
  if (member.listed && member.state === 'bad') senders.senderFor(member);
  const outcome = member.outcome ?? OUTCOMES[member.state];
  const recipient = recipients.indexOf(member.standIn ?? member);
  const step: ExpansionStep =
    recipient === undefined ? { depth, address, via, outcome } : { depth, address, via, outcome, recipient };
  return parent === undefined ? step : { parent, ...step };
}

const OUTCOMES: Readonly<Record<Member['state'], ExpansionOutcome>> = {
  ok: 'delivered',
  bad: 'failed',
  dead: 'expanded',
};

/** Recipients, each once: of users, `\\alice` and `alice` are one. */
class Recipients {
  readonly list: DeliveryTarget[] = [];
  readonly #senders: Senders;
  readonly #world: AliasWorld;
  readonly #indexes = new Map<Member | string, number>();

  constructor(senders: Senders, world: AliasWorld) {
    this.#senders = senders;
    this.#world = world;
  }

  /** undefined: it gets no mail. */
  indexOf(member: Member): number | undefined {
    if (!isDelivered(member)) return undefined;
    const known = this.#indexes.get(member);
    if (known !== undefined) return known;
    const target = deliveryTarget(member, this.#senders.senderFor(member), this.#world);
    const identity = target.kind === 'user' ? JSON.stringify(target) : member;
    const index = this.#indexes.get(identity) ?? this.list.push(target) - 1;
    this.#indexes.set(identity, index);
    this.#indexes.set(member, index);
    return index;
  }
}

function isDelivered(member: Member): boolean {
  return member.listed && member.state === 'ok';
}

function deliveryTarget(member: Member, owner: string | undefined, { rules, options }: AliasWorld): DeliveryTarget {
  const { mailer, user, host } = member.target;
  const sent = owner === undefined ? {} : { owner };
  const from = member.parent?.shown ?? member.shown;
  switch (mailer) {
    case 'remote':
      return { kind: 'address', ...mailbox(user, rules.bangPath === false ? '' : host), ...sent };
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

function runsAs(member: Member): { user?: string } {
  const controller = controllerOf(member);
  return controller?.user === undefined || controller.control?.uid === 0 ? {} : { user: controller.user };
}
