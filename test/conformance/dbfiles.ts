/**
 * Random map files of the real programs (db5.3_load, makemap, postmap, cdb: Berkeley DB, CDB, LMDB) read by us, and as their own tools dump them,
 * on copies; every key looked up. And CDB files of ours, read by tinycdb and by Postfix. sendmail 8.17 knows no CDB.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MapError } from '../../src/core/errors.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { realProgram } from '../oracle/client.ts';
import { program, writeMainCf } from '../oracle/programs.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

/** A record as byte strings. */
type DbRecord = readonly [key: string, value: string];

/** A program that makes map files, and one that prints them. */
interface Maker {
  readonly name: string;
  /** Makes `base` with an extension, from a text or dump beside it; the file that it made. */
  make(base: string, records: readonly DbRecord[], r: Random): string;
  /** All records of a copy, in the order of the file. */
  dump(file: string): DbRecord[];
}

/** @param statuses that are fine: some records may be refused */
function run(path: string, args: readonly string[], input = '', statuses: readonly number[] = [0]): string {
  const { status, stdout, stderr, error } = spawnSync(path, args, {
    input: Buffer.from(input, 'latin1'),
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (!statuses.includes(status ?? -1)) throw new Error(`${path} ${args.join(' ')}: ${status}: ${stderr}`);
  return stdout;
}

const hex = (bytes: string): string => ` ${Buffer.from(bytes, 'latin1').toString('hex')}\n`;
const unhex = (line: string): string => Buffer.from(line.slice(1), 'hex').toString('latin1');

/** The options of db5.3_load's input, with which a file of any shape is made. */
function loadHeader(type: 'hash' | 'btree', r: Random): string {
  const lines = [
    `type=${type}`,
    `db_pagesize=${2 ** r.int(9, 16)}`,
    ...(r.chance(0.4) ? ['duplicates=1', ...(r.chance(0.5) ? ['dupsort=1'] : [])] : []),
    ...(r.chance(0.3) ? ['db_lorder=4321'] : []),
    ...(r.chance(0.3) ? ['chksum=1'] : []),
    ...(type === 'hash' && r.chance(0.4) ? [`h_ffactor=${r.int(1, 60)}`] : []),
    ...(type === 'hash' && r.chance(0.3) ? [`h_nelem=${r.int(1, 5000)}`] : []),
    ...(type === 'btree' && r.chance(0.3) ? [`bt_minkey=${r.int(2, 20)}`] : []),
    ...(type === 'btree' && r.chance(0.2) ? ['recnum=1'] : []),
  ];
  // a tree that counts its records takes no duplicates
  return lines.includes('recnum=1') ? lines.filter((line) => !line.startsWith('dup')).join('\n') : lines.join('\n');
}

/** No tool of the library is run on a file that we read. */
function copied(file: string): string {
  const copy = `${file}.copy`;
  copyFileSync(file, copy);
  return copy;
}

const dumpBerkeley = (file: string): DbRecord[] => parseDump(run('db5.3_dump', [copied(file)]));
const dumpLmdb = (file: string): DbRecord[] => parseDump(run('mdb_dump', ['-n', copied(file)]));

/** Keys and values in turn, a line each in hexadecimal. */
function parseDump(text: string): DbRecord[] {
  const lines = text.split('\n');
  const data = lines.slice(lines.indexOf('HEADER=END') + 1, lines.indexOf('DATA=END')).map(unhex);
  return pairs(data);
}

function pairs(list: readonly string[]): DbRecord[] {
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!] as const);
}

/** `+3,5:key->value` a record. */
function parseCdb(text: string): DbRecord[] {
  const found: DbRecord[] = [];
  for (let at = 0; text[at] === '+'; ) {
    const [head, keyLength, valueLength] = /^\+(\d+),(\d+):/.exec(text.slice(at, at + 30))!;
    const key = at + head.length;
    const value = key + Number(keyLength) + 2;
    found.push([text.slice(key, value - 2), text.slice(value, value + Number(valueLength))]);
    at = value + Number(valueLength) + 1;
  }
  return found;
}

const dumpCdb = (file: string): DbRecord[] => parseCdb(run('cdb', ['-d', file]));

