/**
 * A canonical address -> the form in which it is shown and delivered to (ruleset final, which knows no brackets): no
 * final dots, `host!user` for host.UUCP, and a local host that stands twice stands once.
 */
import { foldCase } from '../core/fold.ts';
import type { AddressRules, Tokens } from './canonify.ts';
import { joinTokens, sameTokens, tokenize } from './tokens.ts';

export function finalForm(local: Tokens, host: Tokens, rules: AddressRules): Tokens {
  const bare = withoutDots(host);
  if (sameTokens(bare, ['*local*'])) return [...local, '@', ...tokenize(rules.hostName).tokens];
  const uucp = bare.length === 3 && bare[1] === '.' && foldCase(bare[2]!) === 'uucp';
  if (uucp && rules.bangPath !== false) return [bare[0]!, '!', ...local];
  return onceLocal([...local, '@', ...bare], rules);
}

/** `user%here@here` -> `user@here`, again and again. */
export function onceLocal(address: Tokens, rules: AddressRules): Tokens {
  const at = address.lastIndexOf('@');
  const percent = address.lastIndexOf('%', at);
  if (percent <= 0) return address;
  const inner = address.slice(percent + 1, at);
  const twice = rules.isLocal(joinTokens(inner)) && rules.isLocal(joinTokens(address.slice(at + 1)));
  return twice ? onceLocal([...address.slice(0, percent), '@', ...inner], rules) : address;
}

/** A host without its final dots; one that is nothing but dots keeps the first. */
export function withoutDots(host: Tokens): Tokens {
  let end = host.length;
  while (end > 1 && host[end - 1] === '.') end -= 1;
  return end === host.length ? host : host.slice(0, end);
}
