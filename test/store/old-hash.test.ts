/** Hashes of Berkeley DB 1.85 that no library at hand makes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { scratchDirectory } from './build.ts';

const PAGE = 64;
const HEADER_PAGES = 5;
const LAST_BUCKET = 511;

/** Torek's hash over bytes as numbers. */
const times33 = (bytes: Iterable<number>): number =>
  [...bytes].reduce((hash, byte) => (Math.imul(hash, 33) + byte) >>> 0, 0);

/** A hash of 1.85 with one record, laid out by hand: no library of that age runs here. */
function oldHash(key: string, value: string, bucket: number): Buffer {
  const file = Buffer.alloc((HEADER_PAGES + LAST_BUCKET + 1) * PAGE);
  const fields: readonly (readonly [at: number, value: number])[] = [
    ...([
      [0, 0x061561],
      [4, 2],
      [8, 1234],
      [12, PAGE],
      [40, LAST_BUCKET],
      [44, 2 * LAST_BUCKET + 1],
    ] as const),
    ...([
      [48, LAST_BUCKET],
      [56, 1],
      [60, HEADER_PAGES],
      [64, times33(Buffer.from('%$sniglet^&\0'))],
    ] as const),
  ];
  for (const [at, number] of fields) file.writeUInt32BE(number, at);
  const page = (HEADER_PAGES + bucket) * PAGE;
  const [keyAt, valueAt] = [PAGE - key.length, PAGE - key.length - value.length];
  file.set(new Uint8Array(Uint16Array.of(2, keyAt, valueAt).buffer), page);
  file.write(value + key, page + valueAt, 'latin1');
  return file;
}

describe('a key with bytes above 127 in a hash of 1.85', () => {
  const key = 'm\xfcller.example';
  const bytes = Buffer.from(key, 'latin1');
  const buckets = [bytes, new Int8Array(bytes)].map((each) => times33(each) & LAST_BUCKET);

  it.each([
    ['unsigned', buckets[0]!],
    ['signed', buckets[1]!],
  ])('is found where the library was compiled with a char that is %s', (_, bucket) => {
    expect(buckets[0]).not.toBe(buckets[1]);
    const path = join(scratchDirectory(), 'old.db');
    writeFileSync(path, oldHash(key, 'found', bucket));
    using map = openMapFile(path);
    expect([...map.entries()]).toEqual([{ key, value: 'found' }]);
    expect(map.get(key)).toBe('found');
    for (let i = 0; i < 200; i++) map.get(`no such key ${i}`);
    expect(map.get(key)).toBe('found');
  });

  it('is in no other bucket', () => {
    const path = join(scratchDirectory(), 'old.db');
    writeFileSync(path, oldHash(key, 'found', (buckets[0]! + 1) & LAST_BUCKET));
    expect(() => openMapFile(path)).toThrow(/has a key of another/);
  });
});
