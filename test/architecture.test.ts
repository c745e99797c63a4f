/**
 * The floors of src/: the imports that each directory may have, of files and of packages. ARCHITECTURE.md has the reasons.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';

const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  address: 1,
  store: 1,
  source: 2,
  files: 2,
  map: 3,
  access: 3,
  alias: 3,
  dns: 3,
  rules: 3,
  route: 4,
  config: 5,
  serve: 6,
  review: 6,
  publish: 6,
  cli: 7,
  'index.ts': 8,
  'review.ts': 8,
};

/** Lower floors that a directory still may not import, because rules get Lookup functions. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  source: ['store'],
  access: ['store', 'files', 'source'],
  alias: ['store', 'files'],
  rules: ['store', 'files'],
  route: ['store', 'files', 'map', 'access', 'rules'],
};

/** The only directory that may import a package. */
const PACKAGES: Readonly<Record<string, string>> = {
  lmdb: 'store',
  '@redis/client': 'publish',
  yaml: 'review',
  'prom-client': 'serve',
  '@viz-js/viz': 'review',
  commander: 'cli',
  'yargs-parser': 'cli',
};

/** Directories that do no I/O, and the modules of Node that they may import. */
const PURE: readonly string[] = ['core', 'address', 'source', 'access', 'alias', 'rules', 'route'];
const WITHOUT_IO: readonly string[] = ['node:buffer', 'node:util', 'node:path', 'node:url'];
/** The functions of node:net that only examine a text. */
const PURE_NET = /^import \{ (?:isIP(?:v4|v6)?(?:, )?)+ \} from 'node:net';$/m;

const LONGEST_FILE = 350;

/** File name, relative to the project, to text. */
type Sources = ReadonlyMap<string, string>;

function projectSources(): Sources {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(names.map((name) => [`src/${name}`, readFileSync(`src/${name}`, 'utf8')]));
}

/** The imports of each file, types included, as esbuild's parser sees it. */
async function importsOf(sources: Sources): Promise<ReadonlyMap<string, readonly string[]>> {
  const virtual: Plugin = {
    name: 'virtual',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ kind, path }) =>
        kind === 'entry-point' ? { path: posix.normalize(path), namespace: 'source' } : { path, external: true },
      );
      // esbuild drops imports of types, so they are made imports of values
      onLoad({ filter: /.*/ }, ({ path }) => ({
        contents: sources.get(path)!.replace(/^(import|export) type (?=[{*])/gm, '$1 '),
        loader: 'ts',
      }));
    },
  };
  const { metafile } = await build({
    entryPoints: [...sources.keys()],
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'unwritten',
    format: 'esm',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [virtual],
  });
  const found = Object.entries(metafile.inputs).map(
    ([name, { imports }]) => [name.replace(/^source:/, ''), imports.map(({ path }) => path)] as const,
  );
  return new Map(found);
}

const directoryOf = (file: string): string => file.split('/')[1]!;

function objection(file: string, imported: string): string | undefined {
  const directory = directoryOf(file);
  if (!imported.startsWith('.')) return packageObjection(directory, imported);
  const target = directoryOf(posix.join(posix.dirname(file), imported));
  if (target === directory) return undefined;
  const [from, to] = [FLOORS[directory], FLOORS[target]];
  if (from === undefined || to === undefined) return 'a directory without a floor';
  if (to >= from) return `floor ${from} imports floor ${to}`;
  return CLOSED[directory]?.includes(target) ? `${directory}/ may not know ${target}/` : undefined;
}

function packageObjection(directory: string, imported: string): string | undefined {
  if (imported.startsWith('node:'))
    return PURE.includes(directory) && !WITHOUT_IO.includes(imported) ? `${directory}/ does no I/O` : undefined;
  const name = imported.match(/^(@[^/]+\/)?[^/]+/)![0];
  const owner = PACKAGES[name];
  if (owner === undefined) return 'a package that nobody may import';
  return owner === directory ? undefined : `only ${owner}/ may import it`;
}

