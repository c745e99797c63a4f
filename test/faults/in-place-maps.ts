/** Generations of one map for the family `in-place`: all have the same keys, and each shifts them to other places of the file. */
import { closeSync, openSync } from 'node:fs';
import { writeCdb } from '../../src/store/cdb/writer.ts';
import { writePages } from '../../src/store/lmdb/writer.ts';
import { type Entry, sorted } from '../store/build.ts';

export const GENERATIONS = 6;
export const KEYS: readonly string[] = Array.from({ length: 3_000 }, (_, i) => `key${100_000 + i * 7}`);

/** One value in twenty is too long for a leaf. */
const lengthOf = (i: number, generation: number): number => (i % 20 === 0 ? 5_000 : 10 + ((i * generation) % 30));

export function entriesOf(generation: number): readonly Entry[] {
  const others = Array.from({ length: generation * 3 }, (_, i) => [`k${i}`, 'another'] as const);
  return [...others, ...KEYS.map((key, i) => [key, `${generation} ${'v'.repeat(lengthOf(i, generation))}`] as const)];
}

export function writeGeneration(path: string, generation: number, format: 'lmdb' | 'cdb'): void {
  const fd = openSync(path, 'w');
  if (format === 'cdb') writeCdb(fd, sorted(entriesOf(generation), 'cdb'));
  else writePages(fd, sorted(entriesOf(generation)), { keys: 'folded' });
  closeSync(fd);
}
