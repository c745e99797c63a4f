/**
 * Files or directories that killed processes of this user left in a directory -> removed. Their names have the id of the process
 * (replace/writer-id.ts) between two known texts.
 *
 * A user who may exchange names in the directory may give such a name to anything. So a directory with its content is removed only
 * where nobody else may.
 */
import { rmSync } from 'node:fs';
import { canExchange, type OpenDirectory } from './directory.ts';
import { isDead, isWriterId } from './replace/writer-id.ts';

/** The texts around the id in a name. */
export interface OwnNames {
  readonly before: string;
  readonly behind: string;
  /** The age in ms at which one is left over if its process cannot be checked. */
  readonly longestMs: number;
}

/** A day, in milliseconds: longer than any process keeps such a file. */
export const DAY_MS = 86_400_000;

/** @throws the system's error if the directory cannot be read */
export function removeLeftFiles(directory: OpenDirectory, names: OwnNames): void {
  for (const name of left(directory, names)) if (directory.look(name)?.isFile()) directory.remove(name);
}

/** @throws the system's error if the directory cannot be read */
export function removeLeftDirectories(directory: OpenDirectory, names: OwnNames): void {
  if (canExchange(directory.stats, 'ours')) return;
  for (const name of left(directory, names)) if (directory.look(name)?.isDirectory()) remove(directory.at(name));
}

/** Others may make files there, also links to ours. */
function left(directory: OpenDirectory, { before, behind, longestMs }: OwnNames): string[] {
  return directory.names().filter((name) => {
    const id = name.slice(before.length, name.length - behind.length);
    if (!name.startsWith(before) || !name.endsWith(behind) || !isWriterId(id)) return false;
    const stats = directory.look(name);
    return stats?.uid === process.geteuid?.() && isDead(id, stats!.mtimeMs, longestMs);
  });
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another process of ours removes it at the same time.
  }
}
