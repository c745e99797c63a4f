/** Our additions to makemap, editmap and praliases: long options, formats, and a machine without sendmail. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VERSION } from '../../src/cli/program/version.ts';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { main as praliases } from '../../src/cli/sendmail/praliases.ts';
import { type RunOptions, runProgram } from './run-program.ts';

let directory: string;
let map: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  map = join(directory, 'access');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Without warnings about the temporary directory. */
async function run(main: typeof makemap, args: readonly string[], options: RunOptions = {}) {
  const { rc, stdout, stderr } = await runProgram(main as never, args, options);
  return { rc, stdout, stderr: stderr.replace(/^WARNING: .*\n/gm, '').replaceAll(directory, 'DIR') };
}

const dump = async () => (await run(makemap, ['-u', 'hash', map])).stdout;
/** 0.9 has its magic number and version behind a header of 16 bytes, 1.0 of 24. */
const dataVersion = () => {
  const head = readFileSync(`${map}.lmdb`);
  return [16, 24].map((at) => (head.readUInt32LE(at) === 0xbeefc0de ? head.readUInt32LE(at + 4) : 0)).find(Boolean);
};

describe('long options', () => {
  it.each([
    ['makemap', makemap, 'Usage: makemap'],
    ['editmap', editmap, 'Usage: editmap'],
    ['praliases', praliases as unknown as typeof makemap, 'usage: praliases'],
  ])('%s says how it is used and which version it is', async (name, main, usage) => {
    expect((await run(main, ['--help'])).stdout.startsWith(usage)).toBe(true);
    expect(await run(main, ['--version'])).toEqual({ rc: 0, stdout: `${name} (mailmaps) ${VERSION}\n`, stderr: '' });
  });

  it('the version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(VERSION).toBe(version);
  });

  it('--strict keeps the old map, and says what is wrong', async () => {
    await run(makemap, ['hash', map], { stdin: 'a 1\n' });
    expect(await run(makemap, ['--strict', 'hash', map], { stdin: 'a 2\nb\n' })).toEqual({
      rc: 65,
      stdout: '',
      stderr:
        'makemap: DIR/access: line 2: no RHS for LHS b\nmakemap: DIR/access: bad lines: 1; the map is as it was\n',
    });
    expect(await dump()).toBe('a\t1\n');
  });

  it.each([
    ['a new map', [], 'a 2\nb\n', 65, '1 records, bad lines: 1; nothing is written\n'],
    ['more records', ['-o'], 'b 3\n', 0, '2 records, bad lines: 0; nothing is written\n'],
  ])('--check of %s reports, and writes nothing', async (_, args, stdin, status, stdout) => {
    await run(makemap, ['hash', map], { stdin: 'a 1\n' });
    const names = readdirSync(dirname(map));
    const { rc, ...said } = await run(makemap, ['--check', ...args, 'hash', map], { stdin });
    expect([rc, said.stdout]).toEqual([status, `${map}: ${stdout}`]);
    expect([await dump(), readdirSync(dirname(map))]).toEqual(['a\t1\n', names]);
  });

  it('--check makes no map where there is none', async () => {
    expect((await run(makemap, ['--check', 'hash', map], { stdin: 'a 1 # x\n' })).rc).toBe(0);
    expect(existsSync(`${map}.lmdb`)).toBe(false);
  });

  it('--json gives problems and counts, and no texts', async () => {
    const { rc, stdout, stderr } = await run(makemap, ['--json', 'hash', map], { stdin: 'a 1\nb\na 2\n' });
    expect([rc, stderr]).toEqual([65, '']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ path: `${map}.lmdb`, lines: 3, records: 1, errors: 2 });
    expect(report.problems.filter((each: { line?: number }) => each.line)).toMatchObject([
      { line: 2, text: 'no RHS for LHS b' },
      { line: 3, text: 'key a: duplicate key' },
    ]);
  });

  it.each<[string, string[], string | undefined, number]>([
    ['1.0 by default', [], undefined, 2],
    ['0.9 by option', ['--lmdb-format', '0.9'], undefined, 1],
    ['0.9 by environment', [], '0.9', 1],
    ['the option before the environment', ['--lmdb-format=1.0'], '0.9', 2],
    ['an empty environment is none', [], '', 2],
  ])('writes LMDB %s', async (_, args, MAILMAPS_LMDB_FORMAT, version) => {
    expect((await run(makemap, [...args, 'hash', map], { stdin: 'a 1\n', env: { MAILMAPS_LMDB_FORMAT } })).rc).toBe(0);
    expect(dataVersion()).toBe(version);
  });

  it.each([
    ['on a terminal', true, '\rmakemap: 0.0 MB read\r\x1b[K'],
    ['elsewhere', false, ''],
  ])('--progress %s', async (_, isTerminal, said) => {
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => clock.mock.calls.length * 1100);
    const { stderr } = await run(makemap, ['--progress', 'hash', map], { stdin: 'a 1\n', isTerminal });
    clock.mockRestore();
    expect(stderr).toBe(said);
  });

  it('makes maps in directories in which others may exchange files', async () => {
    chmodSync(directory, 0o777);
    expect(await run(makemap, ['hash', map], { stdin: 'a 1\n' })).toMatchObject({ rc: 0, stderr: '' });
    expect(await run(makemap, ['-d', 'hash', map], { stdin: 'a 1\na 2\n' })).toMatchObject({ rc: 0, stderr: '' });
    expect(await dump()).toBe('a\t1\na\t2\n');
  });

  it('knows no other LMDB', async () => {
    const { rc, stderr } = await run(makemap, ['--lmdb-format', '2', 'hash', map], { argv0: 'makemap' });
    expect([rc, stderr.split('\n')[0]]).toEqual([64, 'makemap: LMDB formats are 0.9 and 1.0']);
  });

  it('editmap keeps the format that a map has', async () => {
    await run(makemap, ['--lmdb-format', '0.9', 'hash', map], { stdin: 'a 1\n' });
    await run(editmap, ['-u', 'hash', map, 'b', '2']);
    expect([dataVersion(), await dump()]).toEqual([1, 'a\t1\nb\t2\n']);
  });
});

