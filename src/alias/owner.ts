/**
 * owner- aliases -> the envelope sender of mail that a list sends on, and the errors in it.
 *
 * The value of the owner alias is not expanded. If it is a list, a program, a file or not an address, the name of the owner
 * alias is the sender.
 */
import type { AddressRules } from '../address/canonify.ts';
import { parseAddress } from '../address/parse.ts';
import type { AddressProblem } from '../address/problem.ts';
import type { ErrorLog } from './error-log.ts';
import type { Member, Owner } from './member.ts';
import { faultOf, isScanned } from './parse-list.ts';

/** Longer names have no owner of their own (sendmail's MAXNAME, less the prefix). */
const MAX_OWNED_NAME_BYTES = 257;

/** The alias that names the owner of an alias. */
export function ownerName(alias: string): string {
  return alias.startsWith('owner-') || alias.length > MAX_OWNED_NAME_BYTES ? 'owner-owner' : `owner-${alias}`;
}

export function ownerOf(name: string, value: string): Owner {
  return { name, text: /[,:/|"]/.test(value) ? name : value };
}

/** The envelope senders of one expansion; a faulty owner that is used is reported once. */
export class Senders {
  readonly #rules: AddressRules;
  readonly #log: ErrorLog;
  /** The sender of each owner that was asked for; made when one is. */
  #known: Map<string, string> | undefined;

  constructor(rules: AddressRules, log: ErrorLog) {
    this.#rules = rules;
    this.#log = log;
  }

  /** The innermost alias with an owner decides; undefined: the sender of the message. */
  senderFor(member: Member): string | undefined {
    let m: Member | undefined = member;
    while (m !== undefined && m.details.owner === undefined) m = m.parent;
    const owner = m?.details.owner;
    if (owner === undefined) return undefined;
    this.#known ??= new Map();
    const known = this.#known.get(owner.text);
    if (known !== undefined) return known;
    const { sender, problems } = readOwner(owner, this.#rules);
    for (const problem of problems) {
      this.#log.report({ ...faultOf(problem), code: 'owner' }, isScanned(problem) ? owner.text : undefined);
    }
    this.#known.set(owner.text, sender);
    return sender;
  }
}

/** The sender that an owner gives, and its errors in sendmail's order. */
export function readOwner(
  { name, text }: Owner,
  rules: AddressRules,
): { readonly sender: string; readonly problems: readonly AddressProblem[] } {
  const { address, problems } = parseAddress(text, rules);
  if (address === undefined) return { sender: name, problems };
  // sendmail scans such a sender a second time.
  const again = problems.filter(isScanned);
  return { sender: address.kind === 'local' ? address.written : address.text, problems: [...problems, ...again] };
}
