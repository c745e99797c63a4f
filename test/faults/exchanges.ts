/**
 * A tracer stops a program of root's right after a system call that names a file, and the user who owns the directory exchanges
 * names there; then the program goes on. The scenes together reach every call of src/ that names a file
 * (test/files/named-calls.ts).
 *
 * Nothing of root's changes: content, owner, mode and time of all files that he may not write. Nothing that only root may read
 * is afterwards in a file that the user may read. No run waits for the user.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../bundled.ts';
import { random } from '../conformance/random.ts';
import { NAMED_CALLS } from '../files/named-calls.ts';
import { READER_SCENES } from './exchange-readers.ts';
import { type ExchangeScene, WRITER_SCENES } from './exchange-scenes.ts';
import { makeSafe, Stage, strace } from './exchange-stage.ts';
import type { Family, Round } from './fault.ts';
import { withDirectory } from './map-images.ts';

const SCENES = [...WRITER_SCENES, ...READER_SCENES];
/** The short form stops one program of so many. */
const SHORT_SHARE = 3;
const LONG_STOPS = 60;

// biome-ignore format: one call a line
/** Calls that no scene reaches, and the reason. */
const NOT_REACHED: Readonly<Record<string, string>> = {
  'cli/mailmaps/fleet-commands.ts watch': 'a function of ours',
  'cli/mailmaps/serve/command.ts listen': 'a function of ours',
  'cli/mailmaps/serve/command.ts watch': 'a function of ours',
  'publish/watch.ts watch': 'a function of ours',
  'publish/redis-connection.ts connect': 'a function of ours',
  'publish/redis-engine.ts connect': 'a function of ours',
  'publish/directory-engine.ts readFile': 'by descriptor',
  'files/held-files.ts lstatSync': 'only without /proc',
  'store/directory.ts realpathSync': 'only without /proc',
  'files/file-system.ts readlinkSync': 'of a list that is not in a held view',
  'files/text-safety.ts readlinkSync': 'a sendmail.cf that is a pipe of another user from the start',
  'files/safe-open.ts realpathSync': 'the option -s, by which links are followed',
  'store/left-over.ts rmSync': 'a directory that a killed process left where nobody else exchanges names',
  'cli/program/process-io.ts readFileSync': '/proc/self/cmdline, for arguments that are not UTF-8',
  'config/alias-context.ts statSync': 'a directory that FEATURE(smrsh) names',
  'publish/address.ts readFileSync': 'the password for Redis',
  'publish/retention.ts writeFileSync': 'only after 30 generations, in a directory of the publisher',
  'review/doctor/sockets.ts readFileSync': 'units of systemd',
  'serve/metrics.ts statSync': 'when somebody asks for metrics',
};

/** sysexits(3): a command line that is wrong. */
const EX_USAGE = 64;

/** The calls of src/ that the program makes when nobody disturbs it. @throws Error if the scene itself is wrong */
async function undisturbed(stage: Stage, scene: ExchangeScene, recorder: string): Promise<readonly string[]> {
  stage.prepare();
  stage.again('secret');
  const before = stage.state();
  const { hung, status, output, calls } = await stage.recorded(recorder);
  if (stage.state() === before && !hung && status !== EX_USAGE) return calls;
  throw new Error(`${scene.name}, undisturbed: ${output}`);
}

/** Stops the program, so many times, and exchanges a file each time. Returns how often it was stopped. */
async function disturb(round: Round, stage: Stage, scene: ExchangeScene, times: number): Promise<number> {
  stage.again('secret');
  await stage.run();
  const stops = stage.calls();
  const all = scene.exchanges.flatMap(([file, ...others]) =>
    others.flatMap((other) => stops.map((stop) => ({ file, other, stop }))),
  );
  let count = 0;
  for (const { file, other, stop } of random(round.seed, stops.length).sample(all, times)) {
    stage.again(other);
    const untouched = stage.state();
    const { stopped, hung, output } = await stage.run(stop, () => stage.exchange(file));
    if (!stopped) continue;
    count++;
    const changed = stage.state() !== untouched ? 'a file of root has changed' : undefined;
    const got = changed ?? stage.leak() ?? (hung ? 'it does not end' : undefined);
    if (got === undefined) round.held();
    else round.broke({ tried: { scene: scene.name, file, other, stop }, got: { got, output: output.slice(0, 500) } });
  }
  return count;
}

/** Calls that are listed, reached by no scene, and have no reason for that. */
function missed(reached: ReadonlySet<string>): readonly string[] {
  const listed = NAMED_CALLS.flatMap(([file, calls]) => calls.split(' ').map((call) => `${file} ${call}`));
  return listed.filter((call) => !reached.has(call) && !Object.hasOwn(NOT_REACHED, call));
}

export const exchanges: Family = {
  name: 'exchanges',
  promise:
    "whatever a user exchanges in his directory, and when, nothing of root's is read for him, written or removed",
  lacks: () => {
    if (process.getuid?.() !== 0) return "root's rights";
    return strace === undefined ? 'strace' : undefined;
  },
  run: (round) =>
    withDirectory(async (directory) => {
      chmodSync(directory, 0o755);
      makeSafe(directory);
      const recorder = bundled('test/faults/call-recorder-program.ts');
      const reached = new Set<string>();
      let stops = 0;
      for (const [index, scene] of SCENES.entries()) {
        const place = join(directory, String(index));
        mkdirSync(place);
        const stage = new Stage(place, scene);
        for (const call of await undisturbed(stage, scene, recorder)) reached.add(call);
        if (round.long) stops += await disturb(round, stage, scene, LONG_STOPS);
        else if ((index + round.seed) % SHORT_SHARE === 0) stops += await disturb(round, stage, scene, 1);
        rmSync(place, { recursive: true });
      }
      const left = missed(reached);
      if (left.length > 0) round.broke({ tried: 'to reach each call that names a file', got: left });
      round.figure(`${SCENES.length} programs, stopped ${stops} times, ${reached.size} calls reached`);
    }),
};
