/**
 * The list on which every address of an expansion stands once, kept by identity: asking for a twin costs the same
 * however long the list is.
 */
import { type Control, controllerOf, isSameTarget, type Member } from './member.ts';

/** A program asked for directly runs as nobody yet, and equals the same program of every user. */
const ANY_USER = '*';

export class RecipientList {
  /** Nearly always one address; more while one that was asked for is being expanded, or where few texts clash. */
  readonly #byKey = new Map<string, Member | Member[]>();
  #alive = 0;

  /** The first address on the list that is the same; one that was asked for and is still being expanded is not yet on it. */
  twinOf(member: Member): Member | undefined {
    return (
      this.#search(member, keyOf(member)) ??
      (isProgram(member) ? this.#search(member, keyOf(member, ANY_USER)) : undefined)
    );
  }

  #search(member: Member, key: string): Member | undefined {
    const found = this.#byKey.get(key);
    const isTwin = (other: Member): boolean => isOnList(other) && isSameTarget(other.target, member.target);
    if (Array.isArray(found)) return found.find(isTwin);
    return found !== undefined && isTwin(found) ? found : undefined;
  }

  add(member: Member): void {
    member.listed = true;
    if (member.state !== 'dead') this.#alive++;
    this.#enter(member);
  }

  #enter(member: Member): void {
    const key = keyOf(member);
    const found = this.#byKey.get(key);
    if (found === undefined) this.#byKey.set(key, member);
    else if (Array.isArray(found)) found.push(member);
    else this.#byKey.set(key, [found, member]);
  }

  #leave(member: Member): void {
    const key = keyOf(member);
    const found = this.#byKey.get(key);
    if (Array.isArray(found)) found.splice(found.indexOf(member), 1);
    else this.#byKey.delete(key);
  }

  setState(member: Member, state: Member['state']): void {
    if (member.listed) this.#alive += Number(state !== 'dead') - Number(member.state !== 'dead');
    member.state = state;
  }

  /** Gives an address an identity; the programs that it named before then run as somebody else. */
  setControl(member: Member, control: Control): void {
    const programs = member.control === undefined ? [] : member.children.filter((c) => c.listed && isProgram(c));
    for (const program of programs) this.#leave(program);
    member.control = control;
    for (const program of programs) this.#enter(program);
  }

  /** Gives an address the name of the user that it means; it is found by that from then on. */
  rename(member: Member, user: string): void {
    this.#leave(member);
    member.target = { ...member.target, user };
    this.#enter(member);
  }

  /** Whether anything is left: a recipient, or an address that failed with an error. */
  get isAlive(): boolean {
    return this.#alive > 0;
  }
}

function isOnList(member: Member): boolean {
  return member.done || !member.primary;
}

function isProgram(member: Member): boolean {
  return member.target.mailer === 'program';
}

/**
 * What equal addresses have in common, and few others: the user, which for nearly all is a string that is there already.
 * A detail, a host that the user does not show, and who runs a program are added.
 */
function keyOf(member: Member, runsAs?: string): string {
  const { mailer, user, host } = member.target;
  if (mailer === 'program') return `${user}\0${runsAs ?? controllerOf(member)?.control?.uid ?? ANY_USER}`;
  return host === '' || (mailer === 'remote' && !user.endsWith(']')) ? user : `${user}\0${host}`;
}
