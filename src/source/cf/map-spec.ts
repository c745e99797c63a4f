/**
 * A `K` line, or one item of `O AliasFile`: name, class, flags, file -> typed fields. Flags that change
 * nothing are known all the same (COMPATIBILITY.md).
 *
 * Defined by sendmail's "Installation and Operation Guide", section 5.8 (K), and the behaviour of sendmail 8.17. Pure.
 */
import type { ByteString } from '../../core/bytes.ts';
import { trimBytes } from '../../core/fold.ts';

/** What the flags of a map change in what it answers. The others are known, and change nothing. */
export interface MapFlags {
  /** `-f`: keys are asked as they are, and not in lower case. */
  readonly keepCase?: true;
  /** `-m`: what is found is the key. */
  readonly matchOnly?: true;
  /** `-a`: what is put behind whatever is found. */
  readonly suffix?: ByteString;
  /** `-N`: only keys that end with a NUL are found; `-O`: only others. */
  readonly onlyWithNul?: true;
  readonly onlyWithoutNul?: true;
  /** `-q`: quotes of a key are kept. */
  readonly keepQuotes?: true;
}

/** Flags and file of a map. */
export interface MapSpec {
  /** `-o`: a missing map is an empty one. */
  readonly optional: boolean;
  readonly flags: MapFlags;
  /** `-A`: newaliases joins the values of equal names. */
  readonly append: boolean;
  /** Empty when none is named. */
  readonly file: ByteString;
  /** The letters that no map has. */
  readonly illegal: readonly ByteString[];
}

/** What a `K` line begins with; undefined where it stops making sense. */
export interface MapLineHead {
  readonly name?: ByteString;
  readonly mapClass?: ByteString;
  /** Flags and file, for {@link parseMapSpec}. */
  readonly spec: ByteString;
}

/** Takes `access hash -o /etc/mail/access` apart, after the `K`. Any one character ends the name, and the class. */
export function parseMapLine(text: ByteString): MapLineHead {
  const [, name, afterName = ''] = /^\s*([A-Za-z0-9][\w.]*).?\s*(.*)$/s.exec(text) ?? [];
  const [, mapClass, spec = ''] = /^([A-Za-z0-9]+).?\s*(.*)$/s.exec(afterName) ?? [];
  return { ...(name !== undefined && { name }), ...(mapClass !== undefined && { mapClass }), spec };
}

/** The letters that a map over a file may have. */
const LEGAL = 'aADfkmNOoqStTvz';
/** Their value may be a word of its own. */
const WITH_VALUE = 'kv';
/** The flags that matter, by letter; `value` is what stands behind the letter. */
const FLAGS: Readonly<Record<string, (value: ByteString) => MapFlags>> = {
  f: () => ({ keepCase: true }),
  m: () => ({ matchOnly: true }),
  a: (value) => ({ suffix: value }),
  N: () => ({ onlyWithNul: true }),
  O: () => ({ onlyWithoutNul: true }),
  q: () => ({ keepQuotes: true }),
};

/** Takes `-o -T<TMPF> /etc/mail/access` apart. What follows the file is not looked at. */
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
    flags = { ...flags, ...FLAGS[letter]?.(value) };
    if (letter === 'o') optional = true;
    if (letter === 'A') append = true;
    if (letter === '' || !LEGAL.includes(letter)) illegal.push(letter);
    else if (WITH_VALUE.includes(letter) && value === '') next++;
  }
  return { optional, flags, append, file: words[next] ?? '', illegal };
}

/** One alias file of `O AliasFile`. */
export interface AliasFileSpec extends MapSpec {
  /** `hash`, `btree` ...; `implicit` when none is named. */
  readonly mapClass: ByteString;
}

/**
 * Takes the value of `O AliasFile` apart: `hash:-o /etc/mail/aliases, /etc/more`. An empty one stands for the file
 * `aliases`, as with sendmail; an empty item is one without a file.
 */
export function parseAliasFiles(value: ByteString): AliasFileSpec[] {
  const items = trimBytes(value) === '' ? ['aliases'] : splitAliasFiles(value, /[ ,/:]/);
  return items.map((item) => {
    const [, mapClass, rest] = /^([^ ,/:]*):(.*)$/s.exec(item) ?? [];
    return { mapClass: mapClass ?? 'implicit', ...parseMapSpec(rest ?? item) };
  });
}

/**
 * The items of a list of alias files, blanks around them taken off but for those at the very end. Commas inside double
 * quotes do not separate; quotes count from `delimiter` on, which is where sendmail's programs begin to look for them.
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

/** Where the comma after the first item is, or the end. */
function itemEnd(list: ByteString, start: number): number {
  let quoted = false;
  for (let i = start < 0 ? list.length : start; i < list.length; i++) {
    if (list[i] === '"') quoted = !quoted;
    else if (list[i] === ',' && !quoted) return i;
  }
  return list.length;
}
