/** @module-tag slow */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { LAYOUTS, type MapFormat } from '../../src/store/lmdb/layout.ts';
import { BREAK_BELOW, keyHash } from '../../src/store/lmdb/writer.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { writeMainCf } from '../oracle/programs.ts';
import {
  type Entry,
  hasProgram,
  inKeyOrder,
  needing,
  opened,
  randomEntries,
  randomFrom,
  readAll,
  scratchDirectory,
  writeMapFile,
} from './build.ts';

const FORMATS = ['1.0', '0.9'] as const satisfies readonly MapFormat[];
const numbered = (count: number, value: (i: number) => string): Entry[] =>
  Array.from({ length: count }, (_, i) => [`key${String(i).padStart(7, '0')}`, value(i)] as const);
const longest = (format: MapFormat): Entry[] =>
  Array.from(
    { length: 300 },
    (_, i) => [`${i % 10}${'k'.repeat(LAYOUTS[format].maxKey - 5)}${1000 + i}`, `${i}`] as const,
  );

// biome-ignore format: one case per line
const SHAPES: readonly (readonly [string, (format: MapFormat) => Entry[]])[] = [
  ['no records', () => []],
  ['one record', () => [['a', 'b']]],
  ['an empty value', () => [['a', '']]],
  ['an empty key', () => [['', 'value'], ['a', 'b']]],
  ['all single bytes', () => Array.from({ length: 256 }, (_, i) => [String.fromCharCode(i), `${i}`] as const)],
  ['keys that begin other keys', () => Array.from({ length: 300 }, (_, i) => ['a'.repeat(i + 1), `${i}`] as const)],
  ['trailing NULs', () => [['a', '1'], ['a\0', '2'], ['a\0\0', '3'], ['b\0', '4']]],
  ['a branch level', () => numbered(500, (i) => `value ${i}`)],
  ['three levels', () => numbered(30_000, (i) => `${i}`.padEnd(40, '.'))],
  ['the longest keys', longest],
  ['values in overflow runs', () => numbered(40, (i) => 'v'.repeat(i * 401))],
  ['values at the edges of a page', () => Array.from({ length: 120 }, (_, i) => [`k${1000 + i}`, 'v'.repeat(1980 + i)] as const)],
  ['a value of 3 MB', () => [['a', 'x'.repeat(3 << 20)], ['b', 'c']]],
];

const CASES = FORMATS.flatMap((format) => SHAPES.map(([name, entries]) => [format, name, entries(format)] as const));

describe('a map written and read', () => {
  it.each(CASES)('%s: %s', (format, _, entries) => {
    const path = writeMapFile(join(scratchDirectory(), 'map.lmdb'), entries, format);
    expect(readAll(path)).toEqual(inKeyOrder(entries));
    const map = opened(path);
    expect([map.size, map.format, map.mark]).toEqual([entries.length, format, { keys: 'folded' }]);
    for (const [key, value] of entries) if (!key.endsWith('\0')) expect(map.get(key)).toBe(value);
    for (const [key] of entries) if (!key.endsWith('a')) expect(map.get(`${key}\x01nope`)).toBeUndefined();
  });

  it.each(FORMATS)('%s: the same records give the same bytes, whatever their order', (format) => {
    const directory = scratchDirectory();
    const entries = randomEntries(randomFrom(1), 2000, 300);
    const first = readFileSync(writeMapFile(join(directory, 'a'), entries, format));
    const second = readFileSync(writeMapFile(join(directory, 'b'), entries.toReversed(), format));
    expect(first.equals(second)).toBe(true);
  });

  it.each(FORMATS)('%s: random records', (format) => {
    const directory = scratchDirectory();
    for (let seed = 1; seed <= 30; seed++) {
      const random = randomFrom(seed);
      const entries = randomEntries(random, random(1500), LAYOUTS[format].maxKey);
      expect(readAll(writeMapFile(join(directory, `${seed}`), entries, format))).toEqual(inKeyOrder(entries));
    }
  });
});

