/**
 * Map files to damage: one of each shape that LMDB has, small, so that many can be tried.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MapFormat } from '../../src/store/lmdb/layout.ts';
import { writePages } from '../../src/store/lmdb/writer.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { RecordArena } from '../../src/store/records/arena.ts';
import { sortRecords } from '../../src/store/records/sort.ts';
import { writeDuplicateKeys } from '../store/build.ts';

/** A map file and what is in it. */
export interface MapImage {
  readonly name: string;
  readonly bytes: Buffer;
  /** Its records, in order. */
  readonly records: readonly Record[];
}

export type Record = readonly [key: string, value: string];

/** Runs with a scratch directory, gone afterwards. */
export async function withDirectory<T>(use: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-faults-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A map of each shape, in both formats. */
export async function mapImages(directory: string): Promise<readonly MapImage[]> {
  const images: MapImage[] = [];
  for (const format of ['1.0', '0.9'] as const) {
    for (const [shape, records] of Object.entries(SHAPES)) {
      const path = join(directory, `${shape} ${format}`);
      writeMap(path, records, format);
      images.push(readImage(`${shape}, format ${format}`, path));
    }
  }
  for (const [shape, records] of Object.entries(DUPLICATES)) {
    const path = join(directory, shape);
    await writeDuplicateKeys(path, records);
    images.push(readImage(shape, path));
  }
  return images;
}

const numbered = (count: number, make: (index: number) => Record): readonly Record[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Text without repetition, which is quick to search for. */
function filled(start: number, length: number): string {
  let text = `${start}`;
  for (let i = start; text.length < length; i = (i * 7919 + 31) % 1_000_003) text += `,${i}`;
  return text.slice(0, length);
}

const SHAPES: Readonly<{ [shape: string]: readonly Record[] }> = {
  empty: [],
  'one leaf': [
    ['connect:192.0.2', 'REJECT'],
    ['from:spam@', 'ERROR:5.7.1:550 no'],
    ['to:a.example', 'RELAY'],
  ],
  'one branch': numbered(300, (i) => [`from:${(i * 7919) % 100_000}.example`, i % 3 === 0 ? 'REJECT' : 'OK']),
  'keys with a NUL': numbered(120, (i) => [`name${i}\0`, `user${i}, list${i}\0`]),
  'two branch levels': numbered(40, (i) => [filled(i, 900), `value ${i}`]),
  'overflow runs': [
    ...numbered(20, (i): Record => [`list${i}`, filled(i, i * 1200)]),
    ['nul\0', 'value\0'],
    ['nul', 'plain'],
  ],
};

const DUPLICATES: Readonly<{ [shape: string]: readonly Record[] }> = {
  'duplicates in sub-pages': numbered(200, (i) => [`key ${i % 40}`, `value ${i}`]),
  'duplicates in sub-databases': numbered(900, (i) => [`key ${i % 3}`, `value ${i}`.padEnd(40, '.')]),
};

function writeMap(path: string, records: readonly Record[], format: MapFormat): void {
  const arena = new RecordArena(format);
  for (const [i, [key, value]] of records.entries()) {
    const bytes = Buffer.from(key + value, 'latin1');
    arena.add(bytes, 0, key.length, key.length, bytes.length, i + 1);
  }
  const fd = openSync(path, 'w');
  writePages(fd, sortRecords(arena), { keys: 'folded' });
  closeSync(fd);
}

function readImage(name: string, path: string): MapImage {
  using map = openMapFile(path);
  return { name, bytes: readFileSync(path), records: [...map.entries()].map(({ key, value }) => [key, value]) };
}
