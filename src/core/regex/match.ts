/**
 * A regular expression and a text -> the leftmost match, and of several that start there the longest; each group is as long as
 * the groups before it allow.
 *
 * Each part is matched for all offsets of the text at once: a set of offsets becomes the set that the part reaches from them.
 * Limits: a match takes time proportional to the size of the expression times the length of the text, times that
 * length again for a repetition of more than one byte. BUDGET ends a match that takes longer.
 */
import type { ByteString } from '../bytes.ts';
import { isWord } from './character-classes.ts';
import type { Anchor, Regex, RegexNode } from './syntax.ts';

/** Steps that one match may take: about a tenth of a second. */
const BUDGET = 50_000_000;

/** Thrown if a match would take too long. */
export class RegexBudget extends Error {}

/** Start and end of the match and of each group; -1 for a group that did not match. */
export type RegexMatch = Int32Array;

/** @param spend takes the steps of a match that ends @throws RegexBudget */
export function matchRegex(regex: Regex, text: ByteString, spend?: (steps: number) => void): RegexMatch | undefined {
  const search = new Search(regex, text);
  try {
    return search.run();
  } finally {
    spend?.(search.steps);
  }
}

/** A set of offsets in the text: 1 for each member. */
type Places = Uint8Array;

class Search {
  readonly #regex: Regex;
  readonly #text: ByteString;
  readonly #size: number;
  #left = BUDGET;

  constructor(regex: Regex, text: ByteString) {
    this.#regex = regex;
    this.#text = text;
    this.#size = text.length + 1;
  }

  get steps(): number {
    return BUDGET - this.#left;
  }

  run(): RegexMatch | undefined {
    const { root, groups } = this.#regex;
    const start = this.#before(root, this.#places().fill(1)).indexOf(1);
    if (start < 0) return undefined;
    const end = this.#after(root, this.#only(start)).lastIndexOf(1);
    const found = new Int32Array(2 * (groups + 1)).fill(-1);
    found[0] = start;
    found[1] = end;
    this.#assign(root, start, end, found);
    return found;
  }

  #places(): Places {
    this.#left -= this.#size;
    if (this.#left < 0) throw new RegexBudget('regular expression takes too long');
    return new Uint8Array(this.#size);
  }

  #only(place: number): Places {
    const places = this.#places();
    places[place] = 1;
    return places;
  }

  /** The offsets that a part can reach from some offsets. */
  #after(node: RegexNode, from: Places): Places {
    switch (node.kind) {
      case 'bytes':
        return this.#bytes(node.has, from, 1);
      case 'anchor':
        return this.#anchored(node.anchor, from);
      case 'empty':
        return from;
      case 'group':
        return this.#after(node.node, from);
      case 'either':
        return this.#both(this.#after(node.first, from), this.#after(node.second, from));
      case 'pair':
        return this.#after(node.second, this.#after(node.first, from));
      case 'star':
        return this.#repeated(from, (places) => this.#after(node.node, places), node.node, 1);
    }
  }

  /** The offsets from which a part can reach some offsets. */
  #before(node: RegexNode, to: Places): Places {
    switch (node.kind) {
      case 'bytes':
        return this.#bytes(node.has, to, -1);
      case 'anchor':
        return this.#anchored(node.anchor, to);
      case 'empty':
        return to;
      case 'group':
        return this.#before(node.node, to);
      case 'either':
        return this.#both(this.#before(node.first, to), this.#before(node.second, to));
      case 'pair':
        return this.#before(node.first, this.#before(node.second, to));
      case 'star':
        return this.#repeated(to, (places) => this.#before(node.node, places), node.node, -1);
    }
  }

  /** Moves over one byte, forward (1) or backward (-1). */
  #bytes(has: Uint8Array, from: Places, direction: 1 | -1): Places {
    const found = this.#places();
    for (let at = 0; at < this.#size - 1; at++) {
      const given = direction === 1 ? at : at + 1;
      if (from[given] === 1 && has[this.#text.charCodeAt(at) & 0xff] === 1) found[given + direction] = 1;
    }
    return found;
  }

  #anchored(anchor: Anchor, from: Places): Places {
    const found = this.#places();
    for (let place = 0; place < this.#size; place++)
      if (from[place] === 1 && this.#holds(anchor, place)) found[place] = 1;
    return found;
  }

  #both(one: Places, other: Places): Places {
    const found = this.#places();
    for (let place = 0; place < this.#size; place++) found[place] = one[place]! | other[place]!;
    return found;
  }

  #repeated(from: Places, step: (places: Places) => Places, node: RegexNode, direction: 1 | -1): Places {
    const found = this.#places();
    found.set(from);
    const inner = withoutGroups(node);
    if (inner.kind === 'bytes') this.#run(inner.has, found, direction);
    else {
      for (let fresh = from; fresh.includes(1); ) {
        fresh = step(fresh).slice();
        for (let place = 0; place < this.#size; place++) {
          if (found[place] === 1) fresh[place] = 0;
          else if (fresh[place] === 1) found[place] = 1;
        }
      }
    }
    return found;
  }

  /** Moves over any number of single bytes. */
  #run(has: Uint8Array, found: Places, direction: 1 | -1): void {
    const last = this.#size - 2;
    for (let i = 0; i <= last; i++) {
      const at = direction === 1 ? i : last - i;
      const given = direction === 1 ? at : at + 1;
      if (found[given] === 1 && has[this.#text.charCodeAt(at) & 0xff] === 1) found[given + direction] = 1;
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

  /** Sets the groups of a part that matches from start to end. */
  #assign(node: RegexNode, start: number, end: number, found: RegexMatch): void {
    if (!this.#regex.grouped.has(node.id)) return;
    switch (node.kind) {
      case 'group':
        found[2 * node.group] = start;
        found[2 * node.group + 1] = end;
        this.#assign(node.node, start, end, found);
        return;
      case 'either':
        this.#assign(this.#leads(node.first, start, end) ? node.first : node.second, start, end, found);
        return;
      case 'pair': {
        const middle = this.#middle(node.first, start, this.#before(node.second, this.#only(end)), start) ?? end;
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
      if (this.#leads(star.node, start, start)) this.#assign(star.node, start, start, found);
      return;
    }
    const rest = this.#before(star, this.#only(end));
    for (let place = start; place < end; ) {
      const next = this.#middle(star.node, place, rest, place + 1) ?? end;
      this.#assign(star.node, place, next, found);
      place = next;
    }
  }

  #leads(node: RegexNode, start: number, end: number): boolean {
    return this.#after(node, this.#only(start))[end] === 1;
  }

  /** The last of some offsets that a part can reach. */
  #middle(node: RegexNode, start: number, wanted: Places, least: number): number | undefined {
    const reached = this.#after(node, this.#only(start));
    for (let place = this.#size - 1; place >= least; place--)
      if (reached[place] === 1 && wanted[place] === 1) return place;
    return undefined;
  }
}

function withoutGroups(node: RegexNode): RegexNode {
  let inner = node;
  while (inner.kind === 'group') inner = inner.node;
  return inner;
}
