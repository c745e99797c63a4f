/**
 * A tracer stops a program of root's right after a system call that names a file, and the user who owns the directory exchanges
 * names there; then the program goes on.
 *
 * Nothing of root's changes: content, owner, mode and time of all files that he may not write. Nothing that only root may read
 * is afterwards in a file that the user may read. No run waits for the user.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { random } from '../conformance/random.ts';
import { program } from '../oracle/programs.ts';
import { EXCHANGE_SCENES, type ExchangeScene, OTHERS } from './exchange-scenes.ts';
import type { Family, Round } from './fault.ts';
import { PROJECT } from './generations.ts';
import { withDirectory } from './map-images.ts';
import { USER } from './race-scenes.ts';

const SECRET = 'topsecret-4711';
const strace = program('strace');
const CALLS =
  'openat,stat,lstat,newfstatat,statx,access,faccessat2,readlink,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,link,linkat,symlink,chmod,fchmodat,lchown,fchownat,utimensat,connect,bind,getdents64';
/** Stops of each program. */
const SHORT_STOPS = 2;
const LONG_STOPS = 60;
/** A run takes a second; one that waits for a pipe would take for ever. */
const LONGEST_MS = 60_000;

const SAFE_FILES = [
  `echo ${SECRET}: ${SECRET} > {safe}/secret`,
  `echo 'key ${SECRET}' | makemap hash {safe}/access`,
  `echo 'key ${SECRET}' | makemap cdb {safe}/access`,
  'mkdir -p {safe}/lists {safe}/manifests {safe}/.generations/1',
  'cp {safe}/secret {safe}/lists/staff; cp {safe}/secret {safe}/.generations/1/x',
  'find {safe} -type f -exec chmod 600 {} +',
].join('\n');

/** A moment of a run: right after so many calls of a name in the main thread. */
interface Stop {
  readonly call: string;
  readonly nth: number;
}

class Stage {
  readonly own: string;
  readonly safe: string;
  readonly root: string;
  readonly #scene: ExchangeScene;
  readonly #trace: string;

