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
import { isDead, isWriterId, newWriterId } from './replace/writer-id.ts';

export interface Scratch extends Disposable {
  readonly path: string;
}

/** Longer than any process keeps a scratch directory: a day, in milliseconds. */
const LONGEST_MS = 86_400_000;

/** @param kind begins the name of the directory: `mailmaps-build.` */
export function makeScratch(kind: string): Scratch {
  const path = makeOwnDirectory(safeTemporaryDirectory(), kind, LONGEST_MS);
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
 * @param longestMs the age at which it is left over, if its process cannot be checked (writer-id.ts)
 */
export function makeOwnDirectory(parent: string, kind: string, longestMs: number): string {
  try {
    using held = OpenDirectory.open(parent);
    for (const name of held.names()) if (isLeft(held, name, kind, longestMs)) remove(held.at(name));
  } catch {
    // Without /proc, or without a descriptor, they stay.
  }
  const path = join(parent, kind + newWriterId());
  mkdirSync(path, 0o700);
  return path;
}

/** Others may make files in `parent`, also links to our directories; they cannot exchange ours. */
function isLeft(parent: OpenDirectory, name: string, kind: string, longestMs: number): boolean {
  const id = name.slice(kind.length);
  if (!name.startsWith(kind) || !isWriterId(id)) return false;
  const stats = parent.look(name);
  return stats?.isDirectory() === true && stats.uid === process.geteuid?.() && isDead(id, stats.mtimeMs, longestMs);
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another process of ours removes it at the same time.
  }
}
