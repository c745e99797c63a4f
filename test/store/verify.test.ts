/**
 * Verification of a new map: a file that passes it reads the same through the package `lmdb`, which shares no code with us.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import { PAGE_SIZE } from '../../src/store/lmdb/layout.ts';
import type { SortedRecords } from '../../src/store/records/sort.ts';
import { verifyMap } from '../../src/store/replace/verify.ts';

import { type Entry, randomFrom, scratchDirectory, sorted, writeMapFile } from './build.ts';

/** So many that the tree has a branch; some values are in overflow runs. */
const ENTRIES = Array.from(
  { length: 3000 },
  (_, i): Entry => [`k${(i * 7919) % 100_003}${'x'.repeat(i % 40)}`, i % 500 === 0 ? 'v'.repeat(5000 + i) : `v${i}`],
);
const CHANGED = 300;
/** Bytes from the start of a page, where most changes are made. */
const HEADER_BYTES = 170;

/** In a process of its own: the package ends it when it cannot read a file. Prints a digest of the records of each file. */
const READ_BY_PACKAGE = `
const { createHash } = require('node:crypto');
const { open } = require('lmdb');
for (const path of process.argv.slice(1)) {
  const db = open({ path, noSubdir: true, readOnly: true, encoding: 'binary', keyEncoding: 'binary' });
  const hash = createHash('sha256');
  let found = 0;
  for (const { key, value } of db.getRange()) {
    hash.update(key.length + ' ' + value.length + ' ').update(key).update(value);
    if (value.equals(db.get(key))) found++;
  }
  console.log(found, hash.digest('hex'));
}`;

function passes(path: string, records: SortedRecords): boolean {
  const fd = openSync(path, 'r');
  try {
    verifyMap(fd, path, records);
    return true;
  } catch (error) {
    if (error instanceof MapError && error.code === 'notVerified') return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}

it('no changed byte that it accepts changes a record or a lookup', () => {
  const directory = scratchDirectory();
  const records = sorted(ENTRIES);
  const sound = writeMapFile(join(directory, 'sound'), ENTRIES);
  const bytes = readFileSync(sound);
  const random = randomFrom(17);
  const accepted = [sound];
  for (let i = 0; i < CHANGED; i++) {
    // every third in a meta page
    const page = random(i % 3 === 0 ? 2 : bytes.length / PAGE_SIZE);
    const at = page * PAGE_SIZE + random(i % 4 === 0 ? PAGE_SIZE : HEADER_BYTES);
    const path = join(directory, `changed-${i}`);
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << random(8);
    writeFileSync(path, changed);
    if (passes(path, records)) accepted.push(path);
  }
  const read = execFileSync(process.execPath, ['-e', READ_BY_PACKAGE, ...accepted], { encoding: 'utf8' });
  const [first, ...others] = read.trim().split('\n');
  expect(first).toMatch(/^3000 /);
  expect(others.filter((each) => each !== first)).toEqual([]);
  expect([others.length, accepted.length < CHANGED / 2]).toEqual([accepted.length - 1, true]);
});
