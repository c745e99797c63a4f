/**
 * The file by which a writer takes its place in the queue for a map: a socket that it listens on, so that the kernel tells
 * for as long as it lives, and no longer, that it does. Where the file system has no sockets it is an empty file, and the
 * writer's name tells what can be told (writer-id.ts).
 *
 * Its number in the queue is its time of change, in seconds; one of our days is none. So nothing of what stands in a
 * directory is ever opened to read it: a pipe or a device in the place of a ticket stops nobody.
 */
import { chmodSync, closeSync, constants, type Stats, utimesSync } from 'node:fs';
import type { Server } from 'node:net';
import type { OpenDirectory } from '../directory.ts';
import { isListenedOn, listening } from '../unix-socket.ts';
import { isDead, isOfThisBoot, randomDigits } from './writer-id.ts';

/** Greater than any number in a queue, smaller than any date since. */
const NO_NUMBER = 1_000_000_000;
/** Others who ask whether its writer lives are answered by the kernel while they wait. */
const BACKLOG = 8;
/** Whoever may write maps here has to be able to ask. */
const ANYBODY_ASKS = 0o666;
const ANYBODY_LOOKS = 0o444;
/** A socket on its way to its name. */
const NAMELESS = /^\.[0-9a-f]{16}\.lock$/;

/** A ticket that is held. */
export interface HeldTicket {
  /** Puts a number into it. */
  number(value: number): void;
  /** Removes it. */
  remove(): void;
}

/** Makes a ticket without a number. @throws the system's error */
export async function makeTicket(directory: OpenDirectory, name: string): Promise<HeldTicket> {
  const server = await makeSocket(directory, name);
  if (server === undefined) closeSync(directory.open(name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL));
  const remove = (): void => {
    directory.remove(name);
    server?.close();
  };
  try {
    change(directory, name, (path) => chmodSync(path, server === undefined ? ANYBODY_LOOKS : ANYBODY_ASKS));
  } catch (error) {
    remove();
    throw error;
  }
  return {
    number: (value) => change(directory, name, (path) => utimesSync(path, Date.now() / 1000, value)),
    remove,
  };
}

/** It gets its name when somebody listens on it: others remove what has the name and is nobody's. */
async function makeSocket(directory: OpenDirectory, name: string): Promise<Server | undefined> {
  const nameless = `.${randomDigits()}.lock`;
  const { createServer } = await import('node:net');
  const server = createServer((peer) => peer.destroy());
  try {
    await listening(server, { path: directory.at(nameless), backlog: BACKLOG });
    directory.rename(nameless, name);
    return server.unref();
  } catch {
    server.close();
    directory.remove(nameless);
    return undefined;
  }
}

/** Changes the file of this name, if it is ours: not what somebody else has put in its place. */
function change(directory: OpenDirectory, name: string, work: (path: string) => void): void {
  using file = directory.pin(name);
  const isOurs = file && isTicket(file.stats) && file.stats.uid === process.geteuid?.() && file.stats.nlink === 1;
  if (!isOurs) throw Object.assign(new Error('a file of ours was exchanged'), { code: 'EEXCHANGED' });
  work(file.path);
}

/** Whether a file may be a ticket at all. */
export function isTicket(stats: Stats): boolean {
  return stats.isSocket() || stats.isFile();
}

/** A ticket's number; undefined: it has none yet. */
export function numberOf({ mtimeMs }: Stats): number | undefined {
  return mtimeMs < NO_NUMBER * 1000 ? Math.round(mtimeMs / 1000) : undefined;
}

/** Whether the writer of a ticket is gone. */
export async function isAbandoned(directory: OpenDirectory, name: string, id: string, stats: Stats): Promise<boolean> {
  if (!stats.isSocket() || !isOfThisBoot(id)) return isDead(id, stats.atimeMs);
  try {
    return !(await isListenedOn(directory, name));
  } catch {
    return false;
  }
}

/** Removes sockets whose makers died before they gave them a name; a maker who finds it gone makes an empty file. */
export async function clearNameless(directory: OpenDirectory): Promise<void> {
  for (const name of directory.names()) {
    if (!NAMELESS.test(name) || directory.look(name)?.isSocket() !== true) continue;
    if (!(await isListenedOn(directory, name))) directory.remove(name);
  }
}
