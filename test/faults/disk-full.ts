/**
 * A file system with room for less and less of the new map, by bytes and by files, and a limit on the size of files: the
 * old map stays, the message names the cause, the status is 74 or 73, and nothing is left beside the map.
 *
 * Each stage runs in a mount namespace of its own, on a small tmpfs that goes with it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { random } from '../conformance/random.ts';
import type { Family, Round } from './fault.ts';
import { entryLines, PROJECT } from './generations.ts';
import { withDirectory } from './map-images.ts';

const RECORDS = 3000;
const PAGE_KB = 4;
const FULL = /No space left on device|File too large|cannot write beside/;
const STATUSES = ['73', '74'];
/** Stages of each program in the short form. */
const SHORT_STAGES = 3;

type Format = 'lmdb' | 'cdb';

/** Programs on the small disk, where the map is `access` and its text aliases, and the format of the map. */
const PROGRAMS: readonly (readonly [command: string, format: Format])[] = [
  ['makemap hash access < $IN/new', 'lmdb'],
  ['makemap -o hash access < $IN/more', 'lmdb'],
  ['makemap -d hash access < $IN/new', 'lmdb'],
  ['makemap --lmdb-format 0.9 hash access < $IN/new', 'lmdb'],
  ['makemap --cidr hash access < $IN/networks', 'lmdb'],
  ['makemap cdb access < $IN/new', 'cdb'],
  ['makemap -o cdb access < $IN/more', 'cdb'],
  ['editmap -u hash access edited 1', 'lmdb'],
  ['newaliases -C $IN/sendmail.cf -OAliasFile=hash:$PWD/access', 'lmdb'],
  ['mailmaps build -d .', 'lmdb'],
  ['mailmaps import $IN/import.cdb --to access', 'lmdb'],
  ['mailmaps import $IN/import.lmdb --to access --cdb', 'cdb'],
];

/** The resource that is short. */
type Shortage = { readonly of: 'kilobytes' | 'files' | 'file size'; readonly left: number };

/** $1 disk, $2 inputs, $3 programs, $4 tmpfs options, $5 what to run before, $6 what to run, $7 the format of the map. */
const SCRIPT = `
set -u
mount -t tmpfs -o "$4" none "$1" && cd "$1" || exit 99
IN=$2 BIN=$3
for name in makemap editmap newaliases mailmaps; do eval "$name() { node $BIN/$name.cjs \\"\\$@\\"; }"; done
cp $IN/old.$7 access.$7
cp $IN/aliases access
( eval "$5"; eval "$6" ) > $IN/stdout 2> $IN/stderr
echo "status $?"
ls -A | sed 's/^/file /'
cmp -s access.$7 $IN/old.$7 && echo same
[ $7 = cdb ] && type=cdb || type=hash
node $BIN/makemap.cjs -u $type access > $IN/dump && [ $(wc -l < $IN/dump) -ge ${RECORDS} ] && echo whole
sed 's/^/said /' $IN/stderr
`;

function stages(long: boolean, needed: number): readonly Shortage[] {
  const step = long ? PAGE_KB : Math.ceil(needed / 3 / PAGE_KB) * PAGE_KB;
  const bytes: Shortage[] = [];
  for (let left = 0; left < needed; left += step) bytes.push({ of: 'kilobytes', left });
  const files = (long ? [0, 1, 2] : [2]).map((left): Shortage => ({ of: 'files', left }));
  const sizes = (long ? [1, 2, 4, 8, 16, 64, 100] : [1]).map((left): Shortage => ({ of: 'file size', left }));
  return [...bytes, ...files, ...sizes];
}

