/**
 * A file that a configuration names is opened, or refused with sendmail's reason. Where the tests run, /tmp is a sticky directory
 * that others may write: every row trusts the sticky bit.
 */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJudged } from '../../src/files/judged-file.ts';

let top = '';

beforeEach(() => {
  top = mkdtempSync(join(realpathSync(tmpdir()), 'mailmaps-judged.'));
  mkdirSync(join(top, 'maps'));
  writeFileSync(join(top, 'maps/access.db'), 'content');
  writeFileSync(join(top, 'elsewhere'), 'content');
});

afterEach(() => {
  chmodSync(join(top, 'maps'), 0o755);
  rmSync(top, { recursive: true });
});

/** The words for why it is not opened, or `open`, with the warnings before it. */
function outcome(purpose: 'map' | 'class', allowed: readonly string[], file = 'maps/access.db'): readonly string[] {
  const words: string[] = [];
  const path = join(top, file);
  const rules = new Set(['truststickybit', ...allowed]);
  const judged = openJudged(path, { purpose, allowed: rules, warn: (text) => words.push(text.replace(top, '')) });
  if ('problem' in judged) return [...words, `${judged.problem}: ${judged.cause}`];
  closeSync(judged.fd);
  return [...words, 'open'];
}

describe('a map in a directory', () => {
  it.each([
    [0o755, [], ['open']],
    [0o775, [], ['unsafe: Group writable directory']],
    [0o777, [], ['unsafe: World writable directory']],
    [0o775, ['groupwritabledirpathsafe'], ['open']],
    [0o777, ['groupwritabledirpathsafe'], ['unsafe: World writable directory']],
    [0o777, ['mapinunsafedirpath'], ['WARNING: World writable directory /maps', 'open']],
    [0o777, ['classfileinunsafedirpath'], ['unsafe: World writable directory']],
    [0o1777, [], ['open']],
  ])('of mode %o with DontBlameSendmail %j', (mode, allowed, expected) => {
    chmodSync(join(top, 'maps'), mode);
    expect(outcome('map', allowed)).toEqual(expected);
  });
});

describe('a symbolic link to a map', () => {
  it.each([
    [0o755, [], ['open']],
    [0o777, ['mapinunsafedirpath'], ['WARNING: World writable directory /maps', 'unsafe: Symbolic links not allowed']],
    [0o777, ['mapinunsafedirpath', 'linkedmapinwritabledir'], ['WARNING: World writable directory /maps', 'open']],
  ])('in a directory of mode %o with %j', (mode, allowed, expected) => {
    symlinkSync(join(top, 'elsewhere'), join(top, 'maps/link.db'));
    chmodSync(join(top, 'maps'), mode);
    expect(outcome('map', allowed, 'maps/link.db')).toEqual(expected);
  });
});

it('a class file has flags of its own', () => {
  chmodSync(join(top, 'maps'), 0o777);
  expect(outcome('class', ['mapinunsafedirpath'])).toEqual(['unsafe: World writable directory']);
  expect(outcome('class', ['classfileinunsafedirpath']).at(-1)).toBe('open');
});

it.each([
  ['maps', 'unsafe: Regular files only'],
  ['maps/none.db', 'missing: No such file or directory'],
  ['elsewhere/access.db', 'unsafe: Permission denied'],
])('%s is not opened', (file, expected) => {
  expect(outcome('map', [], file)).toEqual([expected]);
});

it('a file that its owner may not read is refused, to root too', () => {
  chmodSync(join(top, 'maps/access.db'), 0o000);
  expect(outcome('map', [])).toEqual(['unsafe: Permission denied']);
});
