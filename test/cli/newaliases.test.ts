/**
 * newaliases in-process: the recorded answers of sendmail's newaliases, and our additions.
 */
import { chmodSync, linkSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readData } from '../read-data.ts';
import { NewaliasesDirectory } from './run-newaliases.ts';

type FileContent = string | { text: string; mode?: string } | { link: string } | { dir: 1; mode?: string } | null;

interface Group {
  readonly group: string;
  readonly about: string;
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly options?: readonly string[];
  readonly cases: readonly {
    readonly question: { readonly aliases?: FileContent; readonly args?: readonly string[] };
    readonly answer: {
      readonly rc?: number;
      readonly stdout: string;
      readonly dump?: string[];
      readonly mode?: string;
    };
  }[];
}

let directory: NewaliasesDirectory;
beforeEach(() => {
  directory = new NewaliasesDirectory();
  directory.configure(['O AliasFile=/etc/mail/aliases']);
});
afterEach(() => directory.clear());

describe('recorded answers', () => {
  const { groups } = readData<{ groups: readonly Group[] }>('newaliases');
  it.each(groups)('$group: $about', async ({ files = {}, options = [], cases }) => {
    const aliasFile = options.some((option) => option.startsWith('AliasFile')) ? [] : ['AliasFile=/etc/mail/aliases'];
    directory.configure([...aliasFile, ...options].map((option) => `O ${option}`));
    for (const [name, content] of Object.entries(files)) if (content !== null) directory.put(name, content);
    for (const { question, answer } of cases) {
      if (question.aliases !== undefined && question.aliases !== null) directory.put('aliases', question.aliases);
      if (!('aliases.lmdb' in files)) directory.remove('aliases.lmdb');
      const { rc, stdout, dump } = await directory.run(question.args ?? []);
      const said = stdout.replaceAll('.lmdb: ', '.db: ');
      expect({ question, rc, said }).toEqual({ question, rc: answer.rc ?? 0, said: answer.stdout });
      if (answer.dump) expect({ question, dump }).toEqual({ question, dump: answer.dump });
      if (answer.mode) expect(mode('aliases.lmdb')).toBe(answer.mode);
    }
  });
});

function mode(name: string): string {
  return (statSync(join(directory.path, name)).mode & 0o7777).toString(8).padStart(4, '0');
}

