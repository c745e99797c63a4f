/**
 * The places of an exchange, a program of root's in them, and what may not happen: exchanges.ts has the rules.
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
import { program } from '../oracle/programs.ts';
import { type ExchangeScene, OTHERS } from './exchange-scenes.ts';
import { PROJECT } from './generations.ts';
import { USER } from './race-scenes.ts';

const SECRET = 'topsecret-4711';
export const strace: string | undefined = program('strace');
const CALLS =
  'openat,stat,lstat,newfstatat,statx,access,faccessat2,readlink,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,link,linkat,symlink,chmod,fchmodat,lchown,fchownat,utimensat,connect,bind,getdents64';
/** A run takes a second, and a publisher tries for 30 if its engine is away; one that waits for a pipe would take for ever. */
const LONGEST_MS = 240_000;
const LOOK_MS = 5;

const SAFE_FILES = [
  `echo ${SECRET}: ${SECRET} > {safe}/secret`,
  `echo 'key ${SECRET}' | makemap hash {safe}/access`,
  `echo 'key ${SECRET}' | makemap cdb {safe}/access`,
  // a value of a Berkeley DB file that has as many bytes
  `LC_ALL=C sed 's/list24.invalid/${SECRET}/' {data}/dbfiles/sm-access-hash.db > {safe}/access.db`,
  'mkdir -p {safe}/lists {safe}/manifests {safe}/blocks {safe}/.generations/1',
  'cp {safe}/secret {safe}/lists/staff; cp {safe}/secret {safe}/manifests/1; cp {safe}/secret {safe}/.generations/1/x',
  'find {safe} -type f -exec chmod 600 {} +',
].join('\n');

interface Ran {
  /** It did not end in time, and was killed. */
  readonly hung: boolean;
  readonly status: number | null;
  readonly output: string;
}

/** A moment of a run: right after so many calls of a name in the main thread. */
export interface Stop {
  readonly call: string;
  readonly nth: number;
}

