/**
 * Events of the engine -> the steps of one answer: the keys that were looked up, the rules that were applied, and the rule that
 * decided.
 *
 * The deciding rule is the one that made the result; rules that only pass a result on do not count. Its entry is the last one
 * found whose value stands in the text that the rule was applied to.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { EX_TEMPFAIL } from '../core/sysexits.ts';
import { RESOLVED } from '../source/cf/symbols.ts';
import type { Configuration } from './configuration.ts';
import type { RuleMap } from './maps/rule-map.ts';
import type { Rule } from './rulesets.ts';
import type { Trace } from './trace.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';

/** A rule of a sendmail.cf. */
export interface RulePlace {
  readonly ruleset: string;
  /** The first line of the rule. */
  readonly line: number;
}

/** A lookup in a map. */
export interface KeyAsked {
  readonly kind: 'key';
  readonly map: string;
  readonly key: ByteString;
  readonly status: 'found' | 'notFound' | 'tempFail';
  readonly value?: ByteString;
  /** The rule that asked; absent for a map that no rule asked. */
  readonly place?: RulePlace;
}

/** A rule that was applied, and the text after it. */
export interface RuleApplied {
  readonly kind: 'rule';
  readonly place: RulePlace;
  readonly text: string;
}

/** A remark, such as: DNS was not asked. */
export interface Remark {
  readonly kind: 'note';
  readonly text: string;
}

export type RuleStep = KeyAsked | RuleApplied | Remark;

/** The rule that decided, and its entry if there was one. */
export interface Decider extends RulePlace {
  readonly entry?: KeyAsked;
}

/** A question to DNS without a known answer. */
interface Unknown {
  readonly name: string;
  readonly text: string;
  readonly isStated: boolean;
}

/** A rule whose right side is being built. */
interface Pending {
  readonly rule: Rule;
  readonly place: RulePlace;
  readonly tokens: Tokens;
}

/** A rule that made a result, the text that it was applied to, and the number of entries found before. */
interface Maker {
  readonly place: RulePlace;
  readonly before: Tokens;
  readonly found: number;
}

/** A running ruleset. */
interface Frame {
  maker?: Maker | undefined;
}

/** Classes whose answers depend only on the question. */
const COMPUTED: ReadonlySet<string> = new Set(['macro', 'dequote', 'arith', 'regex', 'syslog', 'arpa', 'null']);

/** Classes that are never asked here, although sendmail asks them. */
export const NOT_FOLLOWED: ReadonlySet<string> = new Set(['program', 'socket', 'ldap', 'nis', 'nisplus']);

/**
 * Classes over DNS. Without their answer an address keeps its host, which then counts as another host: only a client that may
 * relay sends mail there.
 */
const GIVES_WAY: ReadonlySet<string> = new Set(['host', 'bestmx']);

const RESOLVED_CODE = RESOLVED.charCodeAt(0);

/** Steps of one answer that are kept; the rules of m4 take some hundred. */
const MAX_STEPS = 10_000;

export class Recorder implements Trace {
  readonly listens = true;
  readonly rules = true;
  readonly tries = false;
  steps: RuleStep[] = [];
  /** A map failed, and its flags do not decide what follows. */
  hasFailed = false;
  /** A map other than that for names of hosts needed an answer of DNS that is not known. */
  lacksDns = false;
  /** Names of hosts for which DNS was not asked, folded: they may be aliases. */
  readonly unknownHosts: Set<string> = new Set();
  /** The questions about a canonical name (`$[ $]`) that the rulesets of this decision needed. */
  readonly unnamed: Set<string> = new Set();
  readonly #map: (name: string) => RuleMap | undefined;
  readonly #nameOf: (id: number) => string;
  readonly #vocabulary: Vocabulary;
  readonly #places = new WeakMap<Rule, RulePlace>();
  #pending: Pending[] = [];
  #frames: Frame[] = [];
  #returned: { readonly tokens: Tokens; readonly maker: Maker | undefined } | undefined;
  #resolver: Maker | undefined;
  /** Entries that were found. */
  #found: KeyAsked[] = [];
  #unknown: Unknown[] = [];

  constructor({ context, macros, vocabulary }: Configuration) {
    this.#map = context.map;
    this.#nameOf = (id) => macros.name(id);
    this.#vocabulary = vocabulary;
  }

  /** Forgets the answer before. */
  begin(): void {
    this.steps = [];
    this.hasFailed = false;
    this.lacksDns = false;
    this.unknownHosts.clear();
    this.#unknown = [];
    this.#found = [];
    this.beginDecision();
  }

  /** Keeps the steps, and forgets the deciding rule and the failures. */
  beginDecision(): void {
    this.hasFailed = false;
    this.unnamed.clear();
    this.#pending = [];
    this.#frames = [];
    this.#returned = undefined;
    this.#resolver = undefined;
  }

  /** The rule that made the last result; undefined: no rule was applied. */
  get decider(): Decider | undefined {
    return this.#shown(this.#returned?.maker);
  }

  /** The rule that made the last result that begins with `$#`: a mailer, or a refusal. */
  get resolver(): Decider | undefined {
    return this.#shown(this.#resolver);
  }

