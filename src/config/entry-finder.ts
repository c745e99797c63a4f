/**
 * Entries in an answer -> their place: file and line of the source file of the map.
 *
 * The source file is read when `source` is first used, and indexed until it changes: an answer whose `source` is not used costs
 * nothing. A line counts only if it has the key and value of the entry, so a source file newer than its map never gives a wrong
 * place. Without a source file there is no `source`.
 */
import type { Because, Decision, KeyStep, Source } from '../access/decision.ts';
import type { AddressFault } from '../address/problem.ts';
import { type ByteString, encodeText } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Sources } from './sources.ts';

/** The place of an entry, by key and value in text. */
export type EntryFinder = (key: string, value: string) => Source | undefined;

/** The lines of a text by key; of most keys there is one. */
interface EntryIndex {
  readonly word: string;
  readonly lines: readonly ByteString[];
  readonly byKey: ReadonlyMap<ByteString, number | readonly number[]>;
}

/** @param file the text of an access map */
export function entryFinder(file: string, sources: Sources): EntryFinder {
  let index: EntryIndex | undefined;
  return (key, value) => {
    const text = sources.entryText(file);
    if (text === undefined) return undefined;
    if (index?.word !== text.word) index = indexOf(text.word, text.read() ?? '');
    const { lines, byKey } = index;
    const said = encodeText(value).trim();
    const numbers = [byKey.get(foldCase(encodeText(key))) ?? []].flat();
    const at = numbers.find((number) => valueIn(lines[number]!) === said);
    return at === undefined ? undefined : { file, line: at + 1 };
  };
}

function indexOf(word: string, text: ByteString): EntryIndex {
  const lines = text.split('\n');
  const byKey = new Map<ByteString, number | number[]>();
  for (const [number, line] of lines.entries()) {
    const end = line.search(/[ \t]/);
    if (end < 1) continue;
    const key = foldCase(line.slice(0, end));
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? number : [before, number].flat());
  }
  return { word, lines, byKey };
}

function valueIn(line: ByteString): ByteString {
  return line.slice(line.search(/[ \t]/)).trim();
}

/** The decision, with the source of what was found. */
export function withSources(decision: Decision, find: EntryFinder): Decision {
  const { because, trace } = decision;
  const at = trace.findIndex(isFound);
  if (at < 0) return decision;
  const sourced = trace.slice();
  for (let i = at; i < sourced.length; i++) {
    const step = sourced[i]!;
    if (isFound(step)) sourced[i] = new FoundStep(step, find);
  }
  const { key, value } = because;
  if (key === undefined || value === undefined) return { ...decision, trace: sourced };
  return { ...decision, because: new Entry(because, find), trace: sourced };
}

function isFound(step: Decision['trace'][number]): step is KeyStep {
  return step.kind === 'key' && step.status === 'found';
}

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** An entry that finds its `source` on first use: printed, converted to JSON, or read. */
class Entry implements Because {
  readonly rule: Because['rule'];
  readonly key: string;
  readonly value: string;
  // declared only, so that it is absent without a fault
  declare readonly fault?: AddressFault;
  readonly #find: EntryFinder;

  constructor({ rule, key, value, fault }: Because, find: EntryFinder) {
    this.rule = rule;
    this.key = key!;
    this.value = value!;
    if (fault !== undefined) this.fault = fault;
    this.#find = find;
  }

  get source(): Source | undefined {
    return this.#find(this.key, this.value);
  }

  toJSON(): object {
    return withPlace(this);
  }

  [INSPECT](): object {
    return withPlace(this);
  }
}

/** Fields in the order of other steps, for printing. */
class FoundStep implements KeyStep {
  readonly kind = 'key';
  readonly rule: string;
  readonly key: string;
  readonly status = 'found';
  readonly value: string;
  readonly #find: EntryFinder;

  constructor({ rule, key, value }: KeyStep, find: EntryFinder) {
    this.rule = rule;
    this.key = key;
    this.value = value!;
    this.#find = find;
  }

  get source(): Source | undefined {
    return this.#find(this.key, this.value);
  }

  toJSON(): object {
    return withPlace(this);
  }

  [INSPECT](): object {
    return withPlace(this);
  }
}

function withPlace(entry: { readonly source: Source | undefined }): object {
  const { source } = entry;
  return source === undefined ? { ...entry } : { ...entry, source };
}
