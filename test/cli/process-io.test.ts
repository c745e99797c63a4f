/**
 * Programs as processes: behaviour that only real streams show.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let directory: string;
let program: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
  program = join(directory, 'makemap.cjs');
  buildSync({
    entryPoints: ['src/cli/programs/makemap.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    external: ['lmdb'],
    logLevel: 'error',
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a shell line in which `$M` is makemap; the status, standard output and our part of standard error. */
function shell(line: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: directory,
    env: { ...process.env, M: `${process.execPath} ${program} --no-verify` },
    encoding: 'latin1',
  });
  return [status, stdout, stderr.replace(/^WARNING: .*\n/gm, '')];
}

describe('a program as a process', () => {
  // biome-ignore format: one case per line
  it.each<[string, string, number, string, string]>([
    ['reads a pipe', "printf 'a b\\n' | $M -v hash m", 0, "key=`a', val=`b'\n", ''],
    ['reads a closed input as an empty one', '$M hash m <&- && $M -u hash m', 0, '', ''],
    ['keeps the order of its outputs', "printf 'a b\\nc\\nd e\\n' | $M -v hash m 2>&1 | grep -v WARNING", 0, "key=`a', val=`b'\nkey=`d', val=`e'\nmakemap: m: line 2: no RHS for LHS c\n", ''],
    ['takes arguments that are no UTF-8', "printf 'k\\377v\\n' | $M -t \"$(printf '\\377')\" hash m && $M -u hash m", 0, 'k\tv\n', ''],
    ['ends without a word when nobody reads on', '$M -u hash big | head -1 && true', 0, 'k100000\tv\n', ''],
    ['waits on for its input after a signal that means nothing, without a debugger', `mkfifo f; $M -v hash m > out < f & exec 3> f; echo c d >&3; until grep -q c out; do sleep 0.05; done; kill -USR1 $!; echo a b >&3; exec 3>&-; wait $!; echo $?; $M -u hash m`, 0, '0\na\tb\nc\td\n', ''],
    ['refuses the name of a map that is no UTF-8', '$M hash "$(printf \'m\\377\')" < /dev/null', 73, '', 'makemap: error opening type hash map m\xff: the name of a map must be UTF-8\n'],
    ['does not read a sendmail.cf that has no end', '$M -C /dev/zero hash m < /dev/null', 66, '', 'makemap: /dev/zero: File too large\n'],
    ['says that its input cannot be read, and leaves the map', '$M hash m < .', 74, '', 'makemap: standard input: Is a directory\n'],
    ['has an exit status for a usage error', '$M hash 2>/dev/null', 64, '', ''],
  ])('%s', (_, line, ...expected) => {
    writeFileSync(join(directory, 'big.txt'), Array.from({ length: 50_000 }, (_, i) => `k${100_000 + i} v\n`).join(''));
    if (line.includes('big')) shell('$M hash big < big.txt');
    expect(shell(line)).toEqual(expected);
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  it.runIf(hasScript).each<[string, string, string]>([
    ['a text', '', 'makemap: m: line 1: no RHS for LHS ?[31mx\xc3\xa9\xef\xbf\xbd\r\n'],
    ['bytes, elsewhere', ' 2>&1 | cat', 'makemap: m: line 1: no RHS for LHS \x1b[31mx\xc3\xa9\xff\r\n'],
  ])('shows %s harmless on a terminal', (_, to, expected) => {
    writeFileSync(join(directory, 'harmful'), '\x1b[31mx\xc3\xa9\xff\n', 'latin1');
    const [, stdout] = shell(`script -qec "$M hash m < harmful${to}" /dev/null < /dev/null`);
    expect(String(stdout).replace(/^WARNING: .*\r\n/gm, '')).toBe(expected);
  });

  it.runIf(existsSync('/dev/full'))('says that its output cannot be written', () => {
    expect(shell('$M -l > /dev/full')).toEqual([74, '', 'makemap: standard output: No space left on device\n']);
  });
});
