/**
 * The list on which each address of an expansion appears once. Finding an equal address takes constant time, however long the
 * list is.
 */
import { type Control, controllerOf, isSameTarget, type Member } from './member.ts';

/** A program asked for directly has no user yet, and equals the same program of every user. */
const ANY_USER = '*';

export class RecipientList {
  /** Almost always one address; more while a requested address is being expanded, or if texts collide. */
  readonly #byKey = new Map<string, Member | Member[]>();
  #alive = 0;

  /**
   * The first equal address on the list; undefined: there is none, and the address is added. A requested address is not on it
   * while it is being expanded.
   */
  equalOrAdd(member: Member): Member | undefined {
    const key = keyOf(member);
    const found = this.#byKey.get(key);
    const equal = equalIn(found, member) ?? (isProgram(member) ? this.#ofAnyUser(member) : undefined);
    if (equal !== undefined) return equal;
    member.listed = true;
    if (member.state !== 'dead') this.#alive++;
    this.#enter(member, key, found);
    return undefined;
  }

  #ofAnyUser(program: Member): Member | undefined {
    return equalIn(this.#byKey.get(keyOf(program, ANY_USER)), program);
  }

  #enter(
    member: Member,
    key: string = keyOf(member),
    found: Member | Member[] | undefined = this.#byKey.get(key),
  ): void {
    if (found === undefined) {
      this.#byKey.set(key, member);
      return;
    }
    member.sharesKey = true;
    if (Array.isArray(found)) found.push(member);
    else {
      found.sharesKey = true;
      this.#byKey.set(key, [found, member]);
    }
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

  /** Gives an address an identity; the programs that it named before then run as another user. */
  setControl(member: Member, control: Control): void {
    const programs = member.control === undefined ? [] : member.children.filter((c) => c.listed && isProgram(c));
    for (const program of programs) this.#leave(program);
    member.control = control;
    for (const program of programs) this.#enter(program);
  }

  /** Gives an address the name of its user, under which it is then found. */
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

function equalIn(found: Member | Member[] | undefined, member: Member): Member | undefined {
  if (found === undefined) return undefined;
  if (Array.isArray(found)) return found.find((other) => isEqual(other, member));
  return isEqual(found, member) ? found : undefined;
}

function isEqual(other: Member, { target }: Member): boolean {
  return isOnList(other) && isSameTarget(other.target, target);
}

function isOnList(member: Member): boolean {
  return member.done || !member.primary;
}

function isProgram(member: Member): boolean {
  return member.target.mailer === 'program';
}

/**
 * A key that equal addresses share, and few others: the user, for almost all an existing string. A detail, a host that the user
 * does not show, and the user of a program are appended.
 */
function keyOf(member: Member, runsAs?: string): string {
  const { mailer, user, host } = member.target;
  if (mailer === 'program') return `${user}\0${runsAs ?? controllerOf(member)?.control?.uid ?? ANY_USER}`;
  return host === '' || (mailer === 'remote' && !user.endsWith(']')) ? user : `${user}\0${host}`;
}
