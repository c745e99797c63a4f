/**
 * Owners, modes, links and directories: the scenes of privilege-scenes.ts, played with sendmail's programs and with ours in
 * namespaces of their own. Both make the same maps with the same owners and modes, and refuse with the same words and statuses;
 * our additions begin with `warning: ` and are not compared.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { oracleAvailable, oracleDirectory, realProgram } from '../oracle/client.ts';
import { configuration, DEFAULT_FEATURES } from '../oracle/features.ts';
import type { Family } from './fault.ts';
import { PROJECT } from './generations.ts';
import { withDirectory } from './map-images.ts';
import { SCENES, type Scene } from './privilege-scenes.ts';

const PROGRAMS = ['makemap', 'editmap', 'praliases', 'newaliases'];
const USERS = ['alice:x:2001:2001::/:/bin/sh', 'bob:x:2002:2002::/:/bin/sh', 'mail:x:8:8::/:/bin/sh'];

/** $1 scratch directory with passwd, group, sendmail.cf and scenes; $2 the programs; $3 the ending of maps. */
const STAGE = `
set -u
mount -t tmpfs -o mode=755 none /etc/mail || exit 99
mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group || exit 99
hostname mail.oracle.test
ip link set lo up
export X=$3 PATH=$2:$PATH
for scene in "$1"/*.scene; do
  cd /etc/mail
  find . -mindepth 1 -delete
  chmod 755 .
  umask 022
  mkdir mqueue
  cp "$1/sendmail.cf" .
  sh "$scene" > "\${scene%.scene}.$3.out" 2> "\${scene%.scene}.$3.err" < /dev/null
done
`;
const PRELUDE = `
try() { "$@"; echo "status $?"; }
show() { stat -c '%a %U:%G %F' "$@" 2>/dev/null || echo none; }
content() { makemap -u -s hash "$1" | LC_ALL=C sort; }
as() { user=$1; shift; setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"; echo "status $?"; }
`;

export const privilege: Family = {
  name: 'privilege',
  promise: 'owners, modes, links and unsafe directories are treated as sendmail treats them',
  lacks: () => (oracleAvailable ? undefined : 'the real sendmail'),
  run: (round) =>
    withDirectory((directory) => {
      chmodSync(directory, 0o755);
      const scratch = join(directory, 'scenes');
      mkdirSync(scratch);
      // Each run of the short form has a third of them.
      const scenes = SCENES.filter((_, index) => round.long || index % 3 === round.seed % 3);
      prepare(scratch, scenes);
      play(scratch, dirname(realProgram('makemap')), 'db');
      play(scratch, ourPrograms(directory), 'lmdb');
      let commands = 0;
      for (const [index, [title]] of scenes.entries()) {
        const [theirs, ours] = [said(scratch, index, 'db'), said(scratch, index, 'lmdb')];
        commands += theirs.match(/^status /gm)?.length ?? 0;
        if (theirs === ours && theirs !== '') round.held(theirs.match(/^status /gm)?.length);
        else round.broke({ tried: title, got: differing(theirs, ours) });
      }
      round.figure(`${scenes.length} scenes, ${commands} commands`);
    }),
};

function prepare(scratch: string, scenes: readonly Scene[]): void {
  const accounts = (file: string, lines: readonly string[]): string =>
    `${readFileSync(file, 'latin1')}${lines.join('\n')}\n`;
  writeFileSync(join(scratch, 'passwd'), accounts('/etc/passwd', USERS));
  writeFileSync(join(scratch, 'group'), accounts('/etc/group', ['alice:x:2001:', 'bob:x:2002:']));
  writeFileSync(join(scratch, 'sendmail.cf'), configuration(oracleDirectory, DEFAULT_FEATURES), 'latin1');
  for (const [index, [, script]] of scenes.entries())
    writeFileSync(join(scratch, `${name(index)}.scene`), `${PRELUDE}touch local-host-names\n${script}\n`);
}

const name = (index: number): string => String(index).padStart(3, '0');

/** The built programs under their bare names. */
function ourPrograms(directory: string): string {
  const programs = join(directory, 'programs');
  mkdirSync(programs);
  for (const program of PROGRAMS) {
    const path = join(programs, program);
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${join(PROJECT, 'bin', program)}.cjs" "$@"\n`);
    chmodSync(path, 0o755);
  }
  return programs;
}

function play(scratch: string, programs: string, ending: string): void {
  const argv = ['--mount', '--uts', '--net', '--ipc', 'sh', '-c', STAGE, 'sh', scratch, programs, ending];
  const { status, stderr } = spawnSync('unshare', argv, { encoding: 'latin1' });
  if (status !== 0) throw new Error(`the scenes could not be played: ${stderr}`);
}

/** The output of a scene on both streams, in words that do not depend on whose programs ran. */
function said(scratch: string, index: number, ending: string): string {
  const stream = (kind: string): string => readFileSync(join(scratch, `${name(index)}.${ending}.${kind}`), 'latin1');
  const errors = stream('err').replace(/^warning: .*\n/gm, '');
  return `${stream('out')}--\n${errors}`.replace(/\.(?:db|lmdb)\b/g, '.EXT').replace(/^warning: .*\n/gm, '');
}

/** From the first line in which they differ. */
function differing(theirs: string, ours: string): unknown {
  const [a, b] = [theirs.split('\n'), ours.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  const from = Math.max(0, at - 6);
  return { theirs: a.slice(from, at + 6), ours: b.slice(from, at + 6) };
}