describe('lookups', () => {
  it.each([
    ['a key as it stands', 'plain', '1'],
    ['a key that was stored with a NUL: value without its NUL', 'nul', '2'],
    ['both forms: the plain one', 'both', '3'],
    ['neither', 'bot', undefined],
    ['a NUL form is found by its own name too', 'nul\0', '2\0'],
    ['characters that are no bytes', 'pl\u0161in', undefined],
    ['longer than any key', 'x'.repeat(10_000), undefined],
  ])('%s', (_, key, value) => {
    const entries: Entry[] = [
      ['plain', '1'],
      ['nul\0', '2\0'],
      ['both', '3'],
      ['both\0', '4\0'],
    ];
    expect(opened(writeMapFile(join(scratchDirectory(), 'm'), entries)).get(key)).toBe(value);
  });

  it('fold on demand', () => {
    const map = opened(
      writeMapFile(join(scratchDirectory(), 'm'), [
        ['to:a', 'OK'],
        ['\xc4', 'kept'],
      ]),
    );
    expect([map.get('To:A'), map.get('To:A', true), map.get('\xc4', true)]).toEqual([undefined, 'OK', 'kept']);
  });

  it('find both forms on every page boundary', () => {
    const entries = numbered(3000, (i) => `${i}`).flatMap(([key, value]): Entry[] => [
      [key, value],
      [`${key}\0`, `${value}\0`],
    ]);
    const map = opened(writeMapFile(join(scratchDirectory(), 'm'), entries));
    for (const [key, value] of entries) if (!key.endsWith('\0')) expect(map.get(key)).toBe(value);
  });
});

describe(`LMDB 0.9's tools${needing('mdb_dump')}`, () => {
  const dump = (path: string): string => spawnSync('mdb_dump', ['-n', path], { maxBuffer: 1 << 28 }).stdout.toString();
  const dumpOf = (path: string): string[] => {
    const hex = (text: string): string => ` ${Buffer.from(text, 'latin1').toString('hex')}`;
    return readAll(path).flatMap(([key, value]) => [hex(key), hex(value)]);
  };

  it.runIf(hasProgram('mdb_dump')).each(SHAPES)('dump, count and copy %s', (_, entries) => {
    const path = writeMapFile(join(scratchDirectory(), 'map.lmdb'), entries('0.9'), '0.9');
    const lines = dump(path).split('\n');
    expect(lines.slice(lines.indexOf('HEADER=END') + 1, lines.indexOf('DATA=END'))).toEqual(dumpOf(path));
    expect(spawnSync('mdb_stat', ['-n', path]).stdout.toString()).toContain(`Entries: ${entries('0.9').length}\n`);
    const copy = `${path}.copy`;
    writeFileSync(copy, spawnSync('mdb_copy', ['-n', '-c', path], { maxBuffer: 1 << 28 }).stdout);
    expect(readAll(copy)).toEqual(readAll(path));
    // mdb_copy makes an empty environment for an empty map
    if (entries('0.9').length > 0) expect(opened(copy).mark).toEqual({ keys: 'folded' });
  });
});

describe(`Postfix${needing('postmap')}`, () => {
  const postmap = (directory: string, args: string[], input = ''): string => {
    writeMainCf(directory);
    const run = spawnSync('postmap', ['-c', directory, ...args], { input, maxBuffer: 1 << 26 });
    return run.stdout.toString('latin1') + run.stderr.toString('latin1');
  };

  it.runIf(hasProgram('postmap')).each(['', '\0'])('answers from our files (keys end in %j)', (nul) => {
    const directory = scratchDirectory();
    mkdirSync(directory, { recursive: true });
    const entries = numbered(2000, (i) => `value ${i}`);
    const stored = entries.map(([key, value]): Entry => [key + nul, value + nul]);
    writeMapFile(join(directory, 'map.lmdb'), stored, '0.9');
    const answer = postmap(
      directory,
      ['-q', '-', `lmdb:${join(directory, 'map')}`],
      entries.map(([key]) => `${key}\n`).join(''),
    );
    expect(answer).toBe(entries.map(([key, value]) => `${key}\t${value}\n`).join(''));
  });

  it.runIf(hasProgram('postmap'))('makes files that we answer from', () => {
    const directory = scratchDirectory();
    const entries = numbered(2000, (i) => `value ${i}`);
    writeFileSync(join(directory, 'map'), entries.map(([key, value]) => `${key} ${value}\n`).join(''));
    expect(postmap(directory, [`lmdb:${join(directory, 'map')}`])).toBe('');
    const map = opened(join(directory, 'map.lmdb'));
    expect([map.size, map.format, map.mark.keys]).toEqual([2000, '0.9', 'unknown']);
    for (const [key, value] of entries) expect(map.get(key)).toBe(value);
  });
});

