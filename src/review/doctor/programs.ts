/**
 * PATH -> the map programs in it, with their makers. Several mail servers bring a `newaliases`; the first in PATH is the one
 * that an administrator runs.
 *
 * The content of a program decides its maker, because distributions rename and link them.
 *
 * Errors: none; a program that cannot be read is of an unknown maker.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { encodeText } from '../../core/bytes.ts';
import { nodeFileSystem } from '../../files/file-system.ts';
import type { Maker, ProgramFacts } from './machine.ts';

const NAMES = ['makemap', 'newaliases', 'praliases', 'editmap', 'sendmail'] as const;
/** Larger than any program of a mail server. */
const MAX_PROGRAM_BYTES = 64 << 20;
/** Our programs are short scripts, which start a bundle. */
const OUR_MARK = "require('./start.cjs')";
const HEAD_CHARACTERS = 1024;
/** Words that only the programs of one maker hold, in the order of the questions. */
const MARKS: readonly (readonly [mark: string, maker: Maker])[] = [
  ['/etc/postfix', 'Postfix'],
  ['/etc/exim', 'Exim'],
  ['exim_', 'Exim'],
  ['OpenSMTPD', 'OpenSMTPD'],
  ['sendmail.cf', 'sendmail'],
  ['Sendmail', 'sendmail'],
];

/** All programs in PATH; a directory with two names counts by its first. */
export function programsIn(path: string): ProgramFacts[] {
  // /bin is often a link to /usr/bin
  const byPlace = new Map(directoriesOf(path).toReversed());
  const directories = [...byPlace.values()].reverse();
  return NAMES.flatMap((name) =>
    directories
      .map((directory) => join(directory, name))
      .filter(isProgram)
      .map((file) => ({ name, path: file, maker: makerOf(file) })),
  );
}

/** Real place and name of each directory. */
function directoriesOf(path: string): (readonly [string, string])[] {
  return path.split(':').flatMap((directory) => {
    try {
      return directory.startsWith('/') ? [[realpathSync(directory), directory] as const] : [];
    } catch {
      return [];
    }
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function makerOf(path: string): Maker {
  try {
    const real = realpathSync(path);
    const content = nodeFileSystem.read(encodeText(real), MAX_PROGRAM_BYTES) ?? '';
    if (isOurs(content.slice(0, HEAD_CHARACTERS))) return 'mailmaps';
    return MARKS.find(([mark]) => content.includes(mark))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function isOurs(head: string): boolean {
  return head.startsWith('#!') && head.includes(OUR_MARK);
}
