/**
 * The text of an aliases file -> its entries and problems, in file order, one at a time.
 *
 * plain.ts reads most entries as bytes; all other lines are parsed here. lines.ts joins continued lines. The name
 * ends at the first colon that the address parser (`readAddress`) does not see inside quotes or a comment, and must
 * be a local address. The value is the text after the *first* colon of the line, without leading blanks; it is parsed
 * only with `checkValues`. Duplicates are left to the caller.
 *
 * Errors: a bad entry is left out and reported in sendmail's words. If sendmail loses text silently, the result is
 * the same, and a problem of our own (`ours`) reports it.
 * Source: newaliases of sendmail 8.17. Pure; holds only the text.
 */

import type { AliasAddressReader } from '../../address/alias-name.ts';
import { shortenBytes } from '../../address/show.ts';
import type { ByteString } from '../../core/bytes.ts';
import { isSpace, trimEndBytes } from '../../core/fold.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_SOFTWARE } from '../../core/sysexits.ts';
import { LineReader, type LogicalLine } from './lines.ts';
import { PlainReader, type PlainSink } from './plain.ts';

/** An alias that is not plain. */
export interface AliasEntry {
  /** The key: folded, in the form that the address parser returns. */
  readonly name: ByteString;
  /** The start of messages about the entry: the name as written; with CheckAliases, the last address. */
  readonly shown: ByteString;
  readonly value: ByteString;
  /** The last line of the entry, as sendmail counts. */
  readonly line: number;
}

export interface ParseAliasesOptions {
  /** The file name in problems. */
  readonly file: string;
  readonly readAddress: AliasAddressReader;
  /** CheckAliases: also parse each address of a value. */
  readonly checkValues?: boolean;
}

/** Receives entries and problems, in file order. */
export interface AliasSink {
  /** Receives an entry whose key is its folded name. */
  plain: PlainSink;
  entry(entry: AliasEntry): void;
  problem(problem: Problem): void;
}

/** Bytes of a line that sendmail shows (`%.40s`). */
const SHOWN_LINE = 40;
/** Bytes of a line that are searched for a name that may have been meant as an alias. */
const LONGEST_NAME = 256;
const LOOKS_LIKE_ALIAS = /^[ \t]+[A-Za-z0-9._+-]+[ \t]*:(?:[ \t]|$)/;

/** A message as sendmail prints it: without the top bit of each byte, and cut at a byte that becomes NUL. */
export function sevenBit(text: ByteString): ByteString {
  const plain = text.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
  const nul = plain.indexOf('\0');
  return nul < 0 ? plain : plain.slice(0, nul);
}

/** Parses an aliases file. */
export function parseAliases(text: Buffer, options: ParseAliasesOptions, sink: AliasSink): void {
  const plain = new PlainReader(text, sink.plain);
  const reader = new LineReader(text);
  const state: LineState = { afterEntry: false, adrift: false };
  for (;;) {
    // with CheckAliases no value is plain
    if (options.checkValues !== true && plain.read()) {
      reader.skipTo(plain.position, plain.line);
      state.afterEntry = plain.afterEntry;
      state.adrift = false;
    }
    const line = reader.next();
    if (line === undefined) return;
    for (const item of readLine(line, state, options)) {
      if ('value' in item) sink.entry(item);
      else sink.problem(item);
    }
    plain.position = reader.position;
    plain.line = reader.line;
  }
}

/** The effect of earlier lines on the next one. */
interface LineState {
  /** True: the previous line was an entry. */
  afterEntry: boolean;
  /** True: the previous line was indented and belonged to no entry. */
  adrift: boolean;
}

function* readLine(line: LogicalLine, state: LineState, options: ParseAliasesOptions): Generator<AliasEntry | Problem> {
  const start = line.text[0];
  const isEntry = !line.tooLong && start !== undefined && start !== '#' && start !== ' ' && start !== '\t';
  if (isEntry) yield* readEntry(line, line.text.indexOf(':'), options);
  else if (line.tooLong) yield failure(options.file, line, 'alias line too long');
  else if (start === ' ' || start === '\t') {
    // sendmail reports it once for several such lines in a row.
    if (state.adrift)
      yield warning('MM422', options.file, line.first, 'the indented text belongs to no entry, and is lost');
    else yield failure(options.file, line, 'Non-continuation line starts with space');
    state.adrift = true;
  }
  if (!line.tooLong && start !== ' ' && start !== '\t') state.adrift = false;
  if (line.indents.length > 0 || line.cutAtNul || line.passedOver > 0) {
    yield* losses(line, isEntry, state.afterEntry, options.file);
  }
  state.afterEntry = isEntry;
}

