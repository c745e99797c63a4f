/**
 * An existing map keeps its format and the form of its keys, whichever program writes it again, so a reader (a Postfix with
 * LMDB 0.9) can go on reading it.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteRecord, queryRecord, updateRecord } from '../../src/map/edit.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { type MakeMapOptions, makeMap } from '../../src/map/make-map.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { configureDirectory, postmapAvailable, postmapQuery } from '../serve/postfix.ts';

let directory: string;
let name: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  name = join(directory, 'access');
  file = `${name}.lmdb`;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const make = (text: string, options: MakeMapOptions = {}): Promise<unknown> =>
  makeMap([Buffer.from(text)], name, { onProblem: () => undefined, ...options });

const edit = { onProblem: () => undefined };

/** Format and keys of a map's file. */
function formOf(path = file): string {
  using map = openMapFile(path);
  return `${map.format} ${Array.from(map.entries(), ({ key }) => key).join(' ')}`;
}

describe('a map made anew', () => {
  it.each<[string, MakeMapOptions, MakeMapOptions, string]>([
    ['keeps format 0.9', { format: '0.9' }, {}, '0.9 b'],
    ['keeps format 1.0', { format: '1.0' }, {}, '1.0 b'],
    ['keeps keys with a NUL', { trailingNul: true }, {}, '1.0 b\0'],
    ['keeps keys without', { trailingNul: false }, {}, '1.0 b'],
    ['keeps both', { format: '0.9', trailingNul: true }, {}, '0.9 b\0'],
    ['takes the format that is asked for', { format: '0.9' }, { format: '1.0' }, '1.0 b'],
    ['takes the keys that are asked for', { trailingNul: false }, { trailingNul: true }, '1.0 b\0'],
    ['takes keys without a NUL when they are asked for', { trailingNul: true }, { trailingNul: false }, '1.0 b'],
    ['keeps both when it is added to', { format: '0.9', trailingNul: true }, { append: true }, '0.9 a\0 b\0'],
  ])('%s', async (_what, before, after, form) => {
    await make('a 1\n', before);
    await make('b 2\n', after);
    expect(formOf()).toBe(form);
  });

  it('has its format also when it was damaged', async () => {
    await make('a 1\n', { format: '0.9' });
    writeFileSync(file, readFileSync(file).subarray(0, 8192));
    await make('b 2\n');
    expect(formOf()).toBe('0.9 b');
  });

  it('refuses several values to a key rather than leave format 0.9', async () => {
    await make('a 1\n', { format: '0.9' });
    await expect(make('a 1\na 2\n', { duplicates: 'all' })).rejects.toThrow('duplicate keys need the LMDB 1.0 format');
    expect(formOf()).toBe('0.9 a');
  });

  it('keeps format 0.9 when it holds aliases', async () => {
    writeFileSync(name, 'a: b\n');
    await makeAliases(name, { format: '0.9' });
    await makeAliases(name);
    expect(formOf()).toBe('0.9 @\0 a\0');
  });
});

describe('one record of a map whose keys end with a NUL', () => {
  beforeEach(() => make('a 1\nb 2\n', { trailingNul: true, format: '0.9' }));

  it('is found', () => expect(queryRecord(name, 'a', edit)).toBe('1'));

  it('is replaced', async () => {
    await updateRecord(name, 'a', '3', edit);
    expect([formOf(), queryRecord(name, 'a', edit)]).toEqual(['0.9 a\0 b\0', '3']);
  });

  it('is added in the same form', async () => {
    await updateRecord(name, 'c', '3', edit);
    expect(formOf()).toBe('0.9 a\0 b\0 c\0');
  });

  it('is deleted', async () => {
    expect(await deleteRecord(name, 'a', edit)).toBe(true);
    expect(await deleteRecord(name, 'c', edit)).toBe(false);
    expect(formOf()).toBe('0.9 b\0');
  });
});

describe.runIf(postmapAvailable)('a map made by Postfix', () => {
  it('is read by Postfix after each of our programs has written it', async () => {
    configureDirectory(directory);
    writeFileSync(name, 'a 1\n');
    execFileSync('postmap', ['-c', directory, `lmdb:${name}`], { stdio: 'ignore' });
    await make('a 2\n');
    const asked = (key: string): string => postmapQuery(directory, key, `lmdb:${name}`).stdout;
    expect(asked('a')).toBe('2\n');
    await updateRecord(name, 'a', '3', edit);
    await updateRecord(name, 'b', '4', edit);
    expect([asked('a'), asked('b')]).toEqual(['3\n', '4\n']);
    await deleteRecord(name, 'a', edit);
    expect(asked('a')).toBe('');
    copyFileSync(name, join(directory, 'aliases'));
    writeFileSync(name, 'c: d\n');
    await makeAliases(name);
    expect(asked('c')).toBe('d\n');
  });
});

describe('a CDB file', () => {
  const cdb = (): string => join(directory, 'access.cdb');
  it.each([
    ['with a NUL', true, 'cdb a\0 b\0 c\0', 'cdb b\0'],
    ['without', false, 'cdb a b c', 'cdb b'],
  ])('keeps keys %s, edited and made anew', async (_, trailingNul, edited, anew) => {
    await makeMap([Buffer.from('a 1\nb 2\n')], cdb(), { trailingNul });
    await updateRecord(cdb(), 'c', '3', edit);
    expect(formOf(cdb()).split(' ').toSorted().join(' ')).toBe(edited.split(' ').toSorted().join(' '));
    expect(queryRecord(cdb(), 'c', edit)).toBe('3');
    await updateRecord(cdb(), 'a', '9', edit);
    await deleteRecord(cdb(), 'c', edit);
    expect(formOf(cdb()).split(' ')).toHaveLength(3);
    expect(queryRecord(cdb(), 'a', edit)).toBe('9');
    await makeMap([Buffer.from('b 2\n')], cdb(), {});
    expect(formOf(cdb())).toBe(anew);
  });
});
