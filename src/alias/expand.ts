/**
 * The entry to alias expansion.
 */

import { Expander } from './expander.ts';
import type { Expansion } from './expansion.ts';
import { readOwner, Senders } from './owner.ts';
import { resultOf } from './result.ts';
import type { AliasWorld } from './world.ts';

/**
 * Who gets mail that is sent to an address.
 *
 * @param address One address or a comma list, as `sendmail -bv` takes it; a list of strings is what one message with
 * several recipients is sent to: they share one list of recipients.
 */
export function expand(address: string | readonly string[], world: AliasWorld): Expansion {
  const expander = new Expander(world);
  for (const text of typeof address === 'string' ? [address] : address) {
    expander.sendList(text, undefined, { kind: 'asked' }, 0);
  }
  const { asked, log } = expander;
  const senders = new Senders(world.rules, log);
  const result = resultOf(asked, senders, world);
  const [only] = asked.length === 1 ? asked : [];
  const owner = only?.owner && readOwner(only.owner, world.rules).sender;
  return { ...result, errors: log.errors, ...(owner !== undefined && { owner }) };
}
