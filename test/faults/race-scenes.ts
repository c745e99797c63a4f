/**
 * Changes of a user to his own directories while root's programs work there, and his aim. Each scene is about one kind of call
 * that checks a file by its name and then uses it; test/files/calls.test.ts lists all such calls.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
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
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { ended, PROJECT, startProgram } from './generations.ts';

export const USER = 65534;
const SECRET = 'topsecret-4711';

/** One attack, ready to begin. */
export interface Scene {
  /** Arguments of the attacker behind the user's number: directory, and what to exchange. */
  readonly attacker: readonly [action: 'replace' | 'exchange', directory: string, first: string, second: string];
  /** The action of root; its result, for the report. */
  work(run: number): Promise<unknown>;
  /** The user's gain; undefined: nothing. */
  loot(): string | undefined;
}

export interface SceneMaker {
  readonly name: string;
  make(directory: string): Promise<Scene>;
}

async function program(name: string, args: readonly string[], directory: string, input?: string): Promise<unknown> {
  return ended(startProgram(name, args, directory, input));
}

/** A directory of root's with a map and a file that nobody else may read, and one of the user's. */
async function places(directory: string): Promise<{ readonly safe: string; readonly own: string }> {
  chmodSync(directory, 0o755);
  const [safe, own] = [join(directory, 'safe'), join(directory, 'own')];
  for (const each of [safe, own]) mkdirSync(each);
  writeFileSync(join(directory, 'text'), `key ${SECRET}\n`);
  await program('makemap', ['hash', join(safe, 'access')], directory, join(directory, 'text'));
  chmodSync(join(safe, 'access.lmdb'), 0o600);
  writeFileSync(join(safe, 'secret'), `${SECRET}\n`, { mode: 0o600 });
  return { safe, own };
}

function give(...paths: readonly string[]): void {
  for (const path of paths) lchownSync(path, USER, USER);
}

const look = (path: string): string => {
  const { mode, uid, gid, nlink, size } = lstatSync(path);
  return JSON.stringify([mode, uid, gid, nlink, size, readFileSync(path, 'latin1')]);
};

