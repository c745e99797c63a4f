/**
 * The text of a POSIX regular expression, extended or basic -> a tree, or the system's words for what is wrong with it.
 *
 * Reads them as the GNU C library does in the C locale: bytes; `\w`, `\b` and similar; in basic expressions also `\+`, `\?` and
 * `\|`. Repetitions with counts are written out. Limits: {@link MAX_NODES}; back references are not followed.
 */
import type { ByteString } from '../bytes.ts';
import { ownField } from '../own-field.ts';

/** A condition for an offset between two bytes. */
export type Anchor = 'start' | 'end' | 'word' | 'noWord' | 'wordStart' | 'wordEnd';

export type RegexNode =
  | { readonly kind: 'bytes'; readonly id: number; readonly has: Uint8Array }
  | { readonly kind: 'anchor'; readonly id: number; readonly anchor: Anchor }
  | { readonly kind: 'empty'; readonly id: number }
  | { readonly kind: 'group'; readonly id: number; readonly group: number; readonly node: RegexNode }
  | { readonly kind: 'pair' | 'either'; readonly id: number; readonly first: RegexNode; readonly second: RegexNode }
  | { readonly kind: 'star'; readonly id: number; readonly node: RegexNode };

/** A tree, and the number of its groups. */
export interface Regex {
  readonly root: RegexNode;
  readonly groups: number;
  /** The numbers of the parts that are groups or contain some. */
  readonly grouped: ReadonlySet<number>;
}

export interface RegexOptions {
  readonly isBasic: boolean;
  readonly ignoresCase: boolean;
}

/** Greatest number of parts of a tree, with repetitions written out. */
const MAX_NODES = 4000;
const MAX_REPEATS = 32_767;
/** Groups and repetitions inside of one another. */
const MAX_NESTED = 200;

/** The system's message about an invalid regular expression. */
export class RegexError extends Error {}

/** @throws RegexError */
export function parseRegex(text: ByteString, options: RegexOptions): Regex {
  return new Parser(text, options).parse();
}

type Plain = '*' | '+' | '?' | '|' | '(' | ')' | '{' | '^' | '$' | '.' | '[';
interface Token {
  readonly operator: Plain | undefined;
  readonly text: string;
}

class Parser {
  readonly #text: ByteString;
  readonly #basic: boolean;
  readonly #folds: boolean;
  #at = 0;
  #nodes = 0;
  #groups = 0;
  #depth = 0;
  readonly #grouped = new Set<number>();

  constructor(text: ByteString, options: RegexOptions) {
    this.#text = text;
    this.#basic = options.isBasic;
    this.#folds = options.ignoresCase;
  }

  parse(): Regex {
    const root = this.#alternatives();
    if (this.#at < this.#text.length) throw new RegexError('Unmatched ) or \\)');
    return { root, groups: this.#groups, grouped: this.#grouped };
  }

  #id(): number {
    if (this.#nodes >= MAX_NODES) throw new RegexError('Regular expression too big');
    return this.#nodes++;
  }

  #pair(kind: 'pair' | 'either', first: RegexNode, second: RegexNode): RegexNode {
    const id = this.#id();
    if (this.#grouped.has(first.id) || this.#grouped.has(second.id)) this.#grouped.add(id);
    return { kind, id, first, second };
  }

  #star(node: RegexNode): RegexNode {
    const id = this.#id();
    if (this.#grouped.has(node.id)) this.#grouped.add(id);
    return { kind: 'star', id, node };
  }

  #grouping(group: number, node: RegexNode): RegexNode {
    const id = this.#id();
    this.#grouped.add(id);
    return { kind: 'group', id, group, node };
  }

  /** The operator or character at the offset, and its text. */
  #peek(): Token | undefined {
    const character = this.#text[this.#at];
    if (character === undefined) return undefined;
    if (character === '\\') {
      const next = this.#text[this.#at + 1];
      if (next === undefined) throw new RegexError('Trailing backslash');
      const operator = this.#basic && '(){}|+?'.includes(next) ? (next as Plain) : undefined;
      return { operator, text: character + next };
    }
    const plain = this.#basic ? '*.[^$' : '*+?|(){^$.[';
    return { operator: plain.includes(character) ? (character as Plain) : undefined, text: character };
  }

