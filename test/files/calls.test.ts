/**
 * A call that named-calls.ts does not list fails the test. Add it there with its guard, and with a scene in
 * test/faults/exchange-scenes.ts or exchange-readers.ts: another user may own the directory.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GUARDS, NAMED_CALLS } from './named-calls.ts';

const CALLS =
  'access chmod chown lchown copyFile exists link lstat mkdir mkdtemp open opendir readdir readFile readlink realpath rename rm rmdir stat symlink unlink utimes lutimes truncate appendFile writeFile'
    .split(' ')
    .map((name) => `${name}Sync`)
    .concat('createReadStream', 'createWriteStream', 'watch', 'connect', 'listen');
/** Calls of node:fs/promises. */
const PROMISED = 'access chmod link lstat mkdir open readdir readFile rename rm stat symlink unlink writeFile'.split(
  ' ',
);

function callsIn(file: string): string {
  const code = readFileSync(`src/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  const called = [...code.matchAll(/(?<![\w#]|this\.)(\w+)(?:\.native)?\((?!\)\s*[:{])/g)].map(([, name]) => name!);
  const names = code.includes("'node:fs/promises'") ? [...CALLS, ...PROMISED] : CALLS;
  return names
    .filter((name) => called.includes(name))
    .sort()
    .join(' ');
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const found = files.map((file) => [file, callsIn(file)] as const).filter(([, calls]) => calls !== '');

it('every call that takes a name has its guard', () => {
  const stated = NAMED_CALLS.map(([file, calls]) => [file, calls] as const);
  expect(found.sort()).toEqual(stated.toSorted());
});

it('every guard is one of those that are explained', () => {
  const used = new Set(NAMED_CALLS.flatMap(([, , ...guards]) => guards));
  expect([...used].sort()).toEqual(Object.keys(GUARDS).sort());
});
