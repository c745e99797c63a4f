/**
 * Files whose head claims far more than was ever written: a walk ends with an error, long before it has read all of it.
 *
 * @module-tag slow
 */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { scratchDirectory } from './build.ts';

/** At most 400 GB are claimed. */
const PAGES = 100_000_000;

interface Claim {
  readonly file: string;
  readonly claims: string;
  readonly pageSize: number;
  /** 32-bit fields of the head. */
  readonly fields: readonly (readonly [at: number, value: number])[];
  readonly isBigEndian?: true;
}

const lastPage = [32, PAGES - 1] as const;
/** Each bucket on the page after that of the bucket before. */
const buckets = [
  [72, PAGES - 2],
  [76, 2 ** 27 - 1],
  [80, 2 ** 26 - 1],
  ...Array.from({ length: 32 }, (_, i) => [96 + 4 * i, 1] as const),
] as const;

const CLAIMS: readonly Claim[] = [
  { file: 'sm-access-btree.db', claims: 'pages', pageSize: 4096, fields: [lastPage] },
  { file: 'sm-access-hash.db', claims: 'pages', pageSize: 4096, fields: [lastPage] },
  { file: 'sm-access-hash.db', claims: 'buckets', pageSize: 4096, fields: [lastPage, ...buckets] },
  { file: 'h-512.db', claims: 'buckets', pageSize: 512, fields: [lastPage, ...buckets] },
  { file: 'o-1.85-btree.db', claims: 'pages', pageSize: 512, fields: [] },
  { file: 'o-1.85-hash.db', claims: 'buckets', pageSize: 512, fields: [[40, PAGES - 200]], isBigEndian: true },
];

describe.each(CLAIMS)('$file that claims millions of $claims', ({ file, pageSize, fields, isBigEndian }) => {
  it('is damaged', () => {
    const path = join(scratchDirectory(), 'map.db');
    const bytes = readFileSync(`test/data/dbfiles/${file}`);
    for (const [at, value] of fields) {
      if (isBigEndian) bytes.writeUInt32BE(value, at);
      else bytes.writeUInt32LE(value, at);
    }
    writeFileSync(path, bytes);
    truncateSync(path, PAGES * pageSize);
    expect(() => {
      using map = openMapFile(path);
      map.forEachRecord(() => {});
    }).toThrow(expect.objectContaining({ code: 'damaged', message: expect.stringContaining('never written') }));
  });
});

describe('a CDB file that claims millions of slots', () => {
  it('is damaged', () => {
    const path = join(scratchDirectory(), 'map.cdb');
    const head = Buffer.alloc(2048);
    for (let table = 0; table < 256; table++) head.writeUInt32LE(2048, 8 * table);
    head.writeUInt32LE(500_000_000, 8 * 255 + 4);
    writeFileSync(path, head);
    truncateSync(path, 2048 + 8 * 500_000_000);
    using map = openMapFile(path);
    expect(map.get('a')).toBeUndefined();
    expect(() => map.forEachRecord(() => {})).toThrow(/500000000 slots, and room for 0 records/);
  });
});

describe('a hash with many buckets that were never written', () => {
  it('is sound', () => {
    const path = join(scratchDirectory(), 'map.db');
    copyFileSync('test/data/dbfiles/h-prealloc.db', path);
    using map = openMapFile(path);
    expect(map.size).toBe(9);
  });
});
