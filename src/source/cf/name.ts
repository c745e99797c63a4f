/**
 * The name of a macro or class at the beginning of a line: one character, or `{name}` of letters, digits and `_`; `{x}` is
 * `x`. Other characters are complained of and left out, as sendmail does.
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.1, and the behaviour of sendmail 8.17. Pure.
 */
import type { ByteString } from '../../core/bytes.ts';

/** A name and what follows it; without one nothing of the line counts. */
export interface TakenName {
  readonly name: string | undefined;
  readonly rest: ByteString;
  /** sendmail's words. */
  readonly complaints: readonly string[];
}

const MAX_NAME = 25;

/** Takes the name off the front of a line. */
export function takeName(text: ByteString): TakenName {
  if (text === '' || text.startsWith('{}')) return refused('Name required for macro/class');
  if (!text.startsWith('{')) return { name: text[0]!, rest: text.slice(1), complaints: [] };
  const [, given = '', end] = /^\{([^}]*)(\}?)/s.exec(text)!;
  const complaints = Array.from(given.replace(/\w/g, ''), (odd) => `Invalid macro/class character ${odd}`);
  const name = given.replace(/\W/g, '');
  if (name.length > MAX_NAME) {
    return refused(...complaints, `Macro/class name ({${name.slice(0, MAX_NAME)}}) too long (${MAX_NAME} chars max)`);
  }
  if (end === '') return refused(...complaints, `Unbalanced { on ${name}`);
  return { name, rest: text.slice(given.length + 2), complaints };
}

function refused(...complaints: readonly string[]): TakenName {
  return { name: undefined, rest: '', complaints };
}
