import { describe, expect, it } from 'vitest';
import { RecordArena } from '../../src/store/records/arena.ts';
import { sortRecords } from '../../src/store/records/sort.ts';
import { randomFrom } from './build.ts';

/** The order of keys as indexes into the input, and the runs of equal keys. */
function sortKeys(keys: readonly string[]): { order: number[]; runs: string[][] } {
  const arena = new RecordArena('1.0');
  for (const [i, key] of keys.entries()) arena.add(Buffer.from(key, 'latin1'), 0, key.length, 0, 0, i);
  const { addresses, equalRuns } = sortRecords(arena);
  const order = Array.from(addresses, (address) => arena.lineAt(address));
  const runs: string[][] = [];
  for (let i = 0; i < equalRuns.length; i += 2) {
    runs.push(Array.from(addresses.subarray(equalRuns[i], equalRuns[i + 1]), (address) => arena.keyAt(address)));
  }
  return { order, runs };
}

function expected(keys: readonly string[]): { order: number[]; runs: string[][] } {
  const bytes = keys.map((key) => Buffer.from(key, 'latin1'));
  const order = keys.map((_, i) => i).sort((a, b) => Buffer.compare(bytes[a]!, bytes[b]!) || a - b);
  const counts = new Map<string, number>();
  for (const i of order) counts.set(keys[i]!, (counts.get(keys[i]!) ?? 0) + 1);
  const runs = [...counts].filter(([, count]) => count > 1).map(([key, count]) => Array<string>(count).fill(key));
  return { order, runs };
}

// biome-ignore format: one case per line
const SHAPES: readonly (readonly [string, (random: (below: number) => number) => string])[] = [
  ['short keys with many NULs', (random) => '\0\0a'.slice(random(3)).repeat(random(4))],
  ['keys that begin other keys', (random) => 'abcdefghijk'.slice(0, random(12))],
  ['keys that end in NULs', (random) => `key${'\0'.repeat(random(9))}`],
  ['long common beginnings', (random) => `${'p'.repeat(300 + random(3))}${random(50)}`],
  ['bytes over 0x7f', (random) => String.fromCharCode(random(256), 0x7f + random(2), random(256))],
  ['equal keys', () => 'the same key'],
  ['random keys', (random) => Array.from({ length: random(20) }, () => 'ab\0\xff'[random(4)]).join('')],
];

describe('sorting', () => {
  it.each(SHAPES)('puts %s in the order of their bytes, equal ones as they came', (_, make) => {
    const random = randomFrom(5);
    for (const count of [2, 16, 17, 100, 2000]) {
      const keys = Array.from({ length: count }, () => make(random));
      expect(sortKeys(keys)).toEqual(expected(keys));
    }
  });
});

describe('an arena that folds keys', () => {
  it('makes A to Z lower case, and nothing else, wherever they stand', () => {
    const every = String.fromCharCode(...Array(256).keys());
    const arena = new RecordArena('1.0', { foldKeys: true });
    for (let start = 0; start < 8; start++) {
      for (let end = 249; end <= 256; end++) {
        const address = arena.add(Buffer.from(every, 'latin1'), start, end, 0x41, 0x41 + start, 1);
        const folded = every.slice(start, end).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        expect(arena.keyAt(address)).toBe(folded);
        expect(arena.valueAt(address).toString('latin1')).toBe('ABCDEFGH'.slice(0, start));
      }
    }
  });
});
