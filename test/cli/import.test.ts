/** mailmaps import: the maps that it makes of the files of other libraries, and its messages. */
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changesIn } from '../../src/cli/mailmaps/import/references.ts';
import { main } from '../../src/cli/mailmaps/main.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { DB_FILES, type DbRecord, recordsOf, sorted } from '../store/dbfiles.ts';
import { runProgram } from './run-program.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  writeFileSync(path('empty.cf'), '');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = (name: string): string => join(directory, name);
const put = (from: string, name: string, mode = 0o644): void =>
  writeFileSync(path(name), readFileSync(join('test/data/dbfiles', from)), { mode });
const run = (...args: string[]) => runProgram(main, ['import', '--config', path('empty.cf'), ...args]);

async function importedReport(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run('--json', ...args);
  const [report] = JSON.parse(Buffer.from(stdout, 'latin1').toString());
  return report;
}

function records(file: string): DbRecord[] {
  using map = openMapFile(file);
  return [...map.entries()].map(({ key, value }) => [key, value]);
}

const distinct = (all: readonly DbRecord[]): boolean => new Set(all.map(([key]) => key)).size === all.length;
const IMPORTED = DB_FILES.filter(({ expected, path }) => expected === 'records' && distinct(recordsOf(path)));
const REFUSED = DB_FILES.filter(({ expected }) => expected !== 'records');

describe('every file whose keys are distinct', () => {
  it.each(IMPORTED)('$name ($features) keeps its records', async ({ name, path: file }) => {
    put(name, 'map.db');
    const long = recordsOf(file).filter(([key]) => key.length > 1978);
    const { rc, stdout, stderr } = await run(path('map.db'), ...(long.length > 0 ? ['--cdb'] : []));
    expect({ rc, stderr }).toEqual({ rc: 0, stderr: '' });
    expect(stdout).toMatch(/ -> /);
    // one text is compared sooner than thousands of pairs
    const text = (all: readonly DbRecord[]): string => all.map((pair) => JSON.stringify(pair)).join('\n');
    if (long.length === 0) expect(text(sorted(records(path('map.lmdb'))))).toBe(text(recordsOf(file)));
  });
});

describe('every file that is refused', () => {
  it.each(REFUSED)('$name ($features) makes no map', async ({ name, path: file }) => {
    put(name, 'map.db');
    const before = readFileSync(path('map.db'));
    const { rc, stdout, stderr } = await run(name.startsWith('x-sdbm') ? file : path('map.db'), '--to', path('new'));
    expect({ rc, stdout }).toEqual({ rc: 65, stdout: '' });
    expect(stderr).toMatch(/^mailmaps: .*\n$/);
    expect(statSync(path('new.lmdb'), { throwIfNoEntry: false })).toBeUndefined();
    expect(readFileSync(path('map.db')).equals(before)).toBe(true);
  });
});

it.each([
  ['none', 'does not exist'],
  ['empty.cf', 'is not a directory'],
])('without files, the directory %s %s', async (name, what) => {
  const { rc, stderr } = await run('-d', path(name));
  expect({ rc, stderr }).toEqual({
    rc: 66,
    stderr: `mailmaps: ${path(name)} ${what}: name the directory with the maps\n`,
  });
});

it('a map that may not be made is named', async () => {
  put('sm-access-hash.db', 'map.db');
  symlinkSync(path('other.lmdb'), path('map.lmdb'));
  const { rc, stderr } = await run(path('map.db'));
  expect({ rc, stderr }).toEqual({ rc: 77, stderr: `mailmaps: ${path('map.lmdb')}: Symbolic links not allowed\n` });
});

describe('who made it', () => {
  it.each([
    ['sm-access-hash.db', "sendmail's makemap"],
    ['sm-nul.db', "Postfix's postmap, or sendmail's makemap -N"],
    ['sm-aliases.db', "sendmail's newaliases"],
    ['pf-aliases-hash.db', "Postfix's postalias"],
    ['pf-aliases.cdb', "Postfix's postalias"],
    ['sm-empty-hash.db', 'an unknown program'],
  ])('%s: %s', async (file, maker) => {
    put(file, 'map.db');
    expect(await importedReport(path('map.db'))).toMatchObject({ maker });
  });
});

