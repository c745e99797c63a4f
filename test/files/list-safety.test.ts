/** The rules over real files: files that are never opened, and files for which no program waits. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_LIST_FILE_BYTES } from '../../src/core/list-file.ts';
import { type FileSystem, nodeFileSystem } from '../../src/files/file-system.ts';
import { HeldFiles } from '../../src/files/held-files.ts';
import { safeFileReader } from '../../src/files/list-safety.ts';

let directory = '';
const me = { uid: process.getuid!(), gid: process.getgid!() };
// the directory is below one that all users may write
const heldFileSystem: FileSystem = { ...nodeFileSystem, hold: () => new HeldFiles() };
const reader = safeFileReader(heldFileSystem, { dontBlame: ['TrustStickyBit'] });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-lists.'));
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'plain'), 'alice\nb\xff\n', 'latin1');
  writeFileSync(join(directory, 'largest'), '');
  truncateSync(join(directory, 'largest'), MAX_LIST_FILE_BYTES);
  writeFileSync(join(directory, 'larger'), '');
  truncateSync(join(directory, 'larger'), MAX_LIST_FILE_BYTES + 1);
  writeFileSync(join(directory, 'group'), 'alice\n');
  chmodSync(join(directory, 'group'), 0o664);
  mkdirSync(join(directory, 'open'));
  chmodSync(join(directory, 'open'), 0o777);
  writeFileSync(join(directory, 'open/list'), 'alice\n');
  symlinkSync('plain', join(directory, 'link'));
  symlinkSync('circle', join(directory, 'circle'));
  symlinkSync('.', join(directory, 'here'));
  execFileSync('mkfifo', ['-m', '644', join(directory, 'fifo')]);
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('lists', () => {
  it.each([
    ['fifo', 'Regular files only'],
    ['', 'Regular files only'],
    ['missing', 'No such file or directory'],
    ['plain/', 'Not a directory'],
    ['plain/x', 'Not a directory'],
    ['group', 'Group writable file'],
    ['open/list', 'World writable directory'],
    ['circle', 'Too many levels of symbolic links'],
    [`${'here/'.repeat(38)}plain`, 'Too many levels of symbolic links'],
    ['larger', `File too large (${MAX_LIST_FILE_BYTES} bytes max)`],
  ])('%j is refused: %s', (name, reason) => {
    expect(reader.readInclude(join(directory, name), me)).toMatchObject({ status: 'refused', reason });
  });
  // Asked of sendmail 8.17.1.9, EXPN, with open(2) failing so: 451 4.2.4 for what may be opened later, else 550 5.2.4.
  // EACCES is ours: what the modes allow to the reader and the system refuses to this process, nobody knows.
  // biome-ignore format: one case per line
  it.each<[string, string, string | undefined]>([
    ['EMFILE',    'Too many open files',              'later'],
    ['ENFILE',    'Too many open files in system',    'later'],
    ['EIO',       'Input/output error',               'later'],
    ['ENOMEM',    'Cannot allocate memory',           'later'],
    ['EAGAIN',    'Resource temporarily unavailable', 'later'],
    ['ENXIO',     'No such device or address',        'later'],
    ['ENODEV',    'No such device',                   'later'],
    ['ESTALE',    'Stale file handle',                'later'],
    ['ENOSPC',    'No space left on device',          'later'],
    ['EACCES',    'Permission denied',                'rights'],
    ['ENOENT',    'No such file or directory',        'missing'],
    ['ELOOP',     'Too many levels of symbolic links', undefined],
    ['ENAMETOOLONG', 'File name too long',            undefined],
  ])('%s is %s: %s', (code, reason, why) => {
    const fail = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    const refused = { status: 'refused', reason, ...(why && { why }) };
    for (const fs of [
      { ...nodeFileSystem, read: fail },
      { ...nodeFileSystem, lstat: fail },
    ]) {
      const failing = safeFileReader(fs, { dontBlame: ['TrustStickyBit'] });
      expect(failing.readInclude(join(directory, 'plain'), me)).toEqual(refused);
      expect(failing.readForward(join(directory, 'plain'), me)).toEqual(refused);
    }
  });
  it('devices are refused', () => {
    expect(reader.readInclude('/dev/null', me)).toMatchObject({ status: 'refused' });
  });
  it.each(['plain', 'link', 'here/here/plain'])('%s is read as bytes', (name) => {
    const file = { status: 'opened', text: 'alice\nb\xff\n', ...me, unsafe: false, ownerCertain: true };
    expect(reader.readInclude(join(directory, name), me)).toEqual(file);
    expect(reader.readForward(join(directory, name), me)).toEqual(file);
  });
  it('the largest is read whole', () => {
    const file = reader.readInclude(join(directory, 'largest'), me);
    expect(file.status === 'opened' && file.text.length).toBe(MAX_LIST_FILE_BYTES);
  });
});