function loadMaker(type: 'hash' | 'btree'): Maker {
  return {
    name: `db5.3_load ${type}`,
    make(base, records, r) {
      const header = `VERSION=3\nformat=bytevalue\n${loadHeader(type, r)}\nHEADER=END\n`;
      const data = records.map(([key, value]) => hex(key) + hex(value)).join('');
      run('db5.3_load', [`${base}.db`], `${header}${data}DATA=END\n`, [0, 1]);
      return `${base}.db`;
    },
    dump: dumpBerkeley,
  };
}

/** Records as lines of a text that makemap and postmap take. */
function lines(records: readonly DbRecord[]): string {
  return records.map(([key, value]) => `${word(key)}\t${word(value)}\n`).join('');
}

const word = (bytes: string): string => `x${bytes.replace(/[^!-"$-~]/g, '.')}`.slice(0, 450);

function makemapMaker(type: 'hash' | 'btree'): Maker {
  return {
    name: `makemap ${type}`,
    make(base, records, r) {
      const flags = [
        ...(r.chance(0.3) ? ['-N'] : []),
        ...(r.chance(0.5) ? ['-d'] : ['-r']),
        ...(r.chance(0.3) ? ['-f'] : []),
      ];
      run(realProgram('makemap'), ['-C', '/dev/null', ...flags, type, base], lines(records), [0, 65]);
      return `${base}.db`;
    },
    dump: dumpBerkeley,
  };
}

function postmapMaker(type: 'hash' | 'btree' | 'cdb' | 'lmdb', dump: Maker['dump']): Maker {
  return {
    name: `postmap ${type}`,
    make(base, records) {
      writeFileSync(base, lines(records), 'latin1');
      run('postmap', ['-c', configuration(base), '-w', `${type}:${base}`]);
      return `${base}.${type === 'cdb' || type === 'lmdb' ? type : 'db'}`;
    },
    dump,
  };
}

/** Postfix wants a main.cf. */
function configuration(base: string): string {
  const directory = `${base}.etc`;
  mkdirSync(directory, { recursive: true });
  writeMainCf(directory);
  return directory;
}

const cdbMaker: Maker = {
  name: 'cdb -c',
  make(base, records) {
    const text = records.map(([key, value]) => `+${key.length},${value.length}:${key}->${value}\n`).join('');
    run('cdb', ['-c', '-t', `${base}.tmp`, `${base}.cdb`], `${text}\n`);
    return `${base}.cdb`;
  },
  dump: dumpCdb,
};

const MAKERS: readonly Maker[] = [
  loadMaker('hash'),
  loadMaker('btree'),
  makemapMaker('hash'),
  makemapMaker('btree'),
  postmapMaker('hash', dumpBerkeley),
  postmapMaker('btree', dumpBerkeley),
  postmapMaker('cdb', dumpCdb),
  postmapMaker('lmdb', dumpLmdb),
  cdbMaker,
];

function anyRecords(r: Random): DbRecord[] {
  const count = r.weighted([
    [1, 0],
    [3, r.int(1, 5)],
    [6, r.int(5, 200)],
    [1, r.int(200, 3000)],
  ]);
  const keys = r.list(Math.max(1, Math.ceil(count * (r.chance(0.5) ? 1 : 0.3))), () => anyKey(r));
  return r.list(count, () => [r.pick(keys), anyValue(r)] as const);
}

function anyKey(r: Random): string {
  return r.weighted<() => string>([
    [
      20,
      () => `${r.pick(['from:', 'to:', 'connect:', ''])}${r.int(0, 1_000_000)}.${r.pick(['example', 'test', 'a.b'])}`,
    ],
    [5, () => anyBytes(r, r.int(1, 40))],
    [2, () => 'k'.repeat(r.int(1, 3000)) + r.int(0, 99)],
    [3, () => `name${r.int(0, 100)}\0`],
  ])();
}

function anyValue(r: Random): string {
  return r.weighted<() => string>([
    [20, () => r.pick(['OK', 'REJECT', 'RELAY', 'ERROR:5.7.1:550 no', ''])],
    [5, () => anyBytes(r, r.int(0, 200))],
    [1, () => 'v'.repeat(r.int(0, 90_000))],
    [3, () => `user${r.int(0, 100)}\0`],
  ])();
}

const anyBytes = (r: Random, length: number): string =>
  r.list(length, () => String.fromCharCode(r.int(0, 255))).join('');

interface Seen {
  readonly records: readonly DbRecord[];
  /** Keys whose lookup does not give the first value of the walk. */
  readonly lost: readonly string[];
}

