/**
 * The layout of a CDB file: 256 pairs (position of a table, number of its slots), the records (length of key, length
 * of value, key, value), the tables of slots (hash, position of the record; position 0 is an empty slot). All numbers
 * are u32, little-endian.
 * Source: D. J. Bernstein's cdb.txt.
 */
export const TABLES = 256;
export const HEADER_BYTES = 2048;
export const RECORD_HEADER = 8;
export const SLOT_BYTES = 8;
/** Positions are u32. */
export const MAX_BYTES = 0x1_0000_0000;

/** The position of a table, and the number of its slots. */
export interface Table {
  readonly position: number;
  readonly slots: number;
}

/** Starts at 5381; for each byte times 33, then xor with the byte. */
export function cdbHash(key: Uint8Array, start = 0, end: number = key.length): number {
  let hash = 5381;
  for (let i = start; i < end; i++) hash = Math.imul(hash, 33) ^ key[i]!;
  return hash >>> 0;
}

/**
 * The tables of a file of this size; undefined: it is no CDB. A CDB has no magic number, but its tables lie without
 * gaps between the records and the end of the file.
 */
export function readTables(head: Uint8Array, size: number): readonly Table[] | undefined {
  if (head.length < HEADER_BYTES || size < HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, HEADER_BYTES);
  const tables: Table[] = [];
  let end: number | undefined;
  for (let i = 0; i < TABLES; i++) {
    const table = { position: view.getUint32(i * 8, true), slots: view.getUint32(i * 8 + 4, true) };
    if (table.position < HEADER_BYTES || table.position > size) return undefined;
    // The position of an empty table has no meaning.
    if (table.slots > 0 && end !== undefined && table.position !== end) return undefined;
    if (table.slots > 0) end = table.position + table.slots * SLOT_BYTES;
    tables.push(table);
  }
  return (end ?? HEADER_BYTES) === size ? tables : undefined;
}
