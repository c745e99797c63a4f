/**
 * A directory for the temporary files of this process, which nobody else may enter. It is removed with everything in it. If the
 * process is killed before, the next one of that user removes it.
 *
 * Limits: without /proc, the directories of killed processes stay.
 * Errors: MapError `unsafe` if other users can exchange names in the system's temporary directory; the system's error.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { canExchange, OpenDirectory } from './directory.ts';
import { DAY_MS, removeLeftDirectories } from './left-over.ts';
import { newWriterId } from './replace/writer-id.ts';

export interface Scratch extends Disposable {
  readonly path: string;
}

/** @param kind begins the name of the directory: `mailmaps-build.` */
export function makeScratch(kind: string): Scratch {
  const path = makeOwnDirectory(safeTemporaryDirectory(), kind, DAY_MS);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** TMPDIR, or its default. @throws MapError `unsafe` */
export function safeTemporaryDirectory(): string {
  const path = tmpdir();
  if (!canExchange(statSync(path), 'ours')) return path;
  const text = `${path} is no place for temporary files: other users can exchange names in it; set TMPDIR`;
  throw new MapError('unsafe', text, { file: path });
}

/**
 * Makes a directory that nobody else may enter, after it removed those of this kind that killed processes of this user left.
 *
 * @param longestMs the age at which it is left over, if its process cannot be checked
 */
export function makeOwnDirectory(parent: string, kind: string, longestMs: number): string {
  try {
    using held = OpenDirectory.open(parent);
    removeLeftDirectories(held, { before: kind, behind: '', longestMs });
  } catch {
    // Without /proc, or without a descriptor, they stay.
  }
  const path = join(parent, kind + newWriterId());
  mkdirSync(path, 0o700);
  return path;
}
