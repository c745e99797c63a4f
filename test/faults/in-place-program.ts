/**
 * `node in-place-program.mjs WAY MAP MS`: rewrites a map in place again and again, from the files MAP.0, MAP.1 and so on or by
 * transactions of the package lmdb.
 */
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { open as openLmdb } from 'lmdb';
import { entriesOf, GENERATIONS } from './in-place-maps.ts';

const [way, path, ms] = process.argv.slice(2) as [string, string, string];
const CHUNK_BYTES = 65_536;
/** Pages that a transaction frees are used again by those after it. */
const TRANSACTIONS = 3;

const WAYS: Readonly<Record<string, (generation: number, made: string) => void | Promise<void>>> = {
  copy: (_, made) => copyFileSync(made, path),
  truncate: (_, made) => writeFileSync(path, readFileSync(made)),
  slowly: async (_, made) => {
    const bytes = readFileSync(made);
    const fd = openSync(path, 'w');
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      writeSync(fd, bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), at);
      await sleep(2);
    }
    closeSync(fd);
  },
  transactions: async (generation) => {
    const db = openLmdb<Buffer, Buffer>({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary' });
    for (let i = 0; i < TRANSACTIONS; i++) {
      db.transactionSync(() => {
        for (const [key, value] of entriesOf(generation)) db.putSync(Buffer.from(key), Buffer.from(value));
      });
    }
    await db.close();
  },
};

const end = Date.now() + Number(ms);
for (let run = 1; Date.now() < end; run++) {
  const generation = run % GENERATIONS;
  await WAYS[way]!(generation, `${path}.${generation}`);
  await sleep(5 + Math.random() * 60);
}
