/**
 * A regular expression and a text -> where it matches: leftmost, and there the longest; of its groups, the earlier ones
 * as long as they can be.
 *
 * It works on sets of ends ("from here, this part can reach there"), each found once, so that no pattern can make it take
 * more than size times length squared; a budget ends what is still too much.
 */
import type { ByteString } from '../../core/bytes.ts';
import { type Anchor, isWord, type Regex, type RegexNode } from './syntax.ts';

/** Steps of one match: a second or so. */
const BUDGET = 20_000_000;

/** A match would take too long. */
export class RegexBudget extends Error {}

/** Start and end of the match and of each group; -1 for a group that takes no part. */
export type RegexMatch = Int32Array;

/** @throws RegexBudget */
export function matchRegex(regex: Regex, text: ByteString): RegexMatch | undefined {
  return new Search(regex, text).run();
}

class Search {
  readonly #regex: Regex;
  readonly #text: ByteString;
  /** Ends by part and start; each a bit set over the places of the text. */
  readonly #ends = new Map<number, Uint8Array>();
  readonly #places: number;
  #left = BUDGET;

  constructor(regex: Regex, text: ByteString) {
    this.#regex = regex;
    this.#text = text;
    this.#places = text.length + 1;
  }

  run(): RegexMatch | undefined {
    const { root, groups } = this.#regex;
    for (let start = 0; start <= this.#text.length; start++) {
      const end = this.#endsOf(root, start).lastIndexOf(1);
      if (end < 0) continue;
      const found = new Int32Array(2 * (groups + 1)).fill(-1);
      found[0] = start;
      found[1] = end;
      this.#assign(root, start, end, found);
      return found;
    }
    return undefined;
  }

  #endsOf(node: RegexNode, start: number): Uint8Array {
    const key = node.id * this.#places + start;
    const known = this.#ends.get(key);
    if (known !== undefined) return known;
    this.#spend(this.#places);
    const ends = new Uint8Array(this.#places);
    this.#ends.set(key, ends);
    this.#fill(node, start, ends);
    return ends;
  }

  #spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new RegexBudget('regular expression takes too long');
  }

  #fill(node: RegexNode, start: number, ends: Uint8Array): void {
    switch (node.kind) {
      case 'bytes':
        if (start < this.#text.length && node.has[this.#text.charCodeAt(start) & 0xff] === 1) ends[start + 1] = 1;
        return;
      case 'anchor':
        if (this.#holds(node.anchor, start)) ends[start] = 1;
        return;
      case 'empty':
        ends[start] = 1;
        return;
      case 'group':
        ends.set(this.#endsOf(node.node, start));
        return;
      case 'either':
        add(ends, this.#endsOf(node.first, start));
        add(ends, this.#endsOf(node.second, start));
        return;
      case 'pair':
        this.#fillPair(node.first, node.second, start, ends);
        return;
      case 'star':
        this.#fillStar(node.node, start, ends);
        return;
    }
  }

  #fillPair(first: RegexNode, second: RegexNode, start: number, ends: Uint8Array): void {
    const middles = this.#endsOf(first, start);
    for (let middle = start; middle < this.#places; middle++) {
      if (middles[middle] !== 1) continue;
      this.#spend(this.#places);
      add(ends, this.#endsOf(second, middle));
    }
  }

  #fillStar(node: RegexNode, start: number, ends: Uint8Array): void {
    ends[start] = 1;
    for (let place = start; place < this.#places; place++) {
      if (ends[place] !== 1) continue;
      this.#spend(this.#places);
      add(ends, this.#endsOf(node, place));
    }
  }

  #holds(anchor: Anchor, place: number): boolean {
    const before = place > 0 && isWord(this.#text.charCodeAt(place - 1));
    const after = place < this.#text.length && isWord(this.#text.charCodeAt(place));
    if (anchor === 'start') return place === 0;
    if (anchor === 'end') return place === this.#text.length;
    if (anchor === 'word') return before !== after;
    if (anchor === 'noWord') return before === after;
    return anchor === 'wordStart' ? !before && after : before && !after;
  }

  /** Finds what the groups of a part took that goes from start to end. */
  #assign(node: RegexNode, start: number, end: number, found: RegexMatch): void {
    switch (node.kind) {
      case 'group':
        found[2 * node.group] = start;
        found[2 * node.group + 1] = end;
        this.#assign(node.node, start, end, found);
        return;
      case 'either':
        this.#assign(this.#endsOf(node.first, start)[end] === 1 ? node.first : node.second, start, end, found);
        return;
      case 'pair': {
        const middle = this.#middle(node.first, node.second, start, end);
        this.#assign(node.first, start, middle, found);
        this.#assign(node.second, middle, end, found);
        return;
      }
      case 'star':
        this.#assignStar(node, start, end, found);
        return;
    }
  }

  #assignStar(star: RegexNode & { kind: 'star' }, start: number, end: number, found: RegexMatch): void {
    if (start === end) {
      if (this.#endsOf(star.node, start)[start] === 1) this.#assign(star.node, start, start, found);
      return;
    }
    for (let place = start; place < end; ) {
      const next = this.#middle(star.node, star, place, end, place + 1);
      this.#assign(star.node, place, next, found);
      place = next;
    }
  }

  /** The longest first part after which the second still reaches the end. */
  #middle(first: RegexNode, second: RegexNode, start: number, end: number, least = start): number {
    const middles = this.#endsOf(first, start);
    for (let middle = end; middle >= least; middle--)
      if (middles[middle] === 1 && this.#endsOf(second, middle)[end] === 1) return middle;
    return end;
  }
}

function add(ends: Uint8Array, more: Uint8Array): void {
  for (let i = 0; i < ends.length; i++) if (more[i] === 1) ends[i] = 1;
}
