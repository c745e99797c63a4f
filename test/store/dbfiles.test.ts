/** @module-tag slow */
import { describe, expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { DB_FILES, type DbRecord, recordsOf, sorted } from './dbfiles.ts';

const readable = DB_FILES.filter(({ expected }) => expected === 'records');
const refused = DB_FILES.filter(({ expected }) => expected !== 'records' && expected !== 'subdatabases');

function allRecords(path: string, database?: string): DbRecord[] {
  using map = openMapFile(path, { database });
  return [...map.entries()].map(({ key, value }) => [key, value]);
}

/** The value that a lookup of each key gives: the first one, without the NUL of its record. */
function firstValues(records: readonly DbRecord[]): Map<string, string> {
  const first = new Map<string, string>();
  const ofNul = (key: string): boolean => key.endsWith('\0');
  for (const wanted of [false, true]) {
    for (const [key, value] of records.filter(([key]) => ofNul(key) === wanted)) {
      const name = wanted ? key.slice(0, -1) : key;
      if (!first.has(name)) first.set(name, wanted ? value.replace(/\0$/, '') : value);
    }
  }
  return first;
}

function failure(path: string): MapError {
  try {
    allRecords(path);
  } catch (error) {
    if (error instanceof MapError) return error;
    throw error;
  }
  throw new Error(`${path} was read`);
}

describe.each(readable)('$name ($features)', ({ path }) => {
  const expected = recordsOf(path);

  it('gives the records that its own library gives', () => {
    expect(sorted(allRecords(path))).toEqual(expected);
  });

  it('gives the same when they are only visited', () => {
    using map = openMapFile(path);
    const found: DbRecord[] = [];
    map.forEachRecord((keys, keyStart, keyEnd, values, start, end) => {
      const text = (bytes: Uint8Array, from: number, to: number): string =>
        Buffer.from(bytes.slice(from, to)).toString('latin1');
      found.push([text(keys, keyStart, keyEnd), text(values, start, end)]);
    });
    expect(sorted(found)).toEqual(expected);
    expect(map.size).toBe(expected.length);
  });

  it('finds every key, and none that is not there', () => {
    using map = openMapFile(path);
    const first = firstValues(expected);
    for (const [key, value] of first) expect([key, map.get(key)]).toEqual([key, value]);
    for (const key of first.keys()) {
      for (const other of [`${key}.none`, `\x01${key}`, key.slice(1), `${key}\xff`]) {
        if (!first.has(other) && !first.has(`${other}\0`)) expect([other, map.get(other)]).toEqual([other, undefined]);
      }
    }
  });
});

const REASONS: Readonly<Record<string, readonly [code: string, message: RegExp]>> = {
  damaged: ['damaged', /is a damaged map \(/],
  empty: ['notAMap', /is empty/],
  unknown: ['notAMap', /no kind of file that is known|a text file|full of zeros/],
  recno: ['notAMap', /recno/],
  queue: ['notAMap', /queue/],
  heap: ['notAMap', /heap/],
  encrypted: ['notAMap', /encrypted/],
  compressed: ['notAMap', /compressed/],
  gdbm: ['notAMap', /GDBM file.*gdbm_dump/],
  dbm: ['notAMap', /ndbm/],
};

describe('files that are refused', () => {
  it.each(refused)('$name ($features): $expected', ({ path, expected }) => {
    const [code, message] = REASONS[expected]!;
    expect(failure(path)).toMatchObject({ code, message: expect.stringMatching(message), file: path });
  });
});

describe('several databases in one file', () => {
  it.each([
    ['s-two.db', ['access', 'aliases']],
    ['s-two-be.db', ['dups', 'virtual']],
    ['s-one.db', ['map']],
  ])('%s is refused with their names, and each is read by its name', (name, databases) => {
    const path = DB_FILES.find((file) => file.name === name)!.path;
    expect(failure(path)).toMatchObject({ code: 'notAMap', message: expect.stringContaining(databases.join(', ')) });
    for (const database of databases) {
      expect(sorted(allRecords(path, database))).toEqual(recordsOf(`${path}.${database}`));
    }
  });
});
