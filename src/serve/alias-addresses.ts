/**
 * A whole address, as Postfix looks it up in virtual_alias_maps -> the value of the alias that applies to it.
 *
 * Postfix asks a socketmap only for `user@domain`. If the domain is ours (class w), the user's alias is the answer. A
 * user with a detail is looked up as in sendmail: `user+detail`, `user+*`, `user`. A bare name is looked up as it is.
 *
 * Limits: the answer is "not found" for an alias with a program, a file or an :include: list, for one that names
 * itself (`carol: \carol, carol@far.example`), and for one whose owner- alias gets the bounces. Postfix then passes
 * the address on to local(8), which expands it from the map itself (alias_maps). So each alias is expanded exactly
 * once. A value longer than Postfix accepts, or with more members, is left to local(8),
 * too. A key that is too long for an SMTP command is looked up as it is.
 */
import type { AddressRules } from '../address/canonify.ts';
import { ownerName } from '../alias/owner.ts';
import { everyAddress, parseList } from '../alias/parse-list.ts';
import { type Target, withoutDetail } from '../alias/target.ts';
import type { ByteString } from '../core/bytes.ts';
import { type Lookup, type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import { MAX_LINE_BYTES } from './attributes.ts';

/** dict_sockmap(3) of Postfix refuses longer replies. */
const MAX_VALUE = 99_000;
/** virtual_alias_expansion_limit of Postfix: it defers mail for a longer list. It also bounds the time of one question. */
const MAX_MEMBERS = 1000;
/** Most brackets of a value. A bracket without its partner is reported, which costs as much as an address. */
const MAX_BRACKETS = 4 * MAX_MEMBERS;

/** Extends lookups in an alias map to whole addresses. */
export function withAddresses(lookup: Lookup, rules: AddressRules): Lookup {
  return (key) => {
    if (!key.includes('@') || key === '@' || key.length > MAX_LINE_BYTES) return lookup(key);
    for (const name of namesOf(key, rules)) {
      const found = lookup(name);
      if (found.status === 'found')
        return holdsAddressesOnly(found.value, name, rules) ? unowned(name, found) : NOT_FOUND;
      if (found.status === 'tempFail') return found;
    }
    return NOT_FOUND;

    function unowned(name: ByteString, found: LookupResult): LookupResult {
      const owner = lookup(ownerName(name));
      return owner.status === 'notFound' ? found : owner.status === 'found' ? NOT_FOUND : owner;
    }
  };
}

/** The keys under which the map may hold an address, in the order of lookup. */
function namesOf(address: ByteString, rules: AddressRules): readonly ByteString[] {
  const [only, ...others] = parseList(address, false, rules);
  if (others.length > 0 || only?.target?.mailer !== 'local' || only.undeliverable) return [address];
  const names = new Set<ByteString>();
  for (let target: Target | undefined = only.target; target !== undefined; target = withoutDetail(target)) {
    names.add(target.user);
  }
  return [...names];
}

function holdsAddressesOnly(value: ByteString, name: ByteString, rules: AddressRules): boolean {
  if (value.length > MAX_VALUE || hasMoreBrackets(value, MAX_BRACKETS)) return false;
  let members = 0;
  const isWhole = everyAddress(value, false, rules, ({ target, faults }) => {
    members++;
    return members <= MAX_MEMBERS && faults.length === 0 && target !== undefined && isPlain(target);
  });
  return isWhole && members > 0;

  function isPlain({ mailer, user }: Target): boolean {
    return mailer === 'remote' || (mailer === 'local' && user !== name && !user.startsWith('\\'));
  }
}

/** Whether a value has more than `most` opening brackets of comments and addresses. */
function hasMoreBrackets(value: ByteString, most: number): boolean {
  let brackets = 0;
  for (const _ of value.matchAll(/[(<]/g)) if (++brackets > most) return true;
  return false;
}
