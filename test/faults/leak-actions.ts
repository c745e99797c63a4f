/** The actions that leaks.ts repeats: each opens a file or a connection, and succeeds or ends with a MapError. */

import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import type { MapErrorCode } from '../../src/core/errors.ts';
import { openMap } from '../../src/map/keyed-map.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { type MakeMapOptions, makeMap } from '../../src/map/make-map.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { RecordArena } from '../../src/store/records/arena.ts';
import { sortRecords } from '../../src/store/records/sort.ts';
import { withMapLock } from '../../src/store/replace/lock.ts';
import { verifyMap } from '../../src/store/replace/verify.ts';
import { served } from '../serve/served.ts';

export interface Action {
  readonly name: string;
  /** The code of its error, each time; absent: it succeeds. */
  readonly fails?: MapErrorCode;
  /** It writes a map: fewer of it. */
  readonly slow?: true;
  run(): unknown;
}

export interface Actions extends AsyncDisposable {
  readonly all: readonly Action[];
}

const ACCESS = 'Connect:192.0.2\tREJECT\nTo:far.example\tRELAY\nFrom:later.example\t<TMPF>\n';
const ALIASES = ['fine', 'missing', 'writable', 'directory', 'large', 'loop']
  .map((name) => `${name}: :include:IN/${name}\n`)
  .join('');
const MORE_THAN_A_SOURCE = 3 * 2 ** 30;

export async function makeActions(scratch: string): Promise<Actions> {
  const at = (name: string): string => join(scratch, name);
  await makeFiles(scratch);
  const maps = openMailMaps({ directory: scratch, users: at('passwd'), hostName: 'mail.test', reloadCheckMs: 0 });
  const server = await served(
    policyProtocol(() => maps, { onProblem: () => undefined }),
    at('socket'),
  );
  return {
    all: [...mapActions(at), ...writeActions(at), ...directoryActions(at, maps), ...peerActions(at('socket'))],
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      maps.close();
    },
  };
}

async function makeFiles(scratch: string): Promise<void> {
  const put = (name: string, text: string, mode = 0o644): void => writeFileSync(join(scratch, name), text, { mode });
  chmodSync(scratch, 0o755);
  put('passwd', `alice:x:0:0:Al:${scratch}/home:/bin/sh\nbob:x:0:0:Bo:${scratch}/gone:/bin/sh\n`);
  put('local-host-names', 'mail.test\n');
  put('aliases', ALIASES.replaceAll('IN', scratch));
  put('fine', 'alice\nbob@far.example\n');
  put('loop', `:include:${scratch}/loop\nalice\n`);
  put('writable', 'alice\n');
  chmodSync(join(scratch, 'writable'), 0o666);
  put('large', '');
  truncateSync(join(scratch, 'large'), MORE_THAN_A_SOURCE);
  put('text.lmdb', 'not a map\n');
  for (const name of ['directory', 'directory.lmdb', 'home']) mkdirSync(join(scratch, name));
  put('home/.forward', '\\alice, bob\n');
  await makeMap([Buffer.from(ACCESS)], join(scratch, 'access'));
  await makeAliases(join(scratch, 'aliases'));
  copyFileSync(join(scratch, 'access.lmdb'), join(scratch, 'cut.lmdb'));
  truncateSync(join(scratch, 'cut.lmdb'), 5000);
  symlinkSync('access.lmdb', join(scratch, 'link.lmdb'));
}

type At = (name: string) => string;

function mapActions(at: At): readonly Action[] {
  const open = (name: string) => () => openMap(name).close();
  return [
    { name: 'open, look up, walk a little, close', run: () => readOne(at('access')) },
    { name: 'follow a replacement', run: () => follow(at) },
    { name: 'open a map that is missing', fails: 'missing', run: open(at('nothing')) },
    { name: 'open what is below a file', fails: 'unreadable', run: open(at('passwd/map')) },
    { name: 'open a text', fails: 'notAMap', run: open(at('text')) },
    { name: 'open a directory as a map', fails: 'notAMap', run: open(at('directory')) },
    { name: 'open a map that is cut', fails: 'damaged', run: open(at('cut')) },
  ];
}

function readOne(name: string): void {
  using map = openMap(name);
  map.lookup('connect:192.0.2');
  map.lookup('nobody');
  for (const _ of map.entries()) break;
}

function follow(at: At): void {
  copyFileSync(at('access.lmdb'), at('next'));
  renameSync(at('next'), at('followed.lmdb'));
  using map = openMap(at('followed'), { reloadCheckMs: 0 });
  for (const source of ['access.lmdb', 'cut.lmdb', 'text.lmdb', 'access.lmdb']) {
    copyFileSync(at(source), at('next'));
    renameSync(at('next'), at('followed.lmdb'));
    map.lookup('connect:192.0.2');
  }
}

