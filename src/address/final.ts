/**
 * A canonical address -> the form in which it is shown and delivered: no final dots, `host!user` for host.UUCP,
 * `node::user` for node.DECNET if a relay knows it, and a repeated local host only once.
 * Source: ruleset final, without its brackets.
 */
import { foldCase } from '../core/fold.ts';
import type { AddressRules } from './canonify.ts';
import { isOurs } from './routing.ts';
import { joinTokens, sameTokens, type Tokens, tokenize } from './tokens.ts';

export function finalForm(local: Tokens, host: Tokens, rules: AddressRules): Tokens {
  const bare = withoutDots(host);
  if (sameTokens(bare, ['*local*'])) return onceLocal([...local, '@', ...tokenize(rules.hostName).tokens], rules);
  if (local.length === 0) return ['@', ...bare];
  const uucp = bare.length === 3 && bare[1] === '.' && foldCase(bare[2]!) === 'uucp';
  if (uucp && rules.bangPath !== false) return [bare[0]!, '!', ...local];
  const node = rules.routing?.hosts.C === undefined ? 0 : nodeLength(bare);
  if (node > 0) return [...bare.slice(0, node), ':', ':', ...local];
  return onceLocal([...local, '@', ...bare], rules);
}

/** The number of tokens before a final `.DECNET`; 0: the host has no such end. */
function nodeLength(host: Tokens): number {
  const length = host.length - 2;
  return length > 0 && host[length] === '.' && foldCase(host[length + 1]!) === 'decnet' ? length : 0;
}

/** `user%here@here` -> `user@here`, repeatedly. */
export function onceLocal(address: Tokens, rules: AddressRules): Tokens {
  const at = address.lastIndexOf('@');
  const percent = address.lastIndexOf('%', at);
  if (percent <= 0) return address;
  const inner = address.slice(percent + 1, at);
  const twice = isOurs(joinTokens(inner), rules) && isOurs(joinTokens(address.slice(at + 1)), rules);
  return twice ? onceLocal([...address.slice(0, percent), '@', ...inner], rules) : address;
}

/** A host without its final dots. A host of dots only keeps the first. */
export function withoutDots(host: Tokens): Tokens {
  let end = host.length;
  while (end > 1 && host[end - 1] === '.') end -= 1;
  return end === host.length ? host : host.slice(0, end);
}
