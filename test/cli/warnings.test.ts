/**
 * Every program that reads a source file warns of entries that lose something silently. The warning changes neither the map,
 * nor the exit status, nor the output of sendmail's program.
 */
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main as mailmaps } from '../../src/cli/mailmaps/main.ts';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { main as newaliases } from '../../src/cli/sendmail/newaliases.ts';
import { main as praliases } from '../../src/cli/sendmail/praliases.ts';
import { makeMap, openMailMaps } from '../../src/index.ts';
import { runProgram } from './run-program.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-warnings.'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);

/** Our warnings, without the directory; those of sendmail about /tmp are left out. */
function warnings(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('warning: '))
    .map((line) => Buffer.from(line.slice('warning: '.length), 'latin1').toString().replaceAll(`${directory}/`, ''));
}

describe('makemap', () => {
  const make = (name: string, text: string | Buffer, ...args: readonly string[]) =>
    runProgram(makemap, ['-C/dev/null', ...args, 'hash', path(name)], { stdin: Buffer.from(text) });

  it('warns of entries of an access map, in line order, and makes the same map', async () => {
    const { rc, stderr } = await make(
      'access',
      '\ufeffConnect:192.0.2.1\tREJECT\nTo:a.example\tRELAY # ours\nno-value\nConnect:198.51.100.0/24\tREJECT\r\n',
    );
    expect(rc).toBe(65);
    expect(warnings(stderr)).toEqual([
      'access: line 1: a byte order mark is taken for a letter [MM308]',
      'access: line 2: the comment is part of the value: mail is refused with the text "RELAY # ours" [MM201]',
      'access: line 4: Connect:198.51.100.0/24: a network is not written with a slash: 198.51.100 [MM101]',
      'access: line 4: a carriage return ends the line, and stays in the text [MM304]',
    ]);
    expect(stderr).toContain(`makemap: ${path('access')}: line 3: no RHS for LHS no-value\n`);
    const dump = await runProgram(makemap, ['-u', 'hash', path('access')]);
    expect(dump.stdout).toContain('to:a.example\tRELAY # ours\n');
  });

  it('warns of characters alone in other maps', async () => {
    const { rc, stderr } = await make('virtusertable', '*.a.example\tREJCT\nb\u00a0@c.example\td\nc\td\u00a0\n');
    expect(rc).toBe(0);
    expect(warnings(stderr)).toEqual([
      'virtusertable: line 2: a no-break space is taken for a letter [MM308]',
      'virtusertable: line 3: a no-break space is taken for a letter [MM308]',
    ]);
  });

  it('finds what lies in two chunks', async () => {
    const found: string[] = [];
    const bytes = Buffer.from('a.example\tOK\nb\u00a0.example\tOK\r\n');
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    await makeMap(chunks, path('any'), { onProblem: ({ code, line }) => line && found.push(`${line} ${code}`) });
    expect(found).toEqual(['2 MM308', '2 MM304']);
  });

  it('says why a text in UTF-16 makes no map', async () => {
    const { stderr } = await make('any', Buffer.from('\ufeffa.example OK\n', 'utf16le'));
    expect(warnings(stderr)).toEqual([
      'any: line 1: the file is in UTF-16, which sendmail reads as other characters; write it in UTF-8 [MM310]',
    ]);
  });

  it('takes UseCompressedIPv6Addresses from sendmail.cf', async () => {
    writeFileSync(path('cf'), 'O UseCompressedIPv6Addresses=True\n');
    const asked = ['hash', path('access')];
    const { stderr } = await runProgram(makemap, [`-C${path('cf')}`, ...asked], { stdin: 'IPv6:2001:db8::7\tOK\n' });
    expect(warnings(stderr)).toEqual([]);
  });

  it('has the code in the JSON report', async () => {
    const { stdout, stderr } = await make('access', '*.a\tOK\n', '--json');
    expect(warnings(stderr)).toEqual([]);
    expect(JSON.parse(stdout).problems).toContainEqual(expect.objectContaining({ code: 'MM105', line: 1, ours: true }));
  });
});

