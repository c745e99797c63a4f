/**
 * Starts a bundled program, with the code that V8 compiled when the package was built (build/code-cache.cjs). Another V8
 * compiles the program itself. The syntax is that of old versions of Node, so that they reach the message about their age.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  // An older Node fails in the middle of a program, with words about its syntax or a missing function.
  process.stderr.write(
    `mailmaps needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath})\n`,
  );
  process.exit(69);
}

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

/** V8 itself compares less of its version. */
const V8 = `${process.versions.v8}-${process.arch}`;
/** Digest of a bundle, in its first line. A bundle that was exchanged does not get the code of another. */
const DIGEST = /^\/\/([0-9a-f]+)\n/;

/** Modules of functions that bring all kinds of streams, a tenth of a small run. Each is loaded when one is called. */
const LAZY = ['node:child_process', 'node:net', 'node:readline', 'node:timers/promises', 'node:tty'];

const PROGRAMS = join(__dirname, '../dist/programs');

/**
 * Runs a program. Returns its script, and the name of the file with its compiled code. Compiled code keeps the file name that traces
 * show, so the build names dist here as well, whatever the directory.
 */
module.exports = (name, directory = PROGRAMS) => {
  const filename = join(PROGRAMS, `${name}.cjs`);
  // esbuild writes ASCII
  const source = readFileSync(join(directory, `${name}.cjs`), 'latin1');
  const [, digest] = DIGEST.exec(source) || [];
  const code = join(directory, `${name}.${digest}.${V8}.code`);
  const script = new Script(`(function (require, module, __dirname) {${source}})`, {
    filename,
    cachedData: contentOf(code),
  });
  script.runInThisContext()(requireLazily, { exports: {} }, PROGRAMS);
  return { script, code };
};

function requireLazily(name) {
  if (!LAZY.includes(name)) return require(name);
  let loaded;
  const load = () => (loaded = loaded || require(name));
  return new Proxy({}, { get: (_, key) => load()[key], ownKeys: () => Reflect.ownKeys(load()) });
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
