/**
 * A `K` line, or one item of `O AliasFile`: name, class, flags, file -> typed fields.
 *
 * Defined by sendmail's "Installation and Operation Guide", section 5.8 (K), and the behaviour of sendmail 8.17. Pure.
 */
import type { ByteString } from '../core/bytes.ts';

/** The flags of a database map; absent ones are false or undefined. */
export interface MapFlags {
  /** `-o`: a missing map is an empty one. */
  readonly optional: boolean;
  /** `-f`: keys keep their case. */
  readonly keepCase: boolean;
  /** `-N`: keys have a trailing NUL; `-O`: never. Neither: both are tried. */
  readonly trailingNul: 'always' | 'never' | 'either';
  /** `-m`: the value is the key itself. */
  readonly matchOnly: boolean;
  /** `-A`: values of duplicates are joined. */
  readonly append: boolean;
  /** `-q`: keys keep their quotes. */
  readonly keepQuotes: boolean;
  /** `-t`: temporary failures count as not found; `-D`: no look-up while deliveries are deferred. */
  readonly ignoreTempFail: boolean;
  readonly deferred: boolean;
  /** `-a`: appended to values found. */
  readonly suffix?: ByteString;
  /** `-T`: appended to the key to make the answer of a temporary failure (`-T<TMPF>`). */
  readonly tempFailSuffix?: ByteString;
  /** `-k`, `-v`: columns of a text map; `-z`: what separates them. */
  readonly keyColumn?: ByteString;
  readonly valueColumn?: ByteString;
  readonly columnDelimiter?: ByteString;
  /** `-S`: what replaces blanks in keys. */
  readonly spaceSubstitute?: ByteString;
}

export interface MapSpec {
  readonly flags: MapFlags;
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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Flags of one letter that are just set. */
const SWITCHES = {
  o: 'optional',
  f: 'keepCase',
  m: 'matchOnly',
  A: 'append',
  q: 'keepQuotes',
  t: 'ignoreTempFail',
  D: 'deferred',
} as const;

const DELIMITERS: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

/** Takes `-o -T<TMPF> /etc/mail/access` apart. What follows the file is not looked at. */
export function parseMapSpec(text: ByteString): MapSpec {
  const words = text.split(/[ \t\n\r\v\f]+/).filter((word) => word !== '');
  const flags: Mutable<MapFlags> = {
    optional: false,
    keepCase: false,
    trailingNul: 'either',
    matchOnly: false,
    append: false,
    keepQuotes: false,
    ignoreTempFail: false,
    deferred: false,
  };
  const illegal: ByteString[] = [];
  let next = 0;
  while (words[next]?.startsWith('-')) {
    const letter = words[next]![1] ?? '';
    let value = words[next]!.slice(2);
    next++;
    if ((letter === 'k' || letter === 'v') && value === '') value = words[next++] ?? '';
    if (!setFlag(flags, letter, value)) illegal.push(letter);
  }
  return { flags, file: words[next] ?? '', illegal };
}

function setFlag(flags: Mutable<MapFlags>, letter: string, value: ByteString): boolean {
  if (letter in SWITCHES) {
    flags[SWITCHES[letter as keyof typeof SWITCHES]] = true;
    return true;
  }
  switch (letter) {
    case 'N':
      flags.trailingNul = 'always';
      return true;
    case 'O':
      flags.trailingNul = 'never';
      return true;
    case 'a':
      flags.suffix = value;
      return true;
    case 'T':
      flags.tempFailSuffix = value;
      return true;
    case 'k':
      flags.keyColumn = value;
      return true;
    case 'v':
      flags.valueColumn = value;
      return true;
    case 'z':
      flags.columnDelimiter = value.startsWith('\\') ? (DELIMITERS[value[1] ?? ''] ?? '\\') : value.slice(0, 1);
      return true;
    case 'S':
      flags.spaceSubstitute = value.slice(0, 1);
      return true;
    default:
      return false;
  }
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
  const items = value.trim() === '' ? ['aliases'] : splitAliasFiles(value, /[ ,/:]/);
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
    items.push(end === rest.length ? rest : rest.slice(0, end).trimEnd());
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
