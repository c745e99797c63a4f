/**
 * Visible only in whole processes of the built programs: memory at a real size, a machine without the package lmdb,
 * users without rights, a file system that cannot be written to.
 *
 * @module-tag slow
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { random } from '../conformance/random.ts';
import { program } from '../oracle/programs.ts';
import { SMALL_CF } from '../small-cf.ts';

const strace = program('strace');
const ROOT = join(import.meta.dirname, '../..');
/** Gives up root's rights in the process itself: the user need not be able to reach this Node. */
const BECOME_NOBODY = "process.setgroups([]); process.setgid(65534); process.setuid(65534); require('./editmap.cjs')";
const asRoot = process.getuid?.() === 0;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  chmodSync(directory, 0o755);
});

afterEach(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], options: { input?: string; timeout?: number } = {}): Run {
  return spawnSync(process.execPath, [program, ...args], {
    cwd: directory,
    encoding: 'latin1',
    input: '',
    maxBuffer: 2 ** 28,
    ...options,
  });
}

/** Random access lines, a million of them in about 38 MB. */
function accessLines(count: number): string {
  const r = random(1, 0);
  const values = ['OK', 'RELAY', 'REJECT', 'ERROR:5.7.1:"550 Not here"'];
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    lines.push(`From:user${r.int(0, 2 ** 31)}@host${i}.example\t${r.pick(values)}\n`);
  }
  return lines.join('');
}

describe('a million lines', () => {
  it('compile, verified, within 256 MB', () => {
    const maximum = `process.on('exit', () => console.log(process.resourceUsage().maxRSS)); require('${ROOT}/bin/makemap.cjs')`;
    const made = run('-e', [maximum, 'makemap', 'hash', 'access'], { input: accessLines(1_000_000) });
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(Number(made.stdout) / 1024).toBeLessThan(256);
    expect(run(join(ROOT, 'bin/makemap.cjs'), ['-u', 'hash', 'access']).stdout.split('\n')).toHaveLength(1_000_001);
  });
});

describe('a writer that waits for another', () => {
  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])('ends by %s and leaves nothing', async (signal) => {
    run(join(ROOT, 'bin/makemap.cjs'), ['hash', 'access']);
    const start = (...args: string[]) => spawn(process.execPath, args, { cwd: directory });
    const first = start(join(ROOT, 'bin/makemap.cjs'), '-o', '-v', 'hash', 'access');
    const itsFiles = (): string[] => readdirSync(directory).filter((file) => file.startsWith('.access.'));
    await expect.poll(itsFiles).toHaveLength(1);
    const before = itsFiles();
    const second = start(join(ROOT, 'bin/editmap.cjs'), '-u', 'hash', 'access', 'a', 'b');
    const [said] = await once(second.stderr, 'data');
    expect(String(said)).toBe(`warning: access.lmdb: waiting for process ${first.pid}, which writes it\n`);
    second.kill(signal);
    expect(await once(second, 'exit')).toEqual([null, signal]);
    expect(itsFiles()).toEqual(before);
    first.stdin.end('c.example OK\n');
    expect(await once(first, 'exit')).toEqual([0, null]);
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });
});

describe('what is no file', () => {
  it.each(['mkfifo access', 'ln -s /dev/zero access', 'truncate -s 10G access'])(
    'is not looked for entries where the text of a map would be: %s',
    (command) => {
      run(join(ROOT, 'bin/makemap.cjs'), ['hash', 'access'], { input: 'Connect:192.0.2.1 REJECT\n' });
      spawnSync('sh', ['-c', command], { cwd: directory });
      const args = ['check', 'relay', '--client', '192.0.2.1', '-d', '.'];
      const { status, stdout } = run(join(ROOT, 'bin/mailmaps.cjs'), args, { timeout: 100_000 });
      expect([status, stdout.split('\n')[0]]).toEqual([1, 'refused: 550 5.7.1 Access denied']);
    },
  );
});

describe('a sendmail.cf that is a pipe', () => {
  it.each([
    ['check rcpt a@far.example --client 192.0.2.1 --sender b@c.example', 1],
    ['route a@far.example', 0],
    ['rewrite a@far.example', 0],
    ['lint --disable MM', 0],
  ])('is read once by %s', (command, status) => {
    writeFileSync(join(directory, 'cf'), `${SMALL_CF}Scheck_rcpt\nR$*\t$#error $@ 5.7.1 $: "550 no"\n`);
    const script = `mkfifo pipe; cat cf > pipe & exec "$0" "$1" ${command} --cf pipe`;
    const args = ['-c', script, process.execPath, join(ROOT, 'bin/mailmaps.cjs')];
    expect(spawnSync('sh', args, { cwd: directory, timeout: 60_000 }).status).toBe(status);
  });

  it('is refused by doctor, which reads it more than once', () => {
    const args = [
      '-c',
      'mkfifo pipe; exec "$0" "$1" doctor --cf pipe',
      process.execPath,
      join(ROOT, 'bin/mailmaps.cjs'),
    ];
    const { stdout } = spawnSync('sh', args, { cwd: directory, timeout: 60_000, encoding: 'utf8' });
    expect(stdout).toContain('pipe is a pipe, which gives its text once');
  });
});