describe('the lmdb package', () => {
  const options = { noSubdir: true, encoding: 'binary', keyEncoding: 'binary' } as const;
  const withoutEmptyKey = SHAPES.filter(([name]) => name !== 'an empty key');

  it.each(withoutEmptyKey)('reads and then updates %s', async (_, entries) => {
    const path = writeMapFile(join(scratchDirectory(), 'map.lmdb'), entries('1.0'));
    const expected = new Map(entries('1.0'));
    const db = openLmdb<Buffer, Buffer>({ path, ...options });
    for (const [key, value] of expected) expect(db.get(Buffer.from(key, 'latin1'))?.toString('latin1')).toBe(value);
    const random = randomFrom(7);
    for (const key of [...expected.keys()].slice(0, 2000)) {
      if (random(3) > 0) continue;
      expected.delete(key);
      db.removeSync(Buffer.from(key, 'latin1'));
    }
    for (let i = 0; i < 500; i++) {
      const [key, value] = [`new ${random(1e6)}`, 'n'.repeat(random(100) === 0 ? 5000 : random(50))];
      expected.set(key, value);
      db.putSync(Buffer.from(key), Buffer.from(value));
    }
    await db.close();
    expect(readAll(path)).toEqual(inKeyOrder([...expected]));
    expect(opened(path).mark).toEqual({ keys: 'folded' });
  });

  it('writes files that we read, of other page sizes too', async () => {
    for (const pageSize of [4096, 16_384]) {
      const path = join(scratchDirectory(), 'theirs.lmdb');
      const entries = randomEntries(randomFrom(pageSize), 3000, 500);
      const db = openLmdb<Buffer, Buffer>({ path, pageSize, ...options });
      db.transactionSync(() => {
        for (const [key, value] of entries) db.putSync(Buffer.from(key, 'latin1'), Buffer.from(value, 'latin1'));
      });
      await db.close();
      expect(readAll(path)).toEqual(inKeyOrder(entries));
      expect(opened(path).mark).toEqual({ keys: 'unknown' });
    }
  });
});

describe('a closed map', () => {
  it('says so', () => {
    const map = openMapFile(writeMapFile(join(scratchDirectory(), 'm'), [['a', 'b']]));
    map.close();
    map.close();
    expect(() => map.get('a')).toThrow(expect.objectContaining({ code: 'closed' }));
    expect(() => [...map.entries()]).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});

describe('one edit', () => {
  const key = (i: number): string => `k${String((i * 7919) % 1_000_003).padStart(7, '0')}@example.com`;
  const pagesOf = (entries: readonly Entry[]): Set<string> => {
    const bytes = readFileSync(writeMapFile(join(scratchDirectory(), 'map.lmdb'), entries, '1.0'));
    const pages = Array.from({ length: bytes.length / 4096 }, (_, i) => bytes.subarray(i * 4096, (i + 1) * 4096));
    return new Set(pages.map((page) => page.toString('latin1')));
  };

  it.each([
    ['a key added', (entries: Entry[]) => entries.splice(25_000, 0, ['k0500000@example.net', 'REJECT'])],
    ['a key removed', (entries: Entry[]) => entries.splice(25_000, 1)],
    ['a value of another length', (entries: Entry[]) => entries.splice(25_000, 1, [key(25_000), 'OK'])],
  ])('%s changes a handful of pages, though all entries are equally long', (_, edit) => {
    const entries: Entry[] = Array.from({ length: 50_000 }, (_unused, i) => [key(i), 'REJECT'] as const);
    const before = pagesOf(entries);
    edit(entries);
    const after = pagesOf(entries);
    expect([...after].filter((page) => !before.has(page)).length).toBeLessThan(64);
  });

  it('keys that all ask for a page of their own do not fill the disk', () => {
    const chosen: Entry[] = [];
    for (let i = 0; chosen.length < 3000; i++) {
      const words = new Uint16Array(Uint8Array.from(Buffer.from(`k${String(i).padStart(9, '0')}`)).buffer);
      if (keyHash(words, 0, 10) < BREAK_BELOW) chosen.push([`k${String(i).padStart(9, '0')}`, 'OK']);
    }
    const file = writeMapFile(join(scratchDirectory(), 'map.lmdb'), chosen);
    expect(statSync(file).size).toBeLessThan(300_000);
  });
});
