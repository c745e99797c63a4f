/**
 * One record of a map: looked up, stored or deleted. A change reads the map, and puts a changed copy in its place in one
 * step, while no other writer touches it: it is as safe as making the map anew, and costs as much.
 *
 * Keys and values are byte strings; keys are taken as they are, folded by the caller. Behaviour: editmap(8).
 */
import type { ByteString } from '../core/bytes.ts';
import { type AccessOptions, openForReading, safeMapFile } from '../files/safe-open.ts';
import type { MapFormat } from '../store/lmdb/layout.ts';
import type { MapFile } from '../store/lmdb/reader.ts';
import { RecordArena } from '../store/records/arena.ts';
import { sortRecords } from '../store/records/sort.ts';
import { isKey, loadRecords, openExisting, place, withMap } from './replace.ts';

export interface EditOptions extends AccessOptions {
  /** `-N`: the key ends with a NUL in the map. */
  readonly trailingNul?: boolean;
  /** `-f` was not given: a map that is made is one of folded keys. */
  readonly folded?: boolean;
  /** The format to write; absent: the one that the map has, or 1.0. */
  readonly format?: MapFormat | undefined;
  /** Read the new map back before it is put in place. Default true. */
  readonly verify?: boolean;
}

/** The value of a key; undefined: the map does not have it. */
export function queryRecord(mapName: string, key: ByteString, options: EditOptions): ByteString | undefined {
  using map = openForReading(mapName, options);
  const stored = storedKey(key, options);
  // Without `-N` a key with a NUL is another key, although look-ups take one for the other.
  const found = map.get(stored);
  const ambiguous = found !== undefined && !options.trailingNul && map.get(`${key}\0`) !== undefined;
  return ambiguous && !hasKey(map, stored) ? undefined : found;
}

/** Stores a record in place of what the key has; makes the map when there is none. */
export function updateRecord(mapName: string, key: ByteString, value: ByteString, options: EditOptions): Promise<void> {
  return change(mapName, options, (map, arena) => {
    const stored = storedKey(key, options);
    if (map !== undefined) loadRecords(map, arena, map.hasDuplicates ? undefined : stored);
    arena.addRaw(bytesOf(stored), 0, stored.length, bytesOf(value), 0, value.length, 0);
  });
}

/** Deletes a key and says whether the map had it; makes an empty map when there is none. */
export async function deleteRecord(mapName: string, key: ByteString, options: EditOptions): Promise<boolean> {
  let deleted = false;
  await change(mapName, options, (map, arena) => {
    if (map === undefined) return;
    loadRecords(map, arena, storedKey(key, options));
    deleted = arena.count < map.size;
  });
  return deleted;
}

async function change(
  mapName: string,
  options: EditOptions,
  edit: (map: MapFile | undefined, arena: RecordArena) => void,
): Promise<void> {
  const path = safeMapFile(mapName, 'create', options);
  await withMap(path, options.onProblem, async (lock) => {
    using map = openExisting(path);
    const arena = new RecordArena(options.format ?? map?.format ?? '1.0');
    edit(map, arena);
    await place(lock, sortRecords(arena), {
      ...options,
      mark: map?.mark ?? { keys: options.folded === false ? 'asWritten' : 'folded' },
      duplicates: map?.hasDuplicates ?? false,
    });
  });
}

function storedKey(key: ByteString, { trailingNul }: EditOptions): ByteString {
  return trailingNul ? `${key}\0` : key;
}

function bytesOf(text: ByteString): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function hasKey(map: MapFile, key: ByteString): boolean {
  let found = false;
  map.forEachRecord((bytes, start, end) => {
    found ||= isKey(bytes, start, end, key);
  });
  return found;
}
