/**
 * A text -> the file that an option names (--report, --junit, --write-baseline), replaced in one step.
 *
 * A link, device or pipe (/dev/stdout) is written to, if it and its directory belong to root or to whoever runs the program;
 * somebody else's may lead to any file. Errors: MapError `unwritable`; the file is then unchanged.
 */
import { fchmodSync, fchownSync, type Stats, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import { openPlace } from '../../files/source-file.ts';
import { canExchange, type OpenDirectory } from '../../store/directory.ts';
import { NewFile } from '../../store/new-file.ts';

const MODE = 0o666;
const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o777;

export function writeOutput(file: string, text: string): void {
  try {
    using directory = openPlace(dirname(file));
    const old = directory.look(basename(file));
    if (old === undefined || old.isFile()) replace(directory, basename(file), text, old);
    else if (isTrusted(old) && !canExchange(directory.stats, 'ours')) writeFileSync(directory.at(basename(file)), text);
    else throw new Error('it is no ordinary file, and belongs to another user');
  } catch (error) {
    throw new MapError('unwritable', `${file} cannot be written: ${systemText(error)}`, { file, cause: error });
  }
}

function isTrusted({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/**
 * The mode of the old file stays. A new file of root's is for root alone, and so is one in the place of a file that somebody else
 * can exchange: the text may quote a file that only root may read, to which a user has led a source by a link.
 */
function replace(directory: OpenDirectory, name: string, text: string, old: Stats | undefined): void {
  const isRoot = process.geteuid?.() === 0;
  const isKept = old !== undefined && (!isRoot || (isTrusted(old) && !canExchange(directory.stats, 'ours')));
  using made = new NewFile(directory, name, isRoot ? OWNER_ONLY : MODE);
  if (isKept && isRoot) fchownSync(made.fd, old.uid, old.gid);
  if (isKept) fchmodSync(made.fd, old.mode & PERMISSIONS);
  writeFileSync(made.fd, text);
  made.commit();
}
