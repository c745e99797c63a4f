/** An R line -> a rule. Both sides are expanded as they are read. A faulty rule is reported and kept, as in sendmail. */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';
import type { CfLine } from '../../source/cf/lines.ts';
import {
  ANY,
  CALL,
  END_IF,
  HOST,
  HOST_BEGIN,
  HOST_END,
  IF,
  IN_CLASS,
  MAP_BEGIN,
  MAP_END,
  NOT_IN_CLASS,
  ONE,
  REPLACEMENT,
  SOME,
  USER,
} from '../../source/cf/symbols.ts';
import type { Configuration } from '../configuration.ts';
import { wildcardsOf } from '../pattern.ts';
import { LINE_ROOM } from '../tokens.ts';

const MAX_WILDCARDS = 9;
const MAX_ARGUMENTS = 10;

/** Symbols that are not allowed on the left side, as complaints name them. */
const NOT_LEFT: Readonly<Record<string, string>> = {
  [REPLACEMENT]: '$1-$9',
  [USER]: '$:',
  [CALL]: '$>',
  [IF]: '$?',
  [END_IF]: '$.',
  [HOST_BEGIN]: '$[',
  [HOST_END]: '$]',
  [MAP_BEGIN]: '$(',
  [MAP_END]: '$)',
};

const NOT_RIGHT: Readonly<Record<string, string>> = {
  [ANY]: '$*',
  [SOME]: '$+',
  [ONE]: '$-',
  [IN_CLASS]: '$=',
  [NOT_IN_CLASS]: '$~',
};

/** Reads an R line, its letter included, into the ruleset that is open. */
export function readRule(text: ByteString, { line, lastLine }: CfLine, configuration: Configuration): void {
  const { reports, rulesets, openRuleset } = configuration;
  if (openRuleset < 0) {
    reports.system(`missing valid ruleset for "${text}"`);
    return;
  }
  const tab = text.indexOf('\t');
  if (tab < 0) {
    reports.system(`invalid rewrite line "${text}" (tab expected)`);
    return;
  }
  const left = readSide(text.slice(1, tab), configuration);
  for (const token of left ?? []) {
    const what = ownField(NOT_LEFT, token[0]!);
    if (what !== undefined) reports.system(`Inappropriate use of ${what} on LHS`);
  }
  if (left === undefined) reports.system('R line: null LHS');
  const wildcards = wildcardsOf(left ?? []);
  const hasTooMany = wildcards > MAX_WILDCARDS;
  if (hasTooMany) reports.system('R line: too many wildcards');
  const right = readSide(/^\t+([^\t]*)/.exec(text.slice(tab))![1]!, configuration);
  if (right === undefined) reports.system('R line: null RHS');
  else checkRight(right, wildcards, configuration);
  rulesets.add(openRuleset, { left: hasTooMany ? [] : (left ?? []), right: right ?? [], line, lastLine });
}

function readSide(text: ByteString, configuration: Configuration): string[] | undefined {
  const { macros, reports, options } = configuration;
  const expanded = macros.expand(text);
  const reading = options.level >= 9 ? 'rule' : 'inner';
  return configuration
    .alphabet()
    .scan(expanded, 0, { reading, room: LINE_ROOM, end: '\t', asIs: true }, (words) => reports.address(expanded, words))
    .tokens;
}

function checkRight(tokens: readonly string[], wildcards: number, { reports }: Configuration): void {
  let isInMap = false;
  let args = 0;
  let end = '';
  for (const token of tokens) {
    const symbol = token[0]!;
    const what = ownField(NOT_RIGHT, symbol);
    if (symbol === REPLACEMENT) {
      const digit = token.charCodeAt(1) - 0x30;
      if (!(digit > 0 && digit <= wildcards)) reports.system(`replacement $${token[1] ?? ''} out of bounds`);
    } else if (symbol === HOST && isInMap) {
      if (++args >= MAX_ARGUMENTS) reports.system('too many arguments for map lookup');
    } else if (symbol === HOST_BEGIN || symbol === MAP_BEGIN) {
      end = symbol === HOST_BEGIN ? HOST_END : MAP_END;
      if (isInMap) reports.system('cannot nest map lookups');
      isInMap = true;
      args = 0;
    } else if (symbol === end) {
      isInMap = false;
      end = '';
    }
    if (what !== undefined) reports.system(`Inappropriate use of ${what} on RHS`);
  }
  if (isInMap) reports.system('missing map closing token');
}
