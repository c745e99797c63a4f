/** Postfix's map programs, with a configuration of their own: where it is installed, and where not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { program } from '../oracle/programs.ts';
import type { Bench } from './group.ts';

/**
 * The ways to run it: as it comes, with a map size of 16 MB, which it doubles, with a new start from nothing, until the
 * map fits; and with a size that fits from the beginning.
 */
export const MAP_SIZES: readonly { readonly label: string; readonly bytes: number }[] = [
  { label: '', bytes: 16 << 20 },
  { label: ', lmdb_map_size 4 GB', bytes: 4 * 1024 ** 3 },
];

/** The command line of a Postfix program for files below the scratch folder; undefined, and noted, without it. */
export function postfix(
  bench: Bench,
  name: 'postmap' | 'postalias',
  mapSize: number,
  ...args: readonly string[]
): string[] | undefined {
  const path = program(name);
  if (path === undefined) {
    bench.leaveOut(name, 'not installed');
    return undefined;
  }
  const folder = `${bench.scratch}/postfix-${mapSize}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/main.cf`, `compatibility_level = 3.6\nlmdb_map_size = ${mapSize}\n`);
  return [path, '-c', folder, ...args];
}
