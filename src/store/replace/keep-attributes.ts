/**
 * The access control list, extended attributes and SELinux label of a map -> the file that replaces it. Node has no calls for
 * them, so cp(1) of GNU coreutils copies them from descriptor to descriptor, while the new file is empty.
 *
 * Where there is no such cp (busybox, other systems) they are lost, as makemap(8) says; where it fails, that is a warning.
 * Owner and mode are not its business, but that a list and the mode are one: the mode is that of the old file again.
 */
import { existsSync } from 'node:fs';
import { systemText } from '../../core/system-error.ts';

const PROGRAMS: readonly string[] = ['/usr/bin/cp', '/bin/cp'];
const SELINUX = '/sys/fs/selinux/enforce';
const FROM = 3;
const TO = 4;
/** What a cp without these options says. */
const OTHER_CP = /unrecognized option|BusyBox|usage:|illegal option/i;
const MAX_TEXT = 1000;
const TIMEOUT_MS = 10_000;

/** What could not be kept, in the words of cp; undefined: nothing. */
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

/** In one line. */
function plain(said: string): string {
  return said.slice(0, MAX_TEXT).trim().split('\n').join('; ');
}
