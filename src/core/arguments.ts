/**
 * What a program gives to a public function -> a TypeError that names what is wrong, where a compiler would have said so.
 *
 * An option or field of a name that does not exist is wrong like any other: one that is silently passed over may be the
 * one that keeps somebody out. So is an object of another kind (a Map, a URL), whose fields are nowhere to be found.
 */
import { didYouMean, nearest } from './nearest.ts';

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
/** An object with fields. What has a kind of its own (Map, URL, Date, an array) has others than ours. */
export const RECORD: Kind = {
  words: 'an object',
  holds: (value) => isObject(value) && Object.prototype.toString.call(value) === '[object Object]',
};
/** A directory; a `file:` URL is one too. */
export const DIRECTORY: Kind = {
  words: 'a string or a file: URL',
  holds: (value) => typeof value === 'string' || (value instanceof URL && value.protocol === 'file:'),
};
export const TEXTS: Kind = {
  words: 'an array of strings',
  holds: (value) => Array.isArray(value) && value.every(TEXT.holds),
};
/** What is in it is looked at when it is read; a Map would give pairs, and bytes numbers. */
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

/** @throws TypeError for options that are none, one that does not exist, and one that is something else than it must be */
export function checkOptions<T extends object>(options: T, kinds: Kinds<T>): void {
  assertKind('options', options, RECORD);
  const known = Object.keys(kinds) as (keyof T & string)[];
  // also what it inherits: it is read as well
  for (const name in options) {
    if (Object.hasOwn(kinds, name)) continue;
    const meant = didYouMean(name, known);
    throw new TypeError(`there is no option '${name}'${meant || ';'} there are ${known.join(', ')}`);
  }
  for (const name of known) if (options[name] !== undefined) assertKind(name, options[name], kinds[name]);
}

/**
 * An object of a class of the caller's may have fields of its own; then only one that is nearly one of ours is refused.
 *
 * @param mayHaveMore whether a plain object may have them, too
 * @throws TypeError for a field that is none: `client has no field 'adress'; did you mean 'address'?`
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

/** The longest text that a message shows. */
const SHOWN_TEXT = 40;

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_TEXT));
  if (typeof value === 'number' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return typeof value;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return kind === 'Object' ? 'an object' : `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
