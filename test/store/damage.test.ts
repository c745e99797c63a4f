/**
 * Damaged, truncated and foreign files: an error names the file's format; never a crash, a hang or another kind of
 * error.
 *
 * @module-tag slow
 */
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import { OpenDirectory } from '../../src/store/directory.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { formatOfMap } from '../../src/store/replace/target.ts';
import {
  type Entry,
  opened,
  randomEntries,
  randomFrom,
  readAll,
  scratchDirectory,
  writeDuplicateKeys,
  writeMapFile,
} from './build.ts';

/** Opens, reads everything and looks up every known key. Returns the error's code, or 'read'. */
function useEverything(path: string, keys: readonly string[]): string {
  try {
    const map = openMapFile(path);
    try {
      for (const key of keys) map.get(key);
      map.forEachRecord(() => {});
      return 'read';
    } finally {
      map.close();
    }
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    return error.code;
  }
}

function codeOf(path: string): string {
  return useEverything(path, []);
}

function duplicatesMap(path: string): Promise<void> {
  const values = Array.from(
    { length: 1500 },
    (_, i) => [`key ${i % 40}`, `value ${i % 40 === 0 ? i : i % 160}`] as const,
  );
  return writeDuplicateKeys(path, values);
}

function targetAt(path: string): ReturnType<typeof formatOfMap> {
  using directory = OpenDirectory.open(dirname(path));
  return formatOfMap(directory, basename(path));
}

describe('a damaged map', () => {
  const ROUNDS = 1200;
  const SEED = 20_261;
  const entries = [...randomEntries(randomFrom(SEED), 400, 300), ['big', 'x'.repeat(20_000)] as Entry];
  const keys = entries.map(([key]) => key);

  it.each([
    ['1.0', (path: string) => writeMapFile(path, entries, '1.0')],
    ['0.9', (path: string) => writeMapFile(path, entries, '0.9')],
    ['with duplicate keys', duplicatesMap],
  ] as const)(`%s: ${ROUNDS} files with random bytes changed end in errors only`, async (_, make) => {
    const path = join(scratchDirectory(), 'map.lmdb');
    await make(path);
    const good = readFileSync(path);
    const random = randomFrom(SEED);
    const seen = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const bad = Buffer.from(good);
      for (let changes = 1 + random(12); changes > 0; changes--) damage(bad, random);
      writeFileSync(path, bad);
      const code = useEverything(path, keys);
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted().filter((code) => !['damaged', 'notAMap', 'read'].includes(code))).toEqual([]);
    expect(seen.get('damaged')).toBeGreaterThan(ROUNDS / 10);
  });

  /** A harmful change: mostly page headers, pointers and node headers, often with a special value. */
  function damage(bytes: Buffer, random: (below: number) => number): void {
    const page = random(bytes.length / 4096) * 4096;
    const place = [random(160), random(300), 4096 - 1 - random(400), random(4096)][random(4)]!;
    const value = [0, 0xff, 1 << random(8), random(256)][random(4)]!;
    bytes[page + place] = random(2) === 0 ? value : bytes[page + place]! ^ value;
    if (random(8) === 0)
      bytes.copy(bytes, page, random(bytes.length / 4096) * 4096, 4096 + random(bytes.length - 4096));
  }

  it.each(['1.0', '0.9'] as const)('%s: truncated anywhere it is an error', (format) => {
    const path = writeMapFile(join(scratchDirectory(), 'map.lmdb'), entries, format);
    const { length } = readFileSync(path);
    for (let size = length - 1; size > 0; size = size > 4096 ? Math.floor((size - 1) / 4096) * 4096 : size - 97) {
      truncateSync(path, size);
      expect(codeOf(path), `${size} bytes`).toBe(size > 24 ? 'damaged' : 'notAMap');
    }
  });

  it('that is truncated while open is an error, not a signal', () => {
    const path = writeMapFile(join(scratchDirectory(), 'map.lmdb'), entries);
    const map = opened(path);
    truncateSync(path, 8192);
    expect(() => map.get('big')).toThrow(expect.objectContaining({ code: 'damaged' }));
    expect(map.isCurrent()).toBe(false);
  });

  it('with pages that refer to each other in a circle ends', () => {
    const many = Array.from({ length: 20_000 }, (_, i): Entry => [`key${i}`.padEnd(60, 'x'), '']);
    const path = writeMapFile(join(scratchDirectory(), 'map.lmdb'), many);
    const bytes = readFileSync(path);
    for (let page = 2; page < bytes.length / 4096; page++) {
      const isBranch = bytes.readUInt16LE(page * 4096 + 18) === 1;
      const children = bytes.readUInt16LE(page * 4096 + 20) / 2;
      for (let i = 0; isBranch && i < children; i++) {
        const node = page * 4096 + 24 + bytes.readUInt16LE(page * 4096 + 24 + 2 * i);
        bytes.writeUInt32LE(i % 2 === 0 ? page : 2, node);
      }
    }
    writeFileSync(path, bytes);
    expect(codeOf(path)).toBe('damaged');
  });
});

