/**
 * Files <-> blocks: a file is cut into blocks of 64 KiB, which are known by their SHA-256 and travel as gzip.
 *
 * Errors: `damaged` for a packed block that is not gzip, is longer than a block, or whose hash differs from its name.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MapError } from '../core/errors.ts';
import { BLOCK_BYTES, sha256 } from './manifest.ts';

/** The content of a file, as a manifest lists it. */
export interface FileContent {
  readonly size: number;
  readonly sha256: string;
  readonly blocks: readonly string[];
}

/** Reads an open file from start to end, a block at a time. The next block overwrites this one. */
export function* blocksOf(fd: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let position = 0; ; position += BLOCK_BYTES) {
    const length = readFully(fd, buffer, position);
    if (length > 0) yield buffer.subarray(0, length);
    if (length < BLOCK_BYTES) return;
  }
}

/** Fewer bytes than the buffer has: the end of the file. */
export function readFully(fd: number, buffer: Uint8Array, position: number): number {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(fd, buffer, length, buffer.length - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

export function contentOf(path: string): FileContent {
  const fd = openSync(path, 'r');
  try {
    const whole = createHash('sha256');
    const blocks: string[] = [];
    let size = 0;
    for (const block of blocksOf(fd)) {
      whole.update(block);
      blocks.push(sha256(block));
      size += block.length;
    }
    return { size, sha256: whole.digest('hex'), blocks };
  } finally {
    closeSync(fd);
  }
}

export function packBlock(block: Uint8Array): Uint8Array {
  return gzipSync(block);
}

/** @throws MapError `damaged` */
export function unpackBlock(packed: Uint8Array, hash: string): Buffer {
  let block: Buffer;
  try {
    block = gunzipSync(packed, { maxOutputLength: BLOCK_BYTES });
  } catch (error) {
    throw new MapError('damaged', `block ${hash} cannot be unpacked`, { cause: error });
  }
  if (sha256(block) !== hash) throw new MapError('damaged', `block ${hash} has another content than its name says`);
  return block;
}
