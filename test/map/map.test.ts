import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MapError } from '../../src/core/errors.ts';
import { mapPath } from '../../src/files/map-path.ts';
import { deleteRecord, queryRecord, updateRecord } from '../../src/map/edit.ts';
import { FollowedMap } from '../../src/map/followed-map.ts';
import { openMap } from '../../src/map/keyed-map.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { type MakeMapOptions, makeMap } from '../../src/map/make-map.ts';

let directory: string;
let name: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  name = join(directory, 'access');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const make = (text: string, options: MakeMapOptions = {}) =>
  makeMap([Buffer.from(text, 'latin1')], name, { onProblem: () => {}, ...options });

const content = () => {
  const map = openMap(name);
  try {
    return Object.fromEntries(Array.from(map.entries(), ({ key, value }) => [key, value]));
  } finally {
    map.close();
  }
};

const failure = async (work: () => unknown): Promise<MapError> => {
  try {
    await work();
  } catch (error) {
    return error as MapError;
  }
  throw new Error('it did not fail');
};

describe('mapFile', () => {
  it.each([
    ['/etc/mail/access', '/etc/mail/access.lmdb'],
    ['/etc/mail/access.lmdb', '/etc/mail/access.lmdb'],
    ['/etc/mail/access.db', '/etc/mail/access.db'],
    ['access.dbx', 'access.dbx.lmdb'],
  ])('%s is kept in %s', (mapName, file) => {
    expect(mapPath(mapName)).toBe(file);
  });
});

