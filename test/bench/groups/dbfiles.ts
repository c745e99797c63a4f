/**
 * Berkeley DB and CDB: a million records printed, against db5.3_dump; made into a CDB file, against postmap and our LMDB
 * build; imported, against our LMDB build; and looked up in a Berkeley DB hash, against an LMDB map.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { program, writeMainCf } from '../../oracle/programs.ts';
import { askedKeys } from '../asked-keys.ts';
import { runCall } from '../call.ts';
import { ours, runCommand } from '../command.ts';
import type { Bench, Group } from '../group.ts';
import { accessLine, inputFile } from '../inputs.ts';
import { alternate, shown, timeRatio } from '../sample.ts';

const MILLION = 1_000_000;

export const dbfiles: Group = {
  name: 'dbfiles',
  about: 'Berkeley DB and CDB files, against db5.3_dump, postmap and our LMDB maps',
  async run(bench) {
    const postmap = program('postmap');
    const dump = program('db5.3_dump');
    if (postmap === undefined || dump === undefined) {
      bench.leaveOut('Berkeley DB and CDB', 'db5.3_dump or postmap is not installed');
      return;
    }
    const text = inputFile(bench, 'access', MILLION, accessLine);
    const place = makeFiles(bench, postmap, text);
    await compareDump(bench, dump, place);
    await compareMaking(bench, postmap, text, place);
    await compareLookup(bench, text, place);
  },
};

/** The text under the name `text`, its Berkeley DB hash by postmap beside it, and an LMDB map. */
function makeFiles(bench: Bench, postmap: string, text: string): string {
  const place = `${bench.scratch}/dbfiles`;
  mkdirSync(place, { recursive: true });
  writeMainCf(place);
  copyFileSync(text, `${place}/text`);
  runCommand({ argv: [postmap, '-c', place, `hash:${place}/text`], quiet: true });
  runCommand({ argv: ours('makemap', '--no-verify', 'hash', `${place}/lmdb`), stdin: text });
  return place;
}

async function compareDump(bench: Bench, dump: string, place: string): Promise<void> {
  // the library's tool is given a file of its own
  copyFileSync(`${place}/text.db`, `${place}/copy.db`);
  const print = (argv: readonly string[]) => () => runCommand({ argv, stdout: `${place}/printed`, memory: true });
  const samples = await alternate(bench.rounds, [
    { name: 'ours', run: print(ours('makemap', '-u', 'hash', `${place}/text.db`)) },
    { name: 'theirs', run: print([dump, '-p', `${place}/copy.db`]) },
  ]);
  bench.report({
    work: 'makemap -u of a Berkeley DB hash, 1,000,000 records',
    against: 'db5.3_dump -p',
    ours: shown(samples.ours!),
    theirs: shown(samples.theirs!),
    figure: timeRatio(samples.ours!, samples.theirs!),
    target: { is: 'atMost', figure: 0.5 },
    samples,
  });
}

async function compareMaking(bench: Bench, postmap: string, text: string, place: string): Promise<void> {
  const make = (type: string) => () =>
    runCommand({ argv: ours('makemap', type, `${place}/made`), stdin: text, memory: true });
  const config = `${place}/main.cf`;
  const samples = await alternate(bench.rounds, [
    { name: 'cdb', run: make('cdb') },
    { name: 'lmdb', run: make('hash') },
    {
      name: 'postmap',
      run: () => {
        rmSync(`${place}/text.cdb`, { force: true });
        return runCommand({ argv: [postmap, '-c', place, `cdb:${place}/text`], quiet: true, memory: false });
      },
    },
    {
      name: 'import',
      run: () =>
        runCommand({
          argv: ours('mailmaps', 'import', '--config', config, '--to', `${place}/imported`, `${place}/text.db`),
          memory: true,
        }),
    },
  ]);
  const report = (work: string, one: string, against: string, other: string, figure: number): void =>
    bench.report({
      work,
      against,
      ours: shown(samples[one]!),
      theirs: shown(samples[other]!),
      figure: timeRatio(samples[one]!, samples[other]!),
      target: { is: 'atMost', figure },
      samples: { ours: samples[one]!, theirs: samples[other]! },
    });
  report('makemap cdb, 1,000,000 lines', 'cdb', 'postmap cdb', 'postmap', 0.5);
  report('makemap cdb, 1,000,000 lines', 'cdb', 'makemap hash, ours', 'lmdb', 1.5);
  report('import, 1,000,000 records', 'import', 'makemap hash, ours', 'lmdb', 1.5);
}

async function compareLookup(bench: Bench, text: string, place: string): Promise<void> {
  const { hits } = askedKeys(bench, text);
  const reading = (map: string) => ({
    name: map,
    run: () => runCall('lookup', { reader: 'ours', map: `${place}/${map}`, keys: hits }),
  });
  const samples = await alternate(bench.rounds, [reading('text.db'), reading('lmdb')]);
  bench.report({
    work: 'lookup in a Berkeley DB hash, 1,000,000 records, hits',
    against: 'an LMDB map of ours',
    ours: shown(samples['text.db']!),
    theirs: shown(samples.lmdb!),
    figure: timeRatio(samples['text.db']!, samples.lmdb!),
    // 1.5 µs where LMDB takes 0.8
    target: { is: 'atMost', figure: 1.5 / 0.8 },
    samples,
  });
}
