/**
 * A configuration directory -> a directory of finished files: a copy of each source file, and every map made from its
 * source. Hosts receive maps that were verified once.
 *
 * Only files of known names are taken, and `lists/`: a configuration directory also holds keys and passwords. A name that leads
 * nowhere (a dangling link, a directory that is not mounted) is an error: hosts would let in whom the file keeps out.
 *
 * Modes are those of the source files, and 0640 of maps: hosts have them, whatever the umask of the publisher.
 * Errors: those of the compilers; with bad lines `badLines`, and nothing is staged.
 */
import { chmodSync, fstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MapError } from '../core/errors.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { systemText } from '../core/system-error.ts';
import { mapPath } from '../files/map-path.ts';
import { openSource } from '../files/source-file.ts';
import { hasName } from '../files/status.ts';
import { makeAliases } from '../map/make-aliases.ts';
import { makeMap } from '../map/make-map.ts';
import { NEW_MAP_MODE } from '../map/write-map.ts';
import { release, withUmask } from '../store/file.ts';

/** Source files of makemap. */
const MAPS: readonly string[] = [
  'access',
  'virtusertable',
  'genericstable',
  'mailertable',
  'domaintable',
  'bitdomain',
  'uudomain',
];
const ALIASES = 'aliases';
/** Files that are read as they are. */
const TEXTS: readonly string[] = [
  'relay-domains',
  'local-host-names',
  'virtuser-domains',
  'generics-domains',
  'masquerade-domains',
  'trusted-users',
];
const LISTS = 'lists';
const PERMISSIONS = 0o777;

/** Copies and compiles; the names of all files that are published. `more` names files besides the known ones. */
export async function stage(directory: string, into: string, more: readonly string[] = []): Promise<readonly string[]> {
  const known = [...MAPS, ALIASES, ...TEXTS].filter((name) => hasName(join(directory, name)));
  const names = [...new Set([...known, ...listFiles(directory), ...more])];
  if (names.length === 0)
    throw new MapError('missing', `${directory} has none of the files of a configuration`, { file: directory });
  for (const name of names) copy(directory, into, name);
  for (const name of MAPS.filter((map) => names.includes(map))) {
    await compile(join(directory, name), (onProblem) =>
      makeMap([readFileSync(join(into, name))], join(into, name), { strict: true, onProblem }),
    );
    chmodSync(mapPath(join(into, name)), NEW_MAP_MODE);
  }
  if (names.includes(ALIASES))
    await compile(join(directory, ALIASES), (onProblem) =>
      makeAliases(join(into, ALIASES), { strict: true, onProblem }),
    );
  return names;
}

/** @throws MapError `badLines` with the place of the first one in the source file */
async function compile(
  source: string,
  make: (onProblem: (problem: Problem) => void) => Promise<unknown>,
): Promise<void> {
  const bad: Problem[] = [];
  try {
    await make((problem) => {
      if (problem.severity === 'error') bad.push(problem);
    });
  } catch (error) {
    const [first, ...others] = bad;
    if (!(error instanceof MapError) || error.code !== 'badLines' || first === undefined) throw error;
    const more = others.length === 0 ? '' : `; bad lines besides: ${others.length}`;
    throw problemError({ ...first, file: source, text: `${first.text}${more}` }, 'badLines');
  }
}

function listFiles(directory: string): string[] {
  const lists = join(directory, LISTS);
  if (!hasName(lists)) return [];
  try {
    const below = readdirSync(lists, { recursive: true, encoding: 'utf8' });
    return below.map((name) => `${LISTS}/${name}`).filter((name) => !isDirectory(join(directory, name)));
  } catch (cause) {
    throw new MapError('unreadable', `${lists} cannot be read: ${systemText(cause)}`, { file: lists, cause });
  }
}

/** False, too, for what cannot be looked at: copying it gives the reason. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function copy(directory: string, into: string, name: string): void {
  const fd = openSource(join(directory, name));
  try {
    mkdirSync(dirname(join(into, name)), { recursive: true });
    const mode = fstatSync(fd).mode & PERMISSIONS;
    withUmask(0, () => writeFileSync(join(into, name), readFileSync(fd), { mode }));
  } catch (error) {
    const from = join(directory, name);
    throw new MapError('unreadable', `${from} cannot be read: ${systemText(error)}`, { file: from, cause: error });
  } finally {
    release(fd);
  }
}
