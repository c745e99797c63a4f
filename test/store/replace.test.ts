/**
 * Replacing maps: all or nothing, one writer at a time, no file left over.
 *
 * @module-tag slow
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { withMapLock } from '../../src/store/replace/lock.ts';
import { type ReplaceOptions, replaceMap } from '../../src/store/replace/replace.ts';
import { bundled } from '../bundled.ts';
import { type Entry, inKeyOrder, opened, readAll, scratchDirectory, sorted, writeMapFile } from './build.ts';

const OPTIONS: ReplaceOptions = { attributes: () => ({ mode: 0o640 }), mark: { keys: 'folded' } };

async function replace(
  path: string,
  entries: Entry[],
  options: Partial<ReplaceOptions> = {},
  format: '1.0' | '0.9' = '1.0',
) {
  return withMapLock(path, { waitMs: 0 }, (lock) =>
    replaceMap(lock, sorted(entries, format), { ...OPTIONS, ...options }),
  );
}

describe('replaceMap', () => {
  it.each(['1.0', '0.9'] as const)('%s: makes a map, then another in its place, and nothing else', async (format) => {
    const directory = scratchDirectory();
    const path = join(directory, 'access.lmdb');
    expect(await replace(path, [['a', '1']], {}, format)).toEqual([]);
    const old = opened(path);
    expect(
      await replace(
        path,
        [
          ['a', '2'],
          ['', 'empty key'],
        ],
        {},
        format,
      ),
    ).toEqual([]);
    expect(readAll(path)).toEqual([
      ['', 'empty key'],
      ['a', '2'],
    ]);
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
    expect([old.get('a'), old.isCurrent()]).toEqual(['1', false]);
  });

  it.each([
    ['a Berkeley DB file', Buffer.concat([Buffer.from(Uint32Array.of(0, 1, 0, 0x061561).buffer), Buffer.alloc(4080)])],
    ['a text', Buffer.from('a\tb\n')],
    ['an empty file', Buffer.alloc(0)],
  ])('leaves %s as it is', async (_, content) => {
    const directory = scratchDirectory();
    const path = join(directory, 'access.db');
    writeFileSync(path, content);
    await expect(replace(path, [['a', 'b']])).rejects.toMatchObject({ code: 'notAMap' });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(directory)).toEqual(['access.db']);
  });

  it('refuses a link and a directory', async () => {
    const directory = scratchDirectory();
    writeMapFile(join(directory, 'real'), [['a', 'b']]);
    symlinkSync('real', join(directory, 'link'));
    mkdirSync(join(directory, 'sub'));
    await expect(replace(join(directory, 'link'), [])).rejects.toMatchObject({ code: 'unsafe' });
    await expect(replace(join(directory, 'sub'), [])).rejects.toMatchObject({ code: 'unsafe' });
    expect(readAll(join(directory, 'real'))).toEqual([['a', 'b']]);
  });

  it('rebuilds a damaged map', async () => {
    const path = writeMapFile(join(scratchDirectory(), 'm'), [['a', 'b']]);
    truncateSync(path, 5000);
    await replace(path, [['a', 'c']]);
    expect(readAll(path)).toEqual([['a', 'c']]);
  });

  it('says that a directory is missing', async () => {
    await expect(replace(join(scratchDirectory(), 'none', 'm'), [])).rejects.toMatchObject({ code: 'unwritable' });
  });

  it.each(['1.0', '0.9'] as const)('%s: keeps the old map when the new one does not read back', async (format) => {
    const directory = scratchDirectory();
    const path = writeMapFile(join(directory, 'm'), [['a', 'old']]);
    // out of order, as after a fault in sorting
    const records = sorted(
      [
        ['a', '1'],
        ['b', '2'],
      ],
      format,
    );
    const broken = { ...records, addresses: records.addresses.toReversed() };
    const write = withMapLock(path, {}, (lock) => replaceMap(lock, broken, OPTIONS));
    await expect(write).rejects.toMatchObject({ code: 'notVerified' });
    expect(readAll(path)).toEqual([['a', 'old']]);
    expect(readdirSync(directory)).toEqual(['m']);
  });

  it('CDB: refuses more than 4 GB before anything is written', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'm.cdb');
    // 300 times the same record of 16 MiB: the file would have all of them
    const records = sorted([['key', 'v'.repeat(1 << 24)]], 'cdb');
    const many = { ...records, addresses: new Uint32Array(300).fill(records.addresses[0]!) };
    const write = withMapLock(path, {}, (lock) => replaceMap(lock, many, { ...OPTIONS, duplicates: true }));
    await expect(write).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringMatching(/5033\d{6} bytes.* 4 GB/),
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('with duplicate keys: every value of a key, ordered by its bytes, once', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'm');
    const many = Array.from({ length: 900 }, (_, i): Entry => ['many', `value ${i}`.padEnd(60, '.')]);
    const entries: Entry[] = [['b', '2'], ['a', '1'], ['b', '10'], ['b', '2'], ['c', ''], ...many];
    expect(await replace(path, entries, { duplicates: true })).toEqual([]);
    expect(readAll(path)).toEqual([
      ['a', '1'],
      ['b', '10'],
      ['b', '2'],
      ['c', ''],
      ...many
        .map(([, value]) => value)
        .toSorted()
        .map((value): Entry => ['many', value]),
    ]);
    const map = opened(path);
    expect([map.get('b'), map.get('many'), map.size, map.hasDuplicates]).toEqual(['10', many[0]![1], 904, true]);
    expect(map.mark).toEqual({ keys: 'folded' });
    expect(readdirSync(directory)).toEqual(['m']);
  });

  it.each([
    ['an empty key', [['', 'a']], '1.0'],
    ['a value over 1978 bytes', [['a', 'v'.repeat(1979)]], '1.0'],
    ['the 0.9 format', [['a', 'b']], '0.9'],
  ] as const)('with duplicate keys: refuses %s', async (_, entries, format) => {
    const write = replace(join(scratchDirectory(), 'm'), [...entries], { duplicates: true }, format);
    await expect(write).rejects.toMatchObject({ code: 'badInput' });
  });
});

describe('the lock', () => {
  it('makes the second wait, says so, and gives up in time', async () => {
    const path = join(scratchDirectory(), 'm');
    const onWait = vi.fn();
    await withMapLock(path, {}, async () => {
      const second = withMapLock(path, { waitMs: 80, onWait }, () => 'never');
      await expect(second).rejects.toMatchObject({
        code: 'busy',
        message: expect.stringContaining(`process ${process.pid}`),
      });
    });
    expect(onWait).toHaveBeenCalledExactlyOnceWith({ pid: process.pid });
    expect(await withMapLock(path, { waitMs: 0 }, () => 'free again')).toBe('free again');
  });

  it('is given in the order of asking', async () => {
    const path = join(scratchDirectory(), 'm');
    const order: number[] = [];
    await Promise.all(Array.from({ length: 8 }, (_, i) => withMapLock(path, {}, () => order.push(i))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('is released by an error', async () => {
    const path = join(scratchDirectory(), 'm');
    await expect(withMapLock(path, {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withMapLock(path, { waitMs: 0 }, () => 1)).toBe(1);
  });

  it('is not held by the dead, whose litter goes', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'm');
    const idOf = (parts: RegExpExecArray, pid: number, started: string): string =>
      `${parts[1]}-${parts[2]}-${pid}-${started}-${randomBytes(8).toString('hex')}`;
    let own: RegExpExecArray | undefined;
    await withMapLock(path, {}, (lock) => {
      own = /\.([0-9a-f]*)-([0-9a-f]*)-(\d+)-(\d+)-[0-9a-f]+\.new$/.exec(lock.temporaryName)!;
    });
    const dead = [
      idOf(own!, 4_194_303, '5'), // no such process
      idOf(own!, process.pid, '1'), // a process id that was reused
    ];
    for (const id of dead)
      for (const end of ['lock', 'new']) writeFileSync(join(directory, `.m.${id}.${end}`), '000000000001\n');
    const foreign = `.m.00000000-${own![2]}-1-1-0123456789abcdef.lock`;
    writeFileSync(join(directory, foreign), '000000000001\n');
    utimesSync(join(directory, foreign), 1e9, 1e9);
    writeFileSync(join(directory, '.m.not-ours.lock'), '');
    const living = idOf(own!, process.pid, own![4]!);
    // any writer of this machine may remove what is of the dead, as soon as it has its name
    for (const id of [...dead, living]) {
      const made = mkdtempSync('/dev/shm/being-made-');
      writeFileSync(join(made, 'map-lock'), '');
      renameSync(made, `/dev/shm/mailmaps-${id}`);
    }
    expect(await withMapLock(path, { waitMs: 0 }, () => 'mine')).toBe('mine');
    expect(readdirSync(directory)).toEqual(['.m.not-ours.lock']);
    const link = `/dev/shm/mailmaps-${idOf(own!, 4_194_303, '5')}`;
    const elsewhere = scratchDirectory();
    writeFileSync(join(elsewhere, 'map'), '');
    symlinkSync(elsewhere, link);
    // written by the package lmdb, which works in /dev/shm
    await replace(path, [['k', 'b']], { duplicates: true });
    expect(readdirSync(elsewhere)).toEqual(['map']);
    unlinkSync(link);
    expect([...dead, living].map((id) => existsSync(`/dev/shm/mailmaps-${id}`))).toEqual([false, false, true]);
    rmSync(`/dev/shm/mailmaps-${living}`, { recursive: true });
  });

  it('is not held by a pipe, and what has a number to come is waited for no longer than asked', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'm');
    let id = '';
    await withMapLock(path, {}, (lock) => {
      id = lock.temporaryName.slice('.m.'.length, -'.new'.length).replace(/[0-9a-f]{16}$/, '0123456789abcdef');
    });
    execFileSync('mkfifo', [join(directory, `.m.${id}.lock`)]);
    expect(await withMapLock(path, { waitMs: 0 }, () => 'mine')).toBe('mine');
    rmSync(join(directory, `.m.${id}.lock`));
    writeFileSync(join(directory, `.m.${id}.lock`), '');
    await expect(withMapLock(path, { waitMs: 50 }, () => 'never')).rejects.toMatchObject({ code: 'busy' });
  });

  it('works for names of any length', async () => {
    const directory = scratchDirectory();
    const path = join(directory, `${'n'.repeat(250)}.lmdb`);
    await replace(path, [['a', 'b']]);
    expect(readAll(path)).toEqual([['a', 'b']]);
  });
});

describe('processes', () => {
  let program = '';

  beforeAll(() => {
    program = bundled('test/store/writer-program.ts');
  });

  const start = (path: string, rounds: number, records: number): ChildProcess =>
    spawn(process.execPath, [program, path, String(rounds), String(records)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.on('close', done));

  /** The one value of all records of the map; a mixture of generations fails. */
  function generation(path: string, records: number): number {
    const map = openMapFile(path);
    try {
      const values = new Set([...map.entries()].map(({ value }) => value));
      expect([map.size, values.size]).toEqual([records, 1]);
      return Number([...values][0]);
    } finally {
      map.close();
    }
  }

  it('eight writers at once lose no update, and readers see whole maps', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'access.lmdb');
    await replace(
      path,
      inKeyOrder([['count', '0'], ...Array.from({ length: 299 }, (_, i): Entry => [`key${i + 1}`, '0'])]),
    );
    const writers = Array.from({ length: 8 }, () => ended(start(path, 10, 300)));
    let running = true;
    const all = Promise.all(writers).then(() => {
      running = false;
    });
    let last = 0;
    while (running) {
      const seen = generation(path, 300);
      expect(seen).toBeGreaterThanOrEqual(last);
      last = seen;
      await new Promise((next) => setTimeout(next, 2));
    }
    await all;
    expect(generation(path, 300)).toBe(80);
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });

  it('kill -9 at any moment leaves a whole map, and the next run needs no help', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'access.lmdb');
    const records = 3000;
    await ended(start(path, 1, records));
    let last = generation(path, records);
    for (let round = 0; round < 20; round++) {
      const child = start(path, 1_000_000, records);
      await new Promise((ready) => child.stdout!.once('data', ready));
      await new Promise((next) => setTimeout(next, 3 + ((round * 37) % 60)));
      child.kill('SIGKILL');
      await ended(child);
      const now = generation(path, records);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    await ended(start(path, 1, records));
    expect(generation(path, records)).toBe(last + 1);
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });
});

describe('a map that may only be read', () => {
  it('is read without writing anything beside it', () => {
    const directory = scratchDirectory();
    const path = writeMapFile(join(directory, 'm'), [['a', 'b']]);
    chmodSync(path, 0o444);
    chmodSync(directory, 0o555);
    expect(readAll(path)).toEqual([['a', 'b']]);
    chmodSync(directory, 0o755);
    expect(readdirSync(directory)).toEqual(['m']);
  });
});
