/** Directories for temporary files, and those that killed processes have left. */
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newWriterId } from '../../src/store/replace/writer-id.ts';
import { makeOwnDirectory, makeScratch } from '../../src/store/scratch.ts';

const KIND = 'mailmaps-build.';
const NOBODY = 65534;
const isRoot = process.geteuid?.() === 0;
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'scratch.'));
  vi.stubEnv('TMPDIR', place);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

/** The name that a process which has ended would have used. */
function deadName(): string {
  const { pid } = spawnSync('true');
  return KIND + newWriterId().replace(/-\d+-(\d+)-/, `-${pid}-$1-`);
}

/** As {@link deadName}, from another pid namespace. */
const foreignName = (): string => KIND + newWriterId().replace(/^(\w*)-\w*-/, '$1-1-');

function make(name: string, ageHours = 0): string {
  const path = join(place, name);
  mkdirSync(path, 0o700);
  writeFileSync(join(path, 'access.lmdb'), 'x');
  const at = Date.now() / 1000 - ageHours * 3600;
  utimesSync(path, at, at);
  return name;
}

const ROWS: readonly (readonly [what: string, left: () => string, stays: boolean])[] = [
  ['of a process that was killed', () => make(deadName()), false],
  ['of a living process', () => make(KIND + newWriterId()), true],
  ['of another container, an hour old', () => make(foreignName(), 1), true],
  ['of another container, two days old', () => make(foreignName(), 48), false],
  ['of another kind', () => make(deadName().replace('build', 'check')), true],
  ['with a name of another program', () => make(`${KIND}backup`), true],
];

it.each(ROWS)('a directory %s', (_, left, stays) => {
  const name = left();
  using scratch = makeScratch(KIND);
  expect(existsSync(join(place, name))).toBe(stays);
  expect(existsSync(scratch.path)).toBe(true);
});

it('a link to a directory stays: it may be of somebody else', () => {
  const target = make('target');
  const link = deadName();
  symlinkSync(target, join(place, link));
  makeScratch(KIND)[Symbol.dispose]();
  expect(readdirSync(place).sort()).toEqual([link, target].sort());
  expect(readdirSync(join(place, target))).toEqual(['access.lmdb']);
});

it.runIf(isRoot)('a directory of another user stays', () => {
  const name = make(deadName());
  chownSync(join(place, name), NOBODY, NOBODY);
  makeScratch(KIND)[Symbol.dispose]();
  expect(readdirSync(place)).toEqual([name]);
});

it.runIf(isRoot)('nothing is removed where another user may exchange names', () => {
  const name = make(deadName());
  chownSync(place, NOBODY, NOBODY);
  expect(() => makeScratch(KIND)).toThrow('set TMPDIR');
  makeOwnDirectory(place, KIND, 0);
  expect(readdirSync(place)).toContain(name);
});

it('the directory is removed with everything in it', () => {
  {
    using scratch = makeScratch(KIND);
    mkdirSync(join(scratch.path, 'deep'));
    writeFileSync(join(scratch.path, 'deep', 'file'), '');
  }
  expect(readdirSync(place)).toEqual([]);
});