describe('the map', () => {
  it('keeps the mode of the one before', async () => {
    directory.put('aliases', 'a: b\n');
    await directory.run([]);
    chmodSync(join(directory.path, 'aliases.lmdb'), 0o644);
    expect((await directory.run([])).rc).toBe(0);
    expect(mode('aliases.lmdb')).toBe('0644');
  });

  it('is made through a link to its directory', async () => {
    directory.put('real/aliases', 'a: b\n');
    directory.put('link', { link: '/etc/mail/real' });
    expect(await directory.run(['-oA/etc/mail/link/aliases'])).toMatchObject({ rc: 0, stderr: '' });
    expect(directory.dump('real/aliases')).toEqual(['@\t@', 'a\tb']);
  });

  it.each([
    ['others', 0o777, 'World'],
    ['its group', 0o770, 'Group'],
    ['others, sticky', 0o1777, 'World'],
  ])('is not made in a directory that %s may write', async (_whom, bits, word) => {
    directory.put('open/aliases', 'a: b\n');
    chmodSync(join(directory.path, 'open'), bits);
    const { rc, stdout } = await directory.run(['-oA/etc/mail/open/aliases']);
    expect(rc).toBe(70);
    expect(stdout).toContain(`WARNING: ${word} writable directory /etc/mail/open\n`);
    expect(directory.dump('open/aliases')).toBeUndefined();
  });

  it.each<[string, string, string, number]>([
    [
      '',
      'dir',
      'WARNING: cannot open alias database /etc/mail/f\nCannot create database for alias file /etc/mail/f\n',
      70,
    ],
    [
      'hash:',
      'dir',
      'hash map "Alias0": unsafe map file /etc/mail/f.lmdb: Regular files only\nCannot create database for alias file /etc/mail/f\n',
      71,
    ],
    ['hash:-o ', 'dir', 'Cannot create database for alias file /etc/mail/f: Regular files only\n', 71],
    [
      'btree:',
      'link',
      'btree map "Alias0": unsafe map file /etc/mail/f.lmdb: Symbolic links not allowed\nCannot create database for alias file /etc/mail/f\n',
      71,
    ],
    [
      'btree:',
      'hard link',
      'btree map "Alias0": unsafe map file /etc/mail/f.lmdb: Hard links not allowed\nCannot create database for alias file /etc/mail/f\n',
      71,
    ],
  ])('%sFILE, a %s in its place', async (type, what, text, status) => {
    directory.put('f', 'a: b\n');
    directory.put('other', '');
    if (what === 'hard link') linkSync(join(directory.path, 'other'), join(directory.path, 'f.lmdb'));
    else directory.put('f.lmdb', what === 'dir' ? { dir: 1 } : { link: 'other' });
    const { rc, stdout } = await directory.run([`-OAliasFile=${type}/etc/mail/f`]);
    expect({ rc, stdout }).toEqual({ rc: status, stdout: text });
  });

  it.each([
    ['MapInUnsafeDirPath', 0o777, 'World'],
    ['TrustStickyBit', 0o1777, undefined],
    ['GroupWritableDirPathSafe', 0o775, undefined],
  ])('is made in a directory that others may write where %s says so', async (flag, bits, word) => {
    directory.put('open/aliases', 'a: b\n');
    chmodSync(join(directory.path, 'open'), bits);
    const { rc, stdout } = await directory.run([`-ODontBlameSendmail=${flag}`, '-oA/etc/mail/open/aliases']);
    const warning = word === undefined ? '' : `WARNING: ${word} writable directory /etc/mail/open\n`;
    expect({ rc, stdout }).toEqual({
      rc: 0,
      stdout: `${warning.repeat(2)}/etc/mail/open/aliases: 1 aliases, longest 1 bytes, 2 bytes total\n`,
    });
  });

  it('is 0640 whatever the umask', async () => {
    directory.put('aliases', 'a: b\n');
    const before = process.umask(0o777);
    try {
      expect((await directory.run([])).rc).toBe(0);
    } finally {
      process.umask(before);
    }
    expect(mode('aliases.lmdb')).toBe('0640');
  });

  it('is made below a sticky directory', async () => {
    directory.put('open/sub/aliases', 'a: b\n');
    chmodSync(join(directory.path, 'open'), 0o1777);
    expect((await directory.run(['-oA/etc/mail/open/sub/aliases'])).rc).toBe(0);
  });

  it('is not made in place of something else, which stays', async () => {
    directory.put('aliases', 'a: b\n');
    directory.put('aliases.lmdb', 'junk');
    const { rc, stdout, stderr } = await directory.run([]);
    expect(rc).toBe(70);
    expect(stdout).toContain('Cannot create database for alias file /etc/mail/aliases');
    expect(stderr).toMatch(/^warning: .*not an LMDB map/);
    expect(readFileSync(join(directory.path, 'aliases.lmdb'), 'utf8')).toBe('junk');
  });

  it.each([
    ['a file', '-oAlmdb:/etc/mail/typed'],
    ['a file with flags', '-OAliasFile=lmdb:-o /etc/mail/typed'],
  ])('is made for %s of the type that it has', async (_what, option) => {
    directory.put('typed', 'a: b\n');
    const { rc, stdout } = await directory.run([option]);
    expect({ rc, stdout }).toEqual({
      rc: 0,
      stdout: '/etc/mail/typed: 1 aliases, longest 1 bytes, 2 bytes total\n',
    });
  });

  it.each([
    ['1.0', []],
    ['0.9', ['--lmdb-format', '0.9']],
  ])('holds the same in format %s', async (_format, args) => {
    directory.put('aliases', `a: b\nA: c\nlong: ${'x'.repeat(5000)}\n`);
    const { dump, rc } = await directory.run(args);
    expect({ rc, dump }).toEqual({ rc: 0, dump: ['@\t@', 'a\tc', `long\t${'x'.repeat(5000)}`] });
  });

  it('stays as it was with --check, whose report is that of a run', async () => {
    directory.put('aliases', 'a: b\n');
    await directory.run([]);
    directory.put('aliases', 'a: c\nd: e # f\nbad\n');
    const { rc, stdout, stderr, dump } = await directory.run(['--check']);
    expect(dump).toEqual(['@\t@', 'a\tb']);
    expect(await directory.run([])).toMatchObject({ rc, stdout, stderr });
  });

  it('stays as it was with --strict and a bad entry', async () => {
    directory.put('aliases', 'a: b\n');
    await directory.run([]);
    directory.put('aliases', 'a: c\nbad\n');
    const { rc, stderr, dump } = await directory.run(['--strict']);
    expect({ rc, dump }).toEqual({ rc: 65, dump: ['@\t@', 'a\tb'] });
    expect(stderr).toContain('bad entries: 1; the map is as it was');
  });
});

