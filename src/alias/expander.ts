/**
 * One address -> its list of recipients, as sendmail 8.17 builds it.
 *
 * All addresses of a run share one list, on which each appears once. A comma list is parsed whole, and then handled from its
 * last address to its first. An address that leads back to one above it ends there, and the nearest user above gets the mail.
 *
 * Limits: limits.ts; time is linear in the addresses read, times the levels (at most MAX_ALIAS_RECURSION). Runs and writes
 * nothing. Source: aliases(5), the options MaxAliasRecursion and ForwardPath, and the answers of `sendmail -bv`.
 */

import { buildAddress, isProblem } from '../address/build-address.ts';
import type { AddressRules } from '../address/canonify.ts';
import { Journal } from '../address/journal.ts';
import { complaintsAbout, localAddress } from '../address/local-address.ts';
import { contextFor } from '../address/parse1.ts';
import type { AddressProblem } from '../address/problem.ts';
import { noting, PLAIN_ROUTING } from '../address/routing.ts';
import { stripQuotes } from '../address/tokens.ts';
import type { Triple } from '../address/triple.ts';
import type { RouteStep } from '../core/trace-step.ts';
import type { AliasContext, Answer, LocalUser } from './context.ts';
import { ErrorLog } from './error-log.ts';
import type { ExpansionVia } from './expansion.ts';
import {
  type Fault,
  LOOP,
  NO_USERS,
  notDirectly,
  noValidShell,
  TRY_LATER,
  tooDeep,
  tooMany,
  UNKNOWN_USER,
  unsafeFor,
} from './faults.ts';
import { firstFound } from './first-found.ts';
import { MAX_ADDRESSES, MAX_ALIAS_RECURSION, MAX_STEPS } from './limits.ts';
import { ListReader } from './list-reader.ts';
import { createMember, detailsOf, isSame, isSameTarget, type Member, pathTo } from './member.ts';
import { ownerName, ownerOf } from './owner.ts';
import { faultOf, type ListedAddress, parseList, parseRecipient } from './parse-list.ts';
import { RecipientList } from './recipient-list.ts';
import { type Target, targetOf } from './target.ts';

export class Expander {
  readonly log: ErrorLog = new ErrorLog();
  /** The requested addresses, in order. */
  readonly asked: Member[] = [];
  readonly #context: AliasContext;
  readonly #verifyOnly: boolean;
  readonly #rules: AddressRules;
  readonly #list = new RecipientList();
  readonly #lists: ListReader;
  #seen = 0;
  /** Steps of tables and classes that were kept. */
  #steps = 0;
  /** {Host} of preserve_luser_host. */
  #keptHost = '';
  /** The addresses handled since the last requested one. */
  #pass: Member[] = [];
  /** The first address that led back to one above it. */
  #cycleEnd: Member | undefined;

