/**
 * The part of a K line after the class: flags, a file, and more -> the fields of a map.
 *
 * source/cf/map-spec.ts keeps only the flags that change the answers of a compiled map. Source: section 5.8 of the "Operation
 * Guide".
 */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';
import { splitFlags } from '../../source/cf/map-spec.ts';
import type { MapContext } from './map-context.ts';
import type { MapFlags, RuleMap } from './rule-map.ts';

/** The effect of a letter and the text after it; `rest` is everything that follows. */
export type FlagRules = Readonly<Record<string, (flags: MapFlags, text: ByteString, rest: ByteString) => void>>;

const COMMON: FlagRules = {
  a: (flags, text) => {
    flags.append = text;
  },
  m: (flags) => {
    flags.keyOnly = true;
  },
  q: (flags) => {
    flags.keepsQuotes = true;
  },
  t: (flags) => {
    flags.calm = true;
  },
  D: () => undefined,
  T: (flags, text) => {
    flags.tempAppend = text;
  },
  S: (flags, _text, rest) => {
    if (rest !== '') flags.blank = rest[0]!;
  },
  f: (flags) => {
    flags.keepsCase = true;
  },
  z: (flags, _text, rest) => {
    flags.delimiter = delimiter(rest);
  },
  d: () => undefined,
};

function delimiter(text: ByteString): string {
  if (text[0] !== '\\') return text[0] ?? '';
  return text[1] === 'n' ? '\n' : text[1] === 't' ? '\t' : '\\';
}

const NULLS: FlagRules = {
  A: () => undefined,
  N: (flags) => {
    flags.tryBare = false;
  },
  O: (flags) => {
    flags.tryZero = false;
  },
  o: (flags) => {
    flags.optional = true;
  },
};

/** Of maps over a file, and most others. */
export const FILE_FLAGS: FlagRules = {
  ...COMMON,
  ...NULLS,
  k: (flags, text) => {
    flags.keyColumn = text;
  },
  v: (flags, text) => {
    flags.valueColumn = text;
  },
};

export const HOST_FLAGS: FlagRules = pick(COMMON, 'aTmtSDd', { r: () => undefined });
export const DNS_FLAGS: FlagRules = {
  ...pick(COMMON, 'aDdfmqtTz', NULLS),
  B: (flags, text) => {
    flags.base = text;
  },
  r: () => undefined,
  S: () => undefined,
  Z: (flags, text) => {
    flags.most = Number.parseInt(text, 10) || 0;
  },
  R: (flags, _text, rest) => {
    flags.record = rest.replace(/ [\s\S]*/, '');
    flags.recordRest = rest;
  },
};

function pick(rules: FlagRules, letters: string, more: FlagRules): FlagRules {
  return { ...Object.fromEntries([...letters].map((letter) => [letter, rules[letter]!])), ...more };
}

/** Reads flags; what is left of the text. @param unknown gets letters that the class does not have */
export function parseFlags(
  map: RuleMap,
  words: ByteString,
  rules: FlagRules,
  unknown: (letter: string) => void = () => undefined,
): ByteString {
  const { flags, rest: left } = splitFlags(words, (letter) => ownField(rules, letter) !== undefined);
  for (const { letter, value, rest } of flags) {
    const rule = ownField(rules, letter);
    if (rule === undefined) unknown(letter);
    else rule(map.flags, value, rest);
  }
  return left;
}

/** Reads flags, a file, and the rest; false: there is no file. */
export function parseFileMap(map: RuleMap, words: ByteString, context: MapContext, needsFile = true): boolean {
  const { flags } = map;
  flags.tryBare = true;
  flags.tryZero = true;
  flags.blank = context.options.blank;
  const text = parseFlags(map, words, FILE_FLAGS, (letter) =>
    context.reports.system(`Illegal option ${letter} map ${map.name}`),
  );
  const [, file = '', rest = ''] = /^([^ \t\n\v\f\r]*)[ \t\n\v\f\r]*([\s\S]*)$/.exec(text)!;
  if (file !== '') map.file = file;
  if (rest !== '') map.rest = rest;
  if (map.file !== undefined || !needsFile) return true;
  context.reports.system(`No file name for ${map.className} map ${map.name}`);
  return false;
}
