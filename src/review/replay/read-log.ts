/**
 * A log file, plain or compressed by gzip -> its lines, many at a time.
 *
 * Limits: a line of at most {@link LONGEST_LINE} bytes; a longer one is skipped. Errors: MapError `missing`, `unreadable`;
 * `damaged` for compressed data that is truncated or broken.
 */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ByteString } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { systemCode, systemText } from '../../core/system-error.ts';

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const LONGEST_LINE = 64 * 1024;
const CHUNK = 256 * 1024;

export function readLog(file: string): AsyncGenerator<readonly ByteString[]> {
  return linesOf(createReadStream(file, { highWaterMark: CHUNK }), file);
}

/** @param name as errors call it */
export async function* linesOf(chunks: Chunks, name: string): AsyncGenerator<readonly ByteString[]> {
  let rest = '';
  let isTooLong = false;
  try {
    for await (const chunk of await unpacked(chunks)) {
      const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')).split('\n');
      rest = lines.pop()!;
      if (isTooLong && lines.length > 0) {
        lines.shift();
        isTooLong = false;
      }
      if (rest.length > LONGEST_LINE) {
        rest = '';
        isTooLong = true;
      }
      yield lines;
    }
  } catch (error) {
    throw readError(name, error);
  }
  if (rest !== '' && !isTooLong) yield [rest];
}

function readError(file: string, error: unknown): MapError {
  const code = systemCode(error) ?? '';
  if (code.startsWith('Z_'))
    return new MapError('damaged', `${file}: compressed data is damaged`, { file, cause: error });
  const why = code === 'ENOENT' ? 'missing' : 'unreadable';
  return new MapError(why, `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
}

async function unpacked(chunks: Chunks): Promise<Chunks> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < 2) {
    const { done, value } = await iterator.next();
    if (done) break;
    head.push(Buffer.from(value));
    length += value.length;
  }
  const all = continued(head, iterator);
  const magic = Buffer.concat(head).subarray(0, 2).toString('hex');
  return magic === GZIP ? gunzipped(all) : all;
}

const GZIP = '1f8b';

async function* continued(
  head: readonly Uint8Array[],
  rest: Iterator<Uint8Array> | AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function gunzipped(chunks: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => {
    // The reader of gunzip's output gets the error.
  });
  return gunzip;
}
