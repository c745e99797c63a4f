/**
 * The maps in a right side, `$(name key $@ argument $: default $)` and `$[ host $]`, from left to right -> their values.
 *
 * Values are split into tokens and not searched for maps again; defaults and keys stay tokens.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_DATAERR, EX_TEMPFAIL } from '../core/sysexits.ts';
import { HOST, HOST_BEGIN, HOST_END, MAP_BEGIN, MAP_END, USER } from '../source/cf/symbols.ts';
import { MAX_ARGUMENTS } from './direct.ts';
import type { Engine } from './engine.ts';
import type { MapContext } from './maps/map-context.ts';
import type { RuleMap } from './maps/rule-map.ts';
import { withoutQuotes } from './quotes.ts';
import { marksOf } from './stack.ts';
import { type Alphabet, VALUE_ROOM } from './tokens.ts';
import type { Trace } from './trace.ts';
import type { Values } from './values.ts';
import { HAS_QUOTE, type Vocabulary } from './vocabulary.ts';

const NO_DEFAULT = -1;
/** A part that has no end yet. */
const OPEN = -1;
/** Bytes for a key or a default; and for all arguments of a map together, with a zero byte after each. */
const KEY_ROOM = 1022;
const ARGUMENTS_ROOM = VALUE_ROOM - 2;

const BEGIN = MAP_BEGIN.charCodeAt(0);
const END = MAP_END.charCodeAt(0);
const HOST_BEGINS = HOST_BEGIN.charCodeAt(0);
const HOST_ENDS = HOST_END.charCodeAt(0);
const ARGUMENT = HOST.charCodeAt(0);
const OTHERWISE = USER.charCodeAt(0);

/** The parts that lookups use. */
export interface LookupsContext {
  readonly context: MapContext;
  readonly vocabulary: Vocabulary;
  readonly alphabet: Alphabet;
  readonly values: Values;
  readonly trace: Trace;
}

const NO_WORDS: readonly ByteString[] = [];

export class Lookups {
  /** The marks of the values in the last result. */
  marks = 0;
  /** The lookup that is read: the token of its name, and the places of its key, its arguments and its default. */
  #name = 0;
  #keyFrom = 0;
  #keyTo = 0;
  #arguments = 0;
  readonly #from = new Int32Array(MAX_ARGUMENTS);
  readonly #to = new Int32Array(MAX_ARGUMENTS);
  #defaultFrom = NO_DEFAULT;
  #defaultTo = 0;
  /** Maps by the token of their name. */
  readonly #maps: (RuleMap | undefined)[] = [];
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

  /** Forgets what it keeps by token. */
  clear(): void {
    this.#maps.length = 0;
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
    let marks = 0;
    for (let i = base; i < end; ) {
      if (!this.#isBegin(stack[i]!)) {
        stack[next++] = stack[i++]!;
        continue;
      }
      i = this.#read(stack, i, end);
      next = this.#put(stack, next, limit, engine);
      if (next < 0) return next;
      marks |= this.marks;
      if (next + end - i >= limit) return this.tooLong();
    }
    this.marks = marks;
    return next - end;
  }

  /** Begins a lookup whose tokens are built at an offset, without symbols: the key first. */
  begin(name: number, at: number): void {
    this.#name = name;
    this.#keyFrom = at;
    this.#keyTo = OPEN;
    this.#arguments = 0;
    this.#defaultFrom = NO_DEFAULT;
    this.#defaultTo = OPEN;
  }

  /** Ends the part before an offset. */
  end(at: number): void {
    if (this.#keyTo === OPEN) this.#keyTo = at;
    else if (this.#defaultFrom !== NO_DEFAULT && this.#defaultTo === OPEN) this.#defaultTo = at;
    else this.#to[this.#arguments - 1] = at;
  }

  argument(at: number): void {
    this.end(at);
    this.#from[this.#arguments++] = at;
  }

  default(at: number): void {
    this.end(at);
    this.#defaultFrom = at;
  }

  /**
   * Asks the map, and puts the tokens of the answer at the place of the lookup. Returns the offset behind them, or a status,
   * negative.
   */
  ask(stack: Int32Array, at: number, limit: number, engine: Engine): number {
    this.end(at);
    return this.#put(stack, this.#keyFrom, limit, engine);
  }

  tooLong(): number {
    this.#context.reports.rules('rewriting', 'rewrite: expansion too long');
    return -EX_DATAERR;
  }

  /** Reads a lookup, from its start to its end, or to the end of the tokens. Returns the place behind it. */
  #read(stack: Int32Array, start: number, limit: number): number {
    const { codes } = this.#vocabulary;
    const isHost = codes[stack[start]!] === HOST_BEGINS;
    const end = isHost ? HOST_ENDS : END;
    let i = start + 1;
    this.#name = isHost ? this.#vocabulary.number('host') : i < limit ? stack[i]! : this.#vocabulary.number('');
    if (!isHost) i++;
    this.#keyFrom = i;
    this.#arguments = 0;
    this.#defaultFrom = NO_DEFAULT;
    i = this.#partEnd(stack, i, limit, end);
    this.#keyTo = i;
    while (i < limit && codes[stack[i]!] !== end) {
      const from = i + 1;
      const to = this.#partEnd(stack, from, limit, end);
      if (codes[stack[i]!] === OTHERWISE) {
        this.#defaultFrom = from;
        this.#defaultTo = to;
      } else if (this.#arguments < MAX_ARGUMENTS) {
        this.#from[this.#arguments] = from;
        this.#to[this.#arguments++] = to;
      }
      i = to;
    }
    return Math.min(i + 1, limit);
  }

  /** The place of the symbol that ends a part of a lookup. */
  #partEnd(stack: Int32Array, from: number, limit: number, end: number): number {
    const { codes } = this.#vocabulary;
    for (let i = from; i < limit; i++) {
      const code = codes[stack[i]!]!;
      if (code === end || code === ARGUMENT || code === OTHERWISE) return i;
    }
    return limit;
  }

