/** Postfix's map programs, with a configuration of their own: where it is installed, and where not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { program } from '../oracle/programs.ts';
import type { Bench } from './group.ts';

/** The command line of a Postfix program for files below the scratch folder; undefined, and noted, without it. */
export function postfix(bench: Bench, name: 'postmap' | 'postalias', ...args: readonly string[]): string[] | undefined {
  const path = program(name);
  if (path === undefined) {
    bench.leaveOut(name, 'not installed');
    return undefined;
  }
  const folder = `${bench.scratch}/postfix`;
  mkdirSync(folder, { recursive: true });
  // the default of 16 MB would be doubled, with a new start from nothing, until the map fits
  writeFileSync(`${folder}/main.cf`, 'compatibility_level = 3.6\nlmdb_map_size = 4294967296\n');
  return [path, '-c', folder, ...args];
}