  constructor(directory: string, scene: ExchangeScene) {
    this.#scene = scene;
    this.#trace = join(directory, 'trace');
    [this.own, this.safe, this.root] = ['own', 'safe', 'root'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
  }

  /** Makes everything; {@link again} copies it. */
  prepare(): void {
    for (const each of [this.own, this.safe, this.root]) mkdirSync(each, { mode: 0o755 });
    this.#shell(SAFE_FILES);
    this.#shell(this.#scene.prepare);
    this.#shell('chown -hR nobody:nogroup {own}; mkdir {root}/../kept; cp -a {own} {safe} {root} {root}/../kept');
  }

  /** Everything as it was, with the replacement of this kind. */
  again(other: string): void {
    this.#shell('rm -rf {own} {safe}; rm -rf {root}/*; cp -a {root}/../kept/. {root}/..');
    this.#shell(`${OTHERS[other]}; chown -h nobody:nogroup {own}/other`);
  }

  /** Runs the command, stopped once if that is wanted; `stopped` is false if it ended before. */
  async run(stop?: Stop, meanwhile?: () => void): Promise<{ stopped: boolean; hung: boolean; output: string }> {
    const injected = stop === undefined ? [] : ['-e', `inject=${stop.call}:signal=SIGSTOP:when=${stop.nth}`];
    rmSync(this.#trace, { force: true });
    const [name, ...args] = this.#scene.command.map((word) => this.#filled(word));
    const tracer = ['-f', '-qq', '-y', '-s', '300', '-o', this.#trace, '-e', `trace=${CALLS}`, ...injected];
    const argv = [...tracer, process.execPath, join(PROJECT, 'bin', `${name}.cjs`), ...args];
    const child = spawn(strace!, argv, { cwd: this.root, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined).end(this.#scene.stdin ?? '');
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    let over = false;
    const ended = new Promise<void>((done) =>
      child.on('close', () => {
        over = true;
        done();
      }),
    );
    let stopped = false;
    const deadline = Date.now() + LONGEST_MS;
    while (!over && Date.now() < deadline) {
      await Promise.race([ended, wait(stop === undefined || stopped ? 50 : 5)]);
      if (stop === undefined || stopped || over || !this.#isStopped()) continue;
      stopped = true;
      meanwhile?.();
      process.kill(tracedBy(child), 'SIGCONT');
    }
    const hung = !over;
    if (hung) process.kill(tracedBy(child), 'SIGKILL');
    await ended;
    return { stopped, hung, output };
  }

  /** The calls of the last run that are about files of the user. */
  calls(): Stop[] {
    const lines = readFileSync(this.#trace, 'latin1').split('\n');
    const main = /^\d+ /.exec(lines[0] ?? '')?.[0] ?? '?';
    const counts: Record<string, number> = {};
    return lines.flatMap((line) => {
      const call = line.startsWith(main) ? /^\d+ +(\w+)\(/.exec(line)?.[1] : undefined;
      if (call === undefined) return [];
      const nth = (counts[call] ?? 0) + 1;
      counts[call] = nth;
      return line.includes(this.own) || line.includes('"/proc/self/fd/') ? [{ call, nth }] : [];
    });
  }

  /** Exchanges a file of the user's for the replacement, as far as it is there; `d/.*` replaces all that begin with a dot. */
  exchange(file: string): void {
    const path = join(this.own, file);
    const other = join(this.own, 'other');
    if (file.endsWith('.*')) {
      const names = existsSync(dirname(path)) ? readdirSync(dirname(path)).filter((name) => name.startsWith('.')) : [];
      for (const name of names) {
        renameSync(join(dirname(path), name), join(this.own, `taken${name}`));
        this.#shell(`cp -P {own}/other '${join(dirname(path), name)}'`);
        lchownSync(join(dirname(path), name), USER, USER);
      }
      return;
    }
    if (existsSync(path)) renameSync(path, join(this.own, 'before'));
    if (existsSync(dirname(path))) renameSync(other, path);
  }

  /** Everything of root's that the user may not write. */
  state(): string {
    return JSON.stringify(listed(this.safe));
  }

  /** A file that the user may read and that holds what only root may. */
  leak(): string | undefined {
    return readable(this.own);
  }

  #shell(script: string): void {
    const { status, stderr } = spawnSync('bash', ['-c', this.#filled(`set -e\n${script}`)], {
      cwd: this.root,
      env: { ...process.env, PATH: `${join(this.root, '..', 'bin')}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
  }

  #filled(text: string): string {
    return text.replaceAll('{own}', this.own).replaceAll('{safe}', this.safe).replaceAll('{root}', this.root);
  }

  #isStopped(): boolean {
    return existsSync(this.#trace) && readFileSync(this.#trace, 'latin1').includes('--- stopped by SIGSTOP ---');
  }
}

/** The process that the tracer runs. */
function tracedBy({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')[0]);
}

function listed(path: string): unknown {
  const { mode, uid, gid, nlink, size, mtimeMs } = lstatSync(path);
  const about = [path, mode, uid, gid, nlink, size, mtimeMs];
  if (lstatSync(path).isSymbolicLink()) return [...about, readlinkSync(path)];
  if (lstatSync(path).isFile()) return [...about, readFileSync(path, 'latin1')];
  return [...about, readdirSync(path).map((name) => listed(join(path, name)))];
}

function readable(directory: string): string | undefined {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (lstatSync(path).isDirectory()) {
      const below = readable(path);
      if (below !== undefined) return below;
    } else if (lstatSync(path).isFile() && isLeak(path)) return path;
  }
  return undefined;
}

/** Blocks of a fleet's engine are compressed. */
function isLeak(path: string): boolean {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid, mode } = fstatSync(fd);
    if (uid !== USER && (mode & 0o004) === 0) return false;
    const bytes = readFileSync(fd);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (isPacked ? gunzipSync(bytes) : bytes).includes(SECRET);
  } finally {
    closeSync(fd);
  }
}

/** Short names of our programs for the shell of the scenes. */
function makeBin(directory: string): void {
  mkdirSync(join(directory, 'bin'));
  for (const name of ['makemap', 'mailmaps']) {
    const script = `#!/bin/sh\nexec ${process.execPath} ${join(PROJECT, 'bin', `${name}.cjs`)} "$@"\n`;
    writeFileSync(join(directory, 'bin', name), script, { mode: 0o755 });
  }
}

/** @returns how often the program was stopped */
async function play(round: Round, stage: Stage, scene: ExchangeScene): Promise<number> {
  stage.prepare();
  stage.again('secret');
  const before = stage.state();
  const quiet = await stage.run();
  if (stage.state() !== before || quiet.hung) throw new Error(`${scene.name}, undisturbed: ${quiet.output}`);
  const stops = stage.calls();
  const r = random(round.seed, stops.length);
  const all = scene.exchanges.flatMap(([file, ...others]) => others.map((other) => ({ file, other })));
  const chosen = Array.from({ length: round.long ? LONG_STOPS : SHORT_STOPS }, () => ({
    ...r.pick(all),
    stop: r.pick(stops),
  }));
  let count = 0;
  for (const { file, other, stop } of chosen) {
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
      spawnSync('chmod', ['755', directory]);
      let stops = 0;
      for (const [index, scene] of EXCHANGE_SCENES.entries()) {
        const place = join(directory, String(index));
        mkdirSync(place);
        makeBin(place);
        stops += await play(round, new Stage(place, scene), scene);
        rmSync(place, { recursive: true });
      }
      round.figure(`${EXCHANGE_SCENES.length} programs, stopped ${stops} times`);
    }),
};
