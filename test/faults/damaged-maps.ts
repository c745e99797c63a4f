/**
 * Map files with damage of every kind, read by every function of the reader.
 *
 * These must hold: only a MapError about the damage is thrown; every answer is in the file; a walk to the end gives ordered
 * records, as many as the map says, and lookups agree with it.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { MapError } from '../../src/core/errors.ts';
import type { MapFile } from '../../src/store/map-file.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import type { Family } from './fault.ts';
import { fuzz } from './fuzz.ts';
import { mapImages, withDirectory } from './map-images.ts';

/** The damage to the bytes of a map; places are taken modulo the length. */
type Damage =
  | {
      readonly kind: 'byte';
      readonly page: number;
      readonly at: number;
      readonly value: number;
      readonly flip: boolean;
    }
  | { readonly kind: 'word'; readonly page: number; readonly at: number; readonly value: number }
  | { readonly kind: 'swap'; readonly page: number; readonly other: number }
  | { readonly kind: 'copy'; readonly page: number; readonly from: number; readonly length: number }
  | { readonly kind: 'zero'; readonly page: number; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number };

const PAGE = 4096;
/** Lookups after which the table of keys is complete: after the first 32, each enters a leaf. */
const MOST_LOOKUPS = 100;
const page = fc.nat({ max: 63 });
/** Page headers, pointers and the first nodes are where it hurts. */
const place = fc.oneof(
  fc.nat({ max: 200 }),
  fc.nat({ max: 200 }),
  fc.nat({ max: PAGE - 1 }),
  fc.integer({ min: PAGE - 400, max: PAGE - 1 }),
);
const telling = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 0x10, 0x40, 0x7f, 0x80, 0xfe, 0xff);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('byte'),
      page,
      at: place,
      value: fc.oneof(telling, fc.nat(255)),
      flip: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('word'), page, at: place, value: fc.oneof(telling, fc.nat(0xffff)) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap'), page, other: page }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy'), page, from: fc.nat(1 << 18), length: fc.nat(PAGE) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('zero'), page, at: place, length: fc.nat(PAGE) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), at: fc.nat(1 << 18) }) },
);

/** Damage that once went unnoticed. */
const FOUND: readonly Damage[][] = [
  // a map with several values of a key that does not say so
  [{ kind: 'word', page: 0, at: 100, value: 0 }],
];

const damages = fc.array(damage, { minLength: 1, maxLength: 4 });

function inflict(bytes: Buffer, what: Damage): Buffer {
  const { length } = bytes;
  if (what.kind === 'cut') return bytes.subarray(0, what.at % (length + 1));
  const pages = Math.max(1, Math.floor(length / PAGE));
  const start = (what.page % pages) * PAGE;
  if (what.kind === 'swap') swapPages(bytes, start, (what.other % pages) * PAGE);
  else if (what.kind === 'copy')
    bytes.copyWithin(start, what.from % (length + 1), (what.from % (length + 1)) + what.length);
  else {
    const at = start + what.at;
    if (what.kind === 'zero') bytes.fill(0, Math.min(at, length), Math.min(start + PAGE, at + what.length, length));
    else if (what.kind === 'word' && (at & ~1) + 2 <= length) bytes.writeUInt16LE(what.value, at & ~1);
    else if (what.kind === 'byte' && at < length) bytes[at] = what.flip ? bytes[at]! ^ what.value : what.value;
  }
  return bytes;
}

/** The pages change places; each keeps the number that stands at its start, half of the time a sign of damage. */
function swapPages(bytes: Buffer, one: number, other: number): void {
  if (Math.max(one, other) + PAGE > bytes.length) return;
  const kept = Buffer.from(bytes.subarray(one, one + PAGE));
  bytes.copyWithin(one, other, other + PAGE);
  kept.copy(bytes, other);
}

const EXPECTED: ReadonlySet<string> = new Set(['damaged', 'notAMap', 'limit']);

/** Runs an action that may find damage; undefined when it did. */
function unlessDamaged<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof MapError && EXPECTED.has(error.code)) return undefined;
    throw error;
  }
}

