/**
 * Every call of src/ that takes a name in the file system, and its guard: the reason why the file that is checked is the file
 * that is used. calls.test.ts demands that it is complete, and the family `exchanges` that its scenes reach each call.
 */

/** The guards of a call. */
export const GUARDS = {
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
    'a directory of a fleet, held open, whose writers are not trusted: new files are exclusive, what is read is a bounded regular file and is verified',
} as const;
export type Guard = keyof typeof GUARDS;

// biome-ignore format: one file a line
export const NAMED_CALLS: readonly (readonly [file: string, calls: string, ...guards: Guard[]])[] = [
  ['cli/bt/host.ts', 'readFileSync statSync', 'named'],
  ['cli/bt/kept-files.ts', 'openSync readFileSync statSync', 'descriptor', 'hint'],
  ['cli/bt/network.ts', 'connect', 'named'],
  ['cli/mailmaps/cidr.ts', 'readFileSync', 'named'],
  ['cli/mailmaps/configuration-named.ts', 'statSync', 'hint'],
  ['cli/mailmaps/fleet-commands.ts', 'readFileSync watch', 'named'],
  ['cli/mailmaps/import/configuration-files.ts', 'lstatSync readdirSync', 'hint'],
  ['cli/mailmaps/import/text-check.ts', 'statSync writeFileSync', 'own', 'hint'],
  ['cli/mailmaps/lint.ts', 'readFileSync', 'named'],
  ['cli/mailmaps/output-file.ts', 'writeFileSync', 'held', 'named'],
  ['cli/mailmaps/serve/command.ts', 'listen watch', 'named'],
  ['cli/mailmaps/serve/decision-log.ts', 'createWriteStream', 'descriptor'],
  ['cli/mailmaps/verify.ts', 'readFileSync', 'named'],
  ['cli/program/process-io.ts', 'readFileSync', 'system'],
  ['config/alias-context.ts', 'statSync', 'hint'],
  ['config/cf-text.ts', 'statSync', 'hint'],
  ['files/directories.ts', 'lstatSync readlinkSync', 'walk'],
  ['files/file-system.ts', 'lstatSync openSync readlinkSync', 'descriptor', 'hint'],
  ['files/followed-text.ts', 'openSync readFileSync realpathSync', 'descriptor', 'hint'],
  ['files/held-files.ts', 'lstatSync openSync readlinkSync statSync', 'held'],
  ['files/judged-file.ts', 'lstatSync openSync', 'held', 'descriptor'],
  ['files/map-age.ts', 'statSync', 'hint'],
  ['files/map-safety.ts', 'lstatSync statSync', 'held', 'walk'],
  ['files/named-directory.ts', 'readdirSync statSync', 'hint'],
  ['files/safe-open.ts', 'realpathSync', 'held'],
  ['files/source-file.ts', 'mkdirSync readFileSync', 'owner', 'held', 'descriptor'],
  ['files/status.ts', 'lstatSync statSync', 'hint'],
  ['files/text-safety.ts', 'existsSync lstatSync openSync readFileSync', 'held', 'descriptor'],
  ['publish/address.ts', 'readFileSync', 'named'],
  ['publish/blocks.ts', 'openSync', 'fleet'],
  ['publish/directory-engine.ts', 'link mkdirSync open readFile readdir rename stat unlink writeFile', 'held', 'engine'],
  ['publish/follow.ts', 'openSync', 'fleet'],
  ['publish/generations.ts', 'mkdirSync openSync readFileSync readdirSync readlinkSync renameSync rmSync symlinkSync writeFileSync', 'fleet'],
  ['publish/publish.ts', 'openSync readFileSync readdirSync rmSync statSync', 'fleet'],
  ['publish/redis-engine.ts', 'connect', 'named'],
  ['publish/retention.ts', 'mkdirSync readdirSync rmSync statSync writeFileSync', 'fleet'],
  ['publish/stage.ts', 'mkdirSync readFileSync readdirSync statSync writeFileSync', 'owner', 'own', 'hint'],
  ['publish/watch.ts', 'watch', 'fleet'],
  ['review/build/build.ts', 'statSync writeFileSync', 'own', 'hint'],
  ['review/doctor/file-facts.ts', 'statSync', 'hint'],
  ['review/doctor/programs.ts', 'accessSync realpathSync statSync', 'hint'],
  ['review/doctor/sockets.ts', 'connect readFileSync readdirSync', 'named'],
  ['review/lint/mend.ts', 'readFileSync writeFileSync', 'held', 'descriptor'],
  ['review/lint/rules/files.ts', 'statSync', 'hint'],
  ['review/replay/read-log.ts', 'createReadStream', 'named'],
  ['review/sources.ts', 'readdirSync statSync', 'named'],
  ['serve/listen.ts', 'chmodSync lchownSync linkSync mkdirSync', 'held', 'own'],
  ['serve/metrics.ts', 'statSync', 'hint'],
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
