/** A map of a K line, with its class, flags and state; and the interface of a map class. */
import type { ByteString } from '../../core/bytes.ts';
import { EX_NOHOST, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { CannotAnswer } from '../machine.ts';
import type { MapContext } from './map-context.ts';

/** The answer of a map: a value, or the reason for none (an exit status; 0 is "not found"). */
export interface MapAnswer {
  readonly value?: ByteString;
  readonly status: number;
}

export const NOT_THERE: MapAnswer = { status: 0 };
export const NOT_FOUND: MapAnswer = { status: EX_NOHOST };
export const CANNOT_TELL: MapAnswer = { status: EX_TEMPFAIL };

/** A question to a map costs as much as this many steps of the engine, because maps of maps can ask very many. */
const ASK_COST = 20;

/** A class of maps. */
export interface MapClass {
  /** Reads what follows the class on the K line into the map. False: it cannot be read. */
  parse(map: RuleMap, words: ByteString, context: MapContext): boolean;
  /** Opens the map at its first lookup. False: it cannot be opened; most reasons are reported as complaints. */
  open?(map: RuleMap, context: MapContext): boolean;
  /** Looks up a key without its quotes. `args` does not include the key. */
  lookup(map: RuleMap, key: ByteString, args: readonly ByteString[] | undefined, context: MapContext): MapAnswer;
}

/** The flags of a map, named after their letters. */
export interface MapFlags {
  /** `-a` */
  append: ByteString | undefined;
  /** `-T` */
  tempAppend: ByteString | undefined;
  /** `-k`, `-v` */
  keyColumn: ByteString | undefined;
  valueColumn: ByteString | undefined;
  /** `-z` */
  delimiter: string | undefined;
  /** `-S`; undefined: BlankSub of the configuration. */
  blank: string | undefined;
  /** `-d`, `-r`, `-Z`, `-B`, `-R` */
  most: number | undefined;
  base: ByteString | undefined;
  record: string | undefined;
  /** `-R` and all text after it, for sendmail's complaint. */
  recordRest: ByteString | undefined;
  /** `-n` of a regular expression */
  inverted: boolean | undefined;
  /** `-f`, `-m`, `-o`, `-q`, `-t` */
  keepsCase: boolean | undefined;
  keyOnly: boolean | undefined;
  optional: boolean | undefined;
  keepsQuotes: boolean | undefined;
  calm: boolean | undefined;
  /** `-N` and `-O`: whether keys without and with a final zero byte are looked up. */
  tryBare: boolean | undefined;
  tryZero: boolean | undefined;
}

/** All fields are there from the start, because lookups read them fastest if all maps have the same. */
const NO_FLAGS: MapFlags = {
  append: undefined,
  tempAppend: undefined,
  keyColumn: undefined,
  valueColumn: undefined,
  delimiter: undefined,
  blank: undefined,
  most: undefined,
  base: undefined,
  record: undefined,
  recordRest: undefined,
  inverted: undefined,
  keepsCase: undefined,
  keyOnly: undefined,
  optional: undefined,
  keepsQuotes: undefined,
  calm: undefined,
  tryBare: undefined,
  tryZero: undefined,
};

export type MapState = 'new' | 'open' | 'broken' | 'invalid';

/** A map of a configuration. */
export class RuleMap {
  readonly name: string;
  readonly className: string;
  readonly mapClass: MapClass;
  readonly flags: MapFlags;
  file: ByteString | undefined;
  /** The words after the file. */
  rest: ByteString | undefined;
  state: MapState = 'new';
  /** Made by `O AliasFile`. */
  isAlias = false;
  /** State of a class between lookups. */
  data: unknown;
  /** A sound map of the same class that this one defines again. */
  readonly #earlier: RuleMap | undefined;
  /** That of the class; classes have different fields, which makes reading it slow. */
  readonly #lookup: MapClass['lookup'];

  /** @param earlier a map that this one defines again */
  constructor(name: string, className: string, mapClass: MapClass, earlier?: RuleMap) {
    this.#earlier = earlier?.mapClass === mapClass && earlier.state !== 'invalid' ? earlier : undefined;
    this.data = this.#earlier?.data;
    this.flags = { ...NO_FLAGS, ...earlier?.flags };
    this.#lookup = mapClass.lookup;
    this.file = earlier?.file;
    this.rest = earlier?.rest;
    this.name = name;
    this.className = className;
    this.mapClass = mapClass;
  }

  /** Reads what follows the class. If it cannot be read, the earlier map of the name and class goes on; without one nothing is found. */
  read(words: ByteString, context: MapContext): void {
    if (!this.mapClass.parse(this, words, context) && this.#earlier === undefined) this.state = 'invalid';
  }

  /** Opens the map if it is not open yet. True: it may be asked. */
  isOpen(context: MapContext): boolean {
    if (this.state === 'open' || this.state === 'broken') return true;
    if (this.state === 'invalid') return false;
    context.reports.lastCause = undefined;
    this.state = this.#open(context) ? 'open' : this.flags.optional ? 'invalid' : 'broken';
    // A broken map is asked, and fails temporarily; a missing optional one counts as no map.
    return this.state !== 'invalid';
  }

  #open(context: MapContext): boolean {
    // a map whose opening runs rulesets may be asked by them
    this.state = 'broken';
    try {
      return this.mapClass.open?.(this, context) !== false;
    } catch (error) {
      this.state = 'new';
      throw error;
    }
  }

  ask(key: ByteString, args: readonly ByteString[] | undefined, context: MapContext): MapAnswer {
    context.spend(ASK_COST);
    if (this.state === 'broken') return CANNOT_TELL;
    try {
      return this.#lookup(this, key, args, context);
    } catch (error) {
      if (error instanceof CannotAnswer) return CANNOT_TELL;
      throw error;
    }
  }
}

/** A value with its `%0` (the key), `%1` ... replaced, and with the text of `-a` appended. */
export function answer(
  map: RuleMap,
  value: ByteString,
  key: ByteString,
  args: readonly ByteString[] | undefined,
): MapAnswer {
  return { value: (args === undefined ? value : fill(value, key, args)) + (map.flags.append ?? ''), status: 0 };
}

/** `-m`: the key itself is the value. */
export function answerKey(map: RuleMap, key: ByteString): MapAnswer {
  return { value: key + (map.flags.append ?? ''), status: 0 };
}

function fill(value: ByteString, key: ByteString, args: readonly ByteString[]): ByteString {
  const zero = value.indexOf('\0');
  const text = zero < 0 ? value : value.slice(0, zero);
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9%])/g, (_, what: string) => {
    if (what === '%') return '%';
    return what === '0' ? key : (args[Number(what) - 1] ?? '');
  });
}