describe.runIf(strace)('a disk that fails under newaliases', () => {
  // biome-ignore format: one case per line
  it.each<[string, string, number, string]>([
    ['read', 'aliases', 74, 'newaliases: DIR/aliases: Input/output error\n'],
    ['read', 'hosts', 71, "cf: line 2: fileclass: cannot open 'DIR/hosts': Input/output error\n"],
    ['read', 'cf', 72, 'cf: line 0: cannot open: Input/output error\n'],
    ['close', 'aliases', 0, 'DIR/aliases: 1 aliases, longest 1 bytes, 2 bytes total\n'],
    ['close', 'hosts', 0, 'DIR/aliases: 1 aliases, longest 1 bytes, 2 bytes total\n'],
  ])('in a %s of %s', (call, file, status, said) => {
    writeFileSync(join(directory, 'aliases'), 'a: b\n');
    writeFileSync(join(directory, 'hosts'), 'a.example\n');
    writeFileSync(join(directory, 'cf'), `V10\nFw${directory}/hosts\nO AliasFile=${directory}/aliases\n`);
    const failing = ['-f', '-qq', '-o', '/dev/null', '-P', join(directory, file), '-e', `inject=${call}:error=EIO`];
    const argv = [...failing, process.execPath, join(ROOT, 'bin/newaliases.cjs'), '-C', 'cf'];
    const ran = spawnSync(strace!, argv, { cwd: directory, encoding: 'latin1' });
    expect([ran.status, (ran.stdout + ran.stderr).replaceAll(directory, 'DIR')]).toEqual([status, said]);
    expect(readdirSync(directory).includes('aliases.lmdb')).toBe(status === 0);
  });
});

describe('without the package lmdb', () => {
  it('every map is made and read back but one with duplicate keys, which is refused', () => {
    mkdirSync(join(directory, 'bin'));
    mkdirSync(join(directory, 'dist/programs'), { recursive: true });
    for (const file of ['bin/makemap.cjs', 'bin/start.cjs', 'dist/programs/makemap.cjs'])
      copyFileSync(join(ROOT, file), join(directory, file));
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(join(ROOT, 'node_modules/commander'), join(directory, 'node_modules/commander'));
    const makemap = (args: string[], input = ''): Run => run(join(directory, 'bin/makemap.cjs'), args, { input });
    const many = Array.from({ length: 2001 }, (_, i) => `h${i}.example\tOK\n`);
    expect(makemap(['hash', 'access'], many.join(''))).toMatchObject({ status: 0, stderr: '' });
    expect(makemap(['-d', 'hash', 'double'], 'a.example\tOK\n')).toMatchObject({
      status: 73,
      stderr: expect.stringMatching(/^makemap: .*duplicate keys cannot be written: the package lmdb does not load: /),
    });
    expect(makemap(['-u', 'hash', 'access']).stdout).toBe(many.toSorted().join(''));
  });
});

describe('the compiled code beside a program', () => {
  it.each([
    ['is missing', (file: string) => rmSync(file)],
    ['is empty', (file: string) => truncateSync(file)],
    ['is cut', (file: string) => truncateSync(file, 5000)],
    ['is a text', (file: string) => writeFileSync(file, 'text\n'.repeat(1000))],
  ])('%s: the program works', (_, spoil) => {
    cpSync(join(ROOT, 'bin'), join(directory, 'bin'), { recursive: true });
    cpSync(join(ROOT, 'dist/programs'), join(directory, 'dist/programs'), { recursive: true });
    for (const file of readdirSync(join(directory, 'dist/programs')))
      if (/^makemap\..*\.code$/.test(file)) spoil(join(directory, 'dist/programs', file));
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const made = run(join(directory, 'bin/makemap.cjs'), ['hash', 'access'], { input: 'a.example\tOK\n' });
    expect([made.status, made.stderr]).toEqual([0, '']);
  });
});

describe.runIf(asRoot)('where lmdb cannot be led to the new map (needs root to set up)', () => {
  const makemap = (options: string, input: string): Run => {
    const command = `mount -t tmpfs -o ro none /dev/shm && exec "$0" "$1" ${options} hash access`;
    const inside = ['-m', 'sh', '-c', command, process.execPath, join(ROOT, 'bin/makemap.cjs')];
    const env = { ...process.env, TMPDIR: '/nonexistent' };
    return spawnSync('unshare', inside, { cwd: directory, encoding: 'latin1', input, env });
  };

  it('duplicate keys are refused, and the old map stays', () => {
    const why = 'the package lmdb cannot be given the new map (a directory in /nonexistent): No such file or directory';
    expect(makemap('', 'a.example\tOK\n')).toMatchObject({ status: 0, stderr: '' });
    expect(makemap('-d', 'a.example\tOK\nb.example\tOK\n')).toMatchObject({
      status: 73,
      stderr: `makemap: error opening type hash map access: duplicate keys cannot be written: ${why}\n`,
    });
    expect(run(join(ROOT, 'bin/makemap.cjs'), ['-u', 'hash', 'access']).stdout).toBe('a.example\tOK\n');
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });
});

