/** A path -> whether a server listens on that unix socket; units of ours that systemd starts. Errors: none. */
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

/** A unit of ours that systemd starts. */
export interface EnabledUnit {
  /** `mailmaps-policy`. */
  readonly name: string;
  readonly sockets: readonly NamedSocket[];
  /** The text of its service, with all changes to it. */
  readonly service: string;
}

/** The units `mailmaps-*.socket` that are enabled; the first directory with a unit of a name counts, as for systemd. */
export function enabledUnits(directories: readonly string[]): readonly EnabledUnit[] {
  const wanted = directories.flatMap((directory) =>
    namesIn(directory, /\.(?:wants|requires)$/).flatMap((wants) =>
      namesIn(join(directory, wants), /^mailmaps-.*\.socket$/),
    ),
  );
  return [...new Set(wanted)].map((where) => {
    const name = where.replace(/\.socket$/, '');
    const socket = firstOf(directories, where);
    const changes = directories.flatMap((directory) => {
      const place = join(directory, `${name}.service.d`);
      return namesIn(place, /\.conf$/).map((file) => textOf(join(place, file)));
    });
    return {
      name,
      sockets: [...socket.matchAll(/^ListenStream=(\/.*)$/gm)].map(([, path]) => ({ where, path: path! })),
      service: [firstOf(directories, `${name}.service`), ...changes].join('\n'),
    };
  });
}

/** The values of a setting of a unit, as words. An empty value takes back those before; a backslash joins lines. */
export function wordsOf(unit: string, setting: string): readonly string[] {
  let words: readonly string[] = [];
  for (const line of unit.replaceAll('\\\n', ' ').split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 0 || line.slice(0, equals).trim() !== setting) continue;
    const given = line.slice(equals + 1).trim();
    words = given === '' ? [] : [...words, ...given.split(/\s+/)];
  }
  return words;
}

function firstOf(directories: readonly string[], name: string): string {
  return directories.map((directory) => textOf(join(directory, name))).find((text) => text !== '') ?? '';
}

function namesIn(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory).filter((name) => pattern.test(name));
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
