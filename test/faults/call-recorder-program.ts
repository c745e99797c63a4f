/**
 * Loaded into a bundled program before it starts: notes each call that names a file, with the file of src/ that makes it, as
 * lines `store/directory.ts openSync` in the file of MAILMAPS_CALLS.
 *
 * esbuild names the source files in comments of the bundle; the stack of a call gives the line.
 */
import fs, { appendFileSync, readFileSync } from 'node:fs';
import net from 'node:net';

type Call = (this: unknown, ...args: unknown[]) => unknown;

/** Calls by descriptor, and the calls that this file makes itself. */
const NOT_NAMED = /^(?:fchmod|fchown|fdatasync|fstat|fsync|ftruncate|futimes|close|read|readv|write|writev)Sync$/;
const FRAME = /(\/[^():]*\/dist\/programs\/\w+\.cjs):(\d+):\d+/;

const into = process.env.MAILMAPS_CALLS!;
const noted = new Set<string>();
const sections = new Map<string, readonly (readonly [line: number, source: string])[]>();
let isBusy = false;
Error.stackTraceLimit = 20;

function sectionsOf(bundle: string): readonly (readonly [number, string])[] {
  const known = sections.get(bundle);
  if (known !== undefined) return known;
  const lines = readFileSync(bundle, 'latin1').split('\n');
  const found = lines.flatMap((text, i) => {
    const source = /^ *\/\/ src\/(\S+\.ts)$/.exec(text)?.[1];
    return source === undefined ? [] : [[i + 1, source] as const];
  });
  sections.set(bundle, found);
  return found;
}

function note(name: string): void {
  if (isBusy) return;
  isBusy = true;
  const [, bundle, line] = FRAME.exec(new Error().stack!) ?? [];
  const source = bundle && sectionsOf(bundle).findLast(([first]) => first <= Number(line))?.[1];
  const text = `${source} ${name}\n`;
  if (source !== undefined && !noted.has(text)) appendFileSync(into, text);
  noted.add(text);
  isBusy = false;
}

function watch(owner: object, name: string, as: string = name): void {
  const functions = owner as Record<string, Call>;
  const real = functions[name];
  if (typeof real !== 'function') return;
  const noting: Call = function (...args) {
    note(as);
    return real.apply(this, args);
  };
  functions[name] = Object.assign(noting, real);
  if ('native' in real) watch(noting, 'native', as);
}

for (const name of Object.keys(fs)) if (name.endsWith('Sync') && !NOT_NAMED.test(name)) watch(fs, name);
for (const name of ['createReadStream', 'createWriteStream', 'watch']) watch(fs, name);
for (const name of Object.keys(fs.promises)) watch(fs.promises, name);
watch(net, 'connect');
watch(net.Server.prototype, 'listen');
