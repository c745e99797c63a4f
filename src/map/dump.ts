/**
 * Map -> text: key, separator, value and newline for every record, in key order (`makemap -u`, `praliases`). Copies records
 * from pages to output chunks as bytes, without making strings. A NUL at the end of a key or value is not printed.
 */
import type { MapFile } from '../store/map-file.ts';
import { copyBytes, Views, viewOf } from '../store/records/copy.ts';

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

/** @param write takes a chunk of output and may keep it */
export function dumpRecords(map: MapFile, separator: number, write: (chunk: Uint8Array) => void): void {
  let chunk = new Uint8Array(CHUNK);
  let view = viewOf(chunk);
  let length = 0;
  const keys = new Views();
  const values = new Views();
  map.forEachRecord((keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd) => {
    const most = keyEnd - keyStart + (valueEnd - valueStart) + 2;
    if (length + most > chunk.length) {
      write(chunk.subarray(0, length));
      chunk = new Uint8Array(Math.max(CHUNK, most));
      view = viewOf(chunk);
      length = 0;
    }
    length = copyText(keys.of(keyBytes), keyStart, keyEnd, view, length);
    chunk[length++] = separator;
    length = copyText(values.of(valueBytes), valueStart, valueEnd, view, length);
    chunk[length++] = NEWLINE;
  });
  if (length > 0) write(chunk.subarray(0, length));
}

/** Copies a range without its trailing NUL, if any. Returns the end of the copy. */
function copyText(from: DataView, start: number, end: number, to: DataView, at: number): number {
  const textEnd = end > start && from.getUint8(end - 1) === 0 ? end - 1 : end;
  copyBytes(from, start, textEnd, to, at);
  return at + textEnd - start;
}