export const diskFull: Family = {
  name: 'disk-full',
  promise: 'without room for the new map the old one stays, the message names the cause, and nothing is left over',
  lacks: () => (spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'mount namespaces'),
  run: (round) =>
    withDirectory((directory) => {
      const [disk, inputs] = [join(directory, 'disk'), join(directory, 'in')];
      mkdirSync(disk);
      prepare(inputs);
      const ends = { failed: 0, done: 0 };
      const r = random(round.seed);
      for (const [command, format] of PROGRAMS) {
        const shortages = stages(round.long, 220);
        for (const shortage of round.long ? shortages : r.sample(shortages, SHORT_STAGES))
          judge(round, { command, format, shortage }, run(disk, inputs, shortage, command, format), ends);
      }
      round.figure(`${ends.failed} runs had too little room, ${ends.done} just enough`);
    }),
};

function prepare(inputs: string): void {
  mkdirSync(inputs);
  writeFileSync(join(inputs, 'old'), entryLines(RECORDS, '\t', 0));
  writeFileSync(join(inputs, 'new'), entryLines(RECORDS, '\t', 1));
  writeFileSync(join(inputs, 'more'), Array.from({ length: RECORDS }, (_, i) => `more${i}\t1\n`).join(''));
  writeFileSync(join(inputs, 'aliases'), entryLines(RECORDS, ': ', 1));
  writeFileSync(join(inputs, 'sendmail.cf'), 'V10\nO DontBlameSendmail=TrustStickyBit\n');
  writeFileSync(
    join(inputs, 'networks'),
    Array.from({ length: RECORDS }, (_, i) => `10.${i >> 8}.${i & 255}.0/24\t1\n`).join(''),
  );
  for (const [name, generation] of [
    ['old', 0],
    ['import', 1],
  ] as const) {
    for (const type of ['lmdb', 'cdb']) {
      const argv = [join(PROJECT, 'bin/makemap.cjs'), type, join(inputs, name)];
      spawnSync(process.execPath, argv, { input: entryLines(RECORDS, '\t', generation) });
    }
  }
}

interface Ending {
  readonly status: string;
  readonly files: readonly string[];
  readonly same: boolean;
  readonly whole: boolean;
  readonly said: string;
}

function run(disk: string, inputs: string, { of, left }: Shortage, command: string, format: Format): Ending {
  const roomy = 'size=8m,mode=755';
  // the map, the text and the directory are there; the filler is one more
  const options = of === 'kilobytes' ? 'size=1m,mode=755' : of === 'files' ? `${roomy},nr_inodes=${3 + left}` : roomy;
  const before = of === 'file size' ? `ulimit -f ${left * 2}` : of === 'kilobytes' ? fillTo(left) : ':';
  const argv = [
    '--mount',
    'sh',
    '-c',
    SCRIPT,
    'sh',
    disk,
    inputs,
    join(PROJECT, 'bin'),
    options,
    before,
    command,
    format,
  ];
  const { stdout } = spawnSync('unshare', argv, { encoding: 'latin1' });
  const lines = (word: string): string[] =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  return {
    status: lines('status')[0] ?? '',
    files: lines('file'),
    same: /^same$/m.test(stdout),
    whole: /^whole$/m.test(stdout),
    said: lines('said').join('\n'),
  };
}

/** Shell that leaves so many kilobytes of the disk. */
function fillTo(kilobytes: number): string {
  return `fill=$(( $(stat -f -c %a .) * ${PAGE_KB} - ${kilobytes} )); head -c "$fill"k /dev/zero > filler`;
}

interface Tried {
  readonly command: string;
  readonly format: Format;
  readonly shortage: Shortage;
}

function judge(round: Round, tried: Tried, end: Ending, ends: { failed: number; done: number }): void {
  const clean = end.files.filter((file) => file !== 'filler').join() === `access,access.${tried.format}`;
  const refused = STATUSES.includes(end.status) && end.same && FULL.test(end.said);
  if (end.whole && clean && (refused || end.status === '0')) {
    ends[end.status === '0' ? 'done' : 'failed']++;
    round.held();
  } else round.broke({ tried, got: end });
}