describe('newaliases', () => {
  it('warns between what sendmail says, and makes the same map', async () => {
    writeFileSync(path('aliases'), 'root:\u00a0a@b.example\nx\na: b # c\np: |/bin/cat -n\n');
    const { stderr, stdout } = await runProgram(newaliases, ['-C/dev/null', `-oA${path('aliases')}`]);
    expect(warnings(stderr)).toEqual([
      'aliases: line 1: a no-break space is taken for a letter [MM308]',
      'aliases: line 3: "# c" is part of an address, and no comment [MM408]',
      'aliases: line 4: the blanks of |/bin/cat -n become other characters; write "|/bin/cat -n" [MM409]',
    ]);
    expect(stdout).toContain(`${path('aliases')}: line 2: missing colon\n`);
    expect(stdout).toContain('3 aliases');
  });

  it('warns of the names of its hosts', async () => {
    writeFileSync(path('aliases'), 'a: b\n');
    writeFileSync(path('hosts'), 'a.example b.example\n');
    writeFileSync(
      path('cf'),
      `V10\nDjh.example\nFw${path('hosts')}\nO AliasFile=${path('aliases')}\nO DontBlameSendmail=ClassFileInUnsafeDirPath\n`,
    );
    const { stderr } = await runProgram(newaliases, [`-C${path('cf')}`]);
    expect(warnings(stderr)).toContain(
      'hosts: line 1: only the first word of a line counts; b.example is lost [MM501]',
    );
  });
});

describe('what is said and not done', () => {
  it('is reported by editmap', async () => {
    await makeMap([Buffer.from('a.example\tOK\n')], path('m'));
    const { rc, stderr } = await runProgram(editmap, ['-u', 'hash', path('m'), 'b.example', 'OK', 'and', 'more']);
    expect([rc, warnings(stderr)]).toEqual([0, ['ignored after the value: and more']]);
  });

  it('is reported by newaliases of a configuration without alias files', async () => {
    writeFileSync(path('cf'), 'V10\nDjh.example\n');
    const { rc, stderr, stdout } = await runProgram(newaliases, [`-C${path('cf')}`]);
    expect([rc, stdout]).toEqual([0, '']);
    expect(warnings(stderr)).toEqual(['no AliasFile names a file that newaliases makes a map of: nothing is done']);
  });

  it('is reported by expand of an empty address', async () => {
    const { rc, stderr } = await runProgram(mailmaps, ['expand', '-d', directory, '']);
    expect([rc, stderr]).toEqual([64, 'mailmaps: expand needs an address: one is empty\n']);
  });
});

describe('a configuration', () => {
  it('has a problem event for each line of a class that is lost', async () => {
    writeFileSync(path('local-host-names'), '\ufeffhere.example\n');
    writeFileSync(path('relay-domains'), '*.there.example\n');
    const problems: string[] = [];
    using maps = openMailMaps({ directory, aliases: [] });
    maps.on('problem', ({ message }) => problems.push(message.replace(`${directory}/`, '')));
    await setImmediate();
    expect(problems).toEqual([
      'local-host-names: line 1: a byte order mark is taken for a letter [MM308]',
      'relay-domains: line 1: *.there.example: there are no wildcards [MM502]',
    ]);
  });

  it('has one for a list, once', async () => {
    chmodSync(directory, 0o755);
    writeFileSync(path('list'), 'bob@b.example # of sales\n');
    writeFileSync(path('aliases'), `staff: :include:${path('list')}\n`);
    writeFileSync(path('cf'), `V10\nDjh.example\nO AliasFile=${path('aliases')}\nO DontBlameSendmail=TrustStickyBit\n`);
    await runProgram(newaliases, ['-C/dev/null', `-oA${path('aliases')}`]);
    const problems: string[] = [];
    using maps = openMailMaps({ cf: path('cf'), reloadCheckMs: 0 });
    maps.on('problem', ({ message }) => problems.push(message.replace(`${directory}/`, '')));
    for (let i = 0; i < 3; i++) maps.expand('staff');
    expect(problems).toEqual(['list: line 1: "# of sales" is part of an address, and no comment [MM408]']);
  });

  it('does not fill a log with one file', () => {
    const problems: string[] = [];
    using maps = openMailMaps({ directory, aliases: [], reloadCheckMs: 0 });
    maps.on('problem', ({ message }) => problems.push(message));
    writeFileSync(path('relay-domains'), '*.x\n'.repeat(1000));
    for (let i = 0; i < 3; i++) maps.isLocal('a');
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe(`${path('relay-domains')}: and 980 more such lines`);
  });
});