describe('a file that is no map', () => {
  const u32 = (...words: number[]): Buffer => Buffer.from(Uint32Array.from(words).buffer);
  // biome-ignore format: one case per line
  const FILES: readonly (readonly [string, Buffer, RegExp])[] = [
    ['SQLite', Buffer.from('SQLite format 3\0 and so on'), /is an SQLite database/],
    ['GDBM', Buffer.concat([u32(0x13579acf), Buffer.alloc(100)]), /is a GDBM file/],
    ['a text', Buffer.from('To:a.example\tRELAY\n'), /is a text file/],
    ['an empty file', Buffer.alloc(0), /is empty/],
    ['zeros', Buffer.alloc(8192), /is full of zeros/],
    ['32-bit LMDB', Buffer.concat([u32(0, 8, 0, 0xbeefc0de, 1), Buffer.alloc(4076)]), /of a 32-bit machine/],
    ['big-endian LMDB', Buffer.concat([u32(0, 0, 0, 0, 0xdec0efbe, 1), Buffer.alloc(4076)]), /of a big-endian machine/],
    ['an LMDB to come', Buffer.concat([u32(0, 0, 0, 0, 0, 0, 0xbeefc0de, 77), Buffer.alloc(8000)]), /data version 77/],
    ['noise', Buffer.from([1, 2, 3, 200, 0, 9]), /is no kind of file that is known/],
  ];

  it.each(FILES)('%s is named', (_, content, text) => {
    const path = join(scratchDirectory(), 'map.db');
    writeFileSync(path, content);
    expect(() => openMapFile(path)).toThrow(
      expect.objectContaining({ code: 'notAMap', message: expect.stringMatching(text) }),
    );
    expect(() => targetAt(path)).toThrow(expect.objectContaining({ code: 'notAMap' }));
  });

  it('a directory, a missing file and a link give different results', () => {
    const base = scratchDirectory();
    mkdirSync(join(base, 'sub'));
    writeMapFile(join(base, 'real'), [['a', 'b']]);
    symlinkSync('real', join(base, 'link'));
    expect(codeOf(join(base, 'sub'))).toBe('notAMap');
    expect(codeOf(join(base, 'none'))).toBe('missing');
    expect(codeOf(join(base, 'sub', 'none', 'x'))).toBe('missing');
    expect(readAll(join(base, 'link'))).toEqual([['a', 'b']]);
    expect(() => targetAt(join(base, 'link'))).toThrow(/is a symbolic link; only a map is replaced/);
    expect(targetAt(join(base, 'none'))).toBeUndefined();
    expect(targetAt(join(base, 'real'))).toBe('1.0');
  });
});

describe('a value that says it is longer than any', () => {
  it.each([
    ['than a value may be', 0x1000_0001],
    ['than a string may be', 0x2000_0000],
    ['than memory', 0xffff_ff00],
  ])('%s is damage, and nothing is read for it', (_, announced) => {
    const path = writeMapFile(join(scratchDirectory(), 'm'), [['a', 'v'.repeat(5000)]]);
    const bytes = readFileSync(path);
    const leaf = 2 * 4096;
    const at = [leaf, 3 * 4096, 4 * 4096].find((page) => bytes.readUInt16LE(page + 18) === 2)!;
    const node = at + bytes.readUInt16LE(at + 24) + 24;
    const run = Number(bytes.readBigUInt64LE(node + 8 + bytes.readUInt16LE(node + 6)));
    const pages = Math.floor((23 + announced) / 4096) + 1;
    bytes.writeUInt32LE(announced, node);
    bytes.writeUInt32LE(pages, run * 4096 + 20);
    for (const meta of [0, 4096]) bytes.writeBigUInt64LE(BigInt(run + pages), meta + 24 + 120);
    writeFileSync(path, bytes);
    // the pages of the value exist, as a hole in the file
    truncateSync(path, (run + pages + 1) * 4096);
    expect(() => opened(path).get('a')).toThrow(
      expect.objectContaining({ code: 'damaged', message: expect.stringContaining('16777216 is the most') }),
    );
  });
});
