/** A TypeScript program of the tests -> one JavaScript file that node runs, beside node_modules, where it finds lmdb. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** The project's directory, also when this file was bundled into another one. */
export function projectDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

/**
 * The path of the bundled program.
 * @param source below the project's directory
 * @param into the directory that gets it
 */
export function bundled(
  source: string,
  into: string = join(projectDirectory(), 'node_modules/.cache/mailmaps'),
): string {
  const outfile = join(into, basename(source).replace(/\.ts$/, '.mjs'));
  buildSync({
    entryPoints: [join(projectDirectory(), source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['lmdb'],
    logLevel: 'error',
  });
  return outfile;
}
