/**
 * Maps that compute their answers: dequote, macro, arith, arpa, null, syslog, user.
 */
import { isIPv4 } from 'node:net';
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';
import { EX_CONFIG, EX_DATAERR, EX_NOUSER } from '../../core/sysexits.ts';
import { parseFileMap } from './flags.ts';
import { nibbles } from './ipv6.ts';
import type { MapContext } from './map-context.ts';
import {
  answer,
  answerKey,
  CANNOT_TELL,
  type MapAnswer,
  type MapClass,
  NOT_FOUND,
  NOT_THERE,
  type RuleMap,
} from './rule-map.ts';

/** Of dequote, macro, arith and arpa: quotes are kept, and only the first flag counts. */
function parseOne(map: RuleMap, words: ByteString): boolean {
  map.flags.keepsQuotes = true;
  const [, letter, text = ''] = /^[ \t\n\v\f\r]*-([\s\S])([^ \t\n\v\f\r]*)/.exec(words) ?? [];
  if (letter === 'a') map.flags.append = text;
  if ((letter === 'S' || letter === 's') && text !== '') map.flags.blank = text[0]!;
  return true;
}

export const dequoteMap: MapClass = {
  parse: parseOne,
  lookup: (map, key) => {
    const value = dequote(key, map.flags.blank);
    return value === undefined ? NOT_THERE : answer(map, value, key, undefined);
  },
};

/** Removes quotes; undefined if there are none, or if the rest could not be parsed again. */
function dequote(text: ByteString, blank: string | undefined): ByteString | undefined {
  let [angles, comments, quotes, out] = [0, 0, 0, ''];
  let isEscaped = false;
  for (const given of text) {
    if (isEscaped) {
      isEscaped = false;
      out += given;
      continue;
    }
    const character = given === ' ' && blank !== undefined ? blank : given;
    if (character === '\\') isEscaped = true;
    else if (character === '(') comments++;
    else if (character === ')' && comments-- <= 0) return undefined;
    else if (character === ' ' || character === '\t') return undefined;
    if (comments <= 0) {
      if (character === '"') {
        quotes++;
        continue;
      }
      if (character === '<') angles++;
      else if (character === '>' && angles-- <= 0) return undefined;
    }
    out += character;
  }
  return angles !== 0 || comments !== 0 || isEscaped || quotes === 0 || quotes % 2 === 1 ? undefined : out;
}

export const macroMap: MapClass = {
  parse: parseOne,
  lookup: (_map, key, args, { macros }) => {
    if (key === '') return { status: EX_CONFIG };
    const { id } = macros.parseName(key, 0);
    if (id === 0) return { status: EX_CONFIG };
    macros.set(id, args?.[0]);
    return { value: '', status: 0 };
  },
};

export const arithMap: MapClass = {
  parse: parseOne,
  lookup: (_map, key, args, { machine }) => {
    const [a, b] = [args?.[0], args?.[1]];
    if (a === undefined || b === undefined) return { status: EX_CONFIG };
    const compute = ownField(OPERATIONS, key[0] ?? '');
    if (compute === undefined) return { status: EX_CONFIG };
    const value = compute(number(a), number(b), () => machine.random());
    return value === undefined ? NOT_THERE : { value: shownNumber(value), status: 0 };
  },
};

type Operation = (a: bigint, b: bigint, random: () => number) => bigint | boolean | undefined;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '%': (a, b) => (b === 0n ? undefined : a % b),
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0n ? undefined : a / b),
  l: (a, b) => a < b,
  '=': (a, b) => a === b,
  r: (a, b, random) => {
    const range = BigInt.asIntN(64, b - a + 1n);
    return range <= 0n ? undefined : (BigInt(Math.trunc(random() * 0x7fff_ffff)) % range) + a;
  },
};

/** Longer results are cut. */
const MAX_RESULT = 15;

function shownNumber(value: bigint | boolean): string {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  return String(BigInt.asIntN(64, value)).slice(0, MAX_RESULT);
}

