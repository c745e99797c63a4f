/**
 * What a program gives to a public function -> a TypeError that names what is wrong, where a compiler would have said so.
 *
 * An option of a name that does not exist is wrong like any other: one that is silently passed over may be the one that
 * keeps somebody out.
 */

/** What a value must be. */
export interface Kind {
  /** `must be ...` */
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

/** The kind of every field of a record; fields may be absent. */
export type Kinds<T> = { readonly [Name in keyof T & string]-?: Kind };

export const TEXT: Kind = { words: 'a string', holds: (value) => typeof value === 'string' };
export const FLAG: Kind = { words: 'true or false', holds: (value) => typeof value === 'boolean' };
export const FUNCTION: Kind = { words: 'a function', holds: (value) => typeof value === 'function' };
export const NUMBER: Kind = { words: 'a number, 0 or more', holds: (value) => typeof value === 'number' && value >= 0 };
export const RECORD: Kind = { words: 'an object', holds: (value) => isObject(value) && !Array.isArray(value) };
export const TEXTS: Kind = {
  words: 'an array of strings',
  holds: (value) => Array.isArray(value) && value.every(TEXT.holds),
};
/** What is in it is looked at when it is read. */
export const ITERABLE: Kind = {
  words: 'an iterable of strings',
  holds: (value) => isObject(value) && Symbol.iterator in value,
};

export function oneOf(...words: readonly string[]): Kind {
  return {
    words: `one of ${words.join(', ')}`,
    holds: (value) => typeof value === 'string' && words.includes(value),
  };
}

export function either(one: Kind, other: Kind): Kind {
  return { words: `${one.words} or ${other.words}`, holds: (value) => one.holds(value) || other.holds(value) };
}

/** @throws TypeError `NAME must be ...` */
export function assertKind(name: string, value: unknown, kind: Kind): void {
  if (!kind.holds(value)) throw new TypeError(`${name} must be ${kind.words}, not ${shown(value)}`);
}

/** @throws TypeError for options that are none, one that does not exist, and one that is something else than it must be */
export function checkOptions<T extends object>(options: T, kinds: Kinds<T>): void {
  assertKind('options', options, RECORD);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, name)) {
      throw new TypeError(`there is no option '${name}'; there are ${Object.keys(kinds).join(', ')}`);
    }
    if (value !== undefined) assertKind(name, value, kinds[name as keyof T & string]);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The longest text that a message shows. */
const SHOWN_TEXT = 40;

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_TEXT));
  if (typeof value === 'number' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : typeof value;
}
