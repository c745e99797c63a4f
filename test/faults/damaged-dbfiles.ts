/**
 * Files of Berkeley DB (all versions) and CDB with damage of every kind, walked, and asked for keys.
 *
 * These must hold: only a MapError about the damage is thrown, and soon; every answer is in the file; there are no more records
 * than fit into the file; and a lookup gives the same answer however many were made before it.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { MapError } from '../../src/core/errors.ts';
import type { MapFile } from '../../src/store/map-file.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { DB_FILES, recordsOf } from '../store/dbfiles.ts';
import type { Family } from './fault.ts';
import { fuzz } from './fuzz.ts';
import { withDirectory } from './map-images.ts';
import { must } from './parser-promises.ts';

const SHORT = 4000;
const LONG = 500_000;
/** Of the process, which holds all files of the test. */
const MOST_MEMORY = 400 << 20;
/** Inputs between two looks at the memory. */
const LOOK_EVERY = 50;
/** Larger files take the time of others. */
const MOST_BYTES = 90_000;
/** Keys that are looked up in each file. */
const LOOKED_UP = 6;
/** Lookups after which answers come from what is kept in memory (kept-records.ts), of files as small as these. */
const KEPT_AFTER = 80;

/**
 * Bytes written over those of a file, words of either order, zeros, a copied piece, an early end, empty space at the end, and
 * the rest of another file, as a writer in place leaves it.
 */
type Damage =
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'word'; readonly at: number; readonly value: number; readonly isBig: boolean }
  | { readonly kind: 'copy'; readonly at: number; readonly from: number; readonly length: number }
  | { readonly kind: 'zero'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'grow'; readonly by: number }
  | { readonly kind: 'mix'; readonly at: number; readonly other: number };

/** The beginning of a file and of its pages are where it hurts. */
const place = fc.oneof(
  fc.nat({ max: 600 }),
  fc.nat({ max: MOST_BYTES }),
  fc.tuple(fc.nat({ max: 170 }), fc.nat({ max: 60 })).map(([page, at]) => page * 512 + at),
);
const telling = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 13, 26, 512, 0xffff, 0xffff_ffff), fc.nat(200));
const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('byte'), at: place, value: fc.nat(255) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('word'), at: place, value: telling, isBig: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy'), at: place, from: place, length: fc.nat(2048) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('zero'), at: place, length: fc.nat(2048) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), at: place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow'), by: fc.nat({ max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mix'), at: place, other: fc.nat() }) },
);
const damages = fc.array(damage, { minLength: 1, maxLength: 4 });

function inflict(bytes: Buffer, what: Damage, others: readonly Buffer[]): Buffer {
  if (what.kind === 'grow') return Buffer.concat([bytes, Buffer.alloc(what.by)]);
  const at = what.at % (bytes.length + 1);
  switch (what.kind) {
    case 'cut':
      return bytes.subarray(0, at);
    case 'byte':
      if (at < bytes.length) bytes[at] = what.value;
      return bytes;
    case 'word':
      if (at + 4 <= bytes.length) bytes[what.isBig ? 'writeUInt32BE' : 'writeUInt32LE'](what.value, at);
      return bytes;
    case 'mix':
      return Buffer.concat([bytes.subarray(0, at), others[what.other % others.length]!.subarray(at)]);
    case 'zero':
      return bytes.fill(0, at, Math.min(bytes.length, at + what.length));
    case 'copy':
      bytes.copyWithin(at, what.from % (bytes.length + 1), (what.from % (bytes.length + 1)) + what.length);
      return bytes;
  }
}

const EXPECTED: ReadonlySet<string> = new Set(['damaged', 'notAMap', 'limit']);

/** False: damage was noticed. */
function survives(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof MapError && EXPECTED.has(error.code)) return false;
    throw error;
  }
}

/** Reads a damaged file in every manner; whether damage was noticed. */
function read(path: string, bytes: Buffer, keys: readonly string[]): boolean {
  let isSound = true;
  const opened = survives(() => {
    using map = openMapFile(path);
    isSound = survives(() => {
      let records = 0;
      for (const _ of map.entries()) records++;
      // the smallest record of any format: two offsets of a page
      if (records > bytes.length / 2) throw new Error(`${records} records in ${bytes.length} bytes`);
    });
    const first = keys.map((key) => answer(map, key, bytes));
    for (let i = 0; i < KEPT_AFTER; i++) survives(() => map.get(`no such key ${i}`));
    const later = keys.map((key) => answer(map, key, bytes));
    // a page of a tree whose keys are in another order turns lookups to a walk, which may meet other damage
    const mayNotice = map.what.includes('btree');
    const isSame = (i: number): boolean =>
      first[i] === later[i] || (mayNotice && (first[i] === undefined || later[i] === undefined));
    const changed = keys.findIndex((_, i) => !isSame(i));
    if (changed >= 0) throw new Error(`${keys[changed]}: first ${first[changed]}, later ${later[changed]}`);
    if (first.includes(undefined)) isSound = false;
  });
  return !opened || !isSound;
}

/** Undefined: damage was noticed. */
function answer(map: MapFile, key: string, bytes: Buffer): string | undefined {
  let said: string | undefined;
  survives(() => {
    const value = map.get(key);
    assertStands(value, bytes);
    said = `value ${value}`;
  });
  return said;
}

/** An answer in one piece is in the file. */
function assertStands(value: string | undefined, bytes: Buffer): void {
  if (value !== undefined && value.length < 100 && !bytes.includes(value, 0, 'latin1')) {
    throw new Error(`a value that is not in the file: ${JSON.stringify(value)}`);
  }
}

export const damagedDbfiles: Family = {
  name: 'damaged-dbfiles',
  promise:
    'a damaged Berkeley DB or CDB file is an error or tells what stands in it: no crash, no hang, no value made up',
  run: (round) =>
    withDirectory(async (directory) => {
      const images = DB_FILES.map(({ name, path, expected }) => ({
        name,
        bytes: readFileSync(path),
        keys:
          expected === 'records' ? recordsOf(path).map(([key]) => key.replace(/\0$/, '')) : ['root', 'to:a.example'],
      })).filter(({ bytes }) => bytes.length > 0 && bytes.length <= MOST_BYTES);
      const runs = Math.ceil((round.long ? LONG : SHORT) / images.length);
      const path = join(directory, 'damaged.db');
      const fd = openSync(path, 'w');
      const all = images.map(({ bytes }) => bytes);
      let [noticed, tried, most] = [0, 0, 0];
      for (const { name, bytes: sound, keys } of images) {
        const step = Math.max(1, Math.floor(keys.length / LOOKED_UP));
        const some = keys.filter((_, i) => i % step === 0);
        fuzz(round, name, damages, runs, (list) => {
          const bytes = list.reduce<Buffer>((damaged, what) => inflict(damaged, what, all), Buffer.from(sound));
          writeSync(fd, bytes, 0, bytes.length, 0);
          ftruncateSync(fd, bytes.length);
          if (read(path, bytes, some)) noticed++;
          if (tried++ % LOOK_EVERY > 0) return;
          most = Math.max(most, process.memoryUsage().rss);
          must(most < MOST_MEMORY, `${most} bytes of memory`);
        });
      }
      closeSync(fd);
      round.figure(`${noticed} noticed as damage`);
      round.figure(`at most ${most >> 20} MiB in use`);
    }),
};
