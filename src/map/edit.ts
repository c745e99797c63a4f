/**
 * One record of a map: looked up, stored or deleted. A change reads the map, and puts a changed copy in its place in one
 * step, while no other writer touches it: it is as safe as making the map anew, and costs as much.
 *
 * Keys and values are byte strings; keys are taken as they are, folded by the caller. Behaviour: editmap(8).
 */
import type { ByteString } from '../core/bytes.ts';
import { mapFileToRead } from '../files/map-file.ts';
import { type AccessOptions, openExisting, openForReading, safePlace } from '../files/safe-open.ts';
import type { MapFile } from '../store/map-file.ts';
import { RecordArena } from '../store/records/arena.ts';
import type { WrittenFormat } from '../store/records/limits.ts';
import { sortRecords } from '../store/records/sort.ts';
import { formOf, writtenFormat } from './form.ts';
import { isKey, loadRecords, replaceRecords, withMap } from './replace.ts';

export interface EditOptions extends AccessOptions {
  /** `-N`: the key ends with a NUL in the map. Otherwise it does when the map has it so, or has all its keys so. */
  readonly trailingNul?: boolean;
  /** `-f` was not given: a map that is made is one of folded keys. */
  readonly folded?: boolean;
  /** The format to write; absent: the one that the map has, or 1.0. */
  readonly format?: WrittenFormat | undefined;
  /** Read the new map back before it is put in place. Default true. */
  readonly verify?: boolean;
}

/** The value of a key; undefined: the map does not have it. */
export function queryRecord(mapName: string, key: ByteString, options: EditOptions): ByteString | undefined {
  using map = openForReading(mapName, options);
  // With `-N` a key without a NUL is another key, although lookups take one for the other.
  return options.trailingNul ? map.get(`${key}\0`)?.replace(/\0$/, '') : map.get(key);
}

/** Stores a record in place of what the key has; makes the map when there is none. */
export function updateRecord(mapName: string, key: ByteString, value: ByteString, options: EditOptions): Promise<void> {
  return change(mapName, options, (map, arena) => {
    const stored = storedKey(map, key, options);
    if (map !== undefined) loadRecords(map, arena, map.hasDuplicates ? undefined : stored);
    arena.addRaw(bytesOf(stored), 0, stored.length, bytesOf(value), 0, value.length, 0);
  });
}

/** Deletes a key and says whether the map had it; makes an empty map when there is none. */
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
  // The map that a lookup would ask: another one made in front of it would hide all its records.
  using place = safePlace(mapFileToRead(mapName, options.isCdb), 'create', options);
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

/** The key as the map has it, or would have it: a second record of the other form would never be found. */
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
