/**
 * Every call of src/ that takes a name in the file system, and its guard: the reason why the file that is checked is the file
 * that is used. A call that is not listed here fails the test. Add it with its guard, and with a scene in
 * test/faults/race-scenes.ts if another user may own the directory.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** The guards of a call. */
const GUARDS = {
  held: 'the name is one in a directory that is held open (store/directory.ts), and is not followed',
  walk: 'looks only; the directory that the walk ends at has to be the one that is held',
  descriptor: 'what is opened is judged by its descriptor, and nothing waits for a pipe',
  hint: 'decides only whether or when to look, or what a message says; nothing is believed because of it',
  own: 'a directory that this process made, of random name, which nobody else may enter',
  system: '/proc, /sys, /etc, /usr/bin or /dev/shm, where only root exchanges names of others',
  named: 'a file or address that whoever runs the program names; it is opened once, and nothing was judged before',
  owner:
    'the open file is judged: a link of another user is followed only to a file of that user (files/source-file.ts)',
  fleet:
    'a directory that is held open, in which nobody but root and the user of this process may write (openOwnPlace)',
  engine:
    'the directory of a fleet, whose writers are not trusted: new files are exclusive, what is read is a bounded regular file and is verified',
} as const;
type Guard = keyof typeof GUARDS;

// biome-ignore format: one file a line
const TABLE: readonly (readonly [file: string, calls: string, ...guards: Guard[]])[] = [
  ['cli/bt/host.ts', 'readFileSync statSync', 'named'],
  ['cli/bt/kept-files.ts', 'openSync readFileSync statSync', 'descriptor', 'hint'],
  ['cli/bt/network.ts', 'connect', 'named'],
  ['cli/mailmaps/cidr.ts', 'readFileSync', 'named'],
  ['cli/mailmaps/configuration-named.ts', 'statSync', 'hint'],
  ['cli/mailmaps/fleet-commands.ts', 'readFileSync watch', 'named'],
  ['cli/mailmaps/import/configuration-files.ts', 'lstatSync readFileSync readdirSync statSync', 'named'],
  ['cli/mailmaps/import/text-check.ts', 'statSync writeFileSync', 'own', 'hint'],
  ['cli/mailmaps/lint.ts', 'readFileSync', 'named'],
  ['cli/mailmaps/output-file.ts', 'writeFileSync', 'held', 'named'],
  ['cli/mailmaps/serve/command.ts', 'listen watch', 'named'],
  ['cli/mailmaps/serve/decision-log.ts', 'createWriteStream', 'descriptor'],
  ['cli/mailmaps/verify.ts', 'readFileSync', 'named'],
  ['cli/program/process-io.ts', 'readFileSync', 'system'],
  ['config/alias-context.ts', 'statSync', 'hint'],
  ['config/cf-text.ts', 'statSync', 'hint'],
  ['config/disk-sources.ts', 'statSync', 'hint'],
  ['config/settings.ts', 'statSync', 'hint'],
  ['files/directories.ts', 'lstatSync readlinkSync', 'walk'],
  ['files/file-system.ts', 'lstatSync openSync readlinkSync statSync', 'descriptor', 'hint'],
  ['files/followed-text.ts', 'openSync readFileSync realpathSync', 'descriptor', 'hint'],
  ['files/held-files.ts', 'lstatSync openSync readlinkSync statSync', 'held'],
  ['files/judged-file.ts', 'lstatSync openSync', 'held', 'descriptor'],
  ['files/map-age.ts', 'statSync', 'hint'],
  ['files/map-safety.ts', 'lstatSync statSync', 'held', 'walk'],
  ['files/safe-open.ts', 'realpathSync', 'held'],
  ['files/source-file.ts', 'mkdirSync readFileSync', 'owner', 'held', 'descriptor'],
  ['files/status.ts', 'lstatSync statSync', 'hint'],
  ['files/text-safety.ts', 'existsSync lstatSync openSync readFileSync', 'held', 'descriptor'],
  ['publish/address.ts', 'readFileSync', 'named'],
  ['publish/blocks.ts', 'openSync', 'fleet'],
  ['publish/directory-engine.ts', 'link mkdir open readFile readdir rename stat unlink writeFile', 'engine'],
  ['publish/follow.ts', 'mkdirSync openSync', 'fleet'],
  ['publish/generations.ts', 'mkdirSync openSync readFileSync readdirSync readlinkSync renameSync rmSync symlinkSync writeFileSync', 'fleet'],
  ['publish/publish.ts', 'existsSync openSync readFileSync readdirSync rmSync statSync', 'fleet'],
  ['publish/redis-engine.ts', 'connect', 'named'],
  ['publish/retention.ts', 'mkdirSync readdirSync rmSync statSync writeFileSync', 'fleet'],
  ['publish/stage.ts', 'existsSync mkdirSync readFileSync readdirSync statSync writeFileSync', 'owner', 'own', 'hint'],
  ['publish/watch.ts', 'watch', 'fleet'],
  ['review/build/build.ts', 'existsSync statSync writeFileSync', 'own', 'hint'],
  ['review/build/effect.ts', 'existsSync', 'hint'],
  ['review/doctor/file-facts.ts', 'statSync', 'hint'],
  ['review/doctor/programs.ts', 'accessSync realpathSync statSync', 'hint'],
  ['review/doctor/sockets.ts', 'connect readFileSync readdirSync', 'named'],
  ['review/lint/mend.ts', 'readFileSync writeFileSync', 'held', 'descriptor'],
  ['review/lint/rules/files.ts', 'statSync', 'hint'],
  ['review/replay/read-log.ts', 'createReadStream', 'named'],
  ['review/sources.ts', 'readdirSync statSync', 'named'],
  ['serve/listen.ts', 'chmodSync lchownSync linkSync mkdirSync', 'held', 'own'],
  ['serve/metrics.ts', 'readdirSync statSync', 'hint'],
  ['serve/monitor.ts', 'listen', 'named'],
  ['serve/probe.ts', 'connect', 'named'],
  ['store/directory.ts', 'lstatSync openSync readdirSync realpathSync renameSync rmdirSync statSync unlinkSync', 'held'],
  ['store/input-file.ts', 'openSync statSync', 'descriptor', 'hint'],
  ['store/lmdb/native.ts', 'openSync rmdirSync symlinkSync unlinkSync writeFileSync', 'own'],
  ['store/replace/keep-attributes.ts', 'existsSync', 'system'],
  ['store/replace/ticket-file.ts', 'chmodSync utimesSync', 'held'],
  ['store/replace/writer-id.ts', 'readFileSync readlinkSync', 'system'],
  ['store/scratch.ts', 'mkdirSync rmSync statSync', 'own', 'held', 'system'],
  ['store/unix-socket.ts', 'connect listen', 'held', 'own'],
];

