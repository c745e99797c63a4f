/**
 * nsswitch.conf(5) -> when /etc/passwd and /etc/group have the answer, without a question to the name service.
 *
 * Without a line for a database, or without the file, the C library looks into the files alone.
 */

/** `alone`: the files are asked and nothing else. `first`: what they have counts. `later`: others are asked before them. */
export type FilesTurn = 'alone' | 'first' | 'later';

/** An action behind `files` that may do something else with what is found than to take it: `[SUCCESS=merge]`. */
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
