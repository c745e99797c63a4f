/**
 * A canonical address -> the form in which it is shown and delivered: no final dots, `host!user` for host.UUCP,
 * `node::user` for node.DECNET if a relay knows it, and a repeated local host only once.
 * Source: ruleset final, without its brackets.
 */
import { foldCase } from '../core/fold.ts';
import type { AddressRules, SplitAddress } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import { isOurs } from './routing.ts';
import { joinTokens, sameTokens, type Tokens, tokenize } from './tokens.ts';

/** Applications of one rule. */
const RULE_LIMIT = 100;
const BRACKETED = pattern('$* < $+ > $*');

/** The final form of an address, which may hold brackets of its own. The null address, and the rest of a list, have none. */
export function finalTokens({ local, host }: SplitAddress, rules: AddressRules): Tokens {
  if (host?.length === 0)
    return local.length > 2 && local.at(-2) === ':' && local.at(-1) === ';' ? local.slice(0, -1) : [];
  if (!local.includes('<')) return host === undefined ? flatForm(local, rules) : finalForm(local, host, rules);
  const all = withoutBrackets(host === undefined ? local : [...local, '<', '@', ...namedHost(host, rules), '>']);
  return flatForm(all, rules);
}

function withoutBrackets(tokens: Tokens): Tokens {
  let all = tokens;
  for (let i = 0; i < RULE_LIMIT; i++) {
    const found = match(BRACKETED, all);
    if (found === undefined) break;
    all = [...found[0]!, ...found[1]!, ...found[2]!];
  }
  return all;
}

function namedHost(host: Tokens, rules: AddressRules): Tokens {
  const bare = withoutDots(host);
  return sameTokens(bare, ['*local*']) ? tokenize(rules.hostName).tokens : bare;
}

export function finalForm(local: Tokens, host: Tokens, rules: AddressRules): Tokens {
  const bare = namedHost(host, rules);
  if (local.length === 0) return ['@', ...bare];
  if (local.includes('@')) return flatForm([...local, '@', ...bare], rules);
  const uucp = bare.length === 3 && bare[1] === '.' && foldCase(bare[2]!) === 'uucp';
  if (uucp && rules.bangPath !== false) return [bare[0]!, '!', ...local];
  const node = rules.routing?.hosts.C === undefined ? 0 : nodeLength(bare);
  if (node > 0) return [...bare.slice(0, node), ':', ':', ...local];
  return onceLocal([...local, '@', ...bare], rules);
}

const UUCP = pattern('$+ @ $- . UUCP');
const DECNET = pattern('$+ @ $+ . DECNET');

/** The same for an address with any number of @: a pseudo domain behind another one is moved too. */
function flatForm(address: Tokens, rules: AddressRules): Tokens {
  if (!address.includes('@')) return address;
  if (address[0] === '@') return address;
  let all = address;
  for (let found = match(UUCP, all); found !== undefined && rules.bangPath !== false; found = match(UUCP, all))
    all = [...found[1]!, '!', ...found[0]!];
  const knowsNodes = rules.routing?.hosts.C !== undefined;
  for (let found = match(DECNET, all); found !== undefined && knowsNodes; found = match(DECNET, all))
    all = [...found[1]!, ':', ':', ...found[0]!];
  return onceLocal(all, rules);
}

/** The number of tokens before a final `.DECNET`; 0: the host has no such end. */
function nodeLength(host: Tokens): number {
  const length = host.length - 2;
  return length > 0 && host[length] === '.' && foldCase(host[length + 1]!) === 'decnet' ? length : 0;
}

/** `user%here@here` -> `user@here`, repeatedly. */
function onceLocal(address: Tokens, rules: AddressRules): Tokens {
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
