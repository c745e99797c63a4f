/** Maps of Berkeley DB and CDB wherever a map is read, and CDB where one is made. */
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAliases, makeMap, openMailMaps, openMap } from '../../src/index.ts';
import { deleteRecord, queryRecord, updateRecord } from '../../src/map/edit.ts';

const DB_FILES = 'test/data/dbfiles';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = (name: string): string => join(directory, name);
const put = (from: string, name: string): void => writeFileSync(path(name), readFileSync(join(DB_FILES, from)));
const make = (text: string, name: string, options: Parameters<typeof makeMap>[2] = {}) =>
  makeMap([Buffer.from(text, 'latin1')], path(name), { onProblem: () => {}, ...options });

describe('a map by its name', () => {
  it.each([
    ['sm-access-hash.db', 'access.db', '10.148.10', '"550 no list24.invalid"'],
    ['sm-access-btree.db', 'access.db', '10.148.10', '"550 no list24.invalid"'],
    ['c-sendmail.cdb', 'access.cdb', '10.148.10', '"550 no list24.invalid"'],
    ['c-named.db', 'access.db', '10.148.10', '"550 no list24.invalid"'],
    ['sm-aliases.db', 'access.db', 'Postmaster', 'root'],
  ])('%s as %s answers', (file, name, key, value) => {
    put(file, name);
    using map = openMap(path('access'));
    expect(map.lookup(key)).toEqual({ status: 'found', value });
    expect(map.lookup('nobody.at.all')).toEqual({ status: 'notFound' });
    expect(map.path).toBe(path(name));
  });

  it('of several files is ours, then that of Berkeley DB, then CDB, and it moves as they come and go', async () => {
    put('sm-aliases.db', 'access.db');
    await make('postmaster cdb', 'access', { format: 'cdb' });
    using map = openMap(path('access'), { reloadCheckMs: 0 });
    expect(map.lookup('postmaster')).toMatchObject({ value: 'root' });
    await make('postmaster ours', 'access');
    expect(map.lookup('postmaster')).toMatchObject({ value: 'ours' });
    rmSync(path('access.lmdb'));
    expect(map.lookup('postmaster')).toMatchObject({ value: 'root' });
    rmSync(path('access.db'));
    expect(map.lookup('postmaster')).toMatchObject({ value: 'cdb' });
  });

  it('goes on with the old file when all are gone', () => {
    put('sm-aliases.db', 'access.db');
    const problems: string[] = [];
    using map = openMap(path('access'), { reloadCheckMs: 0, onProblem: ({ code }) => problems.push(code) });
    rmSync(path('access.db'));
    expect(map.lookup('postmaster')).toMatchObject({ value: 'root' });
    expect(map.lookup('root')).toMatchObject({ value: 'alice, bob' });
    expect(problems).toEqual(['missing']);
  });
});

describe('a Berkeley DB file that its own program rewrites in place', () => {
  it('is never half of one and half of the other', () => {
    put('h-512.db', 'access.db');
    using map = openMap(path('access'), { reloadCheckMs: Number.POSITIVE_INFINITY });
    writeFileSync(path('access.db'), readFileSync(join(DB_FILES, 'h-ffactor1.db')));
    expect(map.lookup('to:nobody.example')).toMatchObject({ status: 'tempFail', error: { code: 'unreadable' } });
    map.refresh();
    expect(map.lookup('to:nobody.example')).toEqual({ status: 'notFound' });
  });

  it('cannot tell while it is being written', () => {
    put('h-512.db', 'access.db');
    using map = openMap(path('access'), { reloadCheckMs: 0 });
    truncateSync(path('access.db'), 4096);
    expect(map.lookup('to:nobody.example')).toMatchObject({ status: 'tempFail' });
  });
});

describe("a directory with a live sendmail's maps", () => {
  it('is asked as it stands, and our map takes over as soon as it is there', async () => {
    put('sm-access-hash.db', 'access.db');
    put('sm-aliases.db', 'aliases.db');
    writeFileSync(path('passwd'), 'alice:x:7:7::/:/bin/sh\nbob:x:8:8::/:/bin/sh\n');
    using maps = openMailMaps({
      directory,
      hostName: 'mail.here.example',
      users: path('passwd'),
      reloadCheckMs: 0,
    });
    expect(maps.expand('postmaster').recipients).toMatchObject([{ name: 'alice' }, { name: 'bob' }]);
    const ask = () => maps.checkRelay({ address: '10.148.10.7', name: 'x.example' });
    expect(ask()).toMatchObject({ action: 'reject', reply: { code: 550, text: 'no list24.invalid' } });
    await make('10.148.10 OK', 'access');
    expect(ask()).toMatchObject({ action: 'ok' });
  });
});