function ourReading(file: string): Seen {
  using map = openMapFile(file);
  const records = Array.from(map.entries(), ({ key, value }): DbRecord => [key, value]);
  const first = new Map<string, string>();
  for (const [key, value] of records) if (!first.has(key)) first.set(key, value);
  const lost = [...first].filter(([key, value]) => !isFound(map.get(key), key, value, first)).map(([key]) => key);
  return { records, lost };
}

/** A key with a NUL behind it is asked for as it stands, and answers as well when it has another one. */
function isFound(got: string | undefined, key: string, value: string, all: ReadonlyMap<string, string>): boolean {
  return got === value || (got === undefined && !all.has(key));
}

/** tinycdb's output for a CDB file of ours, and Postfix's answers. */
async function compareOurCdb(base: string, records: readonly DbRecord[]): Promise<readonly [unknown, unknown]> {
  const text = lines(records);
  await makeMap([Buffer.from(text, 'latin1')], `${base}.ours`, { format: 'cdb', duplicates: 'all' });
  const file = `${base}.ours.cdb`;
  const written = records.map(([key, value]): DbRecord => [word(key).toLowerCase(), word(value)]);
  const [key, value] = written[0] ?? ['x', undefined];
  const first = written.find(([other]) => other === key)?.[1];
  const asked = spawnSync('postmap', ['-c', configuration(base), '-q', key, `cdb:${base}.ours`], {
    encoding: 'latin1',
  });
  const byCdb = spawnSync('cdb', ['-q', '-n', '1', file, key], { encoding: 'latin1' });
  cdbMaker.make(`${base}.same`, written, random(0));
  return [
    { records: dumpCdb(file), postfix: asked.stdout, cdb: byCdb.stdout, isSame: true },
    {
      records: written,
      postfix: value === undefined ? '' : `${first}\n`,
      cdb: first ?? '',
      isSame: readFileSync(file).equals(readFileSync(`${base}.same.cdb`)),
    },
  ];
}

const NEEDED = ['db5.3_load', 'db5.3_dump', 'mdb_dump', 'postmap', 'cdb'] as const;

export const dbfilesComparison: Comparison = {
  name: 'dbfiles',
  shortCases: 20,
  async run(_, seed, cases, report) {
    const missing = NEEDED.filter((name) => program(name) === undefined);
    if (missing.length > 0) {
      console.log(
        `dbfiles: not compared without ${missing.join(', ')} (db5.3-util, lmdb-utils, tinycdb, postfix-cdb, postfix-lmdb)`,
      );
      return;
    }
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-dbfiles-'));
    try {
      for (let i = 0; i < cases; i++) {
        const r = random(seed, i);
        const maker = r.pick([...MAKERS, undefined]);
        const records = anyRecords(r);
        const base = join(directory, `map${i}`);
        const [theirs, ours] =
          maker === undefined ? await compareOurCdb(base, records) : compareFile(maker, base, records, r);
        const asked = { index: i, maker: maker?.name ?? 'our makemap cdb', records: records.length };
        report.compared(sameAnswer(theirs, ours) ? undefined : { asked, ...firstDifference(theirs, ours) });
        rmSync(directory, { recursive: true });
        mkdirSync(directory);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

function compareFile(maker: Maker, base: string, records: readonly DbRecord[], r: Random): readonly [unknown, unknown] {
  const file = maker.make(base, records, r);
  try {
    return [{ records: maker.dump(file), lost: [] }, ourReading(file)];
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    // db5.3_load destroys some files that it makes (long items beside duplicates, small pages), which its own check tells
    const isBad = spawnSync('db5.3_verify', ['-q', copied(file)]).status !== 0;
    return [
      { records: [], isBad },
      { records: [], isBad: true },
    ];
  }
}

/** The first record that differs: a whole map says too much. */
function firstDifference(theirs: unknown, ours: unknown): { readonly theirs: unknown; readonly ours: unknown } {
  const [a, b] = [theirs, ours].map((side) => ({ ...(side as { records: readonly DbRecord[] }) }));
  const at = a!.records.findIndex((record, i) => !sameAnswer(record, b!.records[i]));
  const near = (all: readonly DbRecord[]): unknown =>
    at < 0 ? all.length : { at, of: all.length, record: JSON.stringify(all[at])?.slice(0, 300) };
  return { theirs: { ...a, records: near(a!.records) }, ours: { ...b, records: near(b!.records) } };
}