describe('without sendmail', () => {
  it('the usual sendmail.cf may be missing, a named one not', async () => {
    expect((await run(makemap, ['hash', map])).rc).toBe(0);
    expect(await run(makemap, ['-C', join(directory, 'no.cf'), 'hash', map])).toEqual({
      rc: 66,
      stdout: '',
      stderr: 'makemap: DIR/no.cf: No such file or directory\n',
    });
  });
});

describe('map types from sendmail.cf', () => {
  const cf = ['Kaccess hash -T<TMPF> /etc/mail/access', 'Kvirt dbm -o /etc/mail/virt.db', 'Klong text /etc/mail/a.b.c'];
  // biome-ignore format: one case per line
  it.each<[string, string, string, number, string]>([
    ['cf', '/etc/mail/virt.db', 'the file as it is written', 73, 'Need to recompile with -DNDBM for dbm support'],
    ['cf', '/etc/mail/virt', 'another way of writing it', 65, 'mapfile /etc/mail/virt: not found in DIR/sendmail.cf'],
    ['CF', '/elsewhere/virt', 'the name alone', 73, 'Need to recompile with -DNDBM for dbm support'],
    ['CF', '/etc/mail/a', 'a name with dots', 65, 'mapfile /etc/mail/a: not found in DIR/sendmail.cf'],
    ['', '/etc/mail/virt.db', 'no type', 65, 'mapfile /etc/mail/virt.db: not found in DIR/sendmail.cf'],
  ])('%s %s: %s', async (type, name, _, rc, message) => {
    writeFileSync(join(directory, 'sendmail.cf'), `${cf.join('\n')}\n`);
    const result = await run(makemap, ['-C', join(directory, 'sendmail.cf'), type, name]);
    expect(result).toEqual({ rc, stdout: '', stderr: `makemap: ${message}\n` });
  });

  it('falls back to -i', async () => {
    writeFileSync(join(directory, 'sendmail.cf'), '');
    const args = ['-C', join(directory, 'sendmail.cf'), '-v', '-i', 'hash', 'cf', map];
    expect(await run(makemap, args, { stdin: 'a b\n' })).toEqual({
      rc: 0,
      stdout: "key=`a', val=`b'\n",
      stderr: 'makemap: mapfile DIR/access: not found in DIR/sendmail.cf, using fallback hash\n',
    });
  });
});

describe('alias files of sendmail.cf', () => {
  // biome-ignore format: one case per line
  it.each<[string, string, string]>([
    ['hash:-o DIR/al, DIR/al2', 'a:b\nc:d\n', ''],
    ['dbm:DIR/al', '', 'praliases: Skipping non-file based alias type dbm\n'],
    ['DIR/al , DIR/al2', 'a:b\nc:d\n', ''],
    ['', '', ''],
    ['hash:-o', '', 'praliases: illegal alias specification: hash:-o\n'],
    ['-o DIR/al', 'a:b\n', ''],
    ['hash:DIR/none', '', 'praliases: DIR/none: open: No such file or directory\n'],
    ['hash:', '', 'praliases: illegal alias specification: hash:\n'],
    ['DIR/none,DIR/al', 'a:b\n', 'praliases: DIR/none: open: Unknown database type\n'],
  ])('%s', async (value, stdout, stderr) => {
    await run(makemap, ['-N', 'hash', join(directory, 'al')], { stdin: 'a b\n' });
    await run(makemap, ['hash', join(directory, 'al2')], { stdin: 'c d\n' });
    writeFileSync(join(directory, 'cf'), `O AliasFile=${value.replaceAll('DIR', directory)}\n`);
    const result = await run(praliases as unknown as typeof makemap, ['-C', join(directory, 'cf')]);
    expect(result).toEqual({ rc: 0, stdout, stderr });
  });
});
