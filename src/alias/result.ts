/** A finished expansion -> its answer: the recipients in reading order, each once, and the steps. */

import { stripQuotes } from '../address/tokens.ts';
import { foldCase } from '../core/fold.ts';
import type { Growing } from '../core/growing.ts';
import type { AliasContext } from './context.ts';
import type { AddressTarget, DeliveryTarget, ExpansionOutcome, ExpansionStep, UserTarget } from './expansion.ts';
import { controllerOf, type Member, type PassedOver } from './member.ts';
import type { Senders } from './owner.ts';
import { refusedByRestrictedShell } from './restricted-shell.ts';
import type { Target } from './target.ts';

interface Result {
  readonly recipients: DeliveryTarget[];
  readonly trace: ExpansionStep[];
}

/** A step -> the step that the caller gets. */
export type FinishStep = (step: ExpansionStep) => ExpansionStep;

/** Walks down from the requested addresses, each address before its children. Each step is finished before the next one is made. */
export function resultOf(
  asked: readonly Member[],
  senders: Senders,
  context: AliasContext,
  finish: FinishStep,
): Result {
  const recipients = new Recipients(senders, context);
  const trace: ExpansionStep[] = [];
  const walk = (members: readonly Member[], depth: number, parent: number | undefined): void => {
    for (const member of members) {
      const index = trace.push(finish(stepOf(member, depth, parent, recipients))) - 1;
      const { passedOver = [] } = member.details;
      for (const each of passedOver) trace.push(finish(passedOverStep(each, depth + 1, index)));
      if (member.children.length > 0) walk(member.children, depth + 1, index);
    }
  };
  walk(asked, 0, undefined);
  return { recipients: recipients.list, trace };
}

/** The step for a .forward that is not followed. */
function passedOverStep({ file, reason }: PassedOver, depth: number, parent: number): ExpansionStep {
  return { parent, depth, address: file, via: { kind: 'forwardFile', file }, outcome: 'passedOver', reason };
}

function stepOf(member: Member, depth: number, parent: number | undefined, recipients: Recipients): ExpansionStep {
  const { shown: address, via, details } = member;
  const { asked, reason } = details;
  const outcome = details.outcome ?? OUTCOMES[member.state];
  recipients.noteFailed(member);
  const recipient = recipients.indexOf(details.replacement ?? member);
  // the steps of a large list have two forms, and a literal takes half the memory of an object that grows
  if (parent !== undefined && asked === undefined && reason === undefined)
    return recipient === undefined
      ? { parent, depth, address, via, outcome }
      : { parent, depth, address, via, outcome, recipient };
  const step: Growing<ExpansionStep> =
    parent === undefined ? { depth, address, via, outcome } : { parent, depth, address, via, outcome };
  if (asked !== undefined) step.asked = asked;
  if (reason !== undefined) step.reason = reason;
  else if (recipient !== undefined) step.recipient = recipient;
  return step;
}

const OUTCOMES: Readonly<Record<Member['state'], ExpansionOutcome>> = {
  ok: 'delivered',
  bad: 'failed',
  dead: 'expanded',
};

/** Recipients, each once: `\\alice` and `alice` are one, as are two spellings of one program or file. */
class Recipients {
  readonly list: DeliveryTarget[] = [];
  readonly #senders: Senders;
  readonly #context: AliasContext;
  /** Their indexes, by a key of all that distinguishes them. */
  readonly #known = new Map<string, number>();
  /** Those of addresses that go to the hosts of their domain, by the address: it is there already. */
  readonly #addresses = new Map<string, number>();

  constructor(senders: Senders, context: AliasContext) {
    this.#senders = senders;
    this.#context = context;
  }

  /** Resolves the owner of a failed member too: sendmail reports a faulty owner- alias even then. */
  noteFailed(member: Member): void {
    if (member.listed && member.state === 'bad') this.#senders.senderFor(member);
  }

  /** Undefined: it gets no mail. */
  indexOf(member: Member): number | undefined {
    if (!member.listed || member.state !== 'ok') return undefined;
    member.recipient ??= this.#add(deliveryTarget(member, this.#senders.senderFor(member), this.#context), member);
    return member.recipient;
  }

