/**
 * Files of rules that nobody means well with, through the three places that run them: `mailmaps bt`, `loadRules`, and
 * `openMailMaps` with the rules of a file. Each line and call is answered or refused with a MapError, in {@link LONGEST_MS} and
 * {@link MOST_MEMORY}, and no name changes what all objects have.
 */
import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { converse } from '../../src/cli/bt/session.ts';
import type { Io } from '../../src/cli/program/io.ts';
import { type LoadRulesOptions, loadRules, MapError, openMailMaps } from '../../src/index.ts';
import { keptCases } from './corpus.ts';
import type { Family, Round } from './fault.ts';
import { computing, fuzz, fuzzAsync } from './fuzz.ts';
import { hostileText } from './hostile-text.ts';
import { withDirectory } from './map-images.ts';
import { must } from './parser-promises.ts';
import { EXPLOSIONS, HEAD } from './rule-explosions.ts';

/** Of computing, for a file and a line; a line alone takes a few seconds at most. */
const LONGEST_MS = 20_000;
const MOST_MEMORY = 600 << 20;
/** A line of 2,047 bytes of rules can print itself often. */
const MOST_OUTPUT = 64 << 20;

// biome-ignore format: words of a kind on a line
const WORDS = ['\nS', '\nR$*\t', '\nK', '\nC', '\nD', '\nM', '\nO ', '\nF', '\nV', '\nQ', '\nT', '\nP', 'x', '{x}', '{__proto__}', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '$*', '$+', '$-', '$=w', '$=c', '$~c', '$@', '$:', '$1', '$9', '$>x ', '$>3 ', '$>__proto__ ', '$(m ', '$(__proto__ ', '$)', '$[', '$]', '$#error ', '$#local ', '$#constructor ', '$&{x}', `\${x}`, `\${__proto__}`, '$?x', '$|', '$.', '\t', ' ', ', P=/nonexistent/x', ', F=lsD', ', A=x', 'regex ', '-s1,2 ', '-m ', '-a', '(a|ab)*', '\\1', '[[:alpha:]]', 'arith ', 'macro ', 'dequote ', 'sequence ', 'syslog ', 'null ', 'text /nonexistent/x', 'hash -o /nonexistent/x', '$@ ', '@', '.', '<', '>', '"', '\\', 'check_rcpt', 'MaxAliasRecursion=', 'OperatorChars=', 'Timeout.__proto__=', 'PrivacyOptions='];
const SAMPLES = [
  'Km regex -s1,2 (a|ab)(c|bcd)\nKa arith\nKp macro\nSx\nR$* a $*\t$: $(m $1 $: $2 $) $(a + $@ $1 $@ 2 $)\nR$*\t$: $(p {y} $@ $1 $) $&{y}\n',
  `C{c}a b.c\nD{x}a$?y b$| c$.\nSx\nR$* $={c} $*\t$>y $2 < \${x} >\nSy\nR$- < $* >\t$#local $@ $1 $: $2\n`,
  'Mlocal, P=/nonexistent/x, F=lsDFMAw5:/|@q, S=10, R=20, A=x\nMesmtp, P=[IPC], F=mDFMuX, A=TCP $h\nS0\nR$* @ $+\t$#esmtp $@ $2 $: $1 @ $2\nR$*\t$#local $: $1\nScheck_rcpt\nR$*\t$#error $@ 5.7.1 $: "550 no $1"\n',
  'S3\nR$* < $* > $*\t$: $2\nR$+ @ $+\t$: $1 < @ $2 >\nS4\nR$+ < @ $+ >\t$: $1 @ $2\nScheck_mail\nR$*\t$: $(m $1 $: none $)\nKm sequence n\nKn null\n',
];
const CF = hostileText(WORDS, SAMPLES);
// biome-ignore format: words of a kind on a line
const LINE_WORDS = ['x ', 'x,y ', '0 ', '3,0 ', '/map ', 'm ', '__proto__ ', 'constructor ', '/parse ', '/try ', 'local ', 'esmtp ', '/tryflags ', 'HS', '/canon ', '/mx ', '=S', '=M', '$=', '${', '$m', '.D', '.C', '{x}', '-d21.12', '-d60', '-d0-99.99', 'a@b.c', '<', '>', '@', '"', '\\', '(', 'a b'];
const LINE = hostileText(LINE_WORDS, [
  'x a b',
  '3,0 a@b.c',
  '/map m abcd',
  '/try esmtp a@b.c',
  '$={c}',
  '=S__proto__',
  '/parse <@a,@b:c@d>',
  '.D{__proto__}x',
  '-d21.99',
]);

