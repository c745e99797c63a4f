/**
 * A directory for the temporary files of this process, which nobody else may enter. It is removed with everything in it.
 *
 * Errors: MapError `unsafe` if other users can exchange names in the system's temporary directory; the system's error.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { canExchange } from './directory.ts';

export interface Scratch extends Disposable {
  readonly path: string;
}

/** @param name begins the name of the directory: `mailmaps-build.` */
export function makeScratch(name: string): Scratch {
  const path = mkdtempSync(join(safeTemporaryDirectory(), name));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** TMPDIR, or its default. @throws MapError `unsafe` */
export function safeTemporaryDirectory(): string {
  const path = tmpdir();
  if (!canExchange(statSync(path), 'ours')) return path;
  const text = `${path} is no place for temporary files: other users can exchange names in it; set TMPDIR`;
  throw new MapError('unsafe', text, { file: path });
}
