/**
 * Lookups in Berkeley DB hashes: the first ones go by the pages of the file, the later ones by what is kept in memory.
 *
 * @module-tag slow
 */
import { copyFileSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import type { MapFile } from '../../src/store/map-file.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { scratchDirectory } from './build.ts';
import { DB_FILES, type DbRecord, recordsOf } from './dbfiles.ts';

/** More lookups than it takes until the records of any of these files are kept. */
const MANY = 400;
const hashes = DB_FILES.filter(({ name, expected }) => expected === 'records' && /hash|^h-|^pf-|^sm-/.test(name));

const pathOf = (name: string): string => DB_FILES.find((file) => file.name === name)!.path;

function answer(map: MapFile, key: string): string {
  try {
    return `value ${map.get(key)}`;
  } catch (error) {
    if (error instanceof MapError) return error.code;
    throw error;
  }
}

function askOften(map: MapFile): void {
  for (let i = 0; i < MANY; i++) answer(map, `no such key ${i}`);
}

/** A copy of a map in which the bytes of one text are those of another. */
function changed(name: string, from: string, to: string): string {
  const bytes = readFileSync(pathOf(name));
  const at = bytes.indexOf(from, 0, 'latin1');
  bytes.write(to, at, 'latin1');
  const path = join(scratchDirectory(), name);
  writeFileSync(path, bytes);
  return path;
}

describe('a lookup answers the same however many were made before it', () => {
  it.each(hashes)('$name ($features)', ({ path }) => {
    const known = recordsOf(path).map(([key]) => key);
    const asked = [...known, ...known.map((key) => key.replace(/\0$/, '')), '', '\0', 'x', '\xff'];
    using map = openMapFile(path);
    const first = asked.map((key) => {
      using fresh = openMapFile(path);
      return answer(fresh, key);
    });
    askOften(map);
    expect(asked.map((key) => answer(map, key))).toEqual(first);
  });

  it('and none waits for the pages of a file with holes that says it has a million times as many', () => {
    const path = join(scratchDirectory(), 'holes.db');
    const bytes = readFileSync(pathOf('sm-access-hash.db'));
    const pages = 50_000_000;
    bytes.writeUInt32LE(pages - 1, 32);
    writeFileSync(path, bytes);
    truncateSync(path, pages * bytes.readUInt32LE(20));
    using map = openMapFile(path);
    askOften(map);
    expect(answer(map, '10.148.10\0')).toBe(answer(openMapFile(pathOf('sm-access-hash.db')), '10.148.10\0'));
  });

  it('a key that stands in the bucket of another is not found, and a walk reports it', () => {
    const path = changed('o-4.2-hash.db', '10.228.38', '10.228.39');
    using map = openMapFile(path);
    expect(answer(map, '10.228.39')).toBe('value undefined');
    askOften(map);
    expect(answer(map, '10.228.39')).toBe('value undefined');
    expect(() => [...map.entries()]).toThrow(/has a key of another bucket/);
  });

  it.each([0, 40, MANY])('after %d lookups: a file that is rewritten in place gives old answers or none', (before) => {
    const path = join(scratchDirectory(), 'access.db');
    const original = pathOf('sm-access-hash.db');
    copyFileSync(original, path);
    using map = openMapFile(path);
    for (let i = 0; i < before; i++) map.get(`no such key ${i}`);
    copyFileSync(pathOf('sm-nul.db'), path);
    utimesSync(path, 1, 1);
    const isWrong = ([key, value]: DbRecord): boolean =>
      ![`value ${value}`, 'unreadable', 'damaged'].includes(answer(map, key));
    const records = recordsOf(original);
    expect(records.filter(isWrong)).toEqual([]);
    askOften(map);
    expect(records.filter(isWrong)).toEqual([]);
  });
});