  #alternatives(): RegexNode {
    let node = this.#sequence();
    while (this.#peek()?.operator === '|') {
      this.#at += this.#peek()!.text.length;
      node = this.#pair('either', node, this.#sequence());
    }
    return node;
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const token = this.#peek();
      if (token === undefined || token.operator === '|') break;
      if (token.operator === ')' && (this.#depth > 0 || this.#basic)) break;
      parts.push(this.#repeated(token, isFirst));
    }
    if (parts.length === 0) return { kind: 'empty', id: this.#id() };
    return parts.reduceRight((second, first) => this.#pair('pair', first, second));
  }

  /** One part with the repetitions after it. */
  #repeated(token: Token, isFirst: boolean): RegexNode {
    let node = this.#part(token, isFirst);
    for (let repeats = 0; ; repeats++) {
      const next = this.#peek();
      if (next === undefined) return node;
      const counts = this.#counts(next);
      if (counts === undefined) return node;
      if (repeats >= MAX_NESTED) throw new RegexError('Regular expression too big');
      node = this.#repeat(node, counts);
    }
  }

  #counts({ operator, text }: Token): readonly [least: number, most: number] | undefined {
    if (operator === '*' || operator === '+' || operator === '?') {
      this.#at += text.length;
      return operator === '*' ? [0, Infinity] : operator === '+' ? [1, Infinity] : [0, 1];
    }
    if (operator !== '{') return undefined;
    const close = this.#basic ? '\\}' : '}';
    const rest = this.#text.slice(this.#at + text.length);
    const found = /^([0-9]*)(,?)([0-9]*)/.exec(rest)!;
    const [whole, least, comma, most] = found;
    if (!rest.startsWith(close, whole.length) || (least === '' && comma === '')) {
      if (!rest.includes(close)) throw new RegexError('Unmatched \\{');
      throw new RegexError('Invalid content of \\{\\}');
    }
    const from = Number(least);
    const to = comma === '' ? from : most === '' ? Infinity : Number(most);
    if (to < from) throw new RegexError('Invalid content of \\{\\}');
    if (from > MAX_REPEATS || (to !== Infinity && to > MAX_REPEATS)) throw new RegexError('Regular expression too big');
    this.#at += text.length + whole.length + close.length;
    return [from, to];
  }

  /** Writes a repetition out. */
  #repeat(node: RegexNode, [least, most]: readonly [number, number]): RegexNode {
    const empty = (): RegexNode => ({ kind: 'empty', id: this.#id() });
    let tail: RegexNode | undefined = most === Infinity ? this.#star(node) : undefined;
    for (let i = least; i < most && most !== Infinity; i++) {
      const first: RegexNode = tail === undefined ? this.#clone(node) : this.#pair('pair', this.#clone(node), tail);
      tail = this.#pair('either', first, empty());
    }
    for (let i = 0; i < least; i++) {
      const one = this.#clone(node);
      tail = tail === undefined ? one : this.#pair('pair', one, tail);
    }
    return tail ?? empty();
  }

  #clone(node: RegexNode): RegexNode {
    if (node.kind === 'group') return this.#grouping(node.group, this.#clone(node.node));
    if (node.kind === 'star') return this.#star(this.#clone(node.node));
    if (node.kind === 'pair' || node.kind === 'either')
      return this.#pair(node.kind, this.#clone(node.first), this.#clone(node.second));
    return { ...node, id: this.#id() };
  }

  #part({ operator, text }: Token, isFirst: boolean): RegexNode {
    if (operator === '*' || operator === '+' || operator === '?') {
      if (!this.#basic) throw new RegexError('Invalid preceding regular expression');
      this.#at += text.length;
      return this.#bytes((byte) => byte === text.charCodeAt(text.length - 1));
    }
    if (operator === '{' && (!this.#basic || isFirst)) {
      if (!this.#basic) throw new RegexError('Invalid preceding regular expression');
    }
    this.#at += text.length;
    if (operator === '(') return this.#group();
    if (operator === '.') return this.#bytes((byte) => byte !== 0);
    if (operator === '[') return this.#bracket();
    if (operator === '^' && (!this.#basic || isFirst)) return { kind: 'anchor', id: this.#id(), anchor: 'start' };
    if (operator === '$' && (!this.#basic || this.#endsPart()))
      return { kind: 'anchor', id: this.#id(), anchor: 'end' };
    if (text.length === 2 && operator === undefined) return this.#escape(text[1]!);
    return this.#character(text.charCodeAt(text.length - 1));
  }

  #endsPart(): boolean {
    const rest = this.#text.slice(this.#at);
    return rest === '' || rest.startsWith('\\)') || rest.startsWith('\\|');
  }

  #group(): RegexNode {
    const group = ++this.#groups;
    if (++this.#depth > MAX_NESTED) throw new RegexError('Regular expression too big');
    const node = this.#alternatives();
    const close = this.#peek();
    if (close?.operator !== ')') throw new RegexError('Unmatched ( or \\(');
    this.#at += close.text.length;
    this.#depth--;
    return this.#grouping(group, node);
  }

  #escape(letter: string): RegexNode {
    const anchor = ownField(ANCHORS, letter);
    if (anchor !== undefined) return { kind: 'anchor', id: this.#id(), anchor };
    if (letter === 'w' || letter === 'W') return this.#bytes((byte) => isWord(byte) === (letter === 'w'));
    if (letter === 's' || letter === 'S') return this.#bytes((byte) => CLASSES.space!(byte) === (letter === 's'));
    if (/[1-9]/.test(letter)) throw new RegexError('Invalid back reference');
    return this.#character(letter.charCodeAt(0));
  }

  #character(code: number): RegexNode {
    return this.#bytes((byte) => byte === code);
  }

  #bytes(test: (byte: number) => boolean): RegexNode {
    const has = new Uint8Array(256);
    for (let byte = 0; byte < 256; byte++) if (test(byte)) this.#mark(has, byte);
    return { kind: 'bytes', id: this.#id(), has };
  }

  #mark(has: Uint8Array, byte: number): void {
    has[byte] = 1;
    if (this.#folds && byte < 0x80 && CLASSES.alpha!(byte)) has[byte ^ 0x20] = 1;
  }

  #bracket(): RegexNode {
    const has = new Uint8Array(256);
    const isInverted = this.#text[this.#at] === '^';
    if (isInverted) this.#at++;
    for (let isFirst = true; ; isFirst = false) {
      if (this.#at >= this.#text.length) throw new RegexError('Unmatched [, [^, [:, [., or [=');
      if (this.#text[this.#at] === ']' && !isFirst) break;
      if (this.#text.startsWith('[:', this.#at)) {
        const test = this.#className();
        for (let byte = 0; byte < 256; byte++) if (test(byte)) this.#mark(has, byte);
        continue;
      }
      const from = this.#bracketByte();
      const isRange =
        this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length;
      if (isRange) this.#at++;
      const to = isRange ? this.#bracketByte() : from;
      if (to < from) throw new RegexError('Invalid range end');
      for (let byte = from; byte <= to; byte++) this.#mark(has, byte);
    }
    this.#at++;
    if (isInverted) for (let byte = 0; byte < 256; byte++) has[byte] = has[byte] === 1 || byte === 0 ? 0 : 1;
    return { kind: 'bytes', id: this.#id(), has };
  }

  #bracketByte(): number {
    const special = /^\[([.=])([\s\S])\1\]/.exec(this.#text.slice(this.#at, this.#at + 5));
    if (special) {
      this.#at += 5;
      return special[2]!.charCodeAt(0);
    }
    if (this.#text.startsWith('[.', this.#at) || this.#text.startsWith('[=', this.#at))
      throw new RegexError('Invalid collation character');
    return this.#text.charCodeAt(this.#at++);
  }

  #className(): (byte: number) => boolean {
    const end = this.#text.indexOf(':]', this.#at + 2);
    if (end < 0) throw new RegexError('Unmatched [, [^, [:, [., or [=');
    const test = ownField(CLASSES, this.#text.slice(this.#at + 2, end));
    if (test === undefined) throw new RegexError('Invalid character class name');
    this.#at = end + 2;
    return test;
  }
}

const ANCHORS: Readonly<Record<string, Anchor>> = {
  '`': 'start',
  "'": 'end',
  b: 'word',
  B: 'noWord',
  '<': 'wordStart',
  '>': 'wordEnd',
};

const between =
  (...ranges: readonly (readonly [number, number])[]) =>
  (byte: number): boolean =>
    ranges.some(([from, to]) => byte >= from && byte <= to);

const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  alpha: between([65, 90], [97, 122]),
  digit: between([48, 57]),
  alnum: between([48, 57], [65, 90], [97, 122]),
  upper: between([65, 90]),
  lower: between([97, 122]),
  space: between([9, 13], [32, 32]),
  blank: between([9, 9], [32, 32]),
  punct: between([33, 47], [58, 64], [91, 96], [123, 126]),
  print: between([32, 126]),
  graph: between([33, 126]),
  cntrl: between([0, 31], [127, 127]),
  xdigit: between([48, 57], [65, 70], [97, 102]),
};

/** Letters, digits and `_`. */
export function isWord(byte: number): boolean {
  return CLASSES.alnum!(byte) || byte === 0x5f;
}