function walk(map: MapFile): { key: string; value: string }[] | undefined {
  return unlessDamaged(() => {
    const found: { key: string; value: string }[] = [];
    map.forEachRecord((keys, keyStart, keyEnd, values, start, end) => {
      found.push({ key: latin1(keys, keyStart, keyEnd), value: latin1(values, start, end) });
    });
    return found;
  });
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** One reading of one damaged file. */
class Reading {
  readonly #bytes: Buffer;
  readonly #known: ReadonlySet<string>;
  readonly #map: MapFile;

  constructor(map: MapFile, bytes: Buffer, known: ReadonlySet<string>) {
    this.#map = map;
    this.#bytes = bytes;
    this.#known = known;
  }

  /** Whether a record was in the whole map, or stands in the damaged one. */
  #stands(key: string, value: string): boolean {
    if (this.#known.has(`${key}\0${value}`)) return true;
    return [key, value].every((text) => text === '' || this.#bytes.includes(text, 0, 'latin1'));
  }

  /** Looks keys up, in the tree and then in the reader's table of keys; whether damage was noticed. */
  lookUp(keys: readonly string[]): boolean {
    const answers = keys.map((key) => this.#get(key));
    for (const [i, key] of keys.entries()) {
      const value = answers[i]?.[0];
      if (value !== undefined && !this.#stands(key, value)) throw broken('a value that is not in the file', key);
    }
    for (let asked = 0; asked < MOST_LOOKUPS; asked++) this.#get('');
    for (const [i, key] of keys.entries())
      if (this.#get(key)?.[0] !== answers[i]?.[0]) throw broken('the table of keys differs from the tree', key);
    return answers.includes(undefined);
  }

  #get(key: string): readonly [string | undefined] | undefined {
    return unlessDamaged(() => [this.#map.get(key)] as const);
  }

  /** Walks to the end; whether damage was noticed. */
  walk(step: number): boolean {
    const records = walk(this.#map);
    if (records === undefined) return true;
    if (records.length !== this.#map.size) throw broken(`${records.length} records`, String(this.#map.size));
    const entries = [...this.#map.entries()];
    for (const [i, record] of records.entries()) {
      const { key, value } = record;
      if (i > 0 && !this.#follows(records[i - 1]!.key, key)) throw broken('keys out of order', key);
      if (!this.#stands(key, value)) throw broken('a record that is not in the file', key);
      if (entries[i]!.key !== key || entries[i]!.value !== value) throw broken('entries() differs', key);
      if (i % step === 0 && records[i - 1]?.key !== key) this.#agrees(key, value);
    }
    return false;
  }

  #follows(before: string, key: string): boolean {
    return before < key || (this.#map.hasDuplicates && before === key);
  }

  #agrees(key: string, value: string): void {
    // a key of alias maps: asked for without its NUL, and only where the same without does not stand before it
    if (!key.endsWith('\0') && this.#map.get(key) !== value) throw broken('the lookup differs from the walk', key);
  }
}

function broken(what: string, key: string): Error {
  return new Error(`${what}: ${JSON.stringify(key.slice(0, 60))}`);
}

const SHORT = 4000;
const LONG = 100_000;

/** Keys looked up in each file, and one in how many records of a walk. */
const LOOKED_UP = 12;

export const damagedMaps: Family = {
  name: 'damaged-maps',
  promise: 'a damaged map is an error or tells what stands in it: no crash, no hang, no value made up',
  run: (round) =>
    withDirectory(async (directory) => {
      const images = await mapImages(directory);
      const runs = Math.ceil((round.long ? LONG : SHORT) / images.length);
      const path = join(directory, 'damaged');
      const fd = openSync(path, 'w');
      const put = (bytes: Buffer): void => {
        writeSync(fd, bytes, 0, bytes.length, 0);
        ftruncateSync(fd, bytes.length);
      };
      let noticed = 0;
      for (const image of images) {
        const { records } = image;
        const known = new Set(records.map(([key, value]) => `${key}\0${value}`));
        const step = Math.max(1, Math.floor(records.length / LOOKED_UP));
        const keys = records.filter((_, i) => i % step === 0).map(([key]) => key.replace(/\0$/, ''));
        fuzz(
          round,
          image.name,
          damages,
          runs,
          (list) => {
            const bytes = list.reduce<Buffer>(inflict, Buffer.from(image.bytes));
            put(bytes);
            // some as maps that are larger than the memory for their pages
            const cacheBytes = list.length % 2 === 0 ? 0 : undefined;
            const opened = unlessDamaged(() => openMapFile(path, { cacheBytes }));
            if (opened === undefined) {
              noticed++;
              return;
            }
            using map = opened;
            const reading = new Reading(map, bytes, known);
            if (reading.lookUp(keys) || reading.walk(step)) noticed++;
          },
          FOUND,
        );
      }
      closeSync(fd);
      round.figure(`${noticed} noticed as damage`);
    }),
};