describe('warnings of our own', () => {
  it.each([
    ['a comment in the middle of an entry', 'a: b,\n# c\n d\n', 'line 2: this comment ends the entry above'],
    ['a name whose value is on the next line', 'x: y\na:\n b\n', 'line 2: "a:" has no value on its line'],
    ['a swallowed alias', 'a: b\n c: d\n', 'line 1: the indented "c:" continues this entry'],
    ['a colon in quotes', '"a:b": c\n', 'line 1: the value starts after the first colon'],
    ['text after a NUL', 'a: b\0c\n', 'line 1: the text after a NUL byte is lost'],
    ['a second line of no entry', ' x\n\n y\na: b\n', 'line 2: the indented text belongs to no entry'],
    ['a line that goes with a NUL line', 'a: b\0c\nd: e\n', 'line 1: the next line is skipped with this one'],
  ])('%s', async (_what, text, warning) => {
    directory.put('aliases', text);
    const { stderr } = await directory.run([]);
    expect(stderr.split('\n').slice(0, -1)).toEqual([
      expect.stringContaining(`warning: /etc/mail/aliases: ${warning}`),
    ]);
  });

  it.each([
    ['a value in several lines', 'a: b,\n c,\n d\n'],
    ['a comment after an empty line', 'a: b\n\n# c\n d\n'],
    ['an include', 'a: b,\n :include:/x\n'],
  ])('none for %s', async (_what, text) => {
    directory.put('aliases', text);
    expect((await directory.run([])).stderr).toBe('');
  });
});