  /** @param verifyOnly finds aliases, lists and .forward files, but does not follow them */
  constructor(context: AliasContext, verifyOnly = false) {
    this.#context = context;
    this.#verifyOnly = verifyOnly;
    this.#rules = context.rules;
    this.#lists = new ListReader(context, this.log, this.#list, (text, parent, via, depth) =>
      this.sendList(text, parent, via, depth),
    );
  }

  /** Handles a comma list. Returns its number of addresses. */
  sendList(text: string, parent: Member | undefined, via: ExpansionVia, depth: number): number {
    return this.#send(parseList(text, parent === undefined, this.#rules), parent, via, depth);
  }

  /** Handles the address of RCPT: commas and blanks in it separate nothing. */
  sendRecipient(recipient: string): void {
    this.#send([parseRecipient(recipient, this.#rules)], undefined, { kind: 'asked' }, 0);
  }

  #send(parts: readonly ListedAddress[], parent: Member | undefined, via: ExpansionVia, depth: number): number {
    const members: Member[] = [];
    for (const part of parts) {
      const member = this.#memberOf(part, parent, via);
      if (member !== undefined) members.push(member);
    }
    for (let i = members.length - 1; i >= 0; i--) this.#handle(members[i]!, depth);
    return members.length;
  }

  /** Undefined: it is no address, or it is dropped because it leads back to one above it. */
  #memberOf(
    { shown, target, faults, asked, undeliverable }: ListedAddress,
    parent: Member | undefined,
    via: ExpansionVia,
  ): Member | undefined {
    for (const { fault, address } of faults) this.log.report(fault, address);
    if (target === undefined || !this.#mayGrow()) return undefined;
    const member = createMember(shown, target, parent, via);
    if (undeliverable) member.state = 'bad';
    this.#keepSteps(member, asked);
    if (parent === undefined) this.asked.push(member);
    return this.#breaksLoop(member) ? undefined : member;
  }

  #keepSteps(member: Member, asked: readonly RouteStep[] | undefined): void {
    if (asked === undefined || asked.length === 0 || this.#steps > MAX_STEPS) return;
    this.#steps += asked.length;
    detailsOf(member).asked = asked;
  }

  #mayGrow(): boolean {
    this.#seen++;
    if (this.#seen === MAX_ADDRESSES + 1) this.log.report(tooMany('addresses', MAX_ADDRESSES));
    return this.#seen <= MAX_ADDRESSES;
  }

  /**
   * Compares an address with those above it. If it equals one of them, the nearest user above gets the mail, and the address is
   * dropped; if there is no user, it is handled like any other.
   */
  #breaksLoop(member: Member): boolean {
    const { parent } = member;
    if (parent === undefined) return false;
    if (isSame(parent, member)) parent.selfNamed = true;
    let ancestor: Member | undefined = parent;
    while (ancestor !== undefined && !isSame(ancestor, member)) ancestor = ancestor.parent;
    if (ancestor === undefined) return false;
    this.#cycleEnd ??= member;
    const user = this.#nearestUser(member);
    if (user === undefined) return false;
    const successor = user === member ? ancestor : user;
    successor.selfNamed = true;
    const details = detailsOf(member);
    details.outcome = 'loop';
    details.replacement = successor;
    return true;
  }

  /** A local mailer without the flag w has no users: every name that leads to itself counts as one. */
  #nearestUser(member: Member): Member | undefined {
    for (let m: Member | undefined = member; m !== undefined; m = m.parent) {
      if (m.target.mailer !== 'local') continue;
      // sendmail asks for the name as written: `\alice` is no user, and the `alice` above it gets the mail
      const isUser = this.#flagsOf(m.target).includes('w')
        ? typeof this.#context.users.byName(m.target.user) === 'object'
        : m === member;
      if (isUser) return m;
    }
    return undefined;
  }

  #handle(member: Member, depth: number): void {
    const max = Math.min(this.#context.options.maxAliasRecursion, MAX_ALIAS_RECURSION);
    if (depth > max) {
      this.log.report(tooDeep(depth, max), undefined, () => pathTo(member));
      this.#list.setState(member, 'bad');
      if (member.parent !== undefined) this.#list.setState(member.parent, 'bad');
      return;
    }
    if (member.target.mailer === 'program') this.#checkAllowed(member, 'program');
    const equal = this.#list.equalOrAdd(member);
    if (equal === undefined) this.#handleNew(member, depth);
    else this.#joinEqual(member, equal);
    if (depth === 0) this.#endPass();
  }

  #joinEqual(member: Member, equal: Member): void {
    const details = detailsOf(member);
    details.outcome = 'duplicate';
    details.replacement = equal;
    if (equal.primary && equal.selfNamed) this.#list.setState(equal, 'ok');
    equal.primary ||= member.primary;
    equal.done = true;
  }

  #handleNew(member: Member, depth: number): void {
    const mailer = member.state === 'bad' ? 'error' : member.target.mailer;
    if (mailer === 'include') this.#lists.include(member, depth);
    else if (mailer === 'file') this.#checkAllowed(member, 'file');
    else if (mailer === 'local') this.#handleLocal(member, depth);
    else if (mailer === 'error') this.#list.setState(member, 'bad');
    this.#pass.push(member);
    if (member.parent === undefined && member.state === 'dead' && !this.#list.isAlive) {
      const end = this.#cycleEnd;
      this.log.report(LOOP, undefined, end && (() => pathTo(end)));
      this.#list.setState(member, 'bad');
    }
    member.done = true;
  }

  /** A requested address that led to a single recipient counts as requesting that recipient. */
  #endPass(): void {
    const first = this.#pass.findIndex(isLive);
    const only = first >= 0 && this.#pass.findLastIndex(isLive) === first ? this.#pass[first] : undefined;
    if (only !== undefined) only.primary = true;
    this.#pass = [];
    this.#cycleEnd = undefined;
  }

  #fail(member: Member, fault: Fault): void {
    this.log.report(fault, member.shown);
    detailsOf(member).reason = fault.reason;
    this.#list.setState(member, 'bad');
  }

  #checkAllowed(member: Member, mailer: 'program' | 'file'): void {
    const { parent } = member;
    if (parent === undefined) this.#fail(member, notDirectly(mailer));
    else if (parent.details.restriction === 'shell') {
      const { user, fileOwner = 0 } = parent.details;
      this.#fail(member, noValidShell(user, fileOwner, this.#rules.hostName, mailer));
    } else if (parent.details.restriction === 'unsafe') this.#fail(member, unsafeFor(parent.shown, mailer));
  }

  /** @param plain false: ignores aliases and .forward files */
  #handleLocal(member: Member, depth: number, plain = !member.target.user.includes('\\')): void {
    const flags = this.#flagsOf(member.target);
    if (plain && flags.includes('A') && this.#handleAlias(member, depth) && this.#verifyOnly) return;
    if (member.state === 'ok' && flags.includes('@') && this.#handleUserDatabase(member, depth)) return;
    if (member.state === 'ok' && flags.includes('5')) this.#handleRelay(member, depth);
    if (member.state === 'ok' && flags.includes('w')) this.#handleUser(member, depth, plain);
  }

  /** F= of the mailer. */
  #flagsOf({ via = 'local' }: Target): string {
    return (this.#rules.routing ?? PLAIN_ROUTING).known.get(via)?.flags ?? '';
  }

  /** Expands the address if it is an alias. Returns whether it is one. */
  #handleAlias(member: Member, depth: number): boolean {
    const key = member.target.user;
    const found = firstFound(this.#context.aliases, key);
    if (found.status === 'tempFail') this.#fail(member, TRY_LATER);
    if (found.status !== 'found') return false;
    if (this.#verifyOnly) return true;
    const { aliasControl } = this.#lists;
    if (aliasControl === 'tempFail') {
      this.#fail(member, NO_USERS);
      return true;
    }
    member.selfNamed = false;
    if (member.details.fullName !== undefined) detailsOf(member).fullName = undefined;
    this.#list.setState(member, 'dead');
    if (member.control === undefined) this.#list.setControl(member, aliasControl);
    this.sendList(found.value, member, { kind: 'alias', key, map: found.map }, depth + 1);
    if (member.selfNamed && member.state === 'dead') this.#list.setState(member, 'ok');
    const owner = firstFound(this.#context.aliases, ownerName(key));
    if (owner.status === 'found') detailsOf(member).owner = ownerOf(ownerName(key), owner.value);
    return true;
  }

  /** Sends the mail to the addresses of UserDatabaseSpec. Returns true if nothing is left to do for the name. */
  #handleUserDatabase(member: Member, depth: number): boolean {
    const { userDatabases = [] } = this.#context;
    if (userDatabases.length === 0 || member.target.notRemote) return false;
    const found = firstFound(userDatabases, member.target.user);
    if (found.status === 'tempFail') this.#fail(member, NO_USERS);
    if (found.status !== 'found' || this.#verifyOnly) return found.status !== 'notFound';
    this.#list.setState(member, 'dead');
    this.sendList(found.value, member, { kind: 'userDatabase' }, depth + 1);
    if (member.selfNamed && member.state === 'dead') this.#list.setState(member, 'ok');
    return member.state !== 'ok';
  }

  /** Removes a +detail, or sends the name to a relay. */
  #handleRelay(member: Member, depth: number): void {
    if (member.details.detailTried || member.target.notRemote) return;
    const { target } = member;
    const problems: AddressProblem[] = [];
    const journal = new Journal();
    const way = contextFor(noting(this.#rules, journal), problems);
    const isUser = (name: string): boolean | 'tempFail' => {
      const user = this.#context.users.byName(name);
      return user === 'tempFail' ? user : user !== undefined;
    };
    const name = { user: target.user, host: target.host, keptHost: this.#keptHost };
    for (const complaint of complaintsAbout(name)) this.log.report(faultOf(complaint), name.user);
    const answer = localAddress(name, isUser, way);
    this.#keptHost = answer.keptHost;
    if (answer.failed) this.#fail(member, NO_USERS);
    const built = answer.triple && buildAddress(answer.triple, this.#rules);
    const problem = built !== undefined && isProblem(built) ? built : problems[0];
    if (problem !== undefined) this.#refuse(member, problem);
    else if (built !== undefined && !isProblem(built))
      this.#goOn(member, targetOf(built), viaOf(answer.triple!), journal.steps, depth);
  }

  #refuse(member: Member, problem: AddressProblem): void {
    this.log.report(faultOf(problem), problem.bare ? undefined : member.shown);
    detailsOf(member).reason = problem.text;
    this.#list.setState(member, 'bad');
  }

  #goOn(member: Member, next: Target, via: ExpansionVia, asked: readonly RouteStep[], depth: number): void {
    if (isSameTarget(member.target, next)) return;
    const further = createMember(member.shown, next, member, via);
    if (next.notRemote) detailsOf(further).detailTried = true;
    this.#keepSteps(further, asked);
    further.control = member.control;
    further.primary = member.primary;
    this.#list.setState(member, 'dead');
    this.#handle(further, depth + 1);
  }

  #handleUser(member: Member, depth: number, plain: boolean): void {
    const user = this.#context.users.byName(stripQuotes(member.target.user));
    if (user === undefined) {
      const meant = this.#userOfFullName(stripQuotes(member.target.user));
      if (meant === 'tempFail') this.#fail(member, NO_USERS);
      else if (meant === undefined) this.#fail(member, UNKNOWN_USER);
      else {
        this.#list.rename(member, meant.name);
        this.#handleLocal(member, depth, plain);
      }
      return;
    }
    if (user === 'tempFail') this.#fail(member, NO_USERS);
    else this.#takeUser(member, user, depth, plain);
  }

  #takeUser(member: Member, user: LocalUser, depth: number, plain: boolean): void {
    this.#list.setControl(member, user);
    const details = detailsOf(member);
    details.user = user.name;
    if (user.fullName !== undefined) details.fullName = user.fullName;
    if (!this.#context.users.hasValidShell(user)) details.restriction = 'shell';
    if (plain && !this.#verifyOnly) this.#lists.forward(member, user, depth);
  }

  /** MatchGECOS: in full names the word separators represent blanks. */
  #userOfFullName(name: string): Answer<LocalUser> {
    const { users, rules, options } = this.#context;
    if (!options.matchFullNames || users.byFullName === undefined) return undefined;
    const meant = users.byFullName(name.replaceAll('_', ' ').replaceAll(rules.blank ?? '.', ' '));
    return typeof meant === 'object' ? users.byName(meant.name) : meant;
  }
}

function isLive({ state }: Member): boolean {
  return state === 'ok';
}

function viaOf({ rule }: Triple): ExpansionVia {
  return rule === 'detail' ? { kind: 'detail' } : { kind: 'relay', rule };
}