export class Stage {
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
    for (const each of [this.own, this.root]) mkdirSync(each, { mode: 0o755 });
    this.#shell('cp -a {root}/../../safe {root}/..');
    this.#shell(this.#scene.prepare);
    this.#shell('chown -hR nobody:nogroup {own}; mkdir {root}/../kept; cp -a {own} {safe} {root} {root}/../kept');
  }

  /** Everything as it was, with the replacement of this kind. */
  again(other: string): void {
    this.#shell('rm -rf {own} {safe}; rm -rf {root}/*; cp -a {root}/../kept/. {root}/..');
    this.#shell(`${OTHERS[other]}; chown -h nobody:nogroup {own}/other`);
  }

  /** Runs the command, stopped once if that is wanted; `stopped` is false if it ended before. */
  async run(stop?: Stop, meanwhile?: () => void): Promise<Ran & { readonly stopped: boolean }> {
    const injected = stop === undefined ? [] : ['-e', `inject=${stop.call}:signal=SIGSTOP:when=${stop.nth}`];
    rmSync(this.#trace, { force: true });
    const tracer = ['-f', '-qq', '-y', '-s', '300', '-o', this.#trace, '-e', `trace=${CALLS}`, ...injected];
    const child = spawn(strace!, [...tracer, process.execPath, ...this.#command()], { cwd: this.root });
    let stopped = false;
    const tell: Tell = (signal) => tellTraced(child.pid ?? 0, signal);
    const ran = await this.#watched(child, tell, () => {
      if (stop === undefined || stopped || !this.#isStopped()) return;
      stopped = true;
      meanwhile?.();
      tell('SIGCONT');
    });
    return { ...ran, stopped };
  }

  /** One run without a tracer; the calls that it makes, as in named-calls.ts: `files/map-age.ts statSync`. */
  async recorded(recorder: string): Promise<Ran & { readonly calls: readonly string[] }> {
    const calls = `${this.#trace}.calls`;
    writeFileSync(calls, '');
    const env = { ...process.env, MAILMAPS_CALLS: calls, NODE_OPTIONS: `--import ${recorder}` };
    const child = spawn(process.execPath, this.#command(), { cwd: this.root, env });
    const ran = await this.#watched(
      child,
      (signal) => void child.kill(signal),
      () => undefined,
    );
    return { ...ran, calls: readFileSync(calls, 'latin1').split('\n').slice(0, -1) };
  }

  #command(): string[] {
    const [name, ...args] = this.#scene.command.map((word) => this.#filled(word));
    return [join(PROJECT, 'bin', `${name}.cjs`), ...args];
  }

  /** Feeds a process, looks at it often, and ends it when it serves, or takes too long. */
  async #watched(child: ChildProcess, tell: Tell, look: () => void): Promise<Ran> {
    child.stdin!.on('error', () => undefined).end(this.#scene.stdin ?? '');
    let [output, over, isTold] = ['', false, false];
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (output += text));
    const ended = new Promise<void>((done) =>
      child.on('close', () => {
        over = true;
        done();
      }),
    );
    const { until = [] } = this.#scene;
    const deadline = Date.now() + LONGEST_MS;
    while (!over && Date.now() < deadline) {
      await Promise.race([ended, wait(LOOK_MS)]);
      if (over) break;
      look();
      if (isTold || !until.some((text) => output.includes(text))) continue;
      isTold = true;
      tell('SIGTERM');
    }
    const hung = !over;
    if (hung) tell('SIGKILL');
    await ended;
    return { hung, status: child.exitCode, output };
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
    shell(this.#filled(script), this.root, join(this.root, '../../bin'));
  }

  #filled(text: string): string {
    const places = { own: this.own, safe: this.safe, root: this.root, data: join(PROJECT, 'test/data') };
    return text.replace(/\{(own|safe|root|data)\}/g, (_, place: keyof typeof places) => places[place]);
  }

  #isStopped(): boolean {
    return existsSync(this.#trace) && readFileSync(this.#trace, 'latin1').includes('--- stopped by SIGSTOP ---');
  }
}

/** Sends a signal to the process of a run, unless it has ended. */
type Tell = (signal: NodeJS.Signals) => void;

/** To the process that a tracer runs, and to all that it has started, one of which may have been stopped. The tracer goes on for a moment without them. */
function tellTraced(pid: number, signal: NodeJS.Signals): void {
  for (const traced of childrenOf(pid)) {
    // a server ends its workers itself
    if (signal !== 'SIGTERM') tellTraced(traced, signal);
    try {
      process.kill(traced, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** 0 is none: it would be this process and all others of its group. */
function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const children = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'));
    return children
      .join(' ')
      .split(' ')
      .map(Number)
      .filter((child) => child > 0);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
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

/** Runs with our programs in the PATH. @throws Error if it fails */
function shell(script: string, cwd: string, bin: string): void {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, stderr } = spawnSync('bash', ['-c', `set -e\n${script}`], { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
}

/** The files of root's, which are the same on all stages in a directory. */
export function makeSafe(directory: string): void {
  makeBin(directory);
  const safe = join(directory, 'safe');
  mkdirSync(safe);
  const script = SAFE_FILES.replaceAll('{safe}', safe).replaceAll('{data}', join(PROJECT, 'test/data'));
  shell(script, directory, join(directory, 'bin'));
}

/** Short names of our programs for the shell of the scenes. */
function makeBin(directory: string): void {
  mkdirSync(join(directory, 'bin'));
  for (const name of ['makemap', 'newaliases', 'mailmaps']) {
    const script = `#!/bin/sh\nexec ${process.execPath} ${join(PROJECT, 'bin', `${name}.cjs`)} "$@"\n`;
    writeFileSync(join(directory, 'bin', name), script, { mode: 0o755 });
  }
}
