/**
 * FEATURE(redirect): an address that ends in `.REDIRECT` -> the error that gives the new address of a user who has moved.
 * Source: ruleset ParseLocal.
 */
import type { SplitAddress } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import type { RouteContext, Triple } from './triple.ts';

const REDIRECT = pattern('$+ . REDIRECT .');

export function redirected({ local, host }: SplitAddress, { routing }: RouteContext): Triple | undefined {
  const moved = host && routing.flags.has('redirect') ? match(REDIRECT, host) : undefined;
  if (moved === undefined) return undefined;
  const text = '"551 User has moved; please try "';
  return {
    mailer: 'error',
    host: ['5', '.', '1', '.', '1'],
    user: [text, '<', ...local, '@', ...moved[0]!, '>'],
    rule: 'redirect',
  };
}