const CALLS =
  'access chmod chown lchown copyFile exists link lstat mkdir mkdtemp open opendir readdir readFile readlink realpath rename rm rmdir stat symlink unlink utimes lutimes truncate appendFile writeFile'
    .split(' ')
    .map((name) => `${name}Sync`)
    .concat('createReadStream', 'createWriteStream', 'watch', 'connect', 'listen');
/** Calls of node:fs/promises. */
const PROMISED = 'access chmod link lstat mkdir open readdir readFile rename rm stat symlink unlink writeFile'.split(
  ' ',
);

function callsIn(file: string): string {
  const code = readFileSync(`src/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  const called = [...code.matchAll(/(?<![\w#]|this\.)(\w+)(?:\.native)?\((?!\)\s*[:{])/g)].map(([, name]) => name!);
  const names = code.includes("'node:fs/promises'") ? [...CALLS, ...PROMISED] : CALLS;
  return names
    .filter((name) => called.includes(name))
    .sort()
    .join(' ');
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const found = files.map((file) => [file, callsIn(file)] as const).filter(([, calls]) => calls !== '');

it('every call that takes a name has its guard', () => {
  const stated = TABLE.map(([file, calls]) => [file, calls] as const);
  expect(found.sort()).toEqual(stated.toSorted());
});

it('every guard is one of those that are explained', () => {
  const used = new Set(TABLE.flatMap(([, , ...guards]) => guards));
  expect([...used].sort()).toEqual(Object.keys(GUARDS).sort());
});
