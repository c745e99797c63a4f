/** Look-ups among keys that are hard to tell apart: pages of many tiny keys, long common beginnings, NULs, prefixes. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Random, random } from '../conformance/random.ts';
import { opened, scratchFolder, writeMapFile } from './build.ts';

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

describe('look-ups find what is there and nothing else', () => {
  it.each(KINDS)('%s', (_, key) => {
    const r = random(9);
    // a map that holds a key with a NUL and without answers for both with the one without
    const entries = new Map(r.list(3_000, (i) => [key(r), `v${i}`] as const));
    const map = opened(writeMapFile(join(scratchFolder(), 'm.lmdb'), entries));
    const asked = [...entries.keys(), ...r.list(3_000, () => key(r)), '', '\0', '\xff', 'a', 'zz'];
    const wrong = asked.filter((each) => map.get(each) !== (entries.get(each) ?? entries.get(`${each}\0`)));
    expect(wrong).toEqual([]);
  });
});