  /** Puts the tokens that replace the lookup at an offset. Returns the offset behind them, or a status, negative. */
  #put(stack: Int32Array, at: number, limit: number, engine: Engine): number {
    // a map may run rulesets, which ask maps
    const keyFrom = this.#keyFrom;
    const keyTo = this.#keyTo;
    const defaultFrom = this.#defaultFrom;
    const defaultTo = this.#defaultTo;
    const map = this.#map(this.#name);
    const value = map === undefined ? undefined : this.#lookUp(map, stack, engine);
    let next = at;
    let marks = 0;
    const facts = this.#vocabulary.marks;
    this.marks = 0;
    if (value === undefined && defaultFrom === NO_DEFAULT) {
      for (let i = keyFrom; i < keyTo; i++) {
        stack[next++] = stack[i]!;
        marks |= facts[stack[i]!]!;
        if (next >= limit) return this.tooLong();
      }
      this.marks = marks;
      return next;
    }
    const text = value ?? this.#join(stack, defaultFrom, defaultTo, this.#context.options.blank);
    if (text === '') return next;
    const found = this.#values.scan(text, value === undefined ? 'inner' : 'value');
    if (found === undefined) return -EX_DATAERR;
    for (let i = 0; i < found.length; i++) {
      stack[next++] = found[i]!;
      marks |= facts[found[i]!]!;
      if (next >= limit) return this.tooLong();
    }
    this.marks = marks;
    return next;
  }

  /** The map that a token names; undefined, reported: there is none. */
  #map(token: number): RuleMap | undefined {
    const known = this.#maps[token];
    if (known !== undefined) return known;
    const name = this.#vocabulary.texts[token]!;
    const map = this.#context.map(name);
    if (map === undefined) this.#context.reports.rules('rewriting', `rewrite: map ${name} not found`);
    else this.#maps[token] = map;
    return map;
  }

  #lookUp(map: RuleMap, stack: Int32Array, engine: Engine): ByteString | undefined {
    const { flags } = map;
    const words = this.#arguments === 0 ? NO_WORDS : this.#words(stack);
    const blank = flags.blank ?? this.#context.options.blank;
    const joined = this.#join(stack, this.#keyFrom, this.#keyTo, blank);
    if (!map.isOpen(this.#context)) return undefined;
    const asked = flags.keepsQuotes || !this.#mayHaveQuotes(stack, blank) ? joined : withoutQuotes(joined);
    this.#trace.asks(map.name, asked, words);
    const { value, status } = map.ask(asked, words, this.#context);
    this.#trace.asked(map.name, asked, words, value, status);
    if (status !== EX_TEMPFAIL) return value;
    if (!flags.calm) engine.status = EX_TEMPFAIL;
    const instead = flags.tempAppend === undefined ? undefined : asked + flags.tempAppend;
    this.#trace.cannotTell(map.name, asked, { isCalm: flags.calm === true, instead });
    return instead ?? value;
  }

  /** The arguments of a lookup. */
  #words(stack: Int32Array): readonly ByteString[] {
    const { blank } = this.#context.options;
    const words: ByteString[] = [];
    let room = ARGUMENTS_ROOM;
    for (let i = 0; i < this.#arguments; i++) {
      const word = this.#join(stack, this.#from[i]!, this.#to[i]!, blank, room);
      words.push(word);
      room -= word.length + 1;
    }
    return words;
  }

  /** False: the key has no quotes and no backslashes. */
  #mayHaveQuotes(stack: Int32Array, blank: string): boolean {
    const marks = marksOf(stack, this.#keyFrom, this.#keyTo - this.#keyFrom, this.#vocabulary.marks);
    return (marks & HAS_QUOTE) !== 0 || blank === '"' || blank === '\\';
  }

  /** Tokens as text, joined by the alphabet. */
  #join(stack: Int32Array, from: number, to: number, blank: string, room: number = KEY_ROOM): ByteString {
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