  #add(target: DeliveryTarget, { target: { isOwnHop, user }, sharesKey }: Member): number {
    // the key on the list is this address, so no other recipient equals it
    if (isOwnHop && !sharesKey && target.owner === undefined) return this.list.push(target) - 1;
    const written = isOwnHop ? user : writtenAddress(target);
    const isPlain = written !== undefined && target.owner === undefined;
    const of = isPlain ? this.#addresses : this.#known;
    const key = isPlain ? written : keyOf(target);
    const known = of.get(key);
    if (known !== undefined) return known;
    const index = this.list.push(target) - 1;
    of.set(key, index);
    return index;
  }
}

/** Undefined: it is no address, has a host of its own, or the @ before its domain is not the last one. */
function writtenAddress(target: DeliveryTarget): string | undefined {
  if (target.kind !== 'address' || target.mailer !== undefined || target.domain.includes('@')) return undefined;
  return `${target.localPart}@${target.domain}`;
}

/** Users and addresses, most of a large list, have a cheap key; JSON would take longer than everything else. */
function keyOf(target: DeliveryTarget): string {
  if (target.owner === undefined) {
    const { mailer = '' } = target as { readonly mailer?: string };
    if (target.kind === 'user') return `u${target.name}\0${mailer}\0${target.detail ?? ''}`;
    if (target.kind === 'address') return `a${target.localPart}\0${target.domain}\0${mailer}\0${target.host ?? ''}`;
  }
  return JSON.stringify(target);
}

function deliveryTarget(member: Member, owner: string | undefined, { rules, options }: AliasContext): DeliveryTarget {
  const { mailer, user } = member.target;
  const sent = owner === undefined ? {} : { owner };
  const from = member.parent?.shown ?? member.shown;
  switch (mailer) {
    case 'remote':
      return addressTarget(member.target, rules.bangPath !== false, owner);
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
      return userTarget(member.target, owner);
  }
}

function userTarget({ user, host, via }: Target, owner: string | undefined): UserTarget {
  const target: Growing<UserTarget> = { kind: 'user', name: stripQuotes(user) };
  if (host !== '') target.detail = host;
  if (via !== undefined) target.mailer = via;
  if (owner !== undefined) target.owner = owner;
  return target;
}

/** True if an address goes to its domain's own hosts. */
function isOwnHop({ user, host, via, isOwnHop: isKnown }: Target): boolean {
  if (isKnown) return true;
  if (via !== undefined) return false;
  const bare = host.endsWith('.') ? host.slice(0, -1) : host;
  return foldCase(user).endsWith(`@${bare}`) || UUCP.test(host);
}

const UUCP = /\.uucp\.?$/;

/** For a UUCP host the envelope usually shows a bang path through that host; the recipient is the user there. */
function addressTarget(hop: Target, bangPath: boolean, owner: string | undefined): AddressTarget {
  const { user } = hop;
  const sign = user.lastIndexOf('@');
  if (hop.isOwnHop && owner === undefined)
    return { kind: 'address', localPart: user.slice(0, sign), domain: user.slice(sign + 1) };
  const host = bangPath && !hop.isOwnHop ? hop.host : '';
  const at = sign < 0 ? user.length : sign; // `@uu!alice` has this host nowhere
  const node = host.search(UUCP);
  const bang = node >= 0 && foldCase(user).startsWith(`${foldCase(host.slice(0, node))}!`);
  const localPart = user.slice(bang ? node + 1 : 0, at);
  const domain = bang ? `${user.slice(0, node)}.UUCP` : user.slice(at + 1);
  const target: Growing<AddressTarget> = { kind: 'address', localPart, domain };
  if (owner !== undefined) target.owner = owner;
  if (!isOwnHop(hop)) {
    target.mailer = hop.via ?? 'esmtp';
    target.host = hop.host;
  }
  return target;
}

function runsAs(member: Member): { user?: string } {
  const controller = controllerOf(member);
  const user = controller?.details.user;
  return user === undefined || controller?.control?.uid === 0 ? {} : { user };
}