function writeActions(at: At): readonly Action[] {
  const make = (text: string, name: string, options?: MakeMapOptions) => () =>
    makeMap([Buffer.from(text)], at(name), options);
  return [
    { name: 'make a map', slow: true, run: make(ACCESS, 'made') },
    { name: 'make a map with a key twice', slow: true, run: make('a 1\na 2\n', 'twice', { duplicates: 'all' }) },
    { name: 'add to a map', slow: true, run: make('a 1\n', 'made', { append: true, duplicates: 'last' }) },
    { name: 'make a map of bad lines', fails: 'badLines', run: make('a\n', 'made', { strict: true }) },
    { name: 'make a map in the place of a text', fails: 'notAMap', run: make(ACCESS, 'text') },
    { name: 'make a map in the place of a link', fails: 'unsafe', run: make(ACCESS, 'link') },
    { name: 'make a map in no directory', fails: 'missing', run: make(ACCESS, 'nothing/made') },
    {
      name: 'lock a map in no directory',
      fails: 'unwritable',
      run: () => withMapLock(at('nothing/made'), {}, () => undefined),
    },
    {
      name: 'find other records',
      slow: true,
      fails: 'notVerified',
      run: () => findOther(at('access.lmdb')),
    },
    { name: 'wait for another writer', fails: 'busy', run: () => lockTwice(at('made.lmdb')) },
    { name: 'make aliases', slow: true, run: () => makeAliases(at('aliases')) },
    { name: 'make aliases of a text that is missing', fails: 'missing', run: () => makeAliases(at('nothing')) },
    { name: 'make aliases of a text that is too large', fails: 'limit', run: () => makeAliases(at('large')) },
    { name: 'make aliases of a directory', fails: 'unsafe', run: () => makeAliases(at('directory')) },
  ];
}

async function findOther(path: string): Promise<void> {
  const fd = openSync(path, 'r');
  try {
    verifyMap(fd, path, sortRecords(new RecordArena('1.0')));
  } finally {
    closeSync(fd);
  }
}

function lockTwice(path: string): Promise<void> {
  return withMapLock(path, {}, () => withMapLock(path, { waitMs: 0 }, () => undefined));
}

function directoryActions(at: At, maps: ReturnType<typeof openMailMaps>): readonly Action[] {
  const open = (options: Parameters<typeof openMailMaps>[0]) => () => openMailMaps(options).close();
  const directory = at('.');
  return [
    { name: 'open a directory', run: open({ directory, users: at('passwd') }) },
    {
      name: 'open a directory without its second alias map',
      fails: 'missing',
      run: open({ directory, aliases: [at('aliases'), at('nothing')] }),
    },
    {
      name: 'open a directory with a damaged access map',
      fails: 'damaged',
      run: open({ directory, access: at('cut') }),
    },
    { name: 'open a directory without its sendmail.cf', fails: 'missing', run: open({ directory, cf: at('nothing') }) },
    {
      name: 'open a directory with a directory for class w',
      fails: 'unreadable',
      run: open({ directory, localHostNames: at('directory') }),
    },
    { name: 'ask for what is no text', fails: 'badInput', run: () => maps.expand('\ud800') },
    { name: 'ask a directory that is closed', fails: 'closed', run: () => askClosed(directory) },
    {
      name: 'expand lists, fine and refused',
      run: () => ALIASES.split('\n').map((line) => maps.expand(line.split(':')[0]!)),
    },
    { name: 'expand .forward files, there and missing', run: () => ['alice', 'bob'].map((name) => maps.expand(name)) },
    { name: 'read class w anew', run: () => touch(at('local-host-names'), () => maps.isLocal('mail.test')) },
    { name: 'lose class w', run: () => lose(at('local-host-names'), () => maps.isLocal('mail.test')) },
    {
      name: 'lose the access map',
      run: () => lose(at('access.lmdb'), () => maps.checkRelay({ address: '192.0.2.1' })),
    },
  ];
}

function askClosed(directory: string): void {
  const maps = openMailMaps(directory);
  maps.close();
  maps.isLocal('x');
}

function touch(path: string, ask: () => unknown): void {
  writeFileSync(path, 'mail.test\nother.test\n');
  ask();
  writeFileSync(path, 'mail.test\n');
  ask();
}

/** Asks while a file is away, and again when it is back. */
function lose(path: string, ask: () => unknown): void {
  renameSync(path, `${path}.away`);
  ask();
  renameSync(`${path}.away`, path);
  ask();
}

function peerActions(path: string): readonly Action[] {
  const request =
    'request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.9\nrecipient=a@b.example\n\n';
  return [
    { name: 'a peer that is answered', run: () => peer(path, request, 'answered') },
    { name: 'a peer that leaves half-way', run: () => peer(path, request.slice(0, 40), 'gone') },
    { name: 'a peer that does not wait', run: () => peer(path, request.repeat(50), 'gone') },
    { name: 'a peer that sends what is no request', run: () => peer(path, 'x\n'.repeat(9), 'ended') },
  ];
}

async function peer(path: string, bytes: string, until: 'answered' | 'gone' | 'ended'): Promise<void> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write(bytes);
  if (until === 'answered') await once(socket, 'data');
  if (until === 'ended') socket.resume();
  else socket.destroy();
  await closed;
}
