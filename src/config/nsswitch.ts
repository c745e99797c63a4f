/**
 * nsswitch.conf(5) -> whether /etc/passwd and /etc/group can answer without a question to the name service.
 *
 * Without the file, or a line for the database, the C library reads only the files.
 */

/** `alone`: only the files are read. `first`: an entry in the files counts. `later`: other services are asked first. */
export type FilesTurn = 'alone' | 'first' | 'later';

/** An action after `files` that may continue although an entry was found: `[SUCCESS=merge]`. */
const GOES_ON = /^\[.*(?:success|!)/i;

/** The text -> the turn of the files for a database (`passwd`, `group`). */
export function parseNsswitch(text: string): (database: string) => FilesTurn {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, ''));
  return (database) => {
    const line = lines.find((each) => each.trimStart().startsWith(`${database}:`));
    return line === undefined ? 'alone' : turnIn(line.slice(line.indexOf(':') + 1).trim());
  };
}

function turnIn(services: string): FilesTurn {
  const [first, ...others] = services.match(/\[[^\][]*\]?|[^\s[]+/g) ?? [];
  if (first !== undefined && first !== 'files') return 'later';
  if (others.every((word) => word.startsWith('['))) return 'alone';
  return GOES_ON.test(others[0]!) ? 'later' : 'first';
}
