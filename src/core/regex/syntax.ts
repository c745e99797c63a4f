/**
 * The text of a POSIX regular expression, extended or basic -> a tree, or the system's words for what is wrong with it.
 *
 * Reads them as the GNU C library does in the C locale: bytes; `\w`, `\b` and similar; in basic expressions also `\+`, `\?` and
 * `\|`. Repetitions with counts are written out. Limits: {@link MAX_NODES}; back references are not followed.
 */
import type { ByteString } from '../bytes.ts';
import { ownField } from '../own-field.ts';
import { readBracket } from './bracket.ts';
import { CLASSES, isWord, markByte } from './character-classes.ts';
import { RegexError, RegexNotFollowed } from './regex-error.ts';

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

/** @throws RegexError, RegexNotFollowed */
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
  readonly #closed = new Set<number>();
  #refersBack = false;
  readonly #grouped = new Set<number>();

  constructor(text: ByteString, options: RegexOptions) {
    this.#text = text;
    this.#basic = options.isBasic;
    this.#folds = options.ignoresCase;
  }

  parse(): Regex {
    const root = this.#alternatives();
    if (this.#at < this.#text.length) throw new RegexError(OPEN_GROUP);
    if (this.#refersBack) throw new RegexNotFollowed('back references are not followed');
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
    for (;;) {
      const token = this.#peek();
      if (token === undefined || token.operator === '|') break;
      if (token.operator === ')' && (this.#depth > 0 || this.#basic)) break;
      parts.push(this.#repeated(token, parts.length === 0));
    }
    if (parts.length === 0) return { kind: 'empty', id: this.#id() };
    return parts.reduceRight((second, first) => this.#pair('pair', first, second));
  }

  /** One part with the repetitions after it; an anchor has none. */
  #repeated(token: Token, isFirst: boolean): RegexNode {
    let node = this.#part(token, isFirst);
    if (isAnchor(node)) return node;
    for (let repeats = 0; ; repeats++) {
      const next = this.#peek();
      if (next === undefined) return node;
      const isSecond = repeats > 0 && this.#basic && (next.operator === '*' || next.operator === '{');
      if (isSecond) throw new RegexError(NOTHING_TO_REPEAT);
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
    this.#at += text.length;
    return this.#interval();
  }

  /** `{2}`, `{2,}`, `{,3}` or `{2,3}`, from behind the opening brace. */
  #interval(): readonly [least: number, most: number] {
    const least = this.#count();
    const isOne = least.end === '}';
    if (least.digits === '' && isOne) throw new RegexError(BAD_INTERVAL);
    const most = isOne || least.digits === undefined ? least : this.#count();
    const isNumber = least.digits !== undefined && most.digits !== undefined;
    if (!isNumber && most.end === undefined) throw new RegexError('Unmatched \\{');
    if (!isNumber || most.end !== '}') throw new RegexError(BAD_INTERVAL);
    const [from, to] = [Number(least.digits), most.digits === '' ? Infinity : Number(most.digits)];
    if (to < from) throw new RegexError(BAD_INTERVAL);
    if (from > MAX_REPEATS || (to !== Infinity && to > MAX_REPEATS)) throw new RegexError('Regular expression too big');
    return [from, to];
  }

  /** Reads up to a comma, the closing brace, or the end. `digits` is undefined if there is anything else, or no end. */
  #count(): { readonly digits: string | undefined; readonly end: ',' | '}' | undefined } {
    const close = this.#basic ? '\\}' : '}';
    let read = '';
    while (this.#at < this.#text.length) {
      const token = this.#text[this.#at] === '\\' ? this.#text.slice(this.#at, this.#at + 2) : this.#text[this.#at]!;
      this.#at += token.length;
      const end = token === close ? '}' : token === ',' || token === '\\,' ? ',' : undefined;
      if (end !== undefined) return { digits: /^[0-9]*$/.test(read) ? read : undefined, end };
      read += token;
    }
    return { digits: undefined, end: undefined };
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
    const repeats = operator === '*' || operator === '+' || operator === '?';
    if (operator === '{' || (repeats && !this.#basic)) throw new RegexError(NOTHING_TO_REPEAT);
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
    if (close?.operator !== ')') throw new RegexError(OPEN_GROUP);
    this.#at += close.text.length;
    this.#depth--;
    this.#closed.add(group);
    return this.#grouping(group, node);
  }

  #escape(letter: string): RegexNode {
    const anchor = ownField(ANCHORS, letter);
    if (anchor !== undefined) return { kind: 'anchor', id: this.#id(), anchor };
    if (letter === 'w' || letter === 'W') return this.#bytes((byte) => isWord(byte) === (letter === 'w'));
    if (letter === 's' || letter === 'S') return this.#bytes((byte) => CLASSES.space!(byte) === (letter === 's'));
    if (/[1-9]/.test(letter)) return this.#backReference(Number(letter));
    return this.#character(letter.charCodeAt(0));
  }

  #backReference(group: number): RegexNode {
    if (!this.#closed.has(group)) throw new RegexError('Invalid back reference');
    this.#refersBack = true;
    return { kind: 'empty', id: this.#id() };
  }

  #bracket(): RegexNode {
    const { has, next } = readBracket(this.#text, this.#at, this.#folds);
    this.#at = next;
    return { kind: 'bytes', id: this.#id(), has };
  }

  #character(code: number): RegexNode {
    return this.#bytes((byte) => byte === code);
  }

  #bytes(test: (byte: number) => boolean): RegexNode {
    const has = new Uint8Array(256);
    for (let byte = 0; byte < 256; byte++) if (test(byte)) markByte(has, byte, this.#folds);
    return { kind: 'bytes', id: this.#id(), has };
  }
}

function isAnchor({ kind }: RegexNode): boolean {
  return kind === 'anchor';
}

const NOTHING_TO_REPEAT = 'Invalid preceding regular expression';
const BAD_INTERVAL = 'Invalid content of \\{\\}';
const OPEN_GROUP = 'Unmatched ( or \\(';

const ANCHORS: Readonly<Record<string, Anchor>> = {
  '`': 'start',
  "'": 'end',
  b: 'word',
  B: 'noWord',
  '<': 'wordStart',
  '>': 'wordEnd',
};
