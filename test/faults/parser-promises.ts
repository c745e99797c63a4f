import { aliasNameReader } from '../../src/address/alias-name.ts';
import { parseAddress } from '../../src/address/parse.ts';
import { readSmtpAddress } from '../../src/address/smtp-syntax.ts';
import { parseList } from '../../src/alias/parse-list.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { MapError } from '../../src/core/errors.ts';
import { foldCase } from '../../src/core/fold.ts';
import type { Problem } from '../../src/core/problem.ts';
import { LineReader } from '../../src/source/aliases/lines.ts';
import { parseAliases } from '../../src/source/aliases/parse.ts';
import { type LineRules, MakemapParser } from '../../src/source/makemap-input.ts';

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

export function same(left: unknown, right: unknown, what: string): void {
  must(JSON.stringify(left) === JSON.stringify(right), `${what}: ${JSON.stringify(left)} and ${JSON.stringify(right)}`);
}

const HOSTS = new Set(['localhost', 'mail.test', 'mail', '[127.0.0.1]']);
export const RULES = { hostName: 'mail.test', isLocal: (host: string): boolean => HOSTS.has(host.toLowerCase()) };

interface MakemapResult {
  readonly records: readonly (readonly string[])[];
  readonly problems: readonly unknown[];
  readonly lines: number;
}

function readMakemap(chunks: readonly string[], rules: LineRules): MakemapResult {
  const records: string[][] = [];
  const problems: unknown[] = [];
  const parser = new MakemapParser(
    rules,
    (bytes, keyStart, keyEnd, start, end, line) => {
      const text = Buffer.from(bytes).toString('latin1');
      records.push([text.slice(keyStart, keyEnd), text.slice(start, end), String(line)]);
    },
    (problem) => problems.push(problem),
  );
  for (const chunk of chunks) parser.push(Buffer.from(chunk, 'latin1'));
  parser.end();
  return { records, problems, lines: parser.lines };
}

/** Cuts a text at places that it names itself, so that the same text is cut the same. */
function chunked(text: string): string[] {
  const chunks: string[] = [];
  for (let at = 0, size = 1; at < text.length; at += size, size = 1 + ((text.charCodeAt(at) || 0) % 37))
    chunks.push(text.slice(at, at + size));
  return chunks;
}

export function makemapHolds(text: string): void {
  for (const rules of [
    {},
    { delimiter: 0x3a },
    { comment: null, emptyValues: true },
    { delimiter: 0x20, comment: 0x3b, keepCase: true },
  ]) {
    const whole = readMakemap([text], rules);
    same(whole, readMakemap(chunked(text), rules), 'whole and in pieces');
    must(whole.records.length + whole.problems.length <= whole.lines, 'more findings than lines');
    must(whole.lines <= text.split('\n').length, 'more lines than there are');
  }
  const { records } = readMakemap([text], {});
  const written = records.map(([key, value]) => `${key}\t${value}\n`).join('');
  const again = readMakemap([written], { comment: null });
  same(
    again.records.map((record) => record.slice(0, 2)),
    records.map((record) => record.slice(0, 2)),
    'written and read again',
  );
}

interface AliasResult {
  readonly entries: readonly (readonly [name: string, value: string, line: number])[];
  readonly problems: readonly Problem[];
}

function readAliases(text: string, checkValues = false): AliasResult {
  const entries: [string, string, number][] = [];
  const problems: Problem[] = [];
  const options = { file: 'f', readAddress: aliasNameReader(RULES), checkValues };
  parseAliases(Buffer.from(text, 'latin1'), options, {
    plain(bytes, nameStart, nameEnd, start, end, line) {
      const part = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1');
      entries.push([foldCase(part(nameStart, nameEnd)), part(start, end), line]);
    },
    entry({ name, value, line }) {
      entries.push([name, value, line]);
    },
    problem(problem) {
      problems.push(problem);
    },
  });
  return { entries, problems };
}

export function aliasesHold(text: string): void {
  const lines = text.split('\n').length;
  const quick = readAliases(text);
  const checked = readAliases(text, true);
  for (const line of [
    ...quick.entries.map((entry) => entry[2]),
    ...quick.problems.map((problem) => problem.line ?? 0),
  ]) {
    must(line >= 1 && line <= lines + 1, `line ${line} of ${lines}`);
  }
  for (const problem of [...quick.problems, ...checked.problems]) must(!/\0/.test(problem.text), 'a NUL in a message');
  // values that nothing is wrong with are the same by the quick way and by the thorough one
  if (checked.problems.length === 0) same(checked.entries, quick.entries, 'the two ways to read');
  const plain = quick.entries
    .filter(([name, value]) => /^[a-z0-9][a-z0-9._+-]{0,99}$/.test(name) && !/[\0\n\\]|\s$/.test(value))
    .filter(([name, value]) => name.length + value.length < 8000);
  const again = readAliases(plain.map(([name, value]) => `${name}:${value}\n`).join(''));
  same(
    again.entries,
    plain.map(([name, value], i) => [name, value, i + 1]),
    'written and read again',
  );
}

export function aliasLinesHold(text: string): void {
  const reader = new LineReader(Buffer.from(text, 'latin1'));
  let before = 0;
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    must(line.first > before && line.last >= line.first && line.text.length < 8192, 'lines out of order');
    before = line.last;
  }
}

export function addressHolds(text: string): void {
  for (const delimiter of ['', ',', ' ', ':']) {
    for (const rules of [RULES, { ...RULES, percentHack: false, bangPath: false, sender: true }]) {
      const { end, shown, address } = parseAddress(text, rules, delimiter);
      must(end >= 0 && end <= text.length && shown.length <= end, 'an end outside of the text');
      const delivered = address === undefined ? '' : 'path' in address ? address.path : address.text;
      must(delivered.length < 2000, 'an address that grows');
    }
  }
  for (const command of ['MAIL', 'RCPT'] as const) {
    const { text: said = '', code = 550 } = readSmtpAddress(command, text, RULES).refused?.reply ?? {};
    must(code >= 400 && code < 600 && said.length < text.length + 1000, 'a reply that is none');
  }
}

export function listHolds(text: string): void {
  for (const asked of [true, false]) {
    let at = 0;
    for (const { shown } of parseList(text, asked, RULES)) {
      const found = text.indexOf(shown, at);
      must(found >= at, 'an address that is not in the list, or out of order');
      at = found + shown.length;
    }
  }
}

/** Text of callers, which may hold anything that a JavaScript string can. */
export function textHolds(text: string): void {
  try {
    same(decodeText(encodeText(text)), text, 'text, bytes and text again');
  } catch (error) {
    if (!(error instanceof MapError) || error.code !== 'badInput') throw error;
  }
}