describe('arguments', () => {
  it.each([
    ['an unknown option', ['-Z'], 64, '', 'newaliases: illegal option -- Z\n'],
    ['a missing argument', ['-o'], 64, '', 'newaliases: option requires an argument -- o\n'],
    ['another mode', ['-bp'], 64, 'Invalid operation mode p\n', ''],
    ['the queue', ['-q'], 64, 'Can not use -q with -bi\n', ''],
    ['a silent stop', ['-I'], 64, '', ''],
    ['no notification', ['-Nnever,success'], 64, 'Invalid -N argument\n', ''],
    ['no part to return', ['-Rfo'], 64, 'Invalid -R value\n', ''],
    ['no option name', ['-O=3'], 70, 'readcf: null option name\n', ''],
    ['an unknown option name', ['-ONoSuch=1'], 70, 'readcf: unknown option name NoSuch\n', ''],
    ['a blank before it', ['-O AliasWait=1'], 70, 'readcf: unknown option name  AliasWait\n', ''],
    ['an unknown letter', ['-oN'], 70, 'readcf: unknown option name 0x4e\n', ''],
    [
      'an ambiguous name',
      ['-OAlias=x'],
      70,
      'readcf: ambiguous option name Alias (matches AliasFile and AliasWait)\n',
      '',
    ],
    [
      'an abbreviation',
      ['-OAliasF=/etc/mail/aliases'],
      0,
      'Option AliasF used as abbreviation for AliasFile\n/etc/mail/aliases: 1 aliases, longest 1 bytes, 2 bytes total\n',
      '',
    ],
    ['notification and parts', ['-Nsuccess,DELAY', '-Rhdrs'], 0, undefined, ''],
    ['options without effect', ['-v', '-n', '-f', 'x', '-h3', '-d0.1', '-bi', 'a', '-Z'], 0, undefined, ''],
    ['an unknown word', ['--nosuch'], 64, '', "newaliases: unrecognized option '--nosuch'\n"],
    ['an LMDB format', ['--lmdb-format=2'], 64, '', 'newaliases: LMDB formats are 0.9 and 1.0\n'],
  ])('%s', async (_what, args, rc, stdout, stderr) => {
    directory.put('aliases', 'a: b\n');
    const run = await directory.run(args);
    expect(run).toMatchObject({ rc, stderr, ...(stdout === undefined ? {} : { stdout }) });
  });

  it('rebuilds several files in the order of sendmail', async () => {
    for (const name of ['f0', 'f1', 'f2', 'f3']) directory.put(name, 'a: b\n');
    const list = ['f0', 'f1', 'f2', 'f3'].map((name) => `/etc/mail/${name}`).join(',');
    const { stdout } = await directory.run([`-OAliasFile=${list}`]);
    expect(stdout.match(/f\d/g)).toEqual(['f2', 'f3', 'f0', 'f1']);
  });

  it('ends with the status of the first file that has one', async () => {
    directory.put('f0', '@x: y\n');
    directory.put('f1', 'bad\n');
    expect((await directory.run(['-OAliasFile=/etc/mail/f0,/etc/mail/f1'])).rc).toBe(64);
    expect((await directory.run(['-OAliasFile=/etc/mail/f1,/etc/mail/f0'])).rc).toBe(70);
  });

  it('believes no class file in a directory that others may write', async () => {
    directory.put('open/names', 'x.example\n');
    directory.put('aliases', 'a@x.example: b\n');
    directory.configure(['O AliasFile=/etc/mail/aliases', 'Fw/etc/mail/open/names', 'Fw-o /etc/mail/nosuch']);
    expect((await directory.run([])).rc).toBe(0);
    chmodSync(join(directory.path, 'open'), 0o775);
    const line =
      "/etc/mail/sendmail.cf: line 7: fileclass: cannot open '/etc/mail/open/names': Group writable directory";
    expect(await directory.run([])).toMatchObject({ rc: 71, stdout: `${line}\n` });
    expect((await directory.run(['-ODontBlameSendmail=ClassFileInUnsafeDirPath'])).rc).toBe(0);
  });

  it('warns of a sendmail.cf that others may write', async () => {
    directory.put('aliases', 'a: b\n');
    chmodSync(join(directory.path, 'sendmail.cf'), 0o664);
    const { rc, stderr } = await directory.run([]);
    expect({ rc, stderr }).toEqual({ rc: 0, stderr: '/etc/mail/sendmail.cf: WARNING: dangerous write permissions\n' });
  });

  it.each([
    ['an unknown class', 'O AliasFile=nosuch:/etc/mail/a', 'setalias: unknown alias class nosuch'],
    ['an alias file without a name', 'O AliasFile=/x,,/y', 'No file name for implicit map Alias2'],
    ['a class without a name', 'C', 'Name required for macro/class'],
    ['a class without a file', 'Fw', 'fileclass: missing file name'],
    ['a line of no kind', 'Zfoo', 'unknown configuration line "Zfoo"'],
    ['a map line without a name', 'K', 'readcf: config K line: no map name'],
    ['an unknown user', 'O TrustedUser=no-such-user', 'readcf: option TrustedUser: unknown user no-such-user'],
  ])('stops at %s in sendmail.cf', async (_what, line, message) => {
    directory.configure(['O AliasFile=/etc/mail/aliases', line]);
    directory.put('aliases', 'a: b\n');
    expect(await directory.run([])).toMatchObject({ rc: 70, stdout: `/etc/mail/sendmail.cf: line 7: ${message}\n` });
  });

  it('shows on a terminal how far it is', async () => {
    directory.put('aliases', 'a: b\nc: d\n');
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => clock.mock.calls.length * 1100);
    const { stderr } = await directory.run(['--progress'], { isTerminal: true });
    clock.mockRestore();
    expect(stderr).toBe('\rnewaliases: 1 lines read\rnewaliases: 2 lines read\r\x1b[K');
  });

  it('prints problems and counts as JSON', async () => {
    directory.put('aliases', 'a: b\nbad\n');
    const { rc, stdout } = await directory.run(['--json']);
    expect(rc).toBe(70);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        aliases: 1,
        longest: 1,
        bytes: 2,
        status: 70,
        problems: [{ line: 2, text: 'missing colon', severity: 'error' }],
      },
    ]);
  });
});

describe('the example', () => {
  it('compiles without a word too many', async () => {
    const aliases = readFileSync(new URL('../../examples/etc-mail/aliases', import.meta.url), 'latin1');
    directory.put('aliases', aliases);
    directory.configure(['O AliasFile=/etc/mail/aliases', 'O CheckAliases=True']);
    const { rc, stdout, stderr } = await directory.run([]);
    expect({ rc, stderr }).toEqual({ rc: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+: \d+ aliases, longest \d+ bytes, \d+ bytes total\n$/);
  });
});
