/**
 * `mailmaps build`: makes maps that are missing or changed, does not touch equal ones, and refuses those that would lose too
 * much.
 */
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { openMap } from '../../src/map/keyed-map.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { runProgram } from '../cli/run-program.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-build-test.'));
  put('access', ['a.example', 'b.example', 'c.example', 'd.example']);
  writeFileSync(join(directory, 'aliases'), 'postmaster: bob\n', { mode: 0o644 });
});
afterEach(() => rmSync(directory, { recursive: true }));

const put = (name: string, hosts: readonly string[]): void =>
  writeFileSync(join(directory, name), hosts.map((host) => `${host}\tREJECT\n`).join(''), { mode: 0o644 });

async function build(...options: readonly string[]): Promise<{ rc: number; said: string[]; err: string }> {
  const args = ['build', '-d', directory, '--host-name', 'mail.here.test', ...options];
  const { rc, stdout, stderr } = await runProgram(main, args);
  return {
    rc,
    said: stdout.replaceAll(`${directory}/`, '').trimEnd().split('\n'),
    err: stderr.replaceAll(`${directory}/`, ''),
  };
}

const lookup = (key: string): string => {
  using map = openMap(join(directory, 'access'));
  return map.lookup(key).status;
};

describe('mailmaps build', () => {
  it('makes what is missing, and then finds it unchanged', async () => {
    expect(await build()).toMatchObject({
      rc: 0,
      said: ['access.lmdb: made, 4 records', 'aliases.lmdb: made, 1 records'],
    });
    const { ino } = statSync(join(directory, 'access.lmdb'));
    expect(await build()).toMatchObject({
      said: ['access.lmdb: unchanged, 4 records', 'aliases.lmdb: unchanged, 1 records'],
    });
    expect(statSync(join(directory, 'access.lmdb')).ino).toBe(ino);
  });

  it('ends when the name of a source file leads nowhere, and leaves no map out', async () => {
    rmSync(join(directory, 'access'));
    symlinkSync('/nonexistent/unmounted', join(directory, 'access'));
    expect(await build()).toMatchObject({ rc: 66, err: 'mailmaps: access does not exist\n' });
    expect(await build('--diff')).toMatchObject({ rc: 66 });
  });

  it.each([
    ['by the option', ['--lmdb-format', '0.9'], {}],
    ['by the environment', [], { MAILMAPS_LMDB_FORMAT: '0.9' }],
  ])('makes maps for Postfix %s, and keeps their format', async (_, options, env) => {
    await build();
    const args = ['build', '-d', directory, '--host-name', 'mail.here.test'];
    const { stdout } = await runProgram(main, [...args, ...options], { env });
    expect(stdout.replaceAll(`${directory}/`, '')).toBe(
      'access.lmdb: changed: LMDB 0.9, 4 records\naliases.lmdb: changed: LMDB 0.9, 1 records\n',
    );
    put('access', ['a.example']);
    await build();
    for (const name of ['access', 'aliases']) {
      using map = openMapFile(join(directory, `${name}.lmdb`));
      expect(map.format).toBe('0.9');
    }
  });

  it('refuses an environment with a format that there is not', async () => {
    const { rc, stderr } = await runProgram(main, ['build', '-d', directory], { env: { MAILMAPS_LMDB_FORMAT: '9' } });
    expect({ rc, stderr }).toEqual({ rc: 64, stderr: expect.stringContaining('LMDB formats are 0.9 and 1.0') });
  });

  it('makes a map as new as a text that says the same', async () => {
    await build();
    utimesSync(join(directory, 'access.lmdb'), new Date(0), new Date(0));
    await build();
    const [map, text] = ['access.lmdb', 'access'].map((name) => statSync(join(directory, name)).mtimeMs);
    expect(map).toBeGreaterThanOrEqual(text!);
  });

  it('says what a dry run would do, and writes nothing', async () => {
    expect((await build('--dry-run')).said[0]).toBe('access.lmdb: would be made, 4 records');
    expect(existsSync(join(directory, 'access.lmdb'))).toBe(false);
  });

  it('takes a changed text into the map', async () => {
    await build();
    put('access', ['a.example', 'b.example', 'c.example', 'e.example']);
    expect((await build()).said[0]).toBe('access.lmdb: changed: 1 added, 1 removed, 0 with another value');
    expect([lookup('e.example'), lookup('d.example')]).toEqual(['found', 'notFound']);
  });

  it.each([
    ['--max-shrink', ['--max-shrink', '20%'], ['a.example', 'b.example', 'c.example']],
    ['--strict, by half', ['--strict'], ['a.example']],
    ['--strict, of nothing', ['--strict'], []],
  ])('keeps a map that would lose too much: %s', async (_how, options, hosts) => {
    await build();
    put('access', hosts);
    const { rc, said } = await build(...options);
    expect({ rc, said: said[0] }).toEqual({
      rc: 65,
      said: expect.stringMatching(/left as it was: it would have \d records/),
    });
    expect(lookup('d.example')).toBe('found');
  });

  it('keeps the good lines of a text with bad ones, unless it is strict', async () => {
    writeFileSync(join(directory, 'access'), 'a.example\tREJECT\nlonely\n');
    expect(await build('--strict')).toMatchObject({
      rc: 65,
      said: [expect.stringContaining('1 bad lines'), expect.anything()],
    });
    expect(existsSync(join(directory, 'access.lmdb'))).toBe(false);
    expect(await build()).toMatchObject({ rc: 65, err: expect.stringContaining('access: line 2:') });
    expect(lookup('a.example')).toBe('found');
  });

  it('says where there is nothing to build', async () => {
    for (const name of ['access', 'aliases']) rmSync(join(directory, name));
    expect(await build()).toMatchObject({ rc: 66, err: expect.stringContaining('has none of access') });
  });

  it('--diff shows what the new maps change, and --dry-run writes nothing', async () => {
    put('access', ['a.example']);
    writeFileSync(join(directory, 'aliases'), 'postmaster: bob@b.example\n', { mode: 0o644 });
    await build();
    writeFileSync(join(directory, 'access'), 'To:backup.example\tRELAY\n192.0.2.0/24\tRELAY\n');
    writeFileSync(join(directory, 'aliases'), 'postmaster: carol@c.example\n', { mode: 0o644 });
    const { said, rc } = await build('--diff', '--dry-run', '--cidr');
    const text = said.join('\n');
    expect(rc).toBe(0);
    for (const line of [
      '+ to:backup.example RELAY',
      '- a.example REJECT',
      '+ 192.0.2 RELAY',
      '~ postmaster: + carol@c.example  - bob@b.example',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/^opens relaying: .*\(to:backup\.example\)$/m);
    expect(lookup('To:backup.example')).toBe('notFound');
  });
});
