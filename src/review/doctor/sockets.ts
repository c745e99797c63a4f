/** A path -> whether a server listens on that unix socket; sockets that systemd's units of ours name. Errors: none. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { systemText } from '../../core/system-error.ts';
import type { NamedSocket } from './postfix.ts';

const TIMEOUT_MS = 5_000;

/** Why a connection fails; undefined: somebody listens. Nothing is asked. */
export function connectionError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (why?: string): void => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(`no answer within ${TIMEOUT_MS} ms`));
    socket.on('connect', () => end());
    socket.on('error', (error) => end(systemText(error)));
  });
}

/** The sockets of `mailmaps-*.socket`; the first directory with a unit of a name counts, as for systemd. */
export function socketsOfUnits(directories: readonly string[]): NamedSocket[] {
  const units = new Map(
    directories
      .toReversed()
      .flatMap((directory) => namesIn(directory).map((name) => [name, join(directory, name)] as const)),
  );
  return [...units].flatMap(([where, file]) =>
    [...textOf(file).matchAll(/^ListenStream=(\/.*)$/gm)].map(([, path]) => ({ where, path: path! })),
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^mailmaps-.*\.socket$/.test(name));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
