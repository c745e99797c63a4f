/**
 * A map and its source file -> the differences between the map and a compiled source file. Compiles in a temporary directory,
 * by the rules of newaliases for aliases and of makemap for all others.
 */
import { type Stats, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readShown } from '../../../files/source-file.ts';
import { compareMaps, type Difference } from '../../../map/compare.ts';
import { makeAliases } from '../../../map/make-aliases.ts';
import { makeMap } from '../../../map/make-map.ts';
import { openMapFile } from '../../../store/open-map-file.ts';
import { makeScratch } from '../../../store/scratch.ts';

export interface TextCheck {
  readonly text: string;
  /** The source file was changed after the map was made. */
  readonly isNewer: boolean;
  /** `ours` is the value in the source file, `theirs` that in the map. */
  readonly differences: readonly Difference[];
  /** Bad lines of the source file. */
  readonly errors: number;
}

/** Undefined: the map has no source file. */
export function textStatus(text: string): Stats | undefined {
  return statSync(text, { throwIfNoEntry: false });
}

/** @throws MapError, Error of the system */
export async function checkText(text: string, map: string, isAliases: boolean): Promise<TextCheck> {
  using scratch = makeScratch('mailmaps-check-');
  const copy = join(scratch.path, 'text');
  const compiled = isAliases ? await compileAliases(text, copy) : await compileMap(text, copy);
  using ours = openMapFile(compiled.path);
  using theirs = openMapFile(map);
  const isNewer = statSync(text).mtimeMs > theirs.stats.mtimeMs;
  return { text, isNewer, differences: compareMaps(ours, theirs), errors: compiled.errors };
}

interface Compiled {
  readonly path: string;
  readonly errors: number;
}

function compileAliases(text: string, copy: string): Promise<Compiled> {
  writeFileSync(copy, readShown(text));
  return makeAliases(copy, {
    verify: false,
    onProblem: () => {},
    dontBlame: ['GroupWritableAliasFile', 'WorldWritableAliasFile', 'MapInUnsafeDirPath'],
  });
}

function compileMap(text: string, copy: string): Promise<Compiled> {
  return makeMap([readShown(text)], copy, { verify: false, onProblem: () => {} });
}
