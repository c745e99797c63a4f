/** A TypeScript program of the tests -> one JavaScript file that node runs, beside node_modules, where it finds lmdb. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** The project's directory, also when this file was bundled into another one. */
export function projectDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

/**
 * The path of the bundled program. It has the name of the whole source path, and is renamed into its place: other tests make and
 * run programs at the same time.
 * @param source below the project's directory
 * @param into the directory that gets it
 */
export function bundled(
  source: string,
  into: string = join(projectDirectory(), 'node_modules/.cache/mailmaps'),
): string {
  const path = join(into, source.replaceAll('/', '-').replace(/\.ts$/, '.mjs'));
  const { outputFiles } = buildSync({
    entryPoints: [join(projectDirectory(), source)],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['lmdb'],
    logLevel: 'error',
  });
  mkdirSync(into, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, outputFiles[0]!.contents);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}
