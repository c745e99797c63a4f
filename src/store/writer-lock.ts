/**
 * An open file -> whether another program has locked it for writing. sendmail's makemap, and postmap, lock a Berkeley
 * DB file while they build it, and until they end it is a sound map without keys; sendmail and Postfix wait for the lock.
 *
 * Limits: Node cannot lock a file, so the list of all locks is read (`/proc/locks`, see proc(5)). Elsewhere than on Linux, for
 * programs of another PID namespace and on btrfs, which lists another device, nothing shows.
 */
import { readFileSync, type Stats } from 'node:fs';

const LOCKS = '/proc/locks';

export function isLockedForWriting({ dev, ino }: Stats): boolean {
  const major = (dev >>> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
  const file = `${twoDigits(major)}:${twoDigits(minor)}:${ino}`;
  return readLocks().some((line) => {
    const fields = line.split(/ +/);
    // `->` stands before the type of a lock that somebody waits for
    return fields[3] === 'WRITE' && fields[5] === file;
  });
}

function readLocks(): readonly string[] {
  try {
    return readFileSync(LOCKS, 'latin1').split('\n');
  } catch {
    return [];
  }
}

const twoDigits = (number: number): string => number.toString(16).padStart(2, '0');
