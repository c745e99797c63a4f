/** One address of an expansion: its target, the address that led to it, and its state. */
import type { Growing } from '../core/growing.ts';
import type { RouteStep } from '../core/trace-step.ts';
import type { ExpansionVia } from './expansion.ts';
import type { Target } from './target.ts';

/** The identity that reads lists, and runs the programs and files that an address names. */
export interface Control {
  readonly uid: number;
  readonly gid: number;
}

/** The owner alias of a list. */
export interface Owner {
  readonly name: string;
  /** The sender that sendmail uses: the value of the alias, or its name if the value is not a single plain address. */
  readonly text: string;
}

export interface Member {
  /** The address as written. */
  readonly shown: string;
  /** Changes if a full name turns out to be a user. */
  target: Target;
  readonly parent: Member | undefined;
  readonly via: ExpansionVia;
  /** In written order. */
  children: readonly Member[];
  /** `ok`: deliver. `bad`: an error was reported. `dead`: replaced by its children. */
  state: 'ok' | 'bad' | 'dead';
  /** On the list of recipients: not dropped as part of a cycle, as a duplicate or as too deep. */
  listed: boolean;
  /** Another address on the list has, or had, the same key. */
  sharesKey: boolean;
  control: Control | undefined;
  /** Its own expansion led back to it: it is delivered to itself as well. */
  selfNamed: boolean;
  /** A requested address, or the only one that a requested address leads to. */
  primary: boolean;
  /** Handled completely. */
  done: boolean;
  /** Its index among the recipients, if it has one. */
  recipient: number | undefined;
  details: Details;
}

/** The fields that few addresses need. */
export interface Details {
  /** The tables and classes that were asked for it, in order; undefined: none, or MAX_STEPS were kept already. */
  readonly asked: readonly RouteStep[] | undefined;
  /** Its +detail was removed, and is not tried again. */
  readonly detailTried: boolean;
  /** The user of `control`: absent for aliases, and if the system has no such user. */
  readonly user: string | undefined;
  /** The owner of the file of a list, if it is not its reader. */
  readonly fileOwner: number | undefined;
  readonly fullName: string | undefined;
  /** Why its programs and files are refused: no valid shell, or a list that others may write. */
  readonly restriction: 'shell' | 'unsafe' | undefined;
  /** The envelope sender that its owner- alias gives. */
  readonly owner: Owner | undefined;
  /** The address that gets the mail instead: an equal one on the list, or the user who ends the cycle. */
  readonly replacement: Member | undefined;
  readonly outcome: 'duplicate' | 'loop' | undefined;
  /** Why it failed. */
  readonly reason: string | undefined;
  /** The .forward files that are not followed, with reasons; undefined: none. */
  readonly passedOver: readonly PassedOver[] | undefined;
}

/** The details of most addresses: one object for all, so that each takes half the memory. */
const NO_DETAILS: Details = {
  asked: undefined,
  detailTried: false,
  user: undefined,
  fileOwner: undefined,
  fullName: undefined,
  restriction: undefined,
  owner: undefined,
  replacement: undefined,
  outcome: undefined,
  reason: undefined,
  passedOver: undefined,
};

/** A .forward that exists and is not followed. */
export interface PassedOver {
  readonly file: string;
  readonly reason: string;
}

export function createMember(shown: string, target: Target, parent: Member | undefined, via: ExpansionVia): Member {
  const member: Member = {
    shown,
    target,
    parent,
    via,
    children: NONE,
    state: 'ok',
    listed: false,
    sharesKey: false,
    control: undefined,
    selfNamed: false,
    primary: parent === undefined,
    done: false,
    recipient: undefined,
    details: NO_DETAILS,
  };
  if (parent === undefined) return member;
  const { fullName } = parent.details;
  if (fullName !== undefined) detailsOf(member).fullName = fullName;
  addChild(parent, member);
  return member;
}

/** The details of an address, to be changed. */
export function detailsOf(member: Member): Growing<Details> {
  if (member.details === NO_DETAILS) member.details = { ...NO_DETAILS };
  return member.details;
}

/** The children of most addresses: one empty array for all. */
const NONE: Member[] = [];

function addChild(parent: Member, child: Member): void {
  if (parent.children === NONE) parent.children = [child];
  else (parent.children as Member[]).push(child);
}

/** The nearest address with an identity of its own, starting from this one and going up. */
export function controllerOf(member: Member | undefined): Member | undefined {
  let m = member;
  while (m !== undefined && m.control === undefined) m = m.parent;
  return m;
}

/** Mailer, user and host are equal, and for a program the user it runs as. */
export function isSame(a: Member, b: Member): boolean {
  if (!isSameTarget(a.target, b.target)) return false;
  if (a.target.mailer !== 'program') return true;
  const [u, v] = [controllerOf(a)?.control?.uid, controllerOf(b)?.control?.uid];
  return u === undefined || v === undefined || u === v;
}

export function isSameTarget(a: Target, b: Target): boolean {
  return a.user === b.user && a.mailer === b.mailer && a.host === b.host && a.via === b.via;
}

/** The addresses from the requested one down to this one. */
export function pathTo(member: Member): string[] {
  const path: string[] = [];
  for (let m: Member | undefined = member; m !== undefined; m = m.parent) path.push(m.shown);
  return path.reverse();
}
