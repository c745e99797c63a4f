/** One address of an expansion: its target, the address that led to it, and its state. */
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
  /** The tables and classes that were asked for it, in order; undefined: none, or MAX_STEPS were kept already. */
  asked: readonly RouteStep[] | undefined;
  /** In written order. */
  children: readonly Member[];
  /** Its +detail was removed, and is not tried again. */
  readonly detailTried: boolean;
  /** `ok`: deliver. `bad`: an error was reported. `dead`: replaced by its children. */
  state: 'ok' | 'bad' | 'dead';
  /** On the list of recipients: not dropped as part of a cycle, as a duplicate or as too deep. */
  listed: boolean;
  control: Control | undefined;
  /** The user of `control`: absent for aliases, and if the system has no such user. */
  user: string | undefined;
  /** The owner of the file of a list, if it is not its reader. */
  fileOwner: number | undefined;
  fullName: string | undefined;
  /** Why its programs and files are refused: no valid shell, or a list that others may write. */
  restriction: 'shell' | 'unsafe' | undefined;
  /** The envelope sender that its owner- alias gives. */
  owner: Owner | undefined;
  /** Its own expansion led back to it: it is delivered to itself as well. */
  selfNamed: boolean;
  /** A requested address, or the only one that a requested address leads to. */
  primary: boolean;
  /** Handled completely. */
  done: boolean;
  /** Its index among the recipients, if it has one. */
  recipient: number | undefined;
  /** The address that gets the mail instead: an equal one on the list, or the user who ends the cycle. */
  replacement: Member | undefined;
  outcome: 'duplicate' | 'loop' | undefined;
  /** Why it failed. */
  reason: string | undefined;
  /** The .forward files that are not followed, with reasons; undefined: none. */
  passedOver: PassedOver[] | undefined;
}

/** A .forward that exists and is not followed. */
export interface PassedOver {
  readonly file: string;
  readonly reason: string;
}

export function createMember(
  shown: string,
  target: Target,
  parent: Member | undefined,
  via: ExpansionVia,
  detailTried = false,
): Member {
  const member: Member = {
    shown,
    target,
    parent,
    via,
    asked: undefined,
    children: NONE,
    detailTried,
    state: 'ok',
    listed: false,
    control: undefined,
    user: undefined,
    fileOwner: undefined,
    fullName: parent?.fullName,
    restriction: undefined,
    owner: undefined,
    selfNamed: false,
    primary: parent === undefined,
    done: false,
    recipient: undefined,
    replacement: undefined,
    outcome: undefined,
    reason: undefined,
    passedOver: undefined,
  };
  if (parent !== undefined) addChild(parent, member);
  return member;
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
