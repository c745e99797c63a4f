/**
 * The maps in a right side, `$(name key $@ argument $: default $)` and `$[ host $]`, from left to right -> their values.
 *
 * Values are split into tokens and not searched for maps again; defaults and keys stay tokens.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_DATAERR, EX_TEMPFAIL } from '../core/sysexits.ts';
import { HOST, HOST_BEGIN, HOST_END, MAP_BEGIN, MAP_END, USER } from '../source/cf/symbols.ts';
import type { Engine } from './engine.ts';
import type { MapContext } from './maps/map-context.ts';
import type { RuleMap } from './maps/rule-map.ts';
import { withoutQuotes } from './quotes.ts';
import { type Alphabet, VALUE_ROOM } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Values } from './values.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';

/** Arguments beyond this many are not looked at. */
const MAX_ARGUMENTS = 9;
/** Bytes for a key or a default; and for all arguments of a map together, with a zero byte after each. */
const KEY_ROOM = 1022;
const ARGUMENTS_ROOM = VALUE_ROOM - 2;

/** One lookup in a map: places in the tokens. */
interface Question {
  readonly name: ByteString;
  readonly key: Range;
  readonly args: readonly Range[];
  readonly otherwise: Range | undefined;
  /** The index at which the tokens go on. */
  readonly next: number;
}

interface Range {
  readonly from: number;
  to: number;
}

const NONE: readonly Range[] = [];
const NOTHING: Tokens = [];
const [BEGIN, END, HOST_BEGINS, HOST_ENDS, ARGUMENT, OTHERWISE] = codesOf(
  MAP_BEGIN,
  MAP_END,
  HOST_BEGIN,
  HOST_END,
  HOST,
  USER,
);

function codesOf(...symbols: readonly string[]): number[] {
  return symbols.map((symbol) => symbol.charCodeAt(0));
}

/** The parts that lookups use. */
export interface LookupsContext {
  readonly context: MapContext;
  readonly vocabulary: Vocabulary;
  readonly alphabet: Alphabet;
  readonly values: Values;
  readonly trace: Trace;
}

export class Lookups {
  readonly #context: MapContext;
  readonly #vocabulary: Vocabulary;
  readonly #alphabet: Alphabet;
  readonly #values: Values;
  readonly #trace: Trace;

  constructor({ context, vocabulary, alphabet, values, trace }: LookupsContext) {
    this.#context = context;
    this.#vocabulary = vocabulary;
    this.#alphabet = alphabet;
    this.#values = values;
    this.#trace = trace;
  }

  /** True if these tokens of the stack have a map. */
  needed(stack: Int32Array, base: number, count: number): boolean {
    for (let i = base; i < base + count; i++) if (this.#isBegin(stack[i]!)) return true;
    return false;
  }

  #isBegin(token: number): boolean {
    const code = this.#vocabulary.codes[token]!;
    return code === BEGIN || code === HOST_BEGINS;
  }

  /**
   * Replaces the lookups by the values of the maps; the result stands behind the tokens. Returns how many tokens it has, or a
   * status, negative, if a value is too long or cannot be split into tokens.
   */
  replace(stack: Int32Array, base: number, count: number, room: number, engine: Engine): number {
    const end = base + count;
    const limit = end + room;
    let next = end;
    for (let i = base; i < end; ) {
      if (!this.#isBegin(stack[i]!)) {
        stack[next++] = stack[i++]!;
        continue;
      }
      const question = this.#parse(stack, i, end);
      const found = this.#ask(stack, question, engine);
      if (found === undefined) return -EX_DATAERR;
      for (let j = 0; j < found.length; j++) {
        stack[next++] = found[j]!;
        if (next >= limit) return this.#tooLong();
      }
      i = question.next;
      if (next + end - i >= limit) return this.#tooLong();
    }
    return next - end;
  }