const MOST = 0x7fff_ffff_ffff_ffffn;

/** strtol with base 0: decimal, octal with 0, hexadecimal with 0x; any other text is 0. */
function number(text: ByteString): bigint {
  const [, sign, hex, octal, decimal] =
    /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))/.exec(text) ?? [];
  const value = hex ? BigInt(`0x${hex}`) : octal ? BigInt(`0o${octal}`) : BigInt(decimal ?? 0);
  if (sign === '-') return value > MOST + 1n ? -MOST - 1n : -value;
  return value > MOST ? MOST : value;
}

export const arpaMap: MapClass = {
  parse: parseOne,
  lookup: (map, key, args) => {
    const name = /^ipv6:/i.test(key)
      ? nibbles(key.slice(5))
      : isIPv4(key)
        ? key.split('.').reverse().join('.')
        : undefined;
    if (name === undefined) return { status: EX_DATAERR };
    return map.flags.keyOnly ? answerKey(map, key) : answer(map, name, key, args);
  },
};

export const nullMap: MapClass = {
  parse: (map, words, context) => parseFileMap(map, words, context, false),
  lookup: () => NOT_FOUND,
};

const PRIORITIES: ReadonlySet<string> = new Set([
  'emerg',
  'alert',
  'crit',
  'err',
  'warning',
  'notice',
  'info',
  'debug',
]);

/** `syslog`: always found, with an empty value. Nothing is written to the system's log, because no mail is handled. */
export const syslogMap: MapClass = {
  parse: parseSyslog,
  lookup: () => ({ value: '', status: 0 }),
};

function parseSyslog(map: RuleMap, words: ByteString, { reports }: MapContext): boolean {
  let text = words;
  let priority: string | undefined;
  for (;;) {
    text = text.replace(/^[ \t\n\v\f\r]+/, '');
    if (text[0] !== '-') break;
    const letter = text[1] ?? '';
    if (letter === 'L') {
      const [whole, word = ''] = /^[ \t\n\v\f\r]*([^ \t\n\v\f\r]*)[\s\S]?/.exec(text.slice(2))!;
      if (word === '') break;
      priority = word;
      text = text.slice(2 + whole.length);
      continue;
    }
    if (letter === 'S') map.flags.blank = text[2] ?? ' ';
    else if (letter !== 'D') reports.system(`Illegal option ${letter} map syslog`);
    text = text.slice(letter === 'S' ? 3 : 2);
  }
  if (priority === undefined || PRIORITIES.has(foldCase(priority).replace(/^log_/, ''))) return true;
  reports.system(`syslog_map_parseargs: Unknown priority ${priority}`);
  return false;
}

const USER_COLUMNS: readonly string[] = ['name', 'passwd', 'uid', 'gid', 'gecos', 'dir', 'shell'];

/** `user`: the users of the machine; the name as it is, then in lower case. */
export const userMap: MapClass = {
  parse: (map, words, context) => parseFileMap(map, words, context, false),
  open: (map, { reports }) => {
    const words = map.flags.valueColumn;
    if (words === undefined || USER_COLUMNS.includes(foldCase(words))) return true;
    reports.system(`User map ${map.name}: unknown column name ${words}`);
    return false;
  },
  lookup: lookUpUser,
};

function lookUpUser(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  { machine, options }: MapContext,
): MapAnswer {
  // no directory server is asked
  if (options.mailboxDatabase.startsWith('ldap')) return CANNOT_TELL;
  const asItIs = machine.user(key);
  const user = asItIs ?? machine.user(foldCase(key));
  if (user === undefined) return { status: EX_NOUSER };
  if (map.flags.keyOnly) return answerKey(map, asItIs === undefined ? foldCase(key) : key);
  const columns = [user.name, 'x', String(user.uid), String(user.gid), user.fullName, user.home, user.shell];
  const index = map.flags.valueColumn === undefined ? 0 : USER_COLUMNS.indexOf(foldCase(map.flags.valueColumn));
  return answer(map, columns[index]!, key, args);
}
