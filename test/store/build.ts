/** Small maps for tests: entries in, file out. */

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { onTestFinished } from 'vitest';
import type { MapFormat } from '../../src/store/lmdb/layout.ts';
import { writePages } from '../../src/store/lmdb/writer.ts';
import type { MapFile } from '../../src/store/map-file.ts';
import { type OpenFileOptions, openMapFile } from '../../src/store/open-map-file.ts';
import { RecordArena } from '../../src/store/records/arena.ts';
import type { WrittenFormat } from '../../src/store/records/limits.ts';
import { type SortedRecords, sortRecords } from '../../src/store/records/sort.ts';

/** A key and its value, as byte strings. */
export type Entry = readonly [key: string, value: string];

/** A new directory that is removed after the test. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function sorted(entries: Iterable<Entry>, format: WrittenFormat = '1.0'): SortedRecords {
  const arena = new RecordArena(format);
  let line = 0;
  for (const [key, value] of entries) {
    const bytes = Buffer.from(key + value, 'latin1');
    arena.add(bytes, 0, key.length, key.length, bytes.length, ++line);
  }
  return sortRecords(arena);
}

export function writeMapFile(path: string, entries: Iterable<Entry>, format: MapFormat = '1.0'): string {
  const fd = openSync(path, 'w');
  writePages(fd, sorted(entries, format), { keys: 'folded' });
  closeSync(fd);
  return path;
}

/** Opens a map until the test ends. */
export function opened(path: string, options: OpenFileOptions = {}): MapFile {
  const map = openMapFile(path, options);
  onTestFinished(() => map.close());
  return map;
}

export function readAll(path: string): Entry[] {
  return [...opened(path).entries()].map(({ key, value }) => [key, value] as const);
}

export function inKeyOrder(entries: readonly Entry[]): Entry[] {
  return entries.toSorted(([left], [right]) =>
    Buffer.compare(Buffer.from(left, 'latin1'), Buffer.from(right, 'latin1')),
  );
}

/** Numbers from a seed, so that a failure can be repeated: mulberry32. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Distinct keys of all lengths and kinds; values from empty to several pages. */
export function randomEntries(random: (below: number) => number, count: number, maxKey: number): Entry[] {
  const entries = new Map<string, string>();
  const bytes = (length: number, kinds: number): string =>
    Array.from({ length }, () => String.fromCharCode(random(kinds) === 0 ? random(256) : 97 + random(3))).join('');
  while (entries.size < count) {
    const keyLength = random(20) === 0 ? 1 + random(maxKey) : 1 + random(12);
    const valueLength = random(30) === 0 ? random(9000) : random(40);
    entries.set(bytes(keyLength, 8), bytes(valueLength, 3));
  }
  return [...entries];
}

/** True if a program is installed. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** "..., which needs X (not installed)": the name of a skipped test gives the reason. */
export function needing(program: string): string {
  return hasProgram(program) ? '' : ` (left out: ${program} is not installed)`;
}

/** Writes an LMDB map in which keys stand more than once. */
export async function writeDuplicateKeys(
  path: string,
  records: readonly (readonly [key: string, value: string])[],
): Promise<void> {
  const db = openLmdb<Buffer, Buffer>({
    path,
    noSubdir: true,
    dupSort: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  db.transactionSync(() => {
    for (const [key, value] of records) db.putSync(Buffer.from(key), Buffer.from(value));
  });
  await db.close();
}
