/**
 * A `K` line, or one item of `O AliasFile`: name, class, flags, file -> typed fields. Flags without an effect are
 * recognised, too (COMPATIBILITY.md).
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.8 (K), and the behaviour of sendmail 8.17. Pure.
 */
import type { ByteString } from '../../core/bytes.ts';
import { trimBytes } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';

/** The flags that change the results of a map. */
export interface MapFlags {
  /** `-f`: keys are looked up as they are, not in lower case. */
  readonly keepCase?: true;
  /** `-m`: the result is the key. */
  readonly matchOnly?: true;
  /** `-a`: the text appended to every value found. */
  readonly suffix?: ByteString;
  /** `-N`: only keys that end with a NUL are found; `-O`: only others. */
  readonly onlyWithNul?: true;
  readonly onlyWithoutNul?: true;
  /** `-q`: quotes in a key are kept. */
  readonly keepQuotes?: true;
}

/** Flags and file of a map. */
export interface MapSpec {
  /** `-o`: a missing map is an empty one. */
  readonly optional: boolean;
  readonly flags: MapFlags;
  /** `-A`: newaliases joins the values of equal names. */
  readonly append: boolean;
  /** Empty if none is named. */
  readonly file: ByteString;
  /** Letters that are no flags. */
  readonly illegal: readonly ByteString[];
}

/** The start of a `K` line; a field is undefined if the line is invalid there. */
export interface MapLineHead {
  readonly name?: ByteString;
  readonly mapClass?: ByteString;
  /** Flags and file, for {@link parseMapSpec}. */
  readonly spec: ByteString;
}

/**
 * Splits `access hash -o /etc/mail/access`, the text after the `K`. Any one character ends the name, and the class.
 */
export function parseMapLine(text: ByteString): MapLineHead {
  const [, name, afterName = ''] = /^\s*([A-Za-z0-9][\w.]*).?\s*(.*)$/s.exec(text) ?? [];
  const [, mapClass, spec = ''] = /^([A-Za-z0-9]+).?\s*(.*)$/s.exec(afterName) ?? [];
  return { ...(name !== undefined && { name }), ...(mapClass !== undefined && { mapClass }), spec };
}

/** The flags that a map over a file may have. */
const LEGAL = 'aADfkmNOoqStTvz';
/** Flags whose value may be a separate word. */
const WITH_VALUE = 'kv';
/** The effect of each flag; `value` is the text after its letter. */
const FLAGS: Readonly<Record<string, (value: ByteString) => MapFlags>> = {
  f: () => ({ keepCase: true }),
  m: () => ({ matchOnly: true }),
  a: (value) => ({ suffix: value }),
  N: () => ({ onlyWithNul: true }),
  O: () => ({ onlyWithoutNul: true }),
  q: () => ({ keepQuotes: true }),
};

/** Parses `-o -T<TMPF> /etc/mail/access`. Text after the file is ignored. */
export function parseMapSpec(text: ByteString): MapSpec {
  const words = text.split(/[ \t\n\r\v\f]+/).filter((word) => word !== '');
  let flags: MapFlags = {};
  let optional = false;
  let append = false;
  const illegal: ByteString[] = [];
  let next = 0;
  while (words[next]?.startsWith('-')) {
    const word = words[next++]!;
    const [letter, value] = [word.slice(1, 2), word.slice(2)];
    flags = { ...flags, ...ownField(FLAGS, letter)?.(value) };
    if (letter === 'o') optional = true;
    if (letter === 'A') append = true;
    if (letter === '' || !LEGAL.includes(letter)) illegal.push(letter);
    else if (WITH_VALUE.includes(letter) && value === '') next++;
  }
  return { optional, flags, append, file: words[next] ?? '', illegal };
}

/** One alias file of `O AliasFile`. */
export interface AliasFileSpec extends MapSpec {
  /** `hash`, `btree` ...; default `implicit`. */
  readonly mapClass: ByteString;
}

/**
 * Parses the value of `O AliasFile`: `hash:-o /etc/mail/aliases, /etc/more`. An empty value means the file `aliases`,
 * as in sendmail; an empty item has no file.
 */
export function parseAliasFiles(value: ByteString): AliasFileSpec[] {
  const items = trimBytes(value) === '' ? ['aliases'] : splitAliasFiles(value, /[ ,/:]/);
  return items.map((item) => {
    const [, mapClass, rest] = /^([^ ,/:]*):(.*)$/s.exec(item) ?? [];
    return { mapClass: mapClass ?? 'implicit', ...parseMapSpec(rest ?? item) };
  });
}

/**
 * Splits a list of alias files, without the blanks around items except at the very end. Commas in double quotes do
 * not separate; quotes count only from `delimiter` on, where sendmail's programs begin to look for them.
 */
export function splitAliasFiles(value: ByteString, delimiter: RegExp): ByteString[] {
  const items: ByteString[] = [];
  let rest = value.trimStart();
  while (rest !== '') {
    const end = itemEnd(rest, rest.search(delimiter));
    items.push(end === rest.length ? rest : trimBytes(rest.slice(0, end)));
    rest = rest.slice(end + 1).trimStart();
  }
  return items;
}

/** The offset of the comma after the first item, or the end. */
function itemEnd(list: ByteString, start: number): number {
  let quoted = false;
  for (let i = start < 0 ? list.length : start; i < list.length; i++) {
    if (list[i] === '"') quoted = !quoted;
    else if (list[i] === ',' && !quoted) return i;
  }
  return list.length;
}
