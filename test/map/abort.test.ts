/** Long functions of the library that their caller aborts: the makers of maps, the questions to DNS, the replay of a log. */
import { getEventListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  importMap,
  loadRules,
  makeAliases,
  makeMap,
  openMailMaps,
  openMap,
  type Resolver,
  resolveClient,
  resolveSenderDomain,
} from '../../src/index.ts';
import { replay } from '../../src/review.ts';
import { withMapLock } from '../../src/store/replace/lock.ts';

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

type Options = { readonly signal: AbortSignal };

// biome-ignore format: one maker a row
const MAKERS: readonly (readonly [what: string, map: string, make: (options: Options) => Promise<unknown>])[] = [
  ['makeMap', 'access.lmdb', (options) => makeMap([Buffer.from('new.example RELAY\n')], map, options)],
  ['makeMap append', 'access.lmdb', (options) => makeMap([Buffer.from('new.example RELAY\n')], map, { ...options, append: true })],
  ['makeAliases', 'aliases.lmdb', (options) => makeAliases(join(directory, 'aliases'), { ...options, dontBlame: ['MapInUnsafeDirPath'] })],
  ['importMap', 'access.lmdb', (options) => importMap(join(directory, 'aliases.lmdb'), map, options)],
];

describe.each(MAKERS)('%s', (_, name, make) => {
  let file: string;
  let before: Buffer;
  beforeEach(async () => {
    writeFileSync(join(directory, 'aliases'), 'old: root\n');
    await makeAliases(join(directory, 'aliases'), { dontBlame: ['MapInUnsafeDirPath'] });
    writeFileSync(join(directory, 'aliases'), 'new: root\n');
    file = join(directory, name);
    before = readFileSync(file);
  });

  /** The old map is there, and nothing else that the run made. */
  function expectUntouched(): void {
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(directory).sort()).toEqual(['access.lmdb', 'aliases', 'aliases.lmdb']);
  }

  it('does not start with an aborted signal', async () => {
    await expect(make({ signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
    expectUntouched();
  });

  it('ends at the next step, by other work of the process', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort(REASON));
    await expect(make({ signal: controller.signal })).rejects.toBe(REASON);
    expectUntouched();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('ends while it waits for another writer', async () => {
    const controller = new AbortController();
    await withMapLock(file, {}, async () => {
      const made = make({ signal: controller.signal });
      setTimeout(() => controller.abort(REASON), 100);
      await expect(made).rejects.toBe(REASON);
    });
    expectUntouched();
  });

  it('makes the map when nobody aborts', async () => {
    await make({ signal: new AbortController().signal });
    expect(readFileSync(file)).not.toEqual(before);
  });
});

/** A server that never answers. */
const silence = (): Promise<never> => new Promise(() => undefined);
const SILENT: Resolver = { resolvePtr: silence, resolve4: silence, resolve6: silence, resolveMx: silence };
const CF = 'Kname host\nScheck\nR$*\t\t$: $(name $1 $)\n';
const client = { address: '192.0.2.9' };

// biome-ignore format: one question a row
const QUESTIONS: readonly (readonly [what: string, ask: (options: Options) => Promise<unknown>])[] = [
  ['resolveClient', (options) => resolveClient('192.0.2.9', SILENT, options)],
  ['resolveSenderDomain', (options) => resolveSenderDomain('eve@far.example', SILENT, options)],
  ['ask, for the name of a client', (options) => configuration().ask({ kind: 'relay', client }, { resolver: SILENT, ...options })],
  ['ask, for the domain of a sender', (options) =>
    configuration().ask({ kind: 'mail', sender: 'eve@far.example', session: { client: { ...client, name: 'a.example' } } }, { resolver: SILENT, ...options })],
  ['session.ask', (options) => openMailMaps({ texts: {} }).session(client).ask({ kind: 'connect' }, { resolver: SILENT, ...options })],
  ['rules.ask', (options) => loadRules(CF).ask('check', 'far.example', { resolver: SILENT, ...options })],
];

const configuration = () => openMailMaps({ texts: {}, localHostNames: ['here.example'] });

describe.each(QUESTIONS)('%s, to a DNS server that is silent', (_, ask) => {
  it('ends with the reason, and leaves no listener', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(REASON), 20);
    await expect(ask({ signal: controller.signal })).rejects.toBe(REASON);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});

it('replay ends while its log is silent', async () => {
  const controller = new AbortController();
  const log = async function* (): AsyncGenerator<string> {
    yield 'a line';
    setTimeout(() => controller.abort(REASON), 20);
    await silence();
  };
  await expect(replay(log(), { texts: {} }, undefined, { signal: controller.signal })).rejects.toBe(REASON);
});