describe('several values of a key', () => {
  it.each([
    ['sm-dups-hash.db', [], 43, /keys have several values .* order of their bytes/],
    ['sm-dups-hash.db', ['--cdb'], 43, undefined],
    ['sm-dups-hash.db', ['--lmdb-format', '0.9'], undefined, /the first one of each stays; LMDB 1.0 and CDB keep all/],
    ['c-dups.cdb', [], undefined, /the first one of each stays, which every lookup in a CDB file gives/],
  ] as const)('%s %s', async (file, args, count, lost) => {
    put(file, 'map.db');
    const report = await importedReport(path('map.db'), ...args);
    const problems = (report.problems as { text: string; ours?: boolean }[]).filter(({ ours }) => ours);
    if (lost === undefined) expect(problems).toEqual([]);
    else expect(problems).toMatchObject([{ text: expect.stringMatching(lost) }]);
    if (count !== undefined) expect(report.read).toBe(count);
    using old = openMapFile(path('map.db'));
    using made = openMapFile(String(report.path));
    if (args.length > 0)
      for (const [key] of recordsOf(join('test/data/dbfiles', file))) expect(made.get(key)).toBe(old.get(key));
  });

  it('keeps values and their order in a CDB file', async () => {
    put('sm-dups-hash.db', 'map.db');
    await run('--cdb', path('map.db'));
    expect(sorted(records(path('map.cdb')))).toEqual(recordsOf('test/data/dbfiles/sm-dups-hash.db'));
  });
});

describe('a CDB file that is made', () => {
  it('has no NUL, and says which keys were there in both forms', async () => {
    put('pf-aliases-hash.db', 'aliases.db');
    await run('--cdb', path('aliases.db'));
    const expected = recordsOf('test/data/dbfiles/pf-aliases-hash.db').map(
      ([key, value]): DbRecord => (key.endsWith('\0') ? [key.slice(0, -1), value.replace(/\0$/, '')] : [key, value]),
    );
    expect(sorted(records(path('aliases.cdb')))).toEqual(sorted(expected));
  });
});

describe('a map as it is used', () => {
  it('keeps the mode of the file', async () => {
    put('sm-access-hash.db', 'map.db', 0o604);
    await run(path('map.db'));
    expect(statSync(path('map.lmdb')).mode & 0o777).toBe(0o604);
  });

  it('without names is everything in the directory', async () => {
    put('sm-access-hash.db', 'access.db');
    put('sm-aliases.db', 'aliases.db');
    put('c-access.cdb', 'virtual.cdb');
    put('x-gdbm.db', 'other.db');
    const { rc, stdout, stderr } = await runProgram(main, ['import', '--config', path('empty.cf'), '-d', directory]);
    expect(stdout.match(/ records -> /g)).toHaveLength(3);
    expect(stderr).toMatch(/other.db is a GDBM file, which `gdbm_dump` prints/);
    expect(rc).toBe(65);
  });

  it('is compared with its text, and what is newer is said', async () => {
    put('sm-aliases.db', 'aliases.db');
    writeFileSync(path('aliases'), 'postmaster: root\nroot: alice, carol\nnew: bob\n', { mode: 0o644 });
    utimesSync(path('aliases.db'), 1, 1);
    const { rc, stdout } = await run('--check', path('aliases.db'));
    expect(rc).toBe(65);
    expect(stdout).toMatch(/its source file was changed after it was made/);
    expect(stdout).toMatch(/aliases compiles to other records, \d+ keys differ:/);
    const report = await importedReport('--check', path('aliases.db'));
    const { differences } = report.check as { differences: unknown[] };
    expect(differences).toContainEqual({ key: 'root', ours: 'alice, carol', theirs: 'alice, bob' });
    expect(differences).toContainEqual({ key: 'new', ours: 'bob' });
    expect(differences).not.toContainEqual(expect.objectContaining({ key: 'postmaster' }));
  });

  it('agrees with a text that has the same entries', async () => {
    put('sm-access-hash.db', 'access.db');
    const lines = recordsOf('test/data/dbfiles/sm-access-hash.db').map(([key, value]) => `${key}\t${value}\n`);
    writeFileSync(path('access'), lines.join(''), 'latin1');
    const { rc, stdout } = await run('--check', path('access.db'));
    expect(rc).toBe(0);
    expect(stdout).toMatch(/access compiles to the same records/);
  });

  it('of several in one file is named', async () => {
    put('s-two.db', 'two.db');
    expect(await run('--cdb', '--database', 'aliases', path('two.db'))).toMatchObject({ rc: 0, stderr: '' });
    expect(sorted(records(path('two.cdb')))).toEqual(recordsOf('test/data/dbfiles/s-two.db.aliases'));
  });

  it.each([
    [['--cdb', '--lmdb-format', '0.9', 'x.db'], /exclude each other/],
    [['--to', 'x'], /--to needs one file/],
  ])('refuses %j', async (args, text) => {
    const { rc, stderr } = await run(...args);
    expect({ rc, stderr }).toEqual({ rc: 64, stderr: expect.stringMatching(text) });
  });
});

