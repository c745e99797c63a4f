/**
 * `regex` maps: a pattern over the key -> nothing, the key (`-m`), or parts of it (`-s`). An argument replaces what `-s` names.
 * A result that cannot be split into tokens is "not found".
 */
import type { ByteString } from '../../core/bytes.ts';
import { matchRegex, RegexBudget, type RegexMatch } from '../../core/regex/match.ts';
import { RegexError, RegexNotFollowed } from '../../core/regex/regex-error.ts';
import { parseRegex, type Regex } from '../../core/regex/syntax.ts';
import { EX_CONFIG } from '../../core/sysexits.ts';
import { ELSE } from '../../source/cf/symbols.ts';
import { type FlagRules, parseFlags } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { answer, answerKey, CANNOT_TELL, type MapAnswer, type MapClass, NOT_THERE, type RuleMap } from './rule-map.ts';

/** Most groups of a pattern, including the whole match; most bytes of a result. */
const MAX_GROUPS = 32;
const MAX_RESULT = 255;

/** Steps of a match that take as long as one step of the engine. */
const MATCH_STEPS = 10;

interface Pattern {
  readonly regex: Regex;
  /** Undefined without `-s`. */
  readonly parts: readonly number[] | undefined;
  readonly delimiter: ByteString;
}

export const regexMap: MapClass = { parse, lookup };

function parse(map: RuleMap, words: ByteString, context: MapContext): boolean {
  let [isBasic, ignoresCase] = [false, true];
  let parts: ByteString | undefined;
  let delimiter: string = ELSE;
  const flags: FlagRules = {
    n: (given) => {
      given.inverted = true;
    },
    b: () => {
      isBasic = true;
    },
    f: (given) => {
      ignoresCase = false;
      // for the class that a later line may give to the map
      given.keepsCase = true;
    },
    s: (_flags, text) => {
      parts = text;
    },
    d: (_flags, text) => {
      delimiter = text;
    },
    a: (given, text) => {
      given.append = text;
    },
    m: (given) => {
      given.keyOnly = true;
    },
    q: (given) => {
      given.keepsQuotes = true;
    },
    S: (given, _text, rest) => {
      if (rest !== '') given.blank = rest[0]!;
    },
  };
  const text = parseFlags(map, words, flags);
  try {
    const regex = parseRegex(text, { isBasic, ignoresCase });
    const numbers = parts === undefined ? undefined : chosenParts(parts, regex, context);
    if (numbers === 'bad') return false;
    map.data = { regex, parts: numbers, delimiter } satisfies Pattern;
    return true;
  } catch (error) {
    if (error instanceof RegexNotFollowed) {
      context.reports.system(`regex map ${map.name}: ${error.message}`);
      map.state = 'broken';
      return true;
    }
    if (!(error instanceof RegexError)) throw error;
    context.reports.system(`pattern-compile-error: ${error.message}`);
    return false;
  }
}

function chosenParts(parts: ByteString, { groups }: Regex, context: MapContext): readonly number[] | 'bad' {
  if (groups + 1 >= MAX_GROUPS) {
    context.reports.system(`too many substrings, ${MAX_GROUPS} max`);
    return 'bad';
  }
  if (parts === '') return Array.from({ length: groups + 1 }, (_, i) => i);
  return numbers(parts, groups, context);
}

/** `2,1`; a part that is not a number is 0. */
function numbers(words: ByteString, groups: number, { reports }: MapContext): readonly number[] | 'bad' {
  const found: number[] = [];
  for (const word of words.split(',')) {
    if (found.length >= MAX_GROUPS) {
      reports.system(`too many fields, ${MAX_GROUPS} max`);
      return 'bad';
    }
    const number = Number.parseInt(word, 10) || 0;
    if (number < 0 || number > groups) {
      reports.system(`field (${number}) out of range, only ${groups + 1} substrings in pattern`);
      return 'bad';
    }
    found.push(number);
  }
  return found;
}

function lookup(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  context: MapContext,
): MapAnswer {
  const pattern = map.data as Pattern;
  let match: RegexMatch | undefined;
  try {
    match = matchRegex(pattern.regex, key, (steps) => context.spend(Math.trunc(steps / MATCH_STEPS)));
  } catch (error) {
    if (!(error instanceof RegexBudget)) throw error;
    context.reports.system(`regex map ${map.name}: ${error.message}`);
    return CANNOT_TELL;
  }
  const isInverted = map.flags.inverted === true;
  if ((match !== undefined) === isInverted) return NOT_THERE;
  const found = (value: ByteString): MapAnswer =>
    map.flags.keyOnly ? answerKey(map, key) : answer(map, value, key, args);
  if (isInverted || pattern.parts === undefined || match === undefined) return found('');
  const chosen = args?.[0] === undefined ? pattern.parts : numbers(args[0], pattern.regex.groups, context);
  if (chosen === 'bad') return { status: EX_CONFIG };
  const value = joinParts(key, match, chosen, pattern.delimiter);
  return value === undefined ? NOT_THERE : found(value);
}

/** The parts, joined; undefined if they hold a bare blank, or do not balance. */
function joinParts(
  key: ByteString,
  match: RegexMatch,
  parts: readonly number[],
  delimiter: ByteString,
): ByteString | undefined {
  let value = '';
  let [angles, comments, isQuoted, isEscaped] = [0, 0, false, false];
  for (const [i, part] of parts.entries()) {
    if (i > 0) value = (value + delimiter).slice(0, MAX_RESULT);
    const text = match[2 * part]! < 0 ? '' : key.slice(match[2 * part], match[2 * part + 1]);
    for (const character of text) {
      if (value.length >= MAX_RESULT) break;
      value += character;
      if (isEscaped) isEscaped = false;
      else if (character === '\\') isEscaped = true;
      else if (character === '"') isQuoted = !isQuoted;
      else if (isQuoted) continue;
      else if (character === ' ') return undefined;
      else if (character === '(') comments++;
      else if (character === ')') comments--;
      else if (character === '<') angles++;
      else if (character === '>') angles--;
    }
  }
  return angles !== 0 || comments !== 0 || isQuoted || isEscaped ? undefined : value;
}
