/**
 * A log file, plain or compressed by gzip -> its lines, many at a time.
 *
 * Limits: a line of at most {@link LONGEST_LINE} bytes; a longer one counts as empty. Errors: MapError `missing`, `unreadable`;
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
const NEWLINE = 0x0a;

export function readLog(file: string): AsyncGenerator<readonly ByteString[]> {
  return linesOf(createReadStream(file, { highWaterMark: CHUNK }), file);
}

/** @param name as errors call it */
export async function* linesOf(chunks: Chunks, name: string): AsyncGenerator<readonly ByteString[]> {
  let rest = '';
  let isTooLong = false;
  try {
    for await (const chunk of await unpacked(chunks)) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const lines = linesIn(bytes);
      if (lines.length > 0) {
        lines[0] = isTooLong ? '' : rest + lines[0];
        rest = '';
        isTooLong = false;
      }
      rest += bytes.toString('latin1', bytes.lastIndexOf(NEWLINE) + 1);
      isTooLong ||= rest.length > LONGEST_LINE;
      if (isTooLong) rest = '';
      yield lines;
    }
  } catch (error) {
    throw readError(name, error);
  }
  if (rest !== '' && !isTooLong) yield [rest];
}

/** Each line is a string of its own: a part of it that is kept does not keep the text of the whole chunk. */
function linesIn(bytes: Buffer): ByteString[] {
  const lines: ByteString[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(end - start > LONGEST_LINE ? '' : bytes.toString('latin1', start, end));
    start = end + 1;
  }
  return lines;
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
