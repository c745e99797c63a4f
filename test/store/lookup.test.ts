/**
 * Lookups of keys that are hard to distinguish: pages of many tiny keys, long common prefixes, NULs, prefixes of each
 * other.
 *
 * @module-tag slow
 */
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { describe, expect, it } from 'vitest';
import type { MapError } from '../../src/core/errors.ts';
import type { MapFile } from '../../src/store/map-file.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { type Random, random } from '../conformance/random.ts';
import { opened, scratchDirectory, writeMapFile } from './build.ts';

const bytes = (r: Random, alphabet: string, most: number): string =>
  r.list(r.int(0, most), () => r.pick([...alphabet])).join('');

const KINDS: readonly (readonly [string, (r: Random) => string])[] = [
  ['tiny keys, several hundred a page', (r) => bytes(r, 'abcdefghijklmnop', 4)],
  ['keys of NULs and low bytes', (r) => bytes(r, '\0\x01a', 8)],
  ['a long common beginning', (r) => `${'connect:'.repeat(30)}${bytes(r, '01.', 9)}`],
  ['keys that begin with others', (r) => 'a'.repeat(r.int(0, 900))],
  ['bytes over 127', (r) => bytes(r, '\x7f\x80\xff', 9)],
  ['long keys, few a page', (r) => `${bytes(r, 'ab', 12)}${'x'.repeat(r.int(0, 1_000))}`],
];

describe('lookups find every key of the map and no other', () => {
  it.each(KINDS)('%s', (_, key) => {
    const r = random(9);
    // if a map holds a key with a NUL and without, the record without it answers for both
    const entries = new Map(r.list(3_000, (i) => [key(r), `v${i}`] as const));
    const path = writeMapFile(join(scratchDirectory(), 'm.lmdb'), entries);
    const asked = [...entries.keys(), ...r.list(3_000, () => key(r)), '', '\0', '\xff', 'a', 'zz'];
    const isWrong = (map: MapFile) => (each: string) =>
      map.get(each) !== (entries.get(each) ?? entries.get(`${each}\0`));
    expect(asked.filter(isWrong(opened(path)))).toEqual([]);
    // nodes are read from the file as soon as the table of keys is complete
    const small = opened(path, { cacheBytes: 0 });
    expect([...asked, ...asked].filter(isWrong(small))).toEqual([]);
    // the first lookups of a reader use the tree, later ones its table of keys
    const first = (each: string): boolean => {
      using map = openMapFile(path);
      return isWrong(map)(each);
    };
    expect(asked.filter(first)).toEqual([]);
  });

  it('a key that is last in its leaf, where the next began at the same key with a NUL before that was removed', async () => {
    const directory = scratchDirectory();
    const keys = Array.from({ length: 200 }, (_, i) => `${1_000 + i}`);
    const whole = writeMapFile(
      join(directory, 'whole.lmdb'),
      keys.flatMap((key) => [[key, key] as const, [`${key}\0`, 'n'.repeat(50)] as const]),
    );
    const missed: string[] = [];
    for (const key of keys) {
      const path = join(directory, `${key}.lmdb`);
      copyFileSync(whole, path);
      const db = openLmdb<Buffer, Buffer>({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary' });
      db.removeSync(Buffer.from(`${key}\0`));
      await db.close();
      using map = openMapFile(path);
      if (map.get(key) !== key) missed.push(key);
    }
    expect(missed).toEqual([]);
  });

  it('keys with a NUL, in a map that is larger than the memory for its pages', () => {
    const key = (i: number): string => `${100_000 + i}`;
    const numbers = Array.from({ length: 31_000 }, (_, i) => i);
    const records = numbers.map((i) => [`${key(i)}\0`, `${key(i)}${'v'.repeat(1_950)}\0`] as const);
    const map = opened(writeMapFile(join(scratchDirectory(), 'm.lmdb'), records));
    // Two records per leaf. The leaf before shows whether the first key is there without its NUL; in this order one
    // of those leaves is read again into the place of the leaf that has just answered.
    const upward = numbers.filter((i) => i % 6 === 0 || i % 6 === 2);
    const downward = numbers.filter((i) => i % 6 === 2).reverse();
    const wrong = [...upward, ...downward].filter((i) => map.get(key(i))?.slice(0, 6) !== key(i));
    expect(wrong).toEqual([]);
  });

  it('a file whose nodes are read one by one, and that is rewritten in place: old answers or none', () => {
    const path = join(scratchDirectory(), 'm.lmdb');
    const entries = Array.from({ length: 1_000 }, (_, i) => [`key${100_000 + i * 7}`, `value ${i}`] as const);
    const others = entries.map(([key, value]) => [key.replace('key', 'kex'), `other ${value}`] as const);
    const other = readFileSync(writeMapFile(join(scratchDirectory(), 'other.lmdb'), others));
    // each opening has hashes of its own, and some give two keys the same one
    const answers = Array.from({ length: 40 }).flatMap(() => {
      writeMapFile(path, entries);
      utimesSync(path, 1, 1);
      const map = opened(path, { cacheBytes: 0 });
      for (let i = 0; i < 100; i++) map.get(`no such key ${i}`);
      writeFileSync(path, other);
      return entries.map(([key, old]) => {
        try {
          const value = map.get(key);
          return value === old ? 'old' : value;
        } catch (error) {
          return (error as MapError).code;
        }
      });
    });
    expect([...new Set(answers)].filter((answer) => !['old', 'damaged', 'unreadable'].includes(answer!))).toEqual([]);
    expect(answers).toContain('unreadable');
  });
});
