/**
 * The paths of programs of other packages that tests use: Postfix's, LMDB's, Berkeley DB's, tinycdb, man, gcc.
 */
import { accessSync, constants, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type ProgramName =
  | 'postmap'
  | 'postalias'
  | 'postconf'
  | 'mdb_dump'
  | 'mdb_stat'
  | 'mdb_copy'
  | 'mdb_load'
  | 'db5.3_load'
  | 'db5.3_dump'
  | 'cdb'
  | 'man'
  | 'chromium'
  | 'buildah'
  | 'mmdebstrap'
  | 'lintian'
  | 'dpkg-buildpackage'
  | 'bash'
  | 'zsh'
  | 'fish'
  | 'strace'
  | 'gcc';

const DIRECTORIES = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].filter(Boolean);

/** The path of a program; undefined where the machine does not have it. */
export function program(name: ProgramName): string | undefined {
  return DIRECTORIES.map((directory) => join(directory, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Makes the main.cf that Postfix's map programs want. An old one: they wait two seconds for one that was just written. */
export function writeMainCf(directory: string, more = ''): void {
  const path = join(directory, 'main.cf');
  writeFileSync(path, `compatibility_level = 3.6\n${more}`);
  utimesSync(path, 1, 1);
}