describe('lines of configurations', () => {
  const moved = { name: '/etc/mail/access', from: 'db', to: 'lmdb' } as const;
  // biome-ignore format: one line a row
  it.each([
    ['Kaccess hash -T<TMPF> -o /etc/mail/access', 'Kaccess lmdb -T<TMPF> -o /etc/mail/access'],
    ['Kaccess hash /etc/mail/access.db', 'Kaccess lmdb /etc/mail/access.lmdb'],
    ["FEATURE(`access_db', `hash -T<TMPF> -o /etc/mail/access.db')dnl", "FEATURE(`access_db', `lmdb -T<TMPF> -o /etc/mail/access.lmdb')dnl"],
    ['smtpd_client_restrictions = check_client_access hash:/etc/mail/access, permit', 'smtpd_client_restrictions = check_client_access lmdb:/etc/mail/access, permit'],
    ['check_sender_access = proxy:btree:$config_directory/access', 'check_sender_access = proxy:lmdb:$config_directory/access'],
    ['access.db: access', 'access.lmdb: access'],
    ['\tmakemap hash access < access', '\tmakemap lmdb access < access'],
    ['0 4 * * * root makemap hash /etc/mail/access < /etc/mail/access', '0 4 * * * root makemap lmdb /etc/mail/access < /etc/mail/access'],
    ['PathChanged=/etc/mail/access.db', 'PathChanged=/etc/mail/access.lmdb'],
    ['data = {lookup{$local_part}dbm{/etc/mail/access.db}}', 'data = {lookup{$local_part}lmdb{/etc/mail/access.lmdb}}'],
    ['Kvirtuser hash /etc/mail/virtusertable', undefined],
    ['Kaccess2 hash /etc/mail/access2', undefined],
    ['x = hash:/etc/mail/access-old', undefined],
    ['cp /srv/other/access.db /tmp', undefined],
    ['# Kaccess hash /etc/mail/access', undefined],
    ["dnl FEATURE(`access_db', `hash /etc/mail/access.db')", undefined],
  ])('%s', (line, changed) => {
    const expected = changed === undefined ? [] : [{ file: 'cf', line: 2, old: line, new: changed }];
    expect(changesIn('cf', `first\n${line}\nlast`, moved)).toEqual(expected);
  });

  it('are printed and not edited', async () => {
    put('sm-access-hash.db', 'access.db');
    const text = `Kaccess hash -o ${path('access')}\n`;
    writeFileSync(path('x.cf'), text);
    const { stdout } = await runProgram(main, ['import', '--config', path('x.cf'), '--cdb', path('access.db')]);
    expect(stdout).toContain(`  change ${path('x.cf')} line 1:\n    - ${text}    + Kaccess cdb -o ${path('access')}\n`);
    expect(readFileSync(path('x.cf'), 'utf8')).toBe(text);
  });
});
