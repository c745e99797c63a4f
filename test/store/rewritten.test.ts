/**
 * A map that somebody rewrites in place while it is open: each lookup gives the old value or an error, never "not found" for a key
 * that both maps have, and never a value of the new map beside answers of the old one.
 *
 * @module-tag slow
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, openSync, readFileSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import { writeCdb } from '../../src/store/cdb/writer.ts';
import type { MapFile } from '../../src/store/map-file.ts';
import { type Entry, hasProgram, needing, opened, scratchDirectory, sorted, writeMapFile } from './build.ts';
import { DB_FILES, recordsOf } from './dbfiles.ts';

const FORMATS = ['1.0', '0.9', 'cdb'] as const;
type Format = (typeof FORMATS)[number];

const KEYS: readonly string[] = Array.from({ length: 3_000 }, (_, i) => `key${100_000 + i * 7}`);

/** Every twentieth value is too long for a leaf. */
const longOrShort = (word: string, i: number): string => `${word} ${i} ${'v'.repeat(i % 20 === 0 ? 5_000 : 30)}`;

const OLD: readonly Entry[] = KEYS.map((key, i) => [key, longOrShort('old', i)] as const);
/** One more key at the start: every other record moves on, and the first of each leaf to the leaf before. */
const NEW: readonly Entry[] = [['key', 'one more'], ...KEYS.map((key, i) => [key, longOrShort('new', i)] as const)];

function write(path: string, entries: readonly Entry[], format: Format): string {
  if (format !== 'cdb') return writeMapFile(path, entries, format);
  const fd = openSync(path, 'w');
  writeCdb(fd, sorted(entries, format));
  closeSync(fd);
  return path;
}

function overwrite(path: string, bytes: Uint8Array, position = 0): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, position);
  closeSync(fd);
}

async function writeByTransactions(path: string): Promise<void> {
  const db = openLmdb<Buffer, Buffer>({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary' });
  // pages that the first transaction frees are used again by those after it
  for (let round = 0; round < 4; round++) {
    db.transactionSync(() => {
      for (const [key, value] of NEW) db.putSync(Buffer.from(key), Buffer.from(value));
    });
  }
  await db.close();
}

type Writer = (path: string, made: string) => void | Promise<void>;

const LMDB_WRITERS: readonly (readonly [string, Writer])[] = [
  ['transactions of the lmdb package', writeByTransactions],
  [
    'such transactions, and no change of the time that the file shows',
    async (path) => {
      await writeByTransactions(path);
      utimesSync(path, 1, 1);
    },
  ],
];

const WRITERS: readonly (readonly [string, Writer])[] = [
  ['cp', (path, made) => copyFileSync(made, path)],
  ['a program that truncates the file first', (path, made) => writeFileSync(path, readFileSync(made))],
  ['a program that writes over it', (path, made) => overwrite(path, readFileSync(made))],
  ['a program that has written half of it', (path, made) => overwrite(path, halfOf(readFileSync(made)))],
];

const halfOf = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);

function answer(map: MapFile, key: string): string {
  try {
    return map.get(key) ?? 'not found';
  } catch (error) {
    if (error instanceof MapError) return error.code;
    throw error;
  }
}

const CANNOT_TELL: readonly string[] = ['unreadable', 'damaged'];

/** Lookups before the file changes: of none, of a few keys, while the table of keys grows, and when it is complete. */
const LOOKUPS_BEFORE = [0, 5, 60, 1_000] as const;

describe.each(FORMATS)('a map in format %s', (format) => {
  const writers = format === '1.0' ? [...WRITERS, ...LMDB_WRITERS] : WRITERS;
  it.each(writers)('rewritten in place by %s', async (_, rewrite) => {
    const directory = scratchDirectory();
    const made = write(join(directory, 'made'), NEW, format);
    const wrong = new Set<string>();
    for (const cacheBytes of [undefined, 0]) {
      for (const before of LOOKUPS_BEFORE) {
        const path = write(join(directory, `${cacheBytes}-${before}`), OLD, format);
        utimesSync(path, 1, 1);
        const map = opened(path, { cacheBytes });
        for (let i = 0; i < before; i++) answer(map, KEYS[(i * 911) % KEYS.length]!);
        await rewrite(path, made);
        // in an order in which the pages of lookups are far from each other
        for (let i = 0; i < KEYS.length; i++) {
          const at = (i * 1_201) % KEYS.length;
          const found = answer(map, KEYS[at]!);
          if (found !== OLD[at]![1] && !CANNOT_TELL.includes(found))
            wrong.add(`${before} lookups before, ${cacheBytes} bytes: ${found.replace(/\d.*/, '')}`);
        }
      }
    }
    expect([...wrong]).toEqual([]);
  });
});

describe('a map whose table of keys is complete', () => {
  it('gives every old value that it has in memory, and is new when it is opened again', () => {
    const directory = scratchDirectory();
    const path = write(join(directory, 'm'), OLD, '1.0');
    utimesSync(path, 1, 1);
    const map = opened(path);
    for (let i = 0; i < 1_000; i++) map.get(KEYS[i]!);
    copyFileSync(write(join(directory, 'made'), NEW, '1.0'), path);
    expect(KEYS.map((key) => answer(map, key))).toEqual(
      OLD.map(([, value], i) => (i % 20 === 0 ? 'unreadable' : value)),
    );
    const again = opened(path);
    expect(NEW.map(([key]) => answer(again, key))).toEqual(NEW.map(([, value]) => value));
  });
});

/** Bytes of a long value that are searched in the file: none of its pages is as short. */
const PART = 60;

const longestOf = (path: string): Entry =>
  recordsOf(path).reduce((longest, record) => (record[1].length > longest[1].length ? record : longest), ['', '']);

const WITH_LONG_VALUES = DB_FILES.filter(
  ({ name, path, expected }) => expected === 'records' && name.endsWith('.db') && longestOf(path)[1].length > 500,
);

describe('a Berkeley DB file of which a part of a long value is rewritten in place', () => {
  it.each(WITH_LONG_VALUES)('$name ($features)', ({ name, path: original }) => {
    const [key, value] = longestOf(original);
    const bytes = readFileSync(original);
    const at = bytes.indexOf(value.slice(PART, 2 * PART), 0, 'latin1');
    for (const before of [0, 5, 1_000]) {
      const path = join(scratchDirectory(), name);
      copyFileSync(original, path);
      utimesSync(path, 1, 1);
      const map = opened(path);
      for (let i = 0; i < before; i++) answer(map, `no such key ${i}`);
      const first = answer(map, key);
      overwrite(path, Buffer.alloc(PART, 'X'), at);
      expect([first, ...CANNOT_TELL]).toContain(answer(map, key));
    }
  });
});

it.runIf(hasProgram('flock'))(
  `a Berkeley DB file that a program has locked while it builds it${needing('flock')}`,
  async () => {
    const path = join(scratchDirectory(), 'access.db');
    copyFileSync(DB_FILES.find(({ name }) => name === 'sm-access-hash.db')!.path, path);
    const [key, value] = recordsOf('test/data/dbfiles/sm-access-hash.db')[0]!;
    const writer = spawn('sh', ['-c', 'flock "$0" sh -c "echo locked; cat"', path]);
    await once(writer.stdout, 'data');
    expect(() => opened(path)).toThrow(`cannot read ${path}: a program has locked it, and is writing it`);
    writer.stdin.end();
    await once(writer, 'close');
    expect(answer(opened(path), key)).toBe(value);
  },
);
