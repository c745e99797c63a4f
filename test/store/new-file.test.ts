/** New contents of files: what is beside the file while it is written, and what killed processes have left there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OpenDirectory } from '../../src/store/directory.ts';
import { NewFile } from '../../src/store/new-file.ts';
import { newWriterId } from '../../src/store/replace/writer-id.ts';

let place: string;
let directory: OpenDirectory;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'new-file.'));
  directory = OpenDirectory.open(place);
  writeFileSync(join(place, 'page'), 'old');
});

afterEach(() => {
  directory.close();
  rmSync(place, { recursive: true });
});

const names = (): string[] => readdirSync(place).sort();

it('the file stays until the new content is in place', () => {
  {
    using made = new NewFile(directory, 'page', 0o600);
    writeFileSync(made.fd, 'new');
    expect([names().length, readFileSync(join(place, 'page'), 'utf8')]).toEqual([2, 'old']);
    made.commit();
  }
  expect([names(), readFileSync(join(place, 'page'), 'utf8')]).toEqual([['page'], 'new']);
});

it('without a commit nothing is left', () => {
  new NewFile(directory, 'page', 0o600)[Symbol.dispose]();
  expect([names(), readFileSync(join(place, 'page'), 'utf8')]).toEqual([['page'], 'old']);
});

it.each([
  ['255 letters', 'r'.repeat(255)],
  ['255 bytes of emoji', `${'\u{1f4c4}'.repeat(63)}rrr`],
])('a file with a name of %s gets its content', (_, name) => {
  {
    using made = new NewFile(directory, name, 0o600);
    writeFileSync(made.fd, 'new');
    made.commit();
  }
  expect([names(), readFileSync(join(place, name), 'utf8')]).toEqual([['page', name].sort(), 'new']);
});

it.each([
  ['of a killed process', 'page', 'dead', false],
  ['of a living one', 'page', 'alive', true],
  ['of another file', 'pages', 'dead', true],
] as const)('a file %s', (_, name, maker, stays) => {
  const { pid } = spawnSync('true');
  const id = maker === 'dead' ? newWriterId().replace(/-\d+-(\d+)-/, `-${pid}-$1-`) : newWriterId();
  const left = `.${name}.${id}.new`;
  writeFileSync(join(place, left), 'x');
  new NewFile(directory, 'page', 0o600)[Symbol.dispose]();
  expect(names().includes(left)).toBe(stays);
});

it.each([
  ['link', (path: string) => symlinkSync('page', path)],
  ['directory', mkdirSync],
] as const)('a %s with such a name stays', (_, make) => {
  const { pid } = spawnSync('true');
  const left = `.page.${newWriterId().replace(/-\d+-(\d+)-/, `-${pid}-$1-`)}.new`;
  make(join(place, left));
  new NewFile(directory, 'page', 0o600)[Symbol.dispose]();
  expect(names()).toEqual([left, 'page']);
});
