/**
 * Records in key order -> the records that a map stores for keys that occur several times: the first or the last of
 * each, all their values joined, or all their values in LMDB's order.
 */
import { MapError } from '../../core/errors.ts';
import { LAYOUTS } from '../lmdb/layout.ts';
import { RecordArena } from './arena.ts';
import { type SortedRecords, sortRecords } from './sort.ts';

const COMMA = Buffer.from(',');

/** The record of a run of equal keys that is kept. */
export type KeepPolicy = 'first' | 'last';

/**
 * Keeps one record of each run of equal keys.
 *
 * @param onDropped called with each address that is dropped, in key order and within a key in input order
 */
export function dropDuplicates(
  records: SortedRecords,
  keep: KeepPolicy,
  onDropped: (address: number) => void = () => {},
): SortedRecords {
  const { addresses, equalRuns, arena } = records;
  if (equalRuns.length === 0) return records;
  let from = 0;
  let to = 0;
  for (let run = 0; run < equalRuns.length; run += 2) {
    const start = equalRuns[run]!;
    const end = equalRuns[run + 1]!;
    addresses.copyWithin(to, from, start);
    to += start - from;
    const kept = keep === 'first' ? start : end - 1;
    for (let i = start; i < end; i++) if (i !== kept) onDropped(addresses[i]!);
    addresses[to++] = addresses[kept]!;
    from = end;
  }
  addresses.copyWithin(to, from);
  return { arena, addresses: addresses.subarray(0, to + addresses.length - from), equalRuns: [] };
}

/** Makes one record of each run of equal keys, with all values: the last first, separated by commas. */
export function joinDuplicates(records: SortedRecords): SortedRecords {
  const { arena, addresses, equalRuns } = records;
  if (equalRuns.length === 0) return records;
  const joined = new RecordArena(arena.format);
  const add = (address: number, value: Buffer): void => {
    const key = Buffer.from(arena.keyAt(address), 'latin1');
    joined.addRaw(key, 0, key.length, value, 0, value.length, arena.lineAt(address));
  };
  for (let i = 0, run = 0; i < addresses.length; ) {
    const isRun = equalRuns[run] === i;
    const end = isRun ? equalRuns[run + 1]! : i + 1;
    const values = Array.from(addresses.subarray(i, end), (address) => arena.valueAt(address)).reverse();
    add(addresses[end - 1]!, Buffer.concat(values.flatMap((value, nth) => (nth === 0 ? [value] : [COMMA, value]))));
    if (isRun) run += 2;
    i = end;
  }
  return sortRecords(joined);
}

/** The longest value of a key that may have several: LMDB stores such values as keys. */
const MAX_DUPLICATE = LAYOUTS['1.0'].maxKey;

/**
 * Sorts the values of each key in LMDB's order (unsigned bytes, the shorter first) and drops equal ones.
 *
 * @throws MapError `badInput` for a record that LMDB cannot store
 */
export function orderDuplicates(records: SortedRecords): SortedRecords {
  const { arena, addresses, equalRuns } = records;
  if (arena.format !== '1.0') throw new MapError('badInput', 'duplicate keys need the LMDB 1.0 format');
  for (const address of addresses) {
    const what = arena.keyLengthAt(address) === 0 ? 'an empty key' : 'a value over 1978 bytes';
    if (arena.keyLengthAt(address) > 0 && arena.valueLengthAt(address) <= MAX_DUPLICATE) continue;
    throw new MapError('badInput', `${what} is not possible with duplicate keys`, { line: arena.lineAt(address) });
  }
  const ordered: number[] = [];
  let from = 0;
  for (let run = 0; run < equalRuns.length; run += 2) {
    const [start, end] = [equalRuns[run]!, equalRuns[run + 1]!];
    for (; from < start; from++) ordered.push(addresses[from]!);
    const values = Array.from(addresses.subarray(start, end), (address) => ({
      address,
      value: arena.valueAt(address),
    }));
    values.sort((left, right) => Buffer.compare(left.value, right.value));
    // LMDB would lose it silently.
    if (values[0]!.value.length === 0 && values.at(-1)!.value.length > 0) {
      const line = arena.lineAt(values[0]!.address);
      throw new MapError('badInput', 'an empty value beside others of its key is not possible', { line });
    }
    values.forEach(({ address, value }, i) => {
      if (i === 0 || !value.equals(values[i - 1]!.value)) ordered.push(address);
    });
    from = end;
  }
  for (; from < addresses.length; from++) ordered.push(addresses[from]!);
  return { arena, addresses: Uint32Array.from(ordered), equalRuns: [] };
}

/** The records in the order in which they were added. */
export function inInputOrder(records: SortedRecords): SortedRecords {
  const { arena, addresses } = records;
  // Addresses grow in that order.
  const isOrdered = addresses.every((address, i) => i === 0 || addresses[i - 1]! < address);
  return isOrdered ? records : { arena, addresses: Uint32Array.from(addresses).sort(), equalRuns: [] };
}
