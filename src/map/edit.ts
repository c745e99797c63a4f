/**
 * One record of a map -> looked up, stored or deleted. A change reads the map and replaces it by a changed copy in one step,
 * while no other writer may change it: it is as safe as making the map anew, and takes as long.
 *
 * Keys and values are byte strings; the caller folds keys. Source: editmap(8).
 */
import type { ByteString } from '../core/bytes.ts';
import { mapPathToRead } from '../files/map-path.ts';
import { type AccessOptions, openExisting, openForReading, safePlace } from '../files/safe-open.ts';
import type { MapFile } from '../store/map-file.ts';
import { RecordArena } from '../store/records/arena.ts';
import type { WrittenFormat } from '../store/records/limits.ts';
import { sortRecords } from '../store/records/sort.ts';
import { formOf, writtenFormat } from './form.ts';
import { isKey, loadRecords, replaceRecords, withMap } from './write-map.ts';

export interface EditOptions extends AccessOptions {
  /** `-N`: the key ends with a NUL in the map. By default it does if the map has it so, or if all keys of the map do. */
  readonly trailingNul?: boolean;
  /** False for `-f`. Marks the keys of a new map as folded. */
  readonly folded?: boolean;
  /** The format to write; absent: the format of the existing map, or 1.0. */
  readonly format?: WrittenFormat | undefined;
  /** Reads the new map back before it replaces the old one. Default true. */
  readonly verify?: boolean;
}

/** The value of a key; undefined if the map does not have it. */
export function queryRecord(mapName: string, key: ByteString, options: EditOptions): ByteString | undefined {
  using map = openForReading(mapName, options);
  // With `-N`, a key without a NUL is a different key, although lookups accept either.
  return options.trailingNul ? map.get(`${key}\0`)?.replace(/\0$/, '') : map.get(key);
}

/**
 * Stores a record in place of that of the key, or beside its records in a map with several values of a key (makemap -d), as
 * editmap does; creates the map if there is none.
 */
export function updateRecord(mapName: string, key: ByteString, value: ByteString, options: EditOptions): Promise<void> {
  return change(mapName, options, (map, arena) => {
    const stored = storedKey(map, key, options);
    if (map !== undefined) loadRecords(map, arena, map.hasDuplicates ? undefined : stored);
    arena.addRaw(bytesOf(stored), 0, stored.length, bytesOf(value), 0, value.length, 0);
  });
}

/** Deletes a key. Returns whether the map had it; creates an empty map if there is none. */
export async function deleteRecord(mapName: string, key: ByteString, options: EditOptions): Promise<boolean> {
  let deleted = false;
  await change(mapName, options, (map, arena) => {
    if (map === undefined) return;
    loadRecords(map, arena, storedKey(map, key, options));
    deleted = arena.count < map.size;
  });
  return deleted;
}

async function change(
  mapName: string,
  options: EditOptions,
  edit: (map: MapFile | undefined, arena: RecordArena) => void,
): Promise<void> {
  // Edits the file that a lookup reads: a new file of a preferred format would hide all its records.
  using place = safePlace(mapPathToRead(mapName, options.isCdb), 'create', options);
  await withMap(place, options.onProblem, async (lock) => {
    using map = openExisting(lock, place);
    const arena = new RecordArena(options.format ?? (map === undefined ? '1.0' : writtenFormat(map)));
    edit(map, arena);
    await replaceRecords(lock, sortRecords(arena), {
      ...options,
      mark: map?.mark ?? { keys: options.folded === false ? 'asWritten' : 'folded' },
      duplicates: map?.hasDuplicates ?? false,
    });
  });
}

/** The form of the key in the map, with or without a NUL: a second record in the other form would never be found. */
function storedKey(map: MapFile | undefined, key: ByteString, { trailingNul }: EditOptions): ByteString {
  const withNul = `${key}\0`;
  if (trailingNul) return withNul;
  if (map === undefined || hasKey(map, key)) return key;
  return hasKey(map, withNul) || formOf(map).keyNul ? withNul : key;
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