describe('editing', () => {
  const options = { onProblem: () => {} };

  it('asks a Berkeley DB file and changes none, nor makes a map that hides it', async () => {
    put('sm-access-hash.db', 'access.db');
    const before = readFileSync(path('access.db'));
    expect(queryRecord(path('access'), '10.148.10', options)).toBe('"550 no list24.invalid"');
    const refusal = { code: 'notAMap', message: expect.stringMatching(/Berkeley DB hash file.*stays as it is/) };
    await expect(updateRecord(path('access'), 'a', 'b', options)).rejects.toMatchObject(refusal);
    await expect(deleteRecord(path('access'), '10.148.10', options)).rejects.toMatchObject(refusal);
    expect(readFileSync(path('access.db'))).toEqual(before);
    expect(existsSync(path('access.lmdb'))).toBe(false);
  });

  it('changes a CDB file, in its own format', async () => {
    put('c-access.cdb', 'access.cdb');
    await updateRecord(path('access'), 'new', 'x', options);
    expect(queryRecord(path('access'), 'new', options)).toBe('x');
    expect(await deleteRecord(path('access'), 'new', options)).toBe(true);
    expect(queryRecord(path('access'), 'new', options)).toBe(undefined);
    using map = openMap(path('access.cdb'));
    expect(map.size).toBe(120);
  });
});

describe('a CDB file that we make', () => {
  it('is, byte for byte, what tinycdb makes of the same records', async () => {
    for (const name of ['c-access.cdb', 'c-4k.cdb', 'pf-empty.cdb']) {
      using map = openMap(join(DB_FILES, name));
      const lines = Array.from(map.entries(), ({ key, value }) => `${key}\t${value}\n`);
      await make(lines.join(''), 'copy', {
        format: 'cdb',
        delimiter: '\t',
        keepCase: true,
        comment: '',
        emptyValues: true,
      });
      expect(readFileSync(path('copy.cdb')).equals(readFileSync(join(DB_FILES, name)))).toBe(true);
    }
  });

  it.each([
    ['keeps the first of equal keys, and says so', {}, ['a=1', 'b=2'], 1],
    ['keeps the last with -r', { duplicates: 'last' }, ['b=2', 'a=3'], 0],
    [
      'keeps all in their order with -d, of which a lookup gives the first',
      { duplicates: 'all' },
      ['a=1', 'b=2', 'a=3'],
      0,
    ],
  ] as const)('%s', async (_, options, expected, errors) => {
    const report = await make('a 1\nb 2\na 3\n', 'map', { format: 'cdb', ...options });
    expect(report.errors).toBe(errors);
    using map = openMap(path('map'));
    expect(Array.from(map.entries(), ({ key, value }) => `${key}=${value}`)).toEqual(expected);
  });

  it('loses nothing that it has when -o adds to it', async () => {
    await make('a 1\na 2\nb 3\n', 'map', { format: 'cdb', duplicates: 'all' });
    const report = await make('a 9\nc 4\n', 'map', { format: 'cdb', append: true });
    expect(report).toMatchObject({ records: 4, errors: 1 });
    using map = openMap(path('map'));
    expect(Array.from(map.entries(), ({ key, value }) => `${key}=${value}`)).toEqual(['a=1', 'a=2', 'b=3', 'c=4']);
  });

  it('of aliases has no NUL and ends with the pair that says that it is complete', async () => {
    writeFileSync(path('aliases'), 'Root: alice\nalice: bob\nroot: carol\n', { mode: 0o644 });
    const report = await makeAliases(path('aliases'), { format: 'cdb', dontBlame: ['MapInUnsafeDirPath'] });
    expect(report).toMatchObject({ aliases: 3, path: path('aliases.cdb') });
    expect(report.problems.at(-1)?.text).toBe('root... Warning: duplicate alias name root');
    const bytes = readFileSync(path('aliases.cdb'));
    expect(bytes.subarray(2048).includes('root\0')).toBe(false);
    using map = openMap(path('aliases'));
    expect(Array.from(map.entries(), ({ key, value }) => `${key}=${value}`)).toEqual([
      'alice=bob',
      'root=carol',
      '@=@',
    ]);
  });

  it('keeps its mode and its format when it is made again by its name', async () => {
    await make('a 1\n', 'map.cdb');
    expect(statSync(path('map.cdb')).mode & 0o777).toBe(0o640);
    await make('a 2\n', 'map.cdb');
    expect(readFileSync(path('map.cdb')).readUInt32LE(0)).toBeGreaterThanOrEqual(2048);
    using map = openMap(path('map'));
    expect(map.lookup('a')).toMatchObject({ value: '2' });
  });

  it('takes no other kind of map for one of its own', async () => {
    await make('a 1\n', 'map');
    renameSync(path('map.lmdb'), path('map.cdb'));
    await expect(make('a 2\n', 'map', { format: 'cdb' })).rejects.toMatchObject({
      code: 'notAMap',
      message: expect.stringMatching(/is an LMDB map, not a CDB file, and stays as it is/),
    });
    put('c-access.cdb', 'other.lmdb');
    await expect(make('a 2\n', 'other', { format: '1.0' })).rejects.toMatchObject({
      message: expect.stringMatching(/is a CDB file, not an LMDB map, and stays as it is/),
    });
  });

  it('holds keys and values that no LMDB map holds', async () => {
    const [key, value] = ['k'.repeat(60_000), 'v'.repeat(300_000)];
    await make(`${key}\t${value}\n`, 'map', { format: 'cdb', delimiter: '\t' }).catch(() => undefined);
    await updateRecord(path('map.cdb'), key, value, {});
    using map = openMap(path('map'));
    expect(map.lookup(key)).toEqual({ status: 'found', value });
  });
});
