/** A run of makeMap that its caller aborts. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeMap, openMap } from '../../src/index.ts';

let directory: string;
let map: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-abort.'));
  map = join(directory, 'access');
  await makeMap([Buffer.from('old.example RELAY\n')], map);
});
afterEach(() => rmSync(directory, { recursive: true }));

const REASON = new Error('the user gave up');

/** Gives a chunk, aborts, and then ends, goes on or waits. */
async function* source(abort: () => void, then: 'ends' | 'goes on' | 'waits'): AsyncGenerator<Uint8Array> {
  yield Buffer.from('new.example RELAY\n');
  abort();
  if (then === 'waits') await new Promise(() => undefined);
  if (then === 'goes on') for (;;) yield Buffer.from('more.example RELAY\n');
}

it.each(['ends', 'goes on', 'waits'] as const)('ends when its input %s, and leaves the old map', async (then) => {
  const controller = new AbortController();
  const made = makeMap(
    source(() => controller.abort(REASON), then),
    map,
    { signal: controller.signal },
  );
  await expect(made).rejects.toBe(REASON);
  using kept = openMap(map);
  expect([kept.size, kept.lookup('old.example').status, readdirSync(directory)]).toEqual([1, 'found', ['access.lmdb']]);
});

it('does not start with an aborted signal', async () => {
  const signal = AbortSignal.abort(REASON);
  await expect(makeMap([Buffer.from('new.example RELAY\n')], map, { signal })).rejects.toBe(REASON);
});

it('is made when nobody aborts', async () => {
  const { signal } = new AbortController();
  expect((await makeMap([Buffer.from('a.example OK\n'), Buffer.from('b.example OK\n')], map, { signal })).records).toBe(
    2,
  );
});

it('refuses what is no signal', async () => {
  await expect(makeMap([], map, { signal: {} as AbortSignal })).rejects.toThrow(TypeError);
});
