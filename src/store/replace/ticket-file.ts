/**
 * A writer's place in the queue for a map -> a file: a socket on which the writer listens, so the kernel knows exactly whether
 * the writer lives. On a file system without sockets it is an empty file; then the writer's name shows whether it lives, as far
 * as possible (writer-id.ts).
 *
 * The number in the queue is the modification time of the file in seconds; a present date means "no number yet". So
 * no file in the directory is opened for reading: a pipe or a device in place of a ticket cannot block anybody.
 */
import { chmodSync, closeSync, constants, type Stats, utimesSync } from 'node:fs';
import type { Server } from 'node:net';
import type { OpenDirectory } from '../directory.ts';
import { isListenedOn, listening } from '../unix-socket.ts';
import { isDead, isOfThisBoot, LONGEST_WRITER_MS, randomDigits } from './writer-id.ts';

/** Greater than any number in a queue, less than any date since 2001. */
const NO_NUMBER = 1_000_000_000;
/** Connections of other writers that the kernel answers while they wait. */
const BACKLOG = 8;
/** Every user who may write maps here must be able to connect. */
const ANYBODY_ASKS = 0o666;
const ANYBODY_LOOKS = 0o444;
/** A socket that does not have its final name yet. */
const NAMELESS = /^\.[0-9a-f]{16}\.lock$/;

/** The ticket of this writer. */
export interface HeldTicket {
  /** Sets its number. */
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

/** It gets its name only when somebody listens on it: others remove a ticket that nobody listens on. */
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

/** Changes the file of this name if it is ours, and not a file that somebody else has put in its place. */
function change(directory: OpenDirectory, name: string, work: (path: string) => void): void {
  using file = directory.pin(name);
  const isOurs = file && isTicket(file.stats) && file.stats.uid === process.geteuid?.() && file.stats.nlink === 1;
  if (!isOurs) throw Object.assign(new Error('a file of ours was exchanged'), { code: 'EEXCHANGED' });
  work(file.path);
}

/** True if a file can be a ticket. */
export function isTicket(stats: Stats): boolean {
  return stats.isSocket() || stats.isFile();
}

/** A ticket's number; undefined: it has none yet. */
export function numberOf({ mtimeMs }: Stats): number | undefined {
  return mtimeMs < NO_NUMBER * 1000 ? Math.round(mtimeMs / 1000) : undefined;
}

/** True if the writer of a ticket is dead. */
export async function isAbandoned(directory: OpenDirectory, name: string, id: string, stats: Stats): Promise<boolean> {
  if (!stats.isSocket() || !isOfThisBoot(id)) return isDead(id, stats.atimeMs, LONGEST_WRITER_MS);
  try {
    return !(await isListenedOn(directory, name));
  } catch {
    return false;
  }
}

/**
 * Removes sockets whose makers died before renaming them. A maker whose socket was removed makes an empty file
 * instead.
 */
export async function clearNameless(directory: OpenDirectory): Promise<void> {
  for (const name of directory.names()) {
    if (!NAMELESS.test(name) || directory.look(name)?.isSocket() !== true) continue;
    if (!(await isListenedOn(directory, name))) directory.remove(name);
  }
}
