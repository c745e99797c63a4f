/**
 * One address of an expansion: what it is, what led to it, and how far it got.
 */
import type { ExpansionVia } from './expansion.ts';
import type { Target } from './target.ts';

/** As whom the programs, files and lists that an address names are run and read. */
export interface Control {
  readonly uid: number;
  readonly gid: number;
}

/** The owner alias of a list. */
export interface Owner {
  readonly name: string;
  /** What sendmail reads as the sender: its value, or its name when the value is no single plain address. */
  readonly text: string;
}

export interface Member {
  /** The address as it is written. */
  readonly shown: string;
  /** Changes when a full name turns out to be a user. */
  target: Target;
  readonly parent: Member | undefined;
  readonly via: ExpansionVia;
  /** In the order in which they stand. */
  children: readonly Member[];
  /** Its +detail has come off and is not tried again. */
  readonly detailTried: boolean;
  /** `ok`: deliver. `bad`: an error was reported. `dead`: replaced by what it leads to. */
  state: 'ok' | 'bad' | 'dead';
  /** On the list of recipients: not dropped as part of a cycle, as a twin or as too deep. */
  listed: boolean;
  control: Control | undefined;
  /** The user of `control`: absent for aliases and when the system has none. */
  user: string | undefined;
  /** Who owns the file of a list, when that is another than whoever reads it. */
  fileOwner: number | undefined;
  fullName: string | undefined;
  /** Why programs and files that it names are refused: no valid shell, or a list that others may change. */
  restriction: 'shell' | 'unsafe' | undefined;
  /** The envelope sender that its owner- alias gives. */
  owner: Owner | undefined;
  /** Its own expansion led back to it: it is delivered to itself as well. */
  selfNamed: boolean;
  /** It was asked for, or is the only one that what was asked for leads to. */
  primary: boolean;
  /** Handled to the end. */
  done: boolean;
  /** Its index among the recipients, once it has one. */
  recipient: number | undefined;
  /** Who gets the mail in its place: its twin, or the user who ends the cycle. */
  standIn: Member | undefined;
  outcome: 'duplicate' | 'loop' | undefined;
  /** Why it failed. */
  reason: string | undefined;
  /** The .forward files that are not followed, and why; undefined: none. */
  passedOver: PassedOver[] | undefined;
}

/** A .forward that is there and is not followed. */
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
    standIn: undefined,
    outcome: undefined,
    reason: undefined,
    passedOver: undefined,
  };
  if (parent !== undefined) addChild(parent, member);
  return member;
}

/** What most addresses lead to: one array for all of them. */
const NONE: Member[] = [];

function addChild(parent: Member, child: Member): void {
  if (parent.children === NONE) parent.children = [child];
  else (parent.children as Member[]).push(child);
}

/** The nearest address, from this one upwards, that has an identity of its own. */
export function controllerOf(member: Member | undefined): Member | undefined {
  let m = member;
  while (m !== undefined && m.control === undefined) m = m.parent;
  return m;
}

/** Mailer, user and host are equal; a program is also compared by the user it runs as. */
export function isSame(a: Member, b: Member): boolean {
  if (!isSameTarget(a.target, b.target)) return false;
  if (a.target.mailer !== 'program') return true;
  const [u, v] = [controllerOf(a)?.control?.uid, controllerOf(b)?.control?.uid];
  return u === undefined || v === undefined || u === v;
}

export function isSameTarget(a: Target, b: Target): boolean {
  return a.user === b.user && a.mailer === b.mailer && a.host === b.host && a.via === b.via;
}

/** The addresses from what was asked down to this one. */
export function pathTo(member: Member): string[] {
  const path: string[] = [];
  for (let m: Member | undefined = member; m !== undefined; m = m.parent) path.push(m.shown);
  return path.reverse();
}
