/**
 * Random items of alias values, lists and .forward files: names, programs, files, lists, and spellings that need the whole
 * address parser.
 */

import { wordsOf } from '../read-data.ts';
import { randomAddress } from './address-generator.ts';
import type { Random } from './random.ts';

const words = wordsOf('alias-item');

export const USERS: readonly string[] = ['alice', 'bob', 'carol', 'dave', 'erin'];

/** The odd things in a world. */
export interface Kinds {
  readonly lists: boolean;
  readonly details: boolean;
  readonly odd: boolean;
  readonly unsafe: boolean;
}

/** Spellings that need the whole address parser. */
export const ODD: readonly string[] = words('odd');

/** One element of a comma list. */
export function listItem(r: Random, names: readonly string[], kinds: Kinds): string {
  if (kinds.odd && r.chance(0.3)) return r.chance(0.75) ? r.pick(ODD) : randomAddress(r);
  const user = (): string => r.pick(USERS);
  return r.weighted<() => string>([
    [45, () => r.pick(names)],
    [25, user],
    [6, () => `\\${user()}`],
    [4, () => `nosuch${r.int(0, 1)}`],
    [5, () => `${user()}@remote.example`],
    [4, () => `${capital(r.pick([...USERS, ...names]))}${r.pick(['', '@localhost', '@VIRTUAL.test'])}`],
    // programs show how far a file is trusted
    [kinds.unsafe ? 15 : 5, () => r.pick(['"|/bin/x"', '"|/bin/y z"', '/etc/mail/f1', '/etc/mail/f2'])],
    [kinds.details ? 6 : 0, () => r.pick([...names, ...USERS, 'nosuch']) + r.pick(['+x', '+y', '+', '+x+z', '+*'])],
    [
      kinds.lists ? (kinds.unsafe ? 15 : 8) : 0,
      () => `:include:/etc/mail/${r.pick(['', '', 'd/', 'd/e/'])}i${r.int(0, 4)}`,
    ],
  ])();
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