function* readEntry(line: LogicalLine, colon: number, options: ParseAliasesOptions): Generator<AliasEntry | Problem> {
  const { file } = options;
  if (colon < 0) {
    yield failure(file, line, 'missing colon');
    return;
  }
  const { address, messages, end, text } = options.readAddress(line.text, ':');
  for (const message of messages) yield complaint(file, line, message.text, message.status);
  if (address === undefined) {
    yield failure(file, line, `${text.slice(0, SHOWN_LINE)}... illegal alias name`);
    return;
  }
  const written = skipSpace(text, colon + 1);
  const { value, last } = options.checkValues
    ? yield* checkValue(line, written, options)
    : { value: written, last: '' };
  if (!address.local) {
    yield { ...failure(file, line, `${address.shown}... cannot alias non-local names`), code: 'MM411' };
  } else if (value === '') {
    yield missingValue(file, line, text);
  } else {
    if (end > colon)
      yield warning('MM420', file, line.first, 'the value starts after the first colon, which is part of the name');
    yield { name: address.user, shown: last || address.shown, value, line: line.last };
  }
}

/**
 * CheckAliases: parses every address of a value and reports complaints; the entry stays. Returns the value with the
 * bytes that the parser replaced, and the text from the last address on, with which sendmail starts its next message.
 */
function* checkValue(
  line: LogicalLine,
  value: ByteString,
  options: ParseAliasesOptions,
): Generator<Problem, { value: ByteString; last: ByteString }> {
  let done = '';
  let last = '';
  let kept = Number.POSITIVE_INFINITY;
  for (let rest = value; ; ) {
    const [separators] = /^[, \t-\r]*/.exec(rest)!;
    done += separators;
    rest = rest.slice(separators.length);
    if (rest === '') return { value: done.slice(0, kept), last };
    const { address, messages, end, text, cutAt } = options.readAddress(rest, ',');
    const shown = text.slice(0, cutAt);
    if (cutAt !== undefined) kept = Math.min(kept, done.length + cutAt);
    for (const message of messages) yield complaint(options.file, line, message.text, message.status);
    if (address === undefined) {
      yield complaint(options.file, line, `${shortenBytes(shown)}... ${shown}... bad address`, undefined);
    }
    last = shown;
    done += text.slice(0, end);
    rest = text.slice(end);
  }
}

function skipSpace(text: ByteString, from: number): ByteString {
  let start = from;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return text.slice(start);
}

/** Reports text that sendmail loses silently. */
function* losses(line: LogicalLine, isEntry: boolean, afterEntry: boolean, file: string): Generator<Problem> {
  const indented = line.indents.length > 0;
  if (indented && line.text.startsWith('#') && afterEntry) {
    yield warning(
      'MM406',
      file,
      line.first,
      'this comment ends the entry above; the indented text after it is comment too, and lost',
    );
  }
  if (isEntry && indented) yield* swallowed(line, file);
  if (line.cutAtNul && !line.tooLong) yield warning('MM422', file, line.last, 'the text after a NUL byte is lost');
  if (line.passedOver > 0) {
    const lines = line.passedOver === 1 ? 'the next line is' : `the next ${line.passedOver} lines are`;
    yield warning('MM422', file, line.last, `${lines} skipped with this one`);
  }
}

/** Reports indented lines that may not have been meant to continue the entry. */
function* swallowed(line: LogicalLine, file: string): Generator<Problem> {
  const opening = line.text.slice(0, line.indents[0]);
  if (trimEndBytes(opening).endsWith(':')) {
    yield warning(
      'MM419',
      file,
      line.first,
      `"${sevenBit(trimEndBytes(opening).slice(0, SHOWN_LINE))}" has no value on its line; the indented text after it is taken`,
    );
  }
  for (const start of line.indents) {
    const part = line.text.slice(start, start + LONGEST_NAME);
    if (!LOOKS_LIKE_ALIAS.test(part)) continue;
    const name = part.slice(0, part.indexOf(':')).trim();
    yield warning('MM419', file, line.first, `the indented "${name}:" continues this entry and is no alias of its own`);
  }
}

function missingValue(file: string, line: LogicalLine, text: ByteString): Problem {
  return failure(file, line, `${text.slice(0, SHOWN_LINE)}... missing value for alias`);
}

function failure(file: string, line: LogicalLine, text: ByteString): Problem {
  return complaint(file, line, text, EX_SOFTWARE);
}

function complaint(file: string, line: LogicalLine, text: ByteString, status: number | undefined): Problem {
  const shown = sevenBit(text);
  if (status === undefined) return { severity: 'warning', code: 'MM421', file, line: line.last, text: shown };
  return { severity: 'error', code: 'MM421', file, line: line.last, text: shown, status };
}

function warning(code: Problem['code'], file: string, line: number, text: string): Problem {
  return { severity: 'warning', code, file, line, text, ours: true };
}