describe.runIf(asRoot)('without /proc (needs root to set up)', () => {
  const makemap = (map: string): Run => {
    const inside = ['-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$0" "$@"', process.execPath];
    const args = [...inside, join(ROOT, 'bin/makemap.cjs'), '--no-verify', 'hash', map];
    return spawnSync('unshare', args, { cwd: directory, encoding: 'latin1', input: 'a.example\tOK\n' });
  };
  const OTHER_USER = 65_534;

  it('a map is made where nobody else can exchange a directory', () => {
    // /tmp is sticky, and everything below it is root's
    expect(makemap(join(directory, 'access')).status).toBe(0);
    expect(readdirSync(directory)).toEqual(['access.lmdb']);
  });

  it('and nowhere else', () => {
    mkdirSync(join(directory, 'own'));
    chownSync(join(directory, 'own'), OTHER_USER, OTHER_USER);
    const refused = makemap(join(directory, 'own/access'));
    expect(refused.status).toBe(73);
    expect(refused.stderr).toContain('without /proc a directory is used only if nobody but root and this user');
    expect(readdirSync(join(directory, 'own'))).toEqual([]);
  });
});

describe.runIf(asRoot)('a user who may read a map and nothing else (needs root to set up)', () => {
  it('gets answers, and leaves nothing behind', () => {
    copyFileSync(join(ROOT, 'dist/programs/editmap.cjs'), join(directory, 'editmap.cjs'));
    run(join(ROOT, 'bin/makemap.cjs'), ['hash', 'access'], { input: 'a.example\tOK\n' });
    chmodSync(join(directory, 'access.lmdb'), 0o644);
    const before = readdirSync(directory);
    expect(run('-e', [BECOME_NOBODY, 'editmap', '-q', 'hash', 'access', 'a.example'])).toMatchObject({
      status: 0,
      stdout: 'OK\n',
      stderr: '',
    });
    expect(readdirSync(directory)).toEqual(before);
  });

  it('is refused by name where the map is not for him', () => {
    copyFileSync(join(ROOT, 'dist/programs/editmap.cjs'), join(directory, 'editmap.cjs'));
    run(join(ROOT, 'bin/makemap.cjs'), ['hash', 'access'], { input: 'a.example\tOK\n' });
    expect(run('-e', [BECOME_NOBODY, 'editmap', '-q', 'hash', 'access', 'a.example'])).toMatchObject({
      status: 73,
      stderr: 'editmap: error opening type hash map access: Permission denied\n',
    });
  });
});

describe.runIf(asRoot)('a map that is mounted by itself (needs root to mount one)', () => {
  it.each<[string, string, number, RegExp]>([
    ['in a directory that may be written', ':', 73, /: Device or resource busy: .*mount its directory instead/],
    ['in a read-only directory', 'mount -o remount,bind,ro "$1"', 74, /: Read-only file system: .*must be writable/],
  ])('%s is left as it is, and the message names the remedy', (_, restrict, status, said) => {
    run(join(ROOT, 'bin/makemap.cjs'), ['hash', 'access'], { input: 'a.example\tOK\n' });
    const script = `cp -p "$1/access.lmdb" "$1/host.lmdb" && mount --bind "$1" "$1" && cd "$1" && ${restrict} &&
      mount --bind host.lmdb access.lmdb || exit 99
      echo 'b.example OK' | "$2" "$3/bin/makemap.cjs" hash access; status=$?
      "$2" "$3/bin/editmap.cjs" -q hash access a.example; exit $status`;
    const made = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', directory, process.execPath, ROOT], {
      encoding: 'latin1',
    });
    expect(made).toMatchObject({ status, stdout: 'OK\n', stderr: expect.stringMatching(said) });
  });
});

describe.runIf(asRoot)('a read-only file system (needs root to mount one)', () => {
  it('holds maps that are read, and refuses to replace them', () => {
    run(join(ROOT, 'bin/makemap.cjs'), ['hash', 'access'], { input: 'a.example\tOK\n' });
    const script = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" || exit 99
      "$2" "$3/bin/editmap.cjs" -q hash access a.example
      echo 'b.example OK' | "$2" "$3/bin/makemap.cjs" hash access`;
    const both = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', directory, process.execPath, ROOT], {
      encoding: 'latin1',
    });
    expect(both.stdout).toBe('OK\n');
    expect(both.stderr).toContain('Read-only file system');
    expect(both.status).toBe(74);
  });
});
