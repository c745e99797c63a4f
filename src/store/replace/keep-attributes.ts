/**
 * The access control list, extended attributes and SELinux label of a map -> the same on the file that replaces it.
 * Node has no calls for them, so cp(1) of GNU coreutils copies them between the descriptors, while the new file is
 * empty.
 *
 * Limits: without such a cp (busybox, other systems) they are lost, as makemap(8) documents. If cp fails, that is a
 * warning. Owner and mode are set elsewhere. But an access control list and the mode depend on each other, so here the mode is
 * set to that of the old file again.
 */
import { existsSync } from 'node:fs';
import { systemText } from '../../core/system-error.ts';

const PROGRAMS: readonly string[] = ['/usr/bin/cp', '/bin/cp'];
const SELINUX = '/sys/fs/selinux/enforce';
const FROM = 3;
const TO = 4;
/** Messages of a cp without these options. */
const OTHER_CP = /unrecognized option|BusyBox|usage:|illegal option/i;
const MAX_TEXT = 1000;
const TIMEOUT_MS = 10_000;

/** The message of cp about attributes that were not kept; undefined: none. */
export async function keepAttributes(from: number, to: number): Promise<string | undefined> {
  const program = PROGRAMS.find((name) => existsSync(name));
  if (program === undefined || !existsSync('/proc/self/fd')) return undefined;
  const kept = `mode,xattr${existsSync(SELINUX) ? ',context' : ''}`;
  const files = [FROM, TO].map((fd) => `/proc/self/fd/${fd}`);
  const { spawnSync } = await import('node:child_process');
  const { status, stderr, error } = spawnSync(program, ['--attributes-only', `--preserve=${kept}`, '--', ...files], {
    stdio: ['ignore', 'ignore', 'pipe', from, to],
    env: { LC_ALL: 'C' },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined) return systemText(error);
  return status === 0 || OTHER_CP.test(stderr) ? undefined : plain(stderr);
}

/** The message in one line. */
function plain(said: string): string {
  return said.slice(0, MAX_TEXT).trim().split('\n').join('; ');
}
