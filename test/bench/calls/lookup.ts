/** Processor seconds a lookup, and the memory of the process without mapped files. */
import { readFileSync } from 'node:fs';
import { open } from 'lmdb';
import { openMap } from '../../../src/map/keyed-map.ts';
import type { Latin1Buffer } from '../../../src/store/lmdb/pages.ts';
import { processorTimeEach, settledMemory } from './measure.ts';

/** Buffer's native conversion, which Node's types omit. */
interface WritableBuffer extends Buffer {
  latin1Write(text: string, start: number): number;
}

interface Arguments {
  readonly reader: string;
  readonly map: string;
  readonly keys: string;
  /** Keys that are asked before the clock runs. */
  readonly warm?: string;
}

export function measureLookup({ reader, map, keys, warm }: Arguments): unknown {
  const asked = readFileSync(keys, 'latin1').split('\n');
  const before = warm === undefined ? [] : readFileSync(warm, 'latin1').split('\n');
  const ask = reader === 'ours' ? ourReader(map) : lmdbReader(reader, `${map}.lmdb`, [...asked, ...before]);
  for (const [i, key] of before.entries()) ask(key, asked.length + i);
  const seconds = processorTimeEach(asked, ask);
  return { seconds, peakBytes: settledMemory() };
}

/** Asks all keys, writes a line, and keeps the map open until standard input ends. */
export async function holdMap({ map, keys }: Pick<Arguments, 'map' | 'keys'>): Promise<unknown> {
  const ask = ourReader(map);
  for (const key of readFileSync(keys, 'latin1').split('\n')) ask(key, 0);
  const peakBytes = settledMemory();
  console.log('asked');
  for await (const _ of process.stdin);
  return { found: ask('', 0), peakBytes };
}

function ourReader(name: string): (key: string, index: number) => unknown {
  const map = openMap(name);
  return (key) => map.lookup(key);
}

/** Opened for a reader that needs only values; strings in, strings out. */
function lmdbReader(reader: string, path: string, asked: readonly string[]): (key: string, index: number) => unknown {
  const options = { path, noSubdir: true, readOnly: true, overlappingSync: false } as const;
  const keyEncoder = {
    writeKey: (key: string, target: WritableBuffer, start: number) => start + target.latin1Write(key, start),
    readKey: (target: Latin1Buffer, start: number, end: number) => target.latin1Slice(start, end),
  };
  if (reader === 'lmdb get') {
    const db = open<string, string>({ ...options, encoding: 'string', keyEncoder } as never);
    return (key) => db.get(key);
  }
  if (reader === 'lmdb getBinaryFast') {
    const db = open<Buffer, string>({ ...options, encoding: 'binary', keyEncoder } as never);
    return (key) => {
      const value = db.getBinaryFast(key) as unknown as Latin1Buffer | undefined;
      return value?.latin1Slice(0, value.length);
    };
  }
  const db = open<string, Buffer>({ ...options, encoding: 'string', keyEncoding: 'binary' });
  // made before the clock runs
  const buffers = asked.map((key) => Buffer.from(key, 'latin1'));
  return (_key, index) => db.get(buffers[index]!);
}
