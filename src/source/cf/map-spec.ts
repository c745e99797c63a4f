/**
 * A `K` line, or one item of `O AliasFile`: name, class, flags, file -> typed fields. Flags without an effect are
 * recognised, too (COMPATIBILITY.md).
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.8 (K), and the behaviour of sendmail 8.17. Pure.
 */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace, trimBytes } from '../../core/fold.ts';
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

/** The parts of a `K` line; sendmail ignores one with a complaint. */
export type MapLineParts =
  | { readonly complaint: string; readonly name?: undefined; readonly mapClass?: undefined; readonly spec?: undefined }
  | {
      readonly complaint?: undefined;
      readonly name: ByteString;
      readonly mapClass: ByteString;
      /** Flags and file, for {@link parseMapSpec}. */
      readonly spec: ByteString;
    };

/**
 * Splits `access hash -o /etc/mail/access`, the text after the `K`. Any one character ends the name, and the class.
 */
export function parseMapLine(text: ByteString): MapLineParts {
  const [, name, afterName = ''] = /^[\t-\r ]*([A-Za-z0-9][\w.]*).?[\t-\r ]*(.*)$/s.exec(text) ?? [];
  if (name === undefined) return { complaint: 'readcf: config K line: no map name' };
  const [, mapClass, spec = ''] = /^([A-Za-z0-9]+).?[\t-\r ]*(.*)$/s.exec(afterName) ?? [];
  if (mapClass === undefined) return { complaint: `readcf: config K line, map ${name}: no map class` };
  return { name, mapClass, spec };
}

/** A flag of a map: `-T<TMPF>`, `-k 1`. */
export interface MapFlag {
  /** White space, or '' at the end, for a lone `-`. */
  readonly letter: ByteString;
  readonly value: ByteString;
  /** Everything from the value on, whatever it means. */
  readonly rest: ByteString;
}

/** Letters whose value may be a separate word, in the map classes that have them. */
const SEPARATE = 'kvBZrR';

/** Splits the flags off the text. The value of a flag ends at the first white space, also within quotes. */
export function splitFlags(
  words: ByteString,
  isKnown: (letter: ByteString) => boolean,
): { readonly flags: readonly MapFlag[]; readonly rest: ByteString } {
  const flags: MapFlag[] = [];
  let at = skipSpace(words, 0);
  while (words[at] === '-') {
    const letter = words[at + 1] ?? '';
    let start = isSpaceAt(words, at + 1) ? at + 1 : at + 1 + letter.length;
    if (letter !== '' && SEPARATE.includes(letter) && isKnown(letter)) start = skipSpace(words, start);
    let end = start;
    while (end < words.length && !isSpaceAt(words, end)) end++;
    flags.push({ letter, value: words.slice(start, end), rest: words.slice(start) });
    at = skipSpace(words, end);
  }
  return { flags, rest: words.slice(at) };
}

function isSpaceAt(text: ByteString, at: number): boolean {
  return at < text.length && isSpace(text.charCodeAt(at));
}

function skipSpace(text: ByteString, start: number): number {
  let at = start;
  while (isSpaceAt(text, at)) at++;
  return at;
}

/** The flags that a map over a file may have. */
const LEGAL = 'aADdfkmNOoqStTvz';
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
  const isLegal = (letter: ByteString): boolean => letter !== '' && LEGAL.includes(letter);
  const { flags, rest } = splitFlags(text, isLegal);
  return {
    optional: flags.some(({ letter }) => letter === 'o'),
    flags: effectOf(flags),
    append: flags.some(({ letter }) => letter === 'A'),
    file: /^[^\t-\r ]*/.exec(rest)![0],
    illegal: flags.flatMap(({ letter }) => (isLegal(letter) ? [] : [letter])),
  };
}

function effectOf(flags: readonly MapFlag[]): MapFlags {
  const effect: MapFlags = {};
  for (const { letter, value } of flags) Object.assign(effect, ownField(FLAGS, letter)?.(value));
  return effect;
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
  return aliasItems(value).map(({ mapClass, spec }) => ({ mapClass, ...parseMapSpec(spec) }));
}

/** The same, with flags and file of each item as written. */
export function aliasItems(value: ByteString): { readonly mapClass: ByteString; readonly spec: ByteString }[] {
  const items = trimBytes(value) === '' ? ['aliases'] : splitAliasFiles(value, /[ ,/:]/);
  return items.map((item) => {
    const [, mapClass = 'implicit', spec = item] = /^([^ ,/:]*):(.*)$/s.exec(item) ?? [];
    return { mapClass, spec };
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