  #tooLong(): number {
    this.#context.reports.rules('rewriting', 'rewrite: expansion too long');
    return -EX_DATAERR;
  }

  /** Parses a lookup, from its start to its end, or to the end of the tokens. */
  #parse(stack: Int32Array, start: number, limit: number): Question {
    const { codes, texts } = this.#vocabulary;
    const isHost = codes[stack[start]!] === HOST_BEGINS;
    const end = isHost ? HOST_ENDS : END;
    let i = start + 1;
    const name = isHost ? 'host' : i < limit ? texts[stack[i]!]! : '';
    if (!isHost) i++;
    const key = { from: i, to: i };
    let args: Range[] | undefined;
    let otherwise: Range | undefined;
    let part: Range = key;
    for (; i < limit; i++) {
      const code = codes[stack[i]!]!;
      if (code === end) break;
      if (code === ARGUMENT || code === OTHERWISE) {
        part = { from: i + 1, to: i + 1 };
        if (code === OTHERWISE) otherwise = part;
        else {
          args ??= [];
          args.push(part);
        }
      } else part.to = i + 1;
    }
    return { name, key, args: args ?? NONE, otherwise, next: Math.min(i + 1, limit) };
  }

  /** The tokens that replace the lookup; undefined: the value cannot be split. */
  #ask(stack: Int32Array, { name, key, args, otherwise }: Question, engine: Engine): Tokens | undefined {
    const map = this.#context.map(name);
    if (map === undefined) this.#context.reports.rules('rewriting', `rewrite: map ${name} not found`);
    const value = map === undefined ? undefined : this.#lookUp(map, stack, key, args, engine);
    if (value !== undefined) return value === '' ? NOTHING : this.#values.scan(value, 'value');
    if (otherwise === undefined) return [...stack.subarray(key.from, key.to)];
    const text = this.#join(stack, otherwise);
    return text === '' ? NOTHING : this.#values.scan(text, 'inner');
  }

  #lookUp(map: RuleMap, stack: Int32Array, key: Range, args: readonly Range[], engine: Engine): ByteString | undefined {
    const { flags } = map;
    const words = args.length === 0 ? NO_WORDS : this.#arguments(stack, args);
    const joined = this.#join(stack, key, flags.blank);
    if (!map.isOpen(this.#context)) return undefined;
    const asked = flags.keepsQuotes ? joined : withoutQuotes(joined);
    this.#trace.asks(map.name, asked, words);
    const { value, status } = map.ask(asked, words, this.#context);
    this.#trace.asked(map.name, asked, words, value, status);
    if (status !== EX_TEMPFAIL) return value;
    if (!flags.calm) engine.status = EX_TEMPFAIL;
    const instead = flags.tempAppend === undefined ? undefined : asked + flags.tempAppend;
    this.#trace.cannotTell(map.name, asked, { isCalm: flags.calm === true, instead });
    return instead ?? value;
  }

  #arguments(stack: Int32Array, args: readonly Range[]): readonly ByteString[] {
    const words: ByteString[] = [];
    let room = ARGUMENTS_ROOM;
    for (const arg of args) {
      const word = this.#join(stack, arg, this.#context.options.blank, room);
      if (words.length < MAX_ARGUMENTS - 1) words.push(word);
      room -= word.length + 1;
    }
    return words;
  }

  /** Tokens as text, joined by the alphabet. */
  #join(
    stack: Int32Array,
    { from, to }: Range,
    blank = this.#context.options.blank,
    room: number = KEY_ROOM,
  ): ByteString {
    if (room <= 0) return '';
    const { texts, codes } = this.#vocabulary;
    let text = '';
    let wasAtom = false;
    for (let i = from; i < to; i++) {
      const token = stack[i]!;
      const isAtom = this.#alphabet.isAtomCode(codes[token]!);
      if (wasAtom && isAtom) text += blank;
      if (text.length >= room) return text;
      text += texts[token]!;
      if (text.length >= room) return text.slice(0, room - 1);
      wasAtom = isAtom;
    }
    return text;
  }
}

const NO_WORDS: readonly ByteString[] = [];
