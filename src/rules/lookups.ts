/**
 * The maps in a right side, `$(name key $@ argument $: default $)` and `$[ host $]`, from left to right -> their values.
 *
 * Values are split into tokens and not searched for maps again; defaults and keys stay tokens.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_DATAERR, EX_TEMPFAIL } from '../core/sysexits.ts';
import type { Engine } from './engine.ts';
import type { MapContext } from './maps/map-context.ts';
import type { RuleMap } from './maps/rule-map.ts';
import { withoutQuotes } from './quotes.ts';
import { HOST, HOST_BEGIN, HOST_END, MAP_BEGIN, MAP_END, USER } from './symbols.ts';
import { type Alphabet, VALUE_ROOM } from './tokens.ts';
import type { Trace } from './trace.ts';

/** Arguments beyond this many are not looked at. */
const MAX_ARGUMENTS = 9;
/** Bytes for a key or a default; and for all arguments of a map together, with a zero byte after each. */
const KEY_ROOM = 1022;
const ARGUMENTS_ROOM = VALUE_ROOM - 2;

/** One lookup in a map. */
interface Question {
  readonly name: string;
  readonly key: readonly string[];
  readonly args: readonly (readonly string[])[];
  readonly otherwise: readonly string[] | undefined;
  /** Where the tokens go on. */
  readonly next: number;
}

export class Lookups {
  readonly #context: MapContext;
  readonly #alphabet: Alphabet;
  readonly #trace: Trace;

  constructor(context: MapContext, alphabet: Alphabet, trace: Trace) {
    this.#context = context;
    this.#alphabet = alphabet;
    this.#trace = trace;
  }

  /** Is there a map in these tokens? */
  needed(tokens: readonly string[]): boolean {
    for (let i = 0; i < tokens.length; i++) {
      const symbol = tokens[i]!.charCodeAt(0);
      if (symbol === 0x85 || symbol === 0x9d) return true;
    }
    return false;
  }

  /** Replaces the lookups by the values of the maps; a status if a value is too long or cannot be split into tokens. */
  replace(tokens: readonly string[], room: number, engine: Engine): string[] | number {
    const result: string[] = [];
    for (let i = 0; i < tokens.length; ) {
      const symbol = tokens[i]![0];
      if (symbol !== MAP_BEGIN && symbol !== HOST_BEGIN) {
        result.push(tokens[i++]!);
        continue;
      }
      const question = parse(tokens, i);
      const found = this.#ask(question, engine);
      if (found === undefined) return EX_DATAERR;
      for (const token of found) {
        result.push(token);
        if (result.length >= room) return this.#tooLong();
      }
      i = question.next;
      if (result.length + tokens.length - i >= room) return this.#tooLong();
    }
    return result;
  }

  #tooLong(): number {
    this.#context.reports.rules('rewriting', 'rewrite: expansion too long');
    return EX_DATAERR;
  }

  /** The tokens that replace the lookup; undefined: the value cannot be split. */
  #ask(question: Question, engine: Engine): readonly string[] | undefined {
    const { name, key, args, otherwise } = question;
    const map = this.#context.map(name);
    if (map === undefined) this.#context.reports.rules('rewriting', `rewrite: map ${name} not found`);
    const value = map === undefined ? undefined : this.#lookUp(map, key, args, engine);
    if (value !== undefined) return value === '' ? [] : engine.scanValue(value);
    if (otherwise === undefined) return key;
    const text = this.#join(otherwise);
    return text === '' ? [] : engine.scanValue(text, true);
  }

  #lookUp(
    map: RuleMap,
    key: readonly string[],
    args: readonly (readonly string[])[],
    engine: Engine,
  ): ByteString | undefined {
    const { flags } = map;
    const words = this.#arguments(args);
    const joined = this.#join(key, flags.blank);
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

  #arguments(args: readonly (readonly string[])[]): readonly ByteString[] {
    const words: ByteString[] = [];
    let room = ARGUMENTS_ROOM;
    for (const arg of args) {
      const word = this.#join(arg, this.#context.options.blank, room);
      if (words.length < MAX_ARGUMENTS - 1) words.push(word);
      room -= word.length + 1;
    }
    return words;
  }

  #join(tokens: readonly string[], blank: string = this.#context.options.blank, room: number = KEY_ROOM): ByteString {
    return room <= 0 ? '' : this.#alphabet.join(tokens, blank, 0, tokens.length, room);
  }
}

/** Parses a lookup, from its start to its end, or to the end of the tokens. */
function parse(tokens: readonly string[], start: number): Question {
  const isHost = tokens[start]![0] === HOST_BEGIN;
  const end = isHost ? HOST_END : MAP_END;
  let i = start + 1;
  const name = isHost ? 'host' : (tokens[i++] ?? '');
  const key: string[] = [];
  const args: string[][] = [];
  let otherwise: string[] | undefined;
  let part = key;
  for (; i < tokens.length && tokens[i]![0] !== end; i++) {
    const token = tokens[i]!;
    if (token[0] === HOST) {
      part = [];
      args.push(part);
    } else if (token[0] === USER) {
      part = [];
      otherwise = part;
    } else part.push(token);
  }
  return { name, key, args, otherwise, next: Math.min(i + 1, tokens.length) };
}