describe('makeMap', () => {
  it('makes a map and says what became of the input', async () => {
    const report = await makeMap([Buffer.from('Key v\nk2\n'), Buffer.from('key w\n')], name);
    expect(report).toMatchObject({ path: `${name}.lmdb`, lines: 3, records: 1, errors: 2 });
    expect(report.bytes).toBe(statSync(`${name}.lmdb`).size);
    const texts = report.problems.filter(({ line }) => line !== undefined).map(({ line, text }) => `${line} ${text}`);
    expect(texts).toEqual(['2 no RHS for LHS k2', '3 key key: duplicate key']);
    expect(content()).toEqual({ key: 'v' });
  });

  it('reads asynchronous sources', async () => {
    async function* chunks() {
      yield Buffer.from('a ');
      yield Buffer.from('1\nb 2');
    }
    await makeMap(chunks(), name);
    expect(content()).toEqual({ a: '1', b: '2' });
  });

  it('speaks text', async () => {
    const reported: string[] = [];
    await makeMap([Buffer.from('müller@x ok\nm\xc3\xbcller\n'), Buffer.from([0xff, 0x0a])], name, {
      onProblem: ({ text }) => reported.push(text),
    });
    expect(reported.filter((text) => text.startsWith('no RHS'))).toEqual([
      'no RHS for LHS mÃ¼ller',
      'no RHS for LHS \udcff',
    ]);
    expect(content()).toEqual({ 'müller@x': 'ok' });
  });

  it('gives the same bytes for the same records', async () => {
    const first = await make('b 2\na 1\n');
    const before = readFileSync(first.path);
    await make('a 1\nb 2\n');
    expect(readFileSync(first.path).equals(before)).toBe(true);
  });

  it('leaves nothing beside the map', async () => {
    await make('a 1\n');
    await make('a 2\n', { duplicates: 'all' });
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });

  it('keeps the old map when it is strict', async () => {
    await make('a 1\n');
    expect((await failure(() => make('a 2\nb\n', { strict: true }))).code).toBe('badLines');
    expect(content()).toEqual({ a: '1' });
  });

  it('keeps the old map when the source fails', async () => {
    await make('a 1\n');
    async function* broken() {
      yield Buffer.from('a 2\n');
      throw new Error('the pipe broke');
    }
    expect((await failure(() => makeMap(broken(), name))).message).toBe('the pipe broke');
    expect(content()).toEqual({ a: '1' });
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });

  // biome-ignore format: one case per line
  it.each<[string, unknown]>([
    ['text',                 'a 2\n'],
    ['bytes that are not in chunks', Buffer.from('a 2\n')],
    ['chunks of text',       ['a 2\n']],
    ['chunks of numbers with a sign', [Int8Array.of(97, 32, 50, 10)]],
    ['a chunk given away',   [givenAway('a 2\n')]],
    ['nothing',              undefined],
  ])('refuses %s as its source, and keeps the old map', async (_, source) => {
    await make('a 1\n');
    expect(await failure(() => makeMap(source as never, name))).toBeInstanceOf(TypeError);
    expect(content()).toEqual({ a: '1' });
  });

  it('reads memory that threads share as it is when it comes, whatever they write to it meanwhile', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    shared.set(Buffer.from('a 1\nb 2\n'));
    await makeMap([shared], name, { onRecord: () => shared.fill(0x61) });
    expect(content()).toEqual({ a: '1', b: '2' });
  });

  it('never overwrites what is not an LMDB map', async () => {
    const berkeley = Buffer.alloc(4096);
    berkeley.writeUInt32LE(0x061561, 12);
    writeFileSync(`${name}.db`, berkeley);
    const error = await failure(() => makeMap([Buffer.from('a 1\n')], `${name}.db`, { onProblem: () => {} }));
    expect(error.code).toBe('notAMap');
    expect(error.message).toMatch(/a Berkeley DB hash file, not an LMDB map, and stays as it is; move it away/);
    expect(readFileSync(`${name}.db`).equals(berkeley)).toBe(true);
  });

  it('refuses a link in the place of the map, or writes through it', async () => {
    symlinkSync(join(directory, 'real.lmdb'), `${name}.lmdb`);
    expect((await failure(() => make('a 1\n'))).message).toBe('Symbolic links not allowed');
    await makeMap([], join(directory, 'real'), { onProblem: () => {} });
    await make('a 1\n', { allowLinks: true });
    expect(readdirSync(directory).sort()).toEqual(['access.lmdb', 'real.lmdb']);
    expect(content()).toEqual({ a: '1' });
  });

  it('keeps the mode of the map', async () => {
    const { path } = await make('a 1\n');
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
    chmodSync(path, 0o600);
    await make('a 2\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.getuid?.() === 0)(
    'has the group of a setgid directory, and keeps its own when it is made again',
    async () => {
      chownSync(directory, 0, 8);
      chmodSync(directory, 0o2755);
      const { path } = await make('a 1\n');
      expect(statSync(path).gid).toBe(8);
      chownSync(path, 0, 9);
      await make('a 2\n');
      expect(statSync(path).gid).toBe(9);
    },
  );

  it('adds to a map, keeping its format', async () => {
    await make('a 1\n', { format: '0.9' });
    await make('b 2\na 3\n', { append: true });
    expect(content()).toEqual({ a: '1', b: '2' });
    expect(readFileSync(`${name}.lmdb`).readUInt32LE(20)).toBe(1);
  });
});

describe('an input with over a million bad lines', { tags: ['slow'] }, () => {
  it.each([
    ['no value', 'x\n', 'line 1: no RHS for LHS x', 0],
    ['a key that comes again', 'a b\n', 'line 2: key a: duplicate key', 1],
  ])('%s: a million are reported, all count', async (_, line, first, records) => {
    const chunk = Buffer.from(line.repeat(10_000));
    const source = Array.from({ length: 101 }, () => chunk);
    const reported: string[] = [];
    const report = await makeMap(source, join(directory, 'many'), {
      onProblem: ({ line: at, text }) => reported.push(at === undefined ? text : `line ${at}: ${text}`),
    });
    const errors = 1_010_000 - records;
    expect(report).toMatchObject({ records, errors });
    expect(reported.filter((text) => !text.includes('directory'))).toHaveLength(1_000_001);
    expect(reported.find((text) => text.startsWith('line'))).toBe(first);
    expect(reported.at(-1)).toBe(`bad lines not reported: ${errors - 1_000_000}`);
  });
});

describe('openMap', () => {
  it('folds keys as the map was built', async () => {
    await make('Key v\n');
    const map = openMap(name, { reloadCheckMs: 0 });
    expect(map.lookup('KEY')).toEqual({ status: 'found', value: 'v' });
    await make('Key w\n', { keepCase: true });
    expect([map.lookup('KEY'), map.lookup('Key')]).toEqual([{ status: 'notFound' }, { status: 'found', value: 'w' }]);
    map.close();
  });

  it('finds keys with and without a NUL at their end', async () => {
    await make('a 1\n', { trailingNul: true });
    const map = openMap(name);
    expect(map.lookup('a')).toEqual({ status: 'found', value: '1' });
    expect([...map.entries()]).toEqual([{ key: 'a', value: '1' }]);
    map.close();
  });

  it('speaks text, or bytes', async () => {
    await make('m\xc3\xbcller \xfcber\n');
    const map = openMap(name);
    expect(map.lookup('müller')).toEqual({ status: 'found', value: '\udcfcber' });
    expect(map.lookupBytes('m\xc3\xbcller')).toEqual({ status: 'found', value: '\xfcber' });
    expect(map.lookup('\ud800')).toMatchObject({ status: 'tempFail', error: { code: 'badInput' } });
    map.close();
  });

  describe.each(['1.0', '0.9', 'cdb'] as const)('of format %s', (format) => {
    const found = (value: string) => ({ status: 'found', value });
    const NOT_FOUND = { status: 'notFound' };
    const BAD_INPUT = { status: 'tempFail', error: { code: 'badInput' } };

    it.each([
      ['text', 'A', found('1')],
      ['text that is not ASCII', 'm\u00fcller', found('2')],
      ['text of a byte that is no UTF-8', '\udce9', found('3')],
      ['text whose code is the byte of another key', '\u00e9', NOT_FOUND],
      ['text whose code ends with the byte of another key', '\u0161', NOT_FOUND],
      ['text without bytes', '\ud800', BAD_INPUT],
      ['long text without bytes', `${'x'.repeat(70_000)}\ud800`, BAD_INPUT],
      ['long text', 'x'.repeat(70_000), NOT_FOUND],
    ])('the first and later lookups find %s', async (_, key, expected) => {
      await make('a 1\nm\xc3\xbcller 2\n\xe9 3\n', { format });
      using map = openMap(name);
      for (let i = 0; i < 100; i++) expect(map.lookup(key)).toMatchObject(expected);
    });

    it('the first and later lookups find bytes, and nothing for a character that is no byte', async () => {
      await make('a 1\n\xe9 3\n', { format });
      using map = openMap(name);
      for (let i = 0; i < 100; i++) {
        expect(map.lookupBytes('\xe9')).toEqual(found('3'));
        expect(map.lookupBytes('\u0161')).toEqual(NOT_FOUND);
      }
    });

    it('text without bytes is an error in an empty map, too', async () => {
      await make('', { format });
      using map = openMap(name);
      for (let i = 0; i < 100; i++) expect(map.lookup('\ud800')).toMatchObject(BAD_INPUT);
    });
  });

  it('looks for a new file once an interval', async () => {
    await make('a 1\n');
    const reloads: number[] = [];
    const map = openMap(name, { reloadCheckMs: 60_000, onReload: ({ size }) => reloads.push(size) });
    await make('a 2\nb 2\n');
    expect(map.lookup('a')).toMatchObject({ value: '1' });
    expect(reloads).toEqual([]);
    map.close();
    const eager = openMap(name, { reloadCheckMs: 0, onReload: ({ size }) => reloads.push(size) });
    await make('a 3\n');
    expect(eager.lookup('a')).toMatchObject({ value: '3' });
    expect(reloads).toEqual([1]);
    eager.close();
  });

  it('stays with the old map when the new file is missing or broken, and says so once', async () => {
    await make('a 1\n');
    const problems: string[] = [];
    const map = openMap(name, { reloadCheckMs: 0, onProblem: ({ code }) => problems.push(code) });
    renameSync(`${name}.lmdb`, `${name}.away`);
    expect([map.lookup('a'), map.lookup('b')]).toEqual([{ status: 'found', value: '1' }, { status: 'notFound' }]);
    writeFileSync(`${name}.lmdb`, 'junk');
    expect(map.lookup('a')).toMatchObject({ value: '1' });
    rmSync(`${name}.lmdb`);
    await make('a 2\n');
    expect(map.lookup('a')).toMatchObject({ value: '2' });
    expect(problems).toEqual(['missing', 'notAMap']);
    map.close();
  });

  it('cannot tell after it was closed', async () => {
    await make('a 1\n');
    const map = openMap(name);
    map.close();
    map.close();
    expect(map.lookup('a')).toMatchObject({ status: 'tempFail', error: { code: 'closed' } });
    expect((await failure(() => map.size)).code).toBe('closed');
    expect((await failure(() => [...map.entries()])).code).toBe('closed');
  });

  it('tells listeners that ask, and stays with the old map when they throw', async () => {
    await make('a 1\n');
    const reported: string[] = [];
    const uncaught: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
    try {
      const onProblem = (error: MapError): never => {
        reported.push(`${error.code} ${map.lookup('a').status}`);
        throw error;
      };
      const map = openMap(name, { reloadCheckMs: 0, onProblem });
      rmSync(`${name}.lmdb`);
      for (let i = 0; i < 3; i++) expect(map.lookup('a')).toEqual({ status: 'found', value: '1' });
      await new Promise((resolve) => setImmediate(resolve));
      map.close();
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
    expect(reported).toEqual(['missing found']);
    expect(uncaught).toEqual([expect.objectContaining({ code: 'missing' })]);
  });

  it('walks the file in service when another, or nothing, is in its place', async () => {
    await make('a 1\n');
    const map = openMap(name, { reloadCheckMs: 60_000 });
    await make('b 2\n');
    expect([...map.entries()]).toEqual([{ key: 'a', value: '1' }]);
    rmSync(`${name}.lmdb`);
    expect([...map.entries()]).toEqual([{ key: 'a', value: '1' }]);
    map.close();
  });

  it('leaves no descriptor behind for walks that were given up', async () => {
    await make('a 1\nb 2\n');
    const map = openMap(name);
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (let i = 0; i < 200; i++) map.entries()[Symbol.iterator]().next();
    expect(descriptors()).toBeGreaterThanOrEqual(before + 200);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const collected = (): number => {
      collect();
      return descriptors();
    };
    await expect.poll(collected).toBeLessThanOrEqual(before);
    map.close();
  });

  it('walks the file that was in service when the walk began', async () => {
    await make('a 1\nb 2\n');
    const map = openMap(name, { reloadCheckMs: 0 });
    const seen: string[] = [];
    for (const { key } of map.entries()) {
      seen.push(key);
      await make('c 3\n');
      map.lookup('a');
    }
    expect(seen).toEqual(['a', 'b']);
    map.close();
  });

  it.each(['missing', 'notAMap'] as const)('throws for a file that is %s', async (code) => {
    if (code === 'notAMap') writeFileSync(`${name}.lmdb`, 'text');
    expect((await failure(() => openMap(name))).code).toBe(code);
  });
});

function givenAway(text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text));
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

describe('what is not as the types say', () => {
  // biome-ignore format: one case per line
  it.each<[string, object, string]>([
    ['openMap', { reloadCheckMs: Number.NaN }, 'reloadCheckMs must be a number, 0 or more, not NaN'],
    ['openMap', { reloadCheckMs: '0' },        'reloadCheckMs must be a number, 0 or more, not "0"'],
    ['openMap', { onreload: () => {} },        "there is no option 'onreload'; did you mean 'onReload'? there are reloadCheckMs, keepCase, onReload, onProblem"],
    ['openMap', [],                            'options must be an object, not an array'],
    ['makeMap', { duplicates: 'frist' },       'duplicates must be one of first, last, all, not "frist"'],
    ['makeMap', { format: 0.9 },               'format must be one of 1.0, 0.9, cdb, not 0.9'],
    ['makeMap', { keepCase: 'no' },            'keepCase must be true or false, not "no"'],
    ['makeMap', { onRecord: {} },              'onRecord must be a function, not an object'],
    ['makeAliases', { localHostNames: 'a.example' }, 'localHostNames must be an iterable of strings, not "a.example"'],
    ['makeAliases', { dontBlame: 'TrustStickyBit' }, 'dontBlame must be an array of strings, not "TrustStickyBit"'],
  ])('%s refuses %j', async (what, options, message) => {
    await make('a 1\n');
    writeFileSync(join(directory, 'aliases'), 'a: b\n');
    // biome-ignore format: one function a line
    const asked = {
      openMap: () => openMap(name, options as never),
      makeMap: () => makeMap([Buffer.from('a 2\n')], name, options as never),
      makeAliases: () => makeAliases(join(directory, 'aliases'), options as never),
    }[what]!;
    expect(await failure(asked)).toEqual(new TypeError(message));
    expect(readdirSync(directory).sort()).toEqual(['access.lmdb', 'aliases']);
    expect(content()).toEqual({ a: '1' });
  });

  it.each([undefined, null, 5, {}])('%j is the name of no map', async (none) => {
    const fault = /^the name of a map must be a string, not /;
    expect((await failure(() => openMap(none as never))).message).toMatch(fault);
    expect((await failure(() => makeMap([], none as never))).message).toMatch(fault);
    expect((await failure(() => makeAliases(none as never))).message).toMatch(fault);
  });

  it.each([undefined, null, 5, ['a']])('%j is no key', async (none) => {
    await make('a 1\n');
    const map = openMap(name);
    for (const ask of [() => map.lookup(none as never), () => map.lookupBytes(none as never)])
      expect((await failure(ask)).message).toMatch(/^key must be a string, not /);
    map.close();
  });
});

describe('one record', () => {
  const options = { onProblem: () => {} };

  it('is stored, replaced, found and deleted', async () => {
    await updateRecord(name, 'a', '1', options);
    await updateRecord(name, 'b', '2', options);
    await updateRecord(name, 'a', '3', options);
    expect(content()).toEqual({ a: '3', b: '2' });
    expect(queryRecord(name, 'a', options)).toBe('3');
    expect(await deleteRecord(name, 'a', options)).toBe(true);
    expect(await deleteRecord(name, 'a', options)).toBe(false);
    expect(content()).toEqual({ b: '2' });
  });

  it('with a NUL is another one than without', async () => {
    await updateRecord(name, 'a', 'nul', { ...options, trailingNul: true });
    await updateRecord(name, 'b', 'plain', options);
    await make('b plain\n', { trailingNul: false, append: true });
    await updateRecord(name, 'b', 'nul', { ...options, trailingNul: true });
    expect(queryRecord(name, 'b', options)).toBe('plain');
    expect(queryRecord(name, 'b', { ...options, trailingNul: true })).toBe('nul');
  });

  it('of twelve writers at once is none lost', async () => {
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => updateRecord(name, key, 'v', { ...options, verify: false })));
    expect(Object.keys(content()).sort()).toEqual([...keys].sort());
  });
});

describe('a map of the configuration that was just opened', () => {
  const events = { onReload: () => {}, onProblem: () => {} };
  const opened = () => new FollowedMap({ name, absence: 'usual', implicit: false, fills: true }, events);

  it.each([
    ['with its source file', async () => [writeFileSync(name, 'a OK\n'), await make('a OK\n')]],
    ['without its source file', async () => make('a OK\n')],
    ['that is missing beside its source file', async () => writeFileSync(name, 'a OK\n')],
    ['that is missing', async () => {}],
  ])('%s is as looked until it changes', async (_, put) => {
    await put();
    const map = opened();
    expect(map.isAsLooked()).toBe(true);
    await make('b OK\n');
    expect(map.isAsLooked()).toBe(false);
    map.close();
  });
});