/** As objects, so that the names are really theirs. */
const ODD_NAMES = JSON.parse(
  '{"macros":{"__proto__":"x","constructor":"y"},"classes":{"__proto__":["a"]},"texts":{"__proto__":"a b"}}',
) as LoadRulesOptions;

interface Attack {
  readonly cf: string;
  readonly lines: readonly string[];
}

const attack: fc.Arbitrary<Attack> = fc.record({
  cf: CF,
  lines: fc.array(
    LINE.map((line) => line.replaceAll('\n', ' ')),
    { minLength: 1, maxLength: 6 },
  ),
});

/** The places that run rules. */
class Places {
  readonly #directory: string;
  #files = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async bt({ cf, lines }: Attack): Promise<void> {
    const path = join(this.#directory, `${this.#files++ % 1000}.cf`);
    writeFileSync(path, HEAD + cf, 'latin1');
    let printed = 0;
    const out = (data: string | Uint8Array): void => {
      printed += data.length;
    };
    const io: Io = { stdin: [], out, err: out, env: {}, argv0: 'mailmaps', isTerminal: false };
    await converse(path, typed(lines), io);
    must(printed < MOST_OUTPUT, `${printed} bytes of output`);
  }

  rules({ cf, lines }: Attack): void {
    answered(() => {
      const rules = loadRules(HEAD + cf, ODD_NAMES);
      for (const line of lines)
        for (const ruleset of ['x', '3', '__proto__', 'constructor'])
          answered(() => rules.call(ruleset, line.slice(0, 300)));
    });
  }

  configuration({ cf, lines }: Attack): void {
    answered(() => {
      using maps = openMailMaps({ cf: '/etc/mail/my.cf', rules: 'file', texts: { 'my.cf': HEAD + cf } });
      const client = { address: '203.0.113.9', name: 'mx.far.example' };
      for (const line of lines) {
        answered(() => maps.checkRcpt(line, { client, sender: 'eve@far.example' }));
        answered(() => maps.checkMail(line, { client }));
        answered(() => maps.route(line));
      }
    });
  }

  /** Node frees what a configuration held only between turns of the event loop. */
  async closedConfiguration(given: Attack): Promise<void> {
    this.configuration(given);
    await setImmediate();
  }
}

async function* typed(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** A MapError is an answer. */
function answered(ask: () => unknown): void {
  try {
    ask();
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
  }
}

async function explode(round: Round, places: Places): Promise<void> {
  let longest: readonly [number, string] = [0, ''];
  let most = 0;
  for (const [name, cf, line] of EXPLOSIONS) {
    for (const place of ['bt', 'rules', 'configuration'] as const) {
      try {
        const took = await computing(() => places[place]({ cf, lines: [line] }));
        must(took < LONGEST_MS, `${took} ms`);
        if (took > longest[0]) longest = [took, `${name}, ${place}`];
        most = Math.max(most, process.memoryUsage().heapUsed);
        must(most < MOST_MEMORY, `${most} bytes`);
        round.held();
      } catch (error) {
        round.broke({ tried: { name, place }, got: `${error}` });
      }
    }
  }
  round.figure(`the longest explosion ${Math.round(longest[0])} ms (${longest[1]})`);
  round.figure(`at most ${most >> 20} MiB in use`);
}

/** Runs `work` as if no name existed: the name servers of this machine may be silent, which takes fifteen seconds a name. */
async function withoutNames(work: () => Promise<void>): Promise<void> {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(Resolver.prototype)).filter(([name]) =>
    name.startsWith('resolve'),
  );
  const value = (): Promise<never> => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
  try {
    for (const [name, own] of methods) Object.defineProperty(Resolver.prototype, name, { ...own, value });
    await work();
  } finally {
    for (const [name, own] of methods) Object.defineProperty(Resolver.prototype, name, own);
  }
}

const SHORT = 300;
const LONG = 334_000;

export const rulesEngine: Family = {
  name: 'rules-engine',
  promise: 'hostile rules and lines get an answer or an error, in bounded time and memory',
  async run(round) {
    const own = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    const runs = round.long ? LONG : SHORT;
    const kept = keptCases('rules-engine').map((cf) => ({ cf, lines: ['x a b'] }));
    await withDirectory(async (directory) => {
      const places = new Places(directory);
      if (round.long) await explode(round, places);
      await withoutNames(() => fuzzAsync(round, 'bt', attack, runs, (given) => places.bt(given), kept));
      fuzz(round, 'rules', attack, runs, (given) => places.rules(given), kept);
      await fuzzAsync(round, 'configuration', attack, runs, (given) => places.closedConfiguration(given), kept);
    });
    must(JSON.stringify(Object.getOwnPropertyNames(Object.prototype)) === own, 'all objects have changed');
  },
};
