/**
 * Where the programs of other packages are that tests compare with: Postfix's, LMDB's, Berkeley DB's, tinycdb, man.
 */
import { accessSync, constants } from 'node:fs';
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
  | 'strace';

const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].filter(Boolean);

/** The path of a program; undefined where the machine does not have it. */
export function program(name: ProgramName): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
