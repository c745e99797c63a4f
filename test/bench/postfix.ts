/** Postfix's map programs, with a configuration of their own, on machines with and without Postfix. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { program, writeMainCf } from '../oracle/programs.ts';
import { runCommand } from './command.ts';
import type { Bench } from './group.ts';
import type { Contestant } from './sample.ts';

/**
 * Two settings for them: the default map size of 16 MB, which they double, starting again each time, until the map fits; and a
 * size that fits at once.
 */
export const MAP_SIZES: readonly { readonly label: string; readonly bytes: number }[] = [
  { label: '', bytes: 16 << 20 },
  { label: ', lmdb_map_size 4 GB', bytes: 4 * 1024 ** 3 },
];

/** Each way to make an LMDB map of a text, named `postmap lmdb` and the label; none, and noted, without Postfix. */
export function postfix(bench: Bench, name: 'postmap' | 'postalias', text: string): Contestant[] {
  const path = program(name);
  if (path === undefined) {
    bench.leaveOut(name, 'not installed');
    return [];
  }
  return MAP_SIZES.map(({ label, bytes }) => {
    const directory = `${bench.scratch}/${name}-${bytes}`;
    mkdirSync(directory, { recursive: true });
    writeMainCf(directory, `lmdb_map_size = ${bytes}\n`);
    // the map is made beside its text, under the same name
    const copy = `${directory}/text`;
    copyFileSync(text, copy);
    const run = () => {
      rmSync(`${copy}.lmdb`, { force: true });
      return runCommand({ argv: [path, '-c', directory, `lmdb:${copy}`], memory: true });
    };
    return { name: `${name} lmdb${label}`, run };
  });
}
