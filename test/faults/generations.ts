/**
 * Maps in which every record holds the number of its generation, and the built programs that make the next one. So a reader
 * recognises the generation, and a mixture of two.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCdb } from '../../src/store/cdb/writer.ts';
import { writePages } from '../../src/store/lmdb/writer.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { RecordArena } from '../../src/store/records/arena.ts';
import { inInputOrder } from '../../src/store/records/equal-keys.ts';
import { sortRecords } from '../../src/store/records/sort.ts';

export const PROJECT: string = process.cwd();

/** One program over one map, for generations from 0 on. */
export interface Maker {
  readonly name: string;
  /** The files in the directory when no run is in progress. */
  readonly files: readonly string[];
  /** Its own directory for temporary files, which is empty when no run is in progress; absent: it has none. */
  temporary?(directory: string): string;
  /** Its lines on standard error when all is well; absent: none. */
  readonly says?: RegExp;
  /** Exit statuses of a run that a fault of the system has stopped. */
  readonly refusals: readonly number[];
  /** Starts making this generation, as the argument of another command if one is given; nothing may be under way. */
  start(directory: string, generation: number, under?: readonly string[]): ChildProcess;
  /** The generation that the map holds now. @throws Error when it is none, or a mixture */
  read(directory: string): number;
}

/** Starts a built program with a file, or nothing, as its input, and as the argument of the command in `under`. */
export function startProgram(
  program: string,
  args: readonly string[],
  directory: string,
  input?: string,
  under: readonly string[] = [],
): ChildProcess {
  const stdin = input === undefined ? 'ignore' : openSync(input, 'r');
  try {
    const [command, ...argv] = [...under, process.execPath, join(PROJECT, 'bin', `${program}.cjs`), ...args];
    return spawn(command!, argv, { cwd: directory, stdio: [stdin, 'ignore', 'pipe'] });
  } finally {
    if (typeof stdin === 'number') closeSync(stdin);
  }
}

/** The end of a process, and its standard error. */
export function ended(child: ChildProcess): Promise<{ readonly status: number | null; readonly stderr: string }> {
  let stderr = '';
  child.stderr?.setEncoding('latin1').on('data', (text) => {
    stderr += text;
  });
  return new Promise((done) => child.on('close', (status) => done({ status, stderr })));
}

/** Whether a run has said nothing of trouble. */
export function isSilent({ says = /^$/ }: Maker, stderr: string): boolean {
  return says.test(stderr);
}

export function entryLines(count: number, separator: string, generation: number): string {
  return Array.from({ length: count }, (_, i) => `key${i}${separator}${generation}\n`).join('');
}

/** The value that all records of a map, LMDB or CDB, have; `besides` is a key that does not count. */
export function generationIn(path: string, count: number, besides?: string): number {
  using map = openMapFile(path);
  const values = new Set<string>();
  let seen = 0;
  for (const { key, value } of map.entries()) {
    if (key.replace(/\0$/, '') === besides) continue;
    values.add(value);
    seen++;
  }
  if (seen !== count || values.size !== 1) throw new Error(`${seen} of ${count} records, ${values.size} generations`);
  return Number([...values][0]);
}

/** The statuses of sendmail's programs, and of ours: also for a source that cannot be read, and a map that cannot be read back. */
const SENDMAILS: readonly number[] = [73, 74];
const OURS: readonly number[] = [65, 66, 70, 73, 74];

export function makemapMaker(count: number, flags: readonly string[] = []): Maker {
  return {
    name: ['makemap', ...flags, `(${count} records)`].join(' '),
    refusals: SENDMAILS,
    files: ['access', 'access.lmdb'],
    start(directory, generation, under) {
      writeFileSync(join(directory, 'access'), entryLines(count, '\t', generation));
      return startProgram('makemap', [...flags, 'hash', 'access'], directory, join(directory, 'access'), under);
    },
    read: (directory) => generationIn(join(directory, 'access.lmdb'), count),
  };
}

export function cdbMaker(count: number): Maker {
  return {
    name: `makemap cdb (${count} records)`,
    refusals: SENDMAILS,
    files: ['access', 'access.cdb'],
    start(directory, generation, under) {
      writeFileSync(join(directory, 'access'), entryLines(count, '\t', generation));
      return startProgram('makemap', ['cdb', 'access'], directory, join(directory, 'access'), under);
    },
    read: (directory) => generationIn(join(directory, 'access.cdb'), count),
  };
}