  /**
   * Notes a question to DNS without a known answer.
   * @param isStated the question states whether the name exists, which is all that maps but `$[ $]` need
   */
  notAsked(name: string, type: string, isStated: boolean): void {
    this.#unknown.push({ name: foldCase(name), text: `${name} ${type}: not asked`, isStated });
  }

  input(): void {
    this.#frames.push({});
  }

  returns(_ruleset: string, tokens: Tokens): void {
    const maker = this.#frames.pop()?.maker;
    this.#returned = { tokens, maker };
    if (this.#isResolved(tokens[0])) this.#resolver = maker ?? this.#resolver;
  }

  trying(): void {}

  fails(): void {}

  matches(rule: Rule, tokens: Tokens, ruleset: string): void {
    this.#pending.push({ rule, place: this.#placeOf(rule, ruleset), tokens });
  }

  rewritten(tokens: Tokens, rule: Rule, ruleset: string): void {
    let pending = this.#pending.pop();
    while (pending !== undefined && pending.rule !== rule) pending = this.#pending.pop();
    const place = pending?.place ?? this.#placeOf(rule, ruleset);
    if (this.steps.length < MAX_STEPS)
      this.steps.push({ kind: 'rule', place, text: this.#vocabulary.text(tokens, this.#nameOf) });
    const frame = this.#frames.at(-1);
    if (frame !== undefined) frame.maker = this.#maker(tokens, place, pending?.tokens ?? []);
    this.#returned = undefined;
  }

  #placeOf(rule: Rule, ruleset: string): RulePlace {
    const known = this.#places.get(rule);
    if (known?.ruleset === ruleset) return known;
    const place = { ruleset, line: rule.line };
    this.#places.set(rule, place);
    return place;
  }

  workspace(): void {}

  #add(step: RuleStep): void {
    if (this.steps.length < MAX_STEPS) this.steps.push(step);
  }

  skips(): void {}

  asks(): void {}

  macro(): void {}

  cannotTell(): void {}

  asked(
    name: string,
    key: ByteString,
    _args: readonly ByteString[],
    value: ByteString | undefined,
    status: number,
  ): void {
    const map = this.#map(name);
    const className = map?.className ?? '';
    for (const unknown of this.#unknown) this.#lacks(unknown, name, className);
    this.#unknown = [];
    const cannotTell = status === EX_TEMPFAIL;
    const { tempAppend, calm } = map?.flags ?? {};
    const isMeant = tempAppend !== undefined || calm === true || GIVES_WAY.has(className);
    if (cannotTell && (!isMeant || NOT_FOLLOWED.has(className))) this.hasFailed = true;
    if (COMPUTED.has(className)) return;
    const pending = this.#pending.at(-1);
    const place = pending?.place;
    const found = cannotTell ? 'tempFail' : value === undefined ? 'notFound' : 'found';
    const step: KeyAsked = {
      kind: 'key',
      map: name,
      key,
      status: found,
      ...(found === 'found' && value !== undefined && { value }),
      ...(place !== undefined && { place }),
    };
    this.#add(step);
    if (found === 'found' && this.#found.length < MAX_STEPS) this.#found.push(step);
  }

  #lacks({ name, text, isStated }: Unknown, map: string, className: string): void {
    const isCanonical = map === 'host';
    if (isStated && !isCanonical) return;
    this.#add({ kind: 'note', text });
    if (isCanonical) this.unnamed.add(name);
    if (isStated) return;
    if (className === 'host') this.unknownHosts.add(name);
    else this.lacksDns = true;
  }

  /** The maker of a result: the rule itself, or the rule whose result it passes on. */
  #maker(tokens: Tokens, place: RulePlace, before: Tokens): Maker {
    const returned = this.#returned;
    if (returned?.maker !== undefined && isSame(tokens, returned.tokens)) return returned.maker;
    if (this.#resolver !== undefined && this.#isResult(tokens, before)) return this.#resolver;
    return { place, before, found: this.#found.length };
  }

  /** True for the text after the first `$#`. */
  #isResult(tokens: Tokens, text: Tokens): boolean {
    for (let i = 0; i < text.length; i++) if (this.#isResolved(text[i])) return isSame(tokens, text, i);
    return false;
  }

  #isResolved(token: number | undefined): boolean {
    return token !== undefined && this.#vocabulary.codes[token] === RESOLVED_CODE;
  }

  /** The maker of a result, with its entry. */
  #shown(maker: Maker | undefined): Decider | undefined {
    if (maker === undefined) return undefined;
    const { place, before, found } = maker;
    const words = this.#vocabulary.words(before).map(foldCase);
    const text = words.join('');
    const stands = ({ value = '' }: KeyAsked): boolean => {
      const folded = foldCase(value).replace(/[ \t]+/g, '');
      return /^\w+$/.test(folded) ? words.includes(folded) : folded !== '' && text.includes(folded);
    };
    const entry = this.#found.slice(0, found).findLast(stands);
    return { ruleset: place.ruleset, line: place.line, ...(entry !== undefined && { entry }) };
  }
}

function isSame(one: Tokens, other: Tokens, from = 0): boolean {
  if (one.length !== other.length - from) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[from + i]) return false;
  return true;
}
