/**
 * Processor time of lookups of random keys, in process: in a map of a million entries, which our reader keeps in memory, and in one of ten
 * million (531 MB), of which it keeps a table of keys. Against the `lmdb` package (each form of its lookups is measured, and the
 * fastest one counts) and against the C library of LMDB. Then several processes that read the large map at the same time.
 */
import { statSync } from 'node:fs';
import { type AskedKeys, askedKeys } from '../asked-keys.ts';
import { runCall } from '../call.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { lmdbInC } from '../lmdb-in-c.ts';
import { alternate, type Contestant, medianSeconds, peakMB, type Samples, shown, timeRatio } from '../sample.ts';
import { reportReaders } from './lookup-readers.ts';

const MILLION = 1_000_000;
const READERS = ['lmdb get', 'lmdb getBinaryFast', 'lmdb get with Buffer keys'] as const;

interface Size {
  readonly entries: number;
  /** The most of the package's time that hits and misses may take. */
  readonly targets: { readonly hits: number; readonly misses: number };
  /** More memory than the package takes, without the file that it maps. */
  readonly moreMB: number;
  /** More keys are asked before the clock runs: a table of so many keys is complete after 136,000 lookups. */
  readonly warmUp: boolean;
}

const SIZES: readonly Size[] = [
  { entries: MILLION, targets: { hits: 0.6, misses: 0.6 }, moreMB: 64, warmUp: false },
  { entries: 10 * MILLION, targets: { hits: 1, misses: 1 }, moreMB: 128, warmUp: true },
];

export const lookup: Group = {
  name: 'lookup',
  about: 'lookups in maps of one and ten million entries, against the lmdb package and LMDB in C',
  async run(bench) {
    for (const size of SIZES) {
      const text = inputFile(bench, 'access', size.entries, accessLine);
      const map = `${bench.scratch}/access-${size.entries}`;
      runCommand({ argv: ours('makemap', '--no-verify', 'hash', map), stdin: text });
      const keys = askedKeys(bench, text);
      for (const kind of ['hits', 'misses'] as const) await compare(bench, size, map, keys, kind);
      if (size.warmUp) await reportReaders(bench, map, keys.hits, statSync(`${map}.lmdb`).size);
      await compareWithC(bench, size, text, map, keys);
    }
  },
};

async function compare(
  bench: Bench,
  size: Size,
  map: string,
  asked: AskedKeys,
  kind: 'hits' | 'misses',
): Promise<void> {
  const samples = await alternate(
    bench.rounds,
    ['ours', ...READERS].map((reader) => reading(reader, map, asked, kind, size)),
  );
  const fastest = READERS.toSorted((a, b) => medianSeconds(samples[a]!) - medianSeconds(samples[b]!))[0]!;
  const withBuffers = samples[READERS[2]]!;
  const work = `lookup, ${size.entries.toLocaleString('en')} entries, ${kind}`;
  report(bench, work, samples, fastest, size.targets[kind]);
  bench.report({
    ...{ ours: shown(samples.ours!), theirs: shown(withBuffers), against: named(READERS[2]), samples: {} },
    work: `${work}: memory of the process, more than theirs`,
    figure: peakMB(samples.ours!) - peakMB(withBuffers),
    target: { is: 'atMost', figure: size.moreMB, unit: 'MB' },
  });
}

/** Makes the map again, in the format that the C library reads. */
async function compareWithC(bench: Bench, size: Size, text: string, map: string, asked: AskedKeys): Promise<void> {
  const warm = size.warmUp ? asked.warm : undefined;
  const theirs = lmdbInC(bench, `${map}.lmdb`, asked.hits, warm);
  if (theirs === undefined) return;
  runCommand({ argv: ours('makemap', '--no-verify', '--lmdb-format', '0.9', 'hash', map), stdin: text });
  const samples = await alternate(bench.rounds, [reading('ours', map, asked, 'hits', size), theirs]);
  report(bench, `lookup, ${size.entries.toLocaleString('en')} entries, hits`, samples, theirs.name, 1);
}

function reading(reader: string, map: string, asked: AskedKeys, kind: 'hits' | 'misses', { warmUp }: Size): Contestant {
  const args = { reader, map, keys: asked[kind], ...(warmUp && { warm: asked.warm }) };
  return { name: reader, run: () => runCall('lookup', args) };
}

function report(bench: Bench, work: string, samples: Samples, against: string, target: number): void {
  const [mine, theirs] = [samples.ours!, samples[against]!];
  bench.report({
    ...{ work, against: named(against), ours: shown(mine), theirs: shown(theirs), samples },
    figure: timeRatio(mine, theirs),
    target: { is: 'atMost', figure: target },
  });
}

/** `lmdb get`: a form of the package's lookups. */
const named = (contestant: string): string => contestant.replace(/^lmdb (.*)/, 'lmdb package ($1)');