/** Each network is one key. */
export function cidrMaker(count: number): Maker {
  const lines = (generation: number): string =>
    Array.from({ length: count }, (_, i) => `10.${i >> 8}.${i & 255}.0/24\t${generation}\n`).join('');
  return {
    name: `makemap --cidr (${count} networks)`,
    says: /^makemap: access: networks: \d+, keys of networks: \d+\n$/,
    refusals: SENDMAILS,
    files: ['access', 'access.lmdb'],
    start(directory, generation, under) {
      writeFileSync(join(directory, 'access'), lines(generation));
      return startProgram('makemap', ['--cidr', 'hash', 'access'], directory, join(directory, 'access'), under);
    },
    read: (directory) => generationIn(join(directory, 'access.lmdb'), count),
  };
}

export function buildMaker(count: number): Maker {
  const temporary = (directory: string): string => `${directory}.tmp`;
  return {
    temporary,
    name: `build (${count} records)`,
    refusals: OURS,
    files: ['access', 'access.lmdb'],
    start(directory, generation, under = []) {
      mkdirSync(temporary(directory), { recursive: true });
      writeFileSync(join(directory, 'access'), entryLines(count, '\t', generation));
      const inIt = [...under, 'env', `TMPDIR=${temporary(directory)}`];
      return startProgram('mailmaps', ['build', '-d', '.'], directory, undefined, inIt);
    },
    read: (directory) => generationIn(join(directory, 'access.lmdb'), count),
  };
}

/** Imports an LMDB file as CDB, or a CDB file as LMDB. */
export function importMaker(count: number, to: 'lmdb' | 'cdb'): Maker {
  const from = to === 'cdb' ? 'lmdb' : 'cdb';
  return {
    name: `import of ${from} (${count} records)`,
    refusals: OURS,
    files: [`access.${to}`, `source.${from}`],
    start(directory, generation, under) {
      writeSource(join(directory, `source.${from}`), from, count, generation);
      const args = ['import', `source.${from}`, '--to', 'access', ...(to === 'cdb' ? ['--cdb'] : [])];
      return startProgram('mailmaps', args, directory, undefined, under);
    },
    read: (directory) => generationIn(join(directory, `access.${to}`), count),
  };
}

function writeSource(path: string, format: 'lmdb' | 'cdb', count: number, generation: number): void {
  const arena = new RecordArena(format === 'cdb' ? 'cdb' : '1.0');
  const value = Buffer.from(`${generation}`);
  for (let i = 0; i < count; i++) {
    const key = Buffer.from(`key${i}`);
    arena.addRaw(key, 0, key.length, value, 0, value.length, 0);
  }
  const records = sortRecords(arena);
  const fd = openSync(path, 'w+', 0o640);
  if (format === 'cdb') writeCdb(fd, inInputOrder(records));
  else writePages(fd, records, { keys: 'folded' });
  closeSync(fd);
}

export function newaliasesMaker(count: number): Maker {
  return {
    name: `newaliases (${count} aliases)`,
    refusals: SENDMAILS,
    files: ['aliases', 'aliases.lmdb', 'sendmail.cf'],
    start(directory, generation, under) {
      writeFileSync(join(directory, 'aliases'), entryLines(count, ': ', generation));
      writeFileSync(join(directory, 'sendmail.cf'), `V10\nO AliasFile=${join(directory, 'aliases')}\n`);
      return startProgram('newaliases', ['-C', 'sendmail.cf'], directory, undefined, under);
    },
    read: (directory) => generationIn(join(directory, 'aliases.lmdb'), count, '@'),
  };
}

/** The map is made once; each generation is another value of one key. */
export function editmapMaker(count: number): Maker {
  const base = makemapMaker(count);
  return {
    name: `editmap (${count} records)`,
    refusals: SENDMAILS,
    files: base.files,
    start(directory, generation, under) {
      if (generation === 0) return base.start(directory, 0);
      const args = ['-u', 'hash', 'access', 'edited', String(generation)];
      return startProgram('editmap', args, directory, undefined, under);
    },
    read(directory) {
      const path = join(directory, 'access.lmdb');
      generationIn(path, count, 'edited');
      using map = openMapFile(path);
      return Number(map.get('edited') ?? 0);
    },
  };
}

export function makeDirectory(path: string): string {
  mkdirSync(path, { mode: 0o755 });
  return path;
}
