/**
 * The start of a line -> the name of a macro or class: one character, or `{name}` of letters, digits and `_`; `{x}`
 * is `x`.
 *
 * Errors: other characters are left out with a complaint, as in sendmail.
 * Source: sendmail's "Installation and Operation Guide", section 5.1, and the behaviour of sendmail 8.17. Pure.
 */
import type { ByteString } from '../../core/bytes.ts';

/** A name and the text after it; without a name the line has no effect. */
export interface TakenName {
  readonly name: string | undefined;
  readonly rest: ByteString;
  /** sendmail's messages. */
  readonly complaints: readonly string[];
}

const MAX_NAME = 25;

/** Takes the name from the start of a line. */
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
