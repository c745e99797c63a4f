import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ReadOnlyFile } from '../../src/store/read-only-file.ts';
import { SequentialReads } from '../../src/store/sequential-reads.ts';
import { fc } from '../property.ts';

const PAGE = 512;
const PAGES = 400;
const CONTENT = Uint8Array.from({ length: PAGE * PAGES }, (_, i) => (i * 31) ^ (i >>> 9));

let directory: string;
let path: string;
let file: ReadOnlyFile;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  path = join(directory, 'file');
  writeFileSync(path, CONTENT);
  const fd = openSync(path, 'r');
  file = new ReadOnlyFile(fd, path, fstatSync(fd));
});
afterEach(() => {
  closeSync(file.fd);
  rmSync(directory, { recursive: true, force: true });
});

const pageOf = (reads: SequentialReads, page: number): Uint8Array => {
  const target = new Uint8Array(PAGE + 2);
  reads.read(target, page * PAGE, 1, PAGE + 1);
  expect([target[0], target[PAGE + 1]]).toEqual([0, 0]);
  return target.subarray(1, PAGE + 1);
};
const expected = (page: number): Uint8Array => CONTENT.subarray(page * PAGE, (page + 1) * PAGE);

it('gives the bytes of the file, in any order', () => {
  const runs = fc.array(fc.tuple(fc.nat(PAGES - 1), fc.integer({ min: 1, max: 60 })), { maxLength: 12 });
  fc.assert(
    fc.property(runs, (asked) => {
      const reads = new SequentialReads(file);
      for (const [first, count] of asked)
        for (let page = first; page < Math.min(PAGES, first + count); page++)
          expect(Buffer.compare(pageOf(reads, page), expected(page))).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it('reads a file from beginning to end in few calls, and single pages alone', () => {
  const reads = new SequentialReads(file);
  for (let page = 0; page < PAGES; page++) pageOf(reads, page);
  expect(file.reads).toBeLessThan(16);
  const before = file.reads;
  for (let page = PAGES - 1; page > PAGES - 6; page -= 2) pageOf(new SequentialReads(file), page);
  expect(file.reads - before).toBe(3);
});

it('after a read that failed, gives no bytes of an earlier one', () => {
  const reads = new SequentialReads(file);
  for (let page = 2; page < 8; page++) pageOf(reads, page);
  truncateSync(path, 20 * PAGE);
  expect(() => pageOf(reads, 30)).toThrow('the file is shorter than it says');
  expect(Buffer.compare(pageOf(reads, 9), expected(9))).toBe(0);
});