/** A file of the user's directory that he may read and that holds what only root may. */
function leaked(own: string): string | undefined {
  return readdirSync(own).find((name) => {
    try {
      const fd = openSync(join(own, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const { uid, mode } = fstatSync(fd);
        return (uid === USER || (mode & 0o004) !== 0) && readFileSync(fd, 'latin1').includes(SECRET);
      } finally {
        closeSync(fd);
      }
    } catch {
      // it is a link, a directory, or has another name by now
      return false;
    }
  });
}

export const SCENES: readonly SceneMaker[] = [
  {
    name: 'a map that is edited becomes a link to a map of root',
    async make(directory) {
      const { safe, own } = await places(directory);
      writeFileSync(join(directory, 'text'), 'a.example OK\n');
      await program('makemap', ['hash', join(own, 'access')], directory, join(directory, 'text'));
      chmodSync(join(own, 'access.lmdb'), 0o644);
      symlinkSync(join(safe, 'access.lmdb'), join(own, 'other'));
      give(own, join(own, 'other'));
      return {
        attacker: ['exchange', own, 'access.lmdb', 'other'],
        work: (run) => program('editmap', ['-u', 'hash', join(own, 'access'), `key${run}`, 'v'], directory),
        loot: () => leaked(own),
      };
    },
  },
  {
    name: 'the directory of aliases becomes a link to that of root',
    async make(directory) {
      const { safe, own } = await places(directory);
      writeFileSync(join(safe, 'aliases'), 'root: admin\n');
      await program('newaliases', [`-oA${join(safe, 'aliases')}`], directory);
      const list = join(own, 'list');
      mkdirSync(list);
      const lines = Array.from({ length: 3000 }, (_, i) => `l${i}: a${i}@far.example\n`);
      writeFileSync(join(list, 'aliases'), `root: "|/home/list/evil"\n${lines.join('')}`);
      symlinkSync(safe, join(own, 'other'));
      give(own, list, join(list, 'aliases'), join(own, 'other'));
      chmodSync(list, 0o755);
      const holds = (): boolean => readFileSync(join(safe, 'aliases.lmdb'), 'latin1').includes('/home/list/evil');
      return {
        attacker: ['exchange', own, 'list', 'other'],
        work: () => program('newaliases', [`-oA${join(list, 'aliases')}`], directory),
        loot: () => (holds() ? "root's aliases are the user's" : undefined),
      };
    },
  },
  {
    name: 'a .forward becomes a link to a file of root',
    async make(directory) {
      const { safe, own } = await places(directory);
      writeFileSync(join(own, '.forward'), 'alice\n');
      symlinkSync(join(safe, 'secret'), join(own, 'other'));
      give(own, join(own, '.forward'), join(own, 'other'));
      writeFileSync(join(safe, 'passwd'), `alice:x:${USER}:${USER}::${own}:/bin/sh\nroot:x:0:0::/root:/bin/sh\n`);
      chmodSync(own, 0o755);
      const maps = openMailMaps({ directory: safe, access: false, aliases: [], users: join(safe, 'passwd') });
      let got: string | undefined;
      return {
        attacker: ['exchange', own, '.forward', 'other'],
        async work() {
          for (let i = 0; i < 500; i++) {
            const text = JSON.stringify(maps.expand('alice'));
            if (text.includes(SECRET)) got = text;
          }
        },
        loot: () => got,
      };
    },
  },
  {
    name: 'a socket on its way to its name becomes a link to a file of root',
    async make(directory) {
      const { safe, own } = await places(directory);
      give(own);
      const victim = join(safe, 'secret');
      const before = look(victim);
      return {
        attacker: ['replace', own, '^\\.', victim],
        async work() {
          rmSync(join(own, 'sock'), { force: true });
          const listen = ['--listen', `unix:${join(own, 'sock')}`, '--socket-group', String(USER)];
          const args = [join(PROJECT, 'bin/mailmaps.cjs'), 'serve', 'socketmap', '--directory', safe, ...listen];
          const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
          const over = ended(server);
          await new Promise((said) => server.stderr.once('data', said));
          server.kill('SIGTERM');
          await over;
        },
        loot: () => (look(victim) === before ? undefined : look(victim)),
      };
    },
  },
  {
    name: 'a page on its way to its name becomes a link to a file of root',
    make: (directory) =>
      outputScene(directory, '--report', (own, victim) => ['replace', own, '\\.new$', victim], STOPPED),
  },
  {
    name: 'the page of a report becomes a link to a file of root',
    make: (directory) => outputScene(directory, '--report', (own) => ['exchange', own, 'out', 'other']),
  },
  {
    name: 'a baseline becomes a link to a file of root',
    make: (directory) => outputScene(directory, '--write-baseline', (own) => ['exchange', own, 'out', 'other']),
  },
  {
    name: 'a text that is mended becomes a link to one of root',
    async make(directory) {
      const { safe, own } = await places(directory);
      const victim = join(safe, 'secret');
      const before = look(victim);
      writeFileSync(join(own, 'access'), MENDABLE);
      symlinkSync(victim, join(own, 'other'));
      give(own, join(own, 'access'), join(own, 'other'));
      return {
        attacker: ['exchange', own, 'access', 'other'],
        work(run) {
          rewrite(join(own, 'access'), `${MENDABLE}From:r${run}.example\tOK\n`);
          return program('mailmaps', ['lint', '-d', own, '--fix'], directory);
        },
        loot: () => (look(victim) === before ? leaked(own) : look(victim)),
      };
    },
  },
];

/** A tracer, where there is one, stops the program for 100 ms before each rename. */
const RENAMES = 'rename,renameat,renameat2';
const TRACER = [
  'strace',
  '-f',
  '-o',
  '/dev/null',
  '-e',
  `trace=${RENAMES}`,
  '-e',
  `inject=${RENAMES}:delay_enter=100000`,
];
const STOPPED = existsSync('/usr/bin/strace') ? TRACER : [];

/** An entry that `lint --fix` mends: its key begins with a dot. */
const MENDABLE = 'From:.a.example\tREJECT\n';

/** Writes a file of the user's directory, unless it is a link just now. */
function rewrite(path: string, text: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
    writeFileSync(fd, text);
    closeSync(fd);
  } catch {
    // it is a link, or away
  }
}

/** Root writes what it found into the user's directory. */
async function outputScene(
  directory: string,
  option: string,
  attackerOf: (own: string, victim: string) => Scene['attacker'],
  under: readonly string[] = [],
): Promise<Scene> {
  const { safe, own } = await places(directory);
  const victim = join(safe, 'secret');
  const before = look(victim);
  writeFileSync(join(directory, 'access'), MENDABLE);
  writeFileSync(join(own, 'out'), '');
  symlinkSync(victim, join(own, 'other'));
  give(own, join(own, 'out'), join(own, 'other'));
  return {
    attacker: attackerOf(own, victim),
    work: () =>
      ended(startProgram('mailmaps', ['lint', '-d', directory, option, join(own, 'out')], directory, undefined, under)),
    loot: () => (look(victim) === before ? undefined : look(victim)),
  };
}