async function violations(sources: Sources): Promise<string[]> {
  const found: string[] = [];
  for (const [file, all] of await importsOf(sources)) {
    const imports = PURE_NET.test(sources.get(file) ?? '') ? all.filter((name) => name !== 'node:net') : all;
    if (FLOORS[directoryOf(file)] === undefined) found.push(`${file}: a directory without a floor`);
    for (const imported of imports) {
      const why = objection(file, imported);
      if (why !== undefined) found.push(`${file} imports ${imported}: ${why}`);
    }
  }
  return found;
}

describe('the floors of src/', () => {
  it('hold', async () => {
    expect(await violations(projectSources())).toEqual([]);
  });

  it.each([
    ['upwards', 'src/core/a.ts', "import { b } from '../map/b.ts'; b();", 'floor 0 imports floor 3'],
    ['a type upwards', 'src/core/a.ts', "import type { B } from '../map/b.ts';\nexport type A = B;", 'imports floor 3'],
    ['a re-export upwards', 'src/source/a.ts', "export { b } from '../alias/b.ts';", 'floor 2 imports floor 3'],
    ['a re-exported type', 'src/source/a.ts', "export type { B } from '../alias/b.ts';", 'floor 2 imports floor 3'],
    ['sideways', 'src/access/a.ts', "import { b } from '../alias/b.ts'; b();", 'floor 3 imports floor 3'],
    ['lazily upwards', 'src/store/a.ts', "await import('../cli/b.ts');", 'floor 1 imports floor 7'],
    ['a closed floor', 'src/alias/a.ts', "import { b } from '../store/b.ts'; b();", 'alias/ may not know store/'],
    ['the index', 'src/cli/a.ts', "import { b } from '../index.ts'; b();", 'floor 7 imports floor 8'],
    ['an unknown directory', 'src/core/a.ts', "import { b } from '../utils/b.ts'; b();", 'a directory without a floor'],
    ['in an unknown directory', 'src/utils/a.ts', 'export const a = 1;', 'src/utils/a.ts: a directory without a floor'],
    ["another's package", 'src/map/a.ts', "import { open } from 'lmdb'; open({});", 'only store/ may import it'],
    [
      'part of a package',
      'src/map/a.ts',
      "import { open } from 'lmdb/index.js'; open({});",
      'only store/ may import it',
    ],
    ['an unknown package', 'src/cli/a.ts', "import { b } from 'left-pad'; b();", 'a package that nobody may import'],
    ['sockets in pure code', 'src/access/a.ts', "import { connect } from 'node:net'; connect(1);", 'does no I/O'],
    ['I/O in pure code', 'src/source/a.ts', "import { readFileSync } from 'node:fs'; readFileSync('');", 'does no I/O'],
  ])('are defended against %s', async (_what, file, text, why) => {
    expect(await violations(new Map([[file, text]]))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['the own directory', 'src/map/a.ts', "import { b } from './b.ts'; b();"],
    ['a lower floor', 'src/cli/programs/a.ts', "import { b } from '../../map/b.ts'; b();"],
    ['the own package', 'src/store/a.ts', "import { open } from 'lmdb'; open({});"],
    ['Node', 'src/store/a.ts', "import { readFileSync } from 'node:fs'; readFileSync('');"],
    ['nothing, in a comment', 'src/core/a.ts', "// import { b } from '../map/b.ts';\nexport const a = 1;"],
  ])('allow %s', async (_what, file, text) => {
    expect(await violations(new Map([[file, text]]))).toEqual([]);
  });
});

describe('the files of src/', () => {
  const sources = [...projectSources()];

  it('fit in a head', () => {
    const long = sources.map(([name, text]) => `${name}: ${text.split('\n').length - 1} lines`);
    expect(long.filter((line) => Number(line.match(/(\d+) lines$/)![1]) > LONGEST_FILE)).toEqual([]);
  });

  it('are named for what they are about', () => {
    expect(
      sources.map(([name]) => name).filter((name) => /\b(utils?|helpers?|common|types|misc)\b/.test(name)),
    ).toEqual([]);
  });

  it('re-export from one place only', () => {
    const barrels = sources.filter(
      ([name, text]) =>
        !['src/index.ts', 'src/review.ts'].includes(name) && /^export (type )?(\{[^}]*\}|\*) from /m.test(text),
    );
    expect(barrels.map(([name]) => name)).toEqual([]);
  });
});