describe('a map that is older than its source file', () => {
  const old = 'is older than its source file';

  beforeEach(async () => {
    const later = new Date(Date.now() + 3_600_000);
    for (const [name, text] of Object.entries({ access: 'a OK\n', aliases: 'root: a@b.example\n' })) {
      writeFileSync(path(name), text);
      if (name === 'access') await runProgram(makemap, ['hash', path(name)], { stdin: text });
      else await runProgram(newaliases, ['-C/dev/null', `-oA${path(name)}`]);
      utimesSync(path(name), later, later);
    }
  });

  // biome-ignore format: one case per line
  it.each([
    ['praliases', () => runProgram(praliases, ['-f', path('aliases')]),                       [`aliases.lmdb ${old} aliases: build it with newaliases [MM306]`]],
    ['editmap',   () => runProgram(editmap, ['-q', 'hash', path('access'), 'a']),             [`access.lmdb ${old} access: build it with makemap [MM306]`]],
    ['makemap',   () => runProgram(makemap, ['-u', 'hash', path('access')]),                  [`access.lmdb ${old} access: build it with makemap [MM306]`]],
    ['check',     () => runProgram(mailmaps, ['check', 'mail', 'a@b.example', '-d', directory]), [`access.lmdb ${old} access: build it with makemap`, `aliases.lmdb ${old} aliases: build it with newaliases`]],
    ['expand',    () => runProgram(mailmaps, ['expand', 'root', '-d', directory]),               expect.arrayContaining([`aliases.lmdb ${old} aliases: build it with newaliases`])],
  ])('is reported by %s', async (_, run, said) => {
    const { rc, stderr } = await run();
    expect(rc).toBe(0);
    expect(warnings(stderr)).toEqual(said);
  });

  it('is reported by a server once the text has waited for a minute, and again after it was built', async () => {
    const problems: string[] = [];
    using maps = openMailMaps({ directory, reloadCheckMs: 0 });
    maps.on('problem', ({ message }) => problems.push(message.replaceAll(`${directory}/`, '')));
    const ask = (): unknown => maps.isLocal('a');
    ask();
    expect(problems).toEqual([]);
    const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
    utimesSync(path('access'), minutesAgo(2), minutesAgo(2));
    utimesSync(path('access.lmdb'), minutesAgo(3), minutesAgo(3));
    ask();
    ask();
    expect(problems).toEqual([`access.lmdb ${old} access: build it with makemap`]);
    utimesSync(path('access.lmdb'), minutesAgo(1), minutesAgo(1));
    ask();
    utimesSync(path('access.lmdb'), minutesAgo(3), minutesAgo(3));
    ask();
    expect(problems).toHaveLength(2);
  });

  it('and a source file without its map is reported, too', async () => {
    rmSync(path('aliases.lmdb'));
    const { stderr } = await runProgram(praliases, ['-f', path('aliases')]);
    expect(warnings(stderr)).toEqual([
      'aliases.lmdb does not exist beside its source file aliases: build it with newaliases [MM306]',
    ]);
  });
});
