/**
 * The safe fixes of findings -> the mended source file, replaced in one step. Owner, mode and attributes stay; all other lines
 * stay byte for byte.
 *
 * Errors: MapError `unsafe` for a link, for a file with more names, and for a file of another user unless root mends it;
 * `badInput` if the file is not what was linted; `unwritable`. The file is then unchanged.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ByteString } from '../../core/bytes.ts';
import { MapError, type MapErrorCode } from '../../core/errors.ts';
import { systemCode, systemText } from '../../core/system-error.ts';
import { openPlace } from '../../files/source-file.ts';
import type { OpenDirectory } from '../../store/directory.ts';
import { NewFile } from '../../store/new-file.ts';
import { keepAttributes } from '../../store/replace/keep-attributes.ts';
import type { Edit, Finding } from './finding.ts';

const ONLY_MODE_BITS = 0o7777;
/** Until it has the mode of the old one. */
const OWNER_ONLY = 0o600;

/**
 * The edits of the findings about a file. Of several for one line, only the first counts: another one may be about the
 * replaced text.
 */
export function editsOf(file: string, findings: readonly Finding[]): readonly Edit[] {
  const edits = new Map<number, Edit>();
  for (const finding of findings) {
    if (finding.file !== file) continue;
    for (const edit of finding.fix ?? []) if (!edits.has(edit.line)) edits.set(edit.line, edit);
  }
  return [...edits.values()].sort((a, b) => a.line - b.line);
}

export function mended(text: ByteString, edits: readonly Edit[]): ByteString {
  const lines = text.split('\n');
  for (const { line, replacement } of edits) lines[line - 1] = replacement;
  return lines.join('\n');
}

/** @param text what was linted */
export async function mendFile(path: string, text: ByteString, edits: readonly Edit[]): Promise<void> {
  try {
    using directory = openPlace(dirname(path));
    await replace(directory, path, text, edits);
  } catch (error) {
    if (error instanceof MapError) throw error;
    if (systemCode(error) === 'ELOOP') throw refusal('unsafe', path, 'is a symbolic link');
    throw new MapError('unwritable', `${path} is not mended: ${systemText(error)}`, { file: path, cause: error });
  }
}

async function replace(
  directory: OpenDirectory,
  path: string,
  text: ByteString,
  edits: readonly Edit[],
): Promise<void> {
  const name = basename(path);
  const old = directory.open(name, constants.O_RDONLY);
  try {
    judge(old, path, text);
    using made = new NewFile(directory, name, OWNER_ONLY);
    await keepAttributes(old, made.fd);
    const { uid, gid, mode } = fstatSync(old);
    fchownSync(made.fd, uid, gid);
    fchmodSync(made.fd, mode & ONLY_MODE_BITS);
    writeFileSync(made.fd, mended(text, edits), 'latin1');
    fsyncSync(made.fd);
    // copying the attributes takes time, in which somebody may have saved the file
    judgeByName(directory, name, path, text);
    made.commit();
    directory.sync();
  } finally {
    closeSync(old);
  }
}

function judgeByName(directory: OpenDirectory, name: string, path: string, text: ByteString): void {
  const fd = directory.open(name, constants.O_RDONLY);
  try {
    judge(fd, path, text);
  } finally {
    closeSync(fd);
  }
}

function judge(fd: number, path: string, text: ByteString): void {
  const stats = fstatSync(fd);
  const own = process.geteuid?.();
  if (!stats.isFile()) throw refusal('unsafe', path, 'is no ordinary file');
  if (stats.nlink > 1) throw refusal('unsafe', path, 'has more names (hard links)');
  if (own !== 0 && stats.uid !== own) throw refusal('unsafe', path, 'belongs to another user');
  if (readFileSync(fd, 'latin1') !== text) throw refusal('badInput', path, 'was changed meanwhile');
}

function refusal(code: MapErrorCode, path: string, reason: string): MapError {
  return new MapError(code, `${path} is not mended: it ${reason}`, { file: path });
}
