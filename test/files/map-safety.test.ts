import { chmodSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMapFile, type SafetyOptions } from '../../src/files/map-safety.ts';

let directory: string;

/** Directories and files with their modes; a link's target instead of a mode. */
const DIRECTORIES: readonly (readonly [string, number])[] = [
  ['own', 0o755],
  ['group', 0o775],
  ['world', 0o777],
  ['sticky', 0o1777],
  ['closed', 0o600],
  ['fixed', 0o555],
];
const FILES: readonly (readonly [string, number])[] = [
  ['own/map', 0o640],
  ['own/fixed', 0o440],
  ['own/hidden', 0o200],
  ['own/program', 0o750],
  ['own/first', 0o640],
  ['fixed/map', 0o640],
];

beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'mailmaps-')));
  for (const [name] of DIRECTORIES) mkdirSync(join(directory, name));
  for (const [name, mode] of FILES) {
    writeFileSync(join(directory, name), '');
    chmodSync(join(directory, name), mode);
  }
  linkSync(join(directory, 'own/first'), join(directory, 'own/second'));
  symlinkSync('own', join(directory, 'link'));
  symlinkSync('map', join(directory, 'own/link'));
  symlinkSync('nothing', join(directory, 'own/dangling'));
  for (const [name, mode] of DIRECTORIES) chmodSync(join(directory, name), mode);
});
afterAll(() => {
  for (const [name] of DIRECTORIES) chmodSync(join(directory, name), 0o755);
  rmSync(directory, { recursive: true });
});

/** The messages about a file, without those about directories above ours. */
function check(name: string, options: SafetyOptions) {
  const { warnings, refusal } = checkMapFile(`${directory}/${name}`, options);
  const ours = warnings
    .filter((warning) => warning.includes(directory))
    .map((warning) => warning.replace(directory, 'DIR'));
  return { warnings: ours, refusal: refusal?.text };
}

const GROUP = 'Group writable directory DIR/group';
const WORLD = 'World writable directory DIR/world';
const STICKY = 'World writable directory DIR/sticky';

describe('checkMapFile', () => {
  // biome-ignore format: one case per line
  it.each<[string, SafetyOptions['purpose'], string | undefined, string[]]>([
    ['own/map', 'create', undefined, []],
    ['own/new', 'create', undefined, []],
    ['own/new', 'write', 'No such file or directory', []],
    ['own/new', 'read', 'No such file or directory', []],
    ['none/new', 'create', 'No such file or directory', []],
    ['link/map', 'create', undefined, []],
    ['group/new', 'create', undefined, [GROUP, GROUP]],
    ['world/new', 'create', undefined, [WORLD, WORLD]],
    ['world/new', 'read', 'No such file or directory', [WORLD]],
    ['sticky/new', 'create', undefined, [STICKY, STICKY]],
    ['world/../own/map', 'read', undefined, [WORLD, WORLD]],
    ['closed/new', 'create', 'Permission denied', []],
    ['fixed/new', 'create', 'Permission denied', []],
    ['fixed/map', 'create', undefined, []],
    ['own/map/x', 'read', 'Permission denied', []],
    ['own/fixed', 'create', 'Permission denied', []],
    ['own/fixed', 'read', undefined, []],
    ['own/hidden', 'create', 'Permission denied', []],
    ['own/program', 'create', 'Executable files not allowed', []],
    ['own/program', 'read', undefined, []],
    ['own/second', 'create', 'Hard links not allowed', []],
    ['own/second', 'read', 'Hard links not allowed', []],
    ['own/hidden', 'fill', undefined, []],
    ['world/new', 'fill', undefined, [WORLD]],
    ['own', 'print', 'Is a directory', []],
    ['own/hidden', 'print', 'Permission denied', []],
    ['world/./new', 'fill', undefined, [WORLD]],
    ['world//new', 'fill', undefined, [WORLD]],
    ['own//../world//x/../new', 'fill', 'No such file or directory', ['World writable directory DIR/own//../world', 'World writable directory DIR/own//../world/']],
    ['own', 'create', 'Regular files only', []],
    ['own/link', 'create', 'Symbolic links not allowed', []],
    ['own/link', 'read', 'Symbolic links not allowed', []],
  ])('%s to %s', (name, purpose, refusal, warnings) => {
    expect(check(name, { purpose })).toEqual({ refusal, warnings });
  });

  it.each<[string, SafetyOptions['purpose'], string]>([
    ['own/new', 'read', 'missing'],
    ['closed/new', 'create', 'unreadable'],
    [`own/${'n'.repeat(300)}`, 'read', 'unreadable'],
    ['own/program', 'create', 'unsafe'],
    ['own', 'print', 'unsafe'],
  ])('%s to %s has a code', (name, purpose, code) => {
    expect(checkMapFile(`${directory}/${name}`, { purpose }).refusal?.code).toBe(code);
  });

  it.each<[string, SafetyOptions['purpose'], string | undefined]>([
    ['own/link', 'create', undefined],
    ['own/second', 'create', undefined],
    ['own/second', 'read', undefined],
    ['own/dangling', 'create', 'File exists'],
    ['own/dangling', 'write', 'No such file or directory'],
  ])('with -s, %s to %s', (name, purpose, refusal) => {
    expect(check(name, { purpose, allowLinks: true }).refusal).toBe(refusal);
  });
});
