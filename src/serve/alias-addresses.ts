/**
 * A whole address, as Postfix asks for it in virtual_alias_maps -> the value of the alias that it leads to.
 *
 * Postfix asks a socketmap for `user@domain` and nothing less. When the domain is ours (class w), the alias of the user
 * answers; a user with a detail is sought as sendmail seeks it: `user+detail`, `user+*`, `user`. A bare name is looked up
 * as it stands.
 *
 * The answer is for a map that knows addresses only. An alias with a program, a file or an :include: list, one that names
 * itself (`carol: \carol, carol@far.example`) and one whose owner- alias gets the bounces are answered "not found" for
 * an address, so that Postfix goes on to local(8), which expands them from the map itself (alias_maps). Each alias is
 * expanded once, by the one or by the other. A value that is longer than Postfix takes is left to local(8), too.
 */
import type { AddressRules } from '../address/canonify.ts';
import { withoutDetail } from '../alias/expander.ts';
import { ownerName } from '../alias/owner.ts';
import { parseList } from '../alias/parse-list.ts';
import type { Target } from '../alias/target.ts';
import type { ByteString } from '../core/bytes.ts';
import { type Lookup, type LookupResult, NOT_FOUND } from '../core/lookup.ts';

/** dict_sockmap(3) of Postfix refuses longer replies. */
const MAX_VALUE = 99_000;

/** Lookups of an alias map -> lookups that understand whole addresses as well. */
export function withAddresses(lookup: Lookup, rules: AddressRules): Lookup {
  return (key) => {
    if (!key.includes('@') || key === '@') return lookup(key);
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

/** What an address may stand under in the map, first things first. */
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
  if (value.length > MAX_VALUE) return false;
  const members = parseList(value, false, rules);
  return members.length > 0 && members.every(({ target, faults }) => faults.length === 0 && target && isPlain(target));

  function isPlain({ mailer, user }: Target): boolean {
    return mailer === 'remote' || (mailer === 'local' && user !== name && !user.startsWith('\\'));
  }
}
