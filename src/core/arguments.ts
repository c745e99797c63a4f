/**
 * An argument of a public function -> nothing, or a TypeError that names the fault, for callers without a compiler.
 *
 * An unknown option or field is an error too: if it were ignored, a restriction that the caller wanted might not
 * apply. An object of another kind (a Map, a URL) is refused, because its fields are never ours.
 */
import { didYouMean, nearest } from './nearest.ts';

/** A test for the type of a value. */
export interface Kind {
  /** The text after `must be`. */
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

/** The kind of every field of a record; fields may be absent. */
export type Kinds<T> = { readonly [Name in keyof T & string]-?: Kind };

export const TEXT: Kind = { words: 'a string', holds: (value) => typeof value === 'string' };
export const FLAG: Kind = { words: 'true or false', holds: (value) => typeof value === 'boolean' };
export const FUNCTION: Kind = { words: 'a function', holds: (value) => typeof value === 'function' };
export const NUMBER: Kind = { words: 'a number, 0 or more', holds: (value) => typeof value === 'number' && value >= 0 };
/** An AbortSignal of any realm: an object with the members that are used. */
export const SIGNAL: Kind = {
  words: 'an AbortSignal',
  holds: (value) => isObject(value) && 'aborted' in value && 'throwIfAborted' in value,
};
/** A plain object or an instance of a class, but not a Map, URL, Date or array. */
export const RECORD: Kind = {
  words: 'an object',
  holds: (value) => isObject(value) && (isPlain(value) || Object.prototype.toString.call(value) === '[object Object]'),
};
/** A directory: its path or its `file:` URL. */
export const DIRECTORY: Kind = {
  words: 'a string or a file: URL',
  holds: (value) => typeof value === 'string' || (value instanceof URL && value.protocol === 'file:'),
};
export const TEXTS: Kind = {
  words: 'an array of strings',
  holds: (value) => Array.isArray(value) && value.every(TEXT.holds),
};
/** Its elements are checked when they are read. A Map would give pairs, and a byte array numbers. */
export const ITERABLE: Kind = {
  words: 'an iterable of strings',
  holds: (value) =>
    isObject(value) && Symbol.iterator in value && !(value instanceof Map) && !ArrayBuffer.isView(value),
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

/** @throws TypeError if `options` is not an object, has an unknown option, or has an option of the wrong type */
export function checkOptions<T extends object>(options: T, kinds: Kinds<T>): void {
  assertKind('options', options, RECORD);
  const known = Object.keys(kinds) as (keyof T & string)[];
  // inherited options are checked too: they take effect as well
  for (const name in options) {
    if (Object.hasOwn(kinds, name)) continue;
    const meant = didYouMean(name, known);
    throw new TypeError(`there is no option '${name}'${meant || ';'} there are ${known.join(', ')}`);
  }
  for (const name of known) if (options[name] !== undefined) assertKind(name, options[name], kinds[name]);
}

/**
 * Refuses unknown fields of a record. An instance of the caller's own class may have more fields; in it only a field
 * that looks like a misspelt one of ours is refused.
 *
 * @param mayHaveMore true: a plain object may have more fields, too
 * @throws TypeError for an unknown field: `client has no field 'adress'; did you mean 'address'?`
 */
export function checkFields(what: string, record: object, known: ReadonlySet<string>, mayHaveMore = false): void {
  for (const name in record) {
    if (known.has(name) || ((mayHaveMore || !isPlain(record)) && nearest(name, known) === undefined)) continue;
    const meant = didYouMean(name, known) || `; there are ${[...known].join(', ')}`;
    throw new TypeError(`${what} has no field '${name}'${meant}`);
  }
}

function isPlain(record: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(record);
  return prototype === Object.prototype || prototype === null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Characters of a string that a message shows. */
const SHOWN_TEXT = 40;

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_TEXT));
  if (typeof value === 'number' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return typeof value;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return kind === 'Object' ? 'an object' : `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
