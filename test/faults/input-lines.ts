/**
 * Arbitrary input of `mailmaps check --batch`, `expand --batch` and `mailmaps test`. Every line of a batch gets one line of
 * JSON back, with its `id`; a session goes on after any line, and prints nothing harmful.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { runBatch } from '../../src/cli/mailmaps/batch.ts';
import { DEFAULT_SETTINGS } from '../../src/cli/mailmaps/options.ts';
import { runTest } from '../../src/cli/mailmaps/test-session.ts';
import type { Io } from '../../src/cli/program/io.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { decodeText } from '../../src/core/bytes.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { keptCases } from './corpus.ts';
import type { Family } from './fault.ts';
import { fuzzAsync } from './fuzz.ts';
import { hostileText } from './hostile-text.ts';
import { withDirectory } from './map-images.ts';

const ACCESS =
  'Connect:192.0.2 REJECT\nTo:relay.example RELAY\nFrom:spam.example ERROR:5.7.1:"550 go away"\nTo:x@mail.test QUARANTINE:\x1b[2Jlook\n';
const ALIASES = 'list: alice, bob@far.example, "|/bin/prog x"\nloop: loop\nevil: "a\x1b[31mb"\n';

const JSON_SAMPLES = [
  '{"kind":"rcpt","recipient":"a@relay.example","session":{"client":{"address":"192.0.2.7"}},"id":7}',
  '{"kind":"mail","sender":"x@spam.example","session":{"client":{"address":"2001:db8::1","name":"h.example","resolve":"OK"},"tls":{"verify":"OK"}}}',
  '{"kind":"relay","client":{"address":"192.0.2.7","helo":"x"}}\n{"kind":"expand","address":"list","id":{"a":[1]}}\n\nnonsense',
  '{"__proto__":{"kind":"expand"},"constructor":{"prototype":{"polluted":1}},"kind":"expand","address":"loop"}',
];
// biome-ignore format: words of a kind on a line
const JSON_WORDS = ['{', '}', '[', ']', '"', ':', ',', '"kind"', '"rcpt"', '"session"', '"client"', '"__proto__"', '"constructor"', 'null', 'true', '1e999', '-0', '\\ud800', '"\\udcff"', '"id":', '\n', '\r', '[[[[', '{"id":', '"address"'];

const TEST_SAMPLES = [
  'check rcpt a@relay.example --client 192.0.2.7\nexpand list evil\nquit',
  '--client 192.0.2.7 --client-name h.example\ncheck relay\ncheck mail "<x@spam.example>"',
  'expand --graph dot loop\nexpand --graph mermaid evil --json',
  'check rcpt x@mail.test --no-access --feature delay_checks --host-name a.b',
];
// biome-ignore format: words of a kind on a line
const TEST_WORDS = ['check ', 'rcpt ', 'mail ', 'relay ', 'expand ', 'list ', 'evil ', 'a@b ', '--client ', '--client=', '--feature ', '--json ', '--graph ', 'dot ', '--no-', '--', '-d ', '--__proto__.x=1 ', '--constructor.prototype.x 1 ', '--max-alias-recursion ', '99', '"', "'", '\\', '\n', '192.0.2.7 ', '--host-name ', '--color always '];

/** Runs a program over an input, in pieces as a pipe may cut it; what it wrote. */
async function written(input: string, run: (io: Io) => Promise<number>): Promise<{ out: string; err: string }> {
  const printed = { out: '', err: '' };
  const bytes = Buffer.from(input, 'latin1');
  const half = bytes.length >> 1;
  const text = (data: string | Uint8Array): string => Buffer.from(data as string, 'latin1').toString('latin1');
  await run({
    stdin: [bytes.subarray(0, half), bytes.subarray(half)],
    out(data) {
      printed.out += text(data);
    },
    err(data) {
      printed.err += text(data);
    },
    env: {},
    argv0: 'mailmaps',
    isTerminal: false,
  });
  return printed;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

async function batchHolds(maps: MailMaps, input: string): Promise<void> {
  const { out } = await written(input, (io) => runBatch(maps, {}, io));
  const asked = input.split('\n').filter((line) => line.trim() !== '');
  const answers = out.split('\n').slice(0, -1);
  must(answers.length === asked.length, `${answers.length} answers to ${asked.length} lines`);
  for (const [i, answer] of answers.entries()) {
    const read = JSON.parse(answer) as Readonly<Record<string, unknown>>;
    must('action' in read || 'recipients' in read || 'error' in read, `no answer: ${answer}`);
    const id = idOf(asked[i]!);
    must('error' in read || JSON.stringify(read.id) === id, `id ${id} became ${JSON.stringify(read.id)}`);
  }
  must(!('polluted' in {}) && !('x' in {}), 'Object.prototype was changed');
}

function idOf(line: string): string | undefined {
  try {
    return JSON.stringify((JSON.parse(decodeText(line)) as { id?: unknown }).id);
  } catch {
    return undefined;
  }
}

async function sessionHolds(directory: string, input: string): Promise<void> {
  const { out, err } = await written(input, (io) =>
    runTest({ ...DEFAULT_SETTINGS, directory, passwd: join(directory, 'passwd') }, io),
  );
  const colors = out.replace(/\x1b\[(?:1;3[123]|0)m/g, '');
  must(
    !/[\x00-\x09\x0b-\x1f\x7f]/.test(colors + err),
    `control characters for people: ${JSON.stringify(colors + err)}`,
  );
  must(!('x' in {}), 'Object.prototype was changed');
}

async function makeDirectory(scratch: string): Promise<string> {
  const directory = join(scratch, 'mail');
  mkdirSync(directory);
  writeFileSync(join(directory, 'passwd'), 'alice:x:1:1:Al:/nonexistent:/bin/sh\n');
  writeFileSync(join(directory, 'local-host-names'), 'mail.test\n');
  writeFileSync(join(directory, 'aliases'), ALIASES, 'latin1');
  await makeMap([Buffer.from(ACCESS, 'latin1')], join(directory, 'access'));
  await makeAliases(join(directory, 'aliases'));
  return directory;
}

const SHORT = 1500;
const LONG = 15_000;

export const inputLines: Family = {
  name: 'input-lines',
  promise: 'every line of a batch gets one line of JSON, a session goes on after any line',
  run: (round) =>
    withDirectory(async (scratch) => {
      const directory = await makeDirectory(scratch);
      const runs = round.long ? LONG : SHORT;
      using maps = openMailMaps({ directory, hostName: 'mail.test', users: join(directory, 'passwd') });
      const kept = keptCases('batch');
      const batch = hostileText(JSON_WORDS, [...JSON_SAMPLES, ...kept]);
      await fuzzAsync(round, 'batch', batch, runs, (input) => batchHolds(maps, input), [
        ...kept,
        deep(20_000),
        deep(400_000),
      ]);
      const sessions = fc.oneof(hostileText(TEST_WORDS, [...TEST_SAMPLES, ...keptCases('test-session')]));
      await fuzzAsync(
        round,
        'test-session',
        sessions,
        runs,
        (input) => sessionHolds(directory, input),
        keptCases('test-session'),
      );
    }),
};

/** JSON that can be read and is too deep to be written. */
function deep(levels: number): string {
  return `{"kind":"expand","address":"list","id":${'['.repeat(levels)}${']'.repeat(levels)}}`;
}
