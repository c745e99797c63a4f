/**
 * Lookups of random keys in a map of a million entries, in process, ours against the `lmdb` package. Each form of its lookups
 * is measured, and the fastest one counts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { random } from '../../conformance/random.ts';
import { runCall } from '../call.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { alternate, medianSeconds, peakMB, shown, timeRatio } from '../sample.ts';

const MILLION = 1_000_000;
const ASKED = 300_000;
const READERS = ['lmdb get', 'lmdb getBinaryFast', 'lmdb get with Buffer keys'] as const;
/** More memory than the `lmdb` package takes, without the file that it maps. */
const MORE_MB = 64;

export const lookup: Group = {
  name: 'lookup',
  about: 'lookups in a map of a million entries, against the lmdb package',
  async run(bench) {
    const text = inputFile(bench, 'access', MILLION, accessLine);
    const map = `${bench.scratch}/access`;
    runCommand({ argv: ours('makemap', '--no-verify', 'hash', map), stdin: text });
    const [hits, misses] = askedKeys(bench, text);
    for (const [work, keys] of [
      ['hits', hits],
      ['misses', misses],
    ] as const) {
      const contestant = (reader: string) => ({ name: reader, run: () => runCall('lookup', { reader, map, keys }) });
      const samples = await alternate(bench.rounds, ['ours', ...READERS].map(contestant));
      const fastest = READERS.toSorted((a, b) => medianSeconds(samples[a]!) - medianSeconds(samples[b]!))[0]!;
      const [mine, theirs] = [samples.ours!, samples[fastest]!];
      const both = { ours: shown(mine), theirs: shown(theirs), against: `lmdb package (${fastest.slice(5)})` };
      bench.report({
        ...both,
        work: `lookup, 1,000,000 entries, ${work}`,
        figure: timeRatio(mine, theirs),
        target: { is: 'atMost', figure: 1 },
        samples,
      });
      bench.report({
        ...both,
        work: `lookup, ${work}: memory of the process, more than theirs`,
        figure: peakMB(mine) - peakMB(theirs),
        target: { is: 'atMost', figure: MORE_MB, unit: 'MB' },
        samples: {},
      });
    }
  },
};

/** Keys that are in the map, and as many that look like them and are not, a line each, in random order. */
export function askedKeys(bench: Bench, text: string): readonly [string, string] {
  const keys = readFileSync(text, 'latin1')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(0, line.indexOf('\t')).toLowerCase());
  const r = random(bench.seed, ASKED);
  const hits = r.list(ASKED, () => r.pick(keys));
  const misses = r.list(ASKED, () => {
    const key = r.pick(keys);
    const at = r.int(4, key.length - 1);
    return `${key.slice(0, at)}=${key.slice(at)}`;
  });
  return [hits, misses].map((all, i) => {
    const path = `${bench.scratch}/keys-${i}`;
    writeFileSync(path, all.join('\n'), 'latin1');
    return path;
  }) as [string, string];
}
