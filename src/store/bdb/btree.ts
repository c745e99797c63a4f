/**
 * A Berkeley DB btree of version 2.x or later -> its records in key order, and the value of one key from the pages on
 * the path to it.
 *
 * Limits: keys must be in byte order, as every mail program writes them. A page with another order comes from a
 * program with its own comparison; `canFind` is false from then on, because a search would miss keys.
 */
import type { MapError } from '../../core/errors.ts';
import { emptyPlace, type RecordPlace, type Span } from '../record-reader.ts';
import type { Damages } from './damages.ts';
import { DELETED, INTERNAL_HEADER, MAX_DEPTH, PAGE, TREE_ITEM } from './layout.ts';
import { childrenOf, duplicatesBelow, treeItem } from './long-items.ts';
import type { Page, PageFile } from './pages.ts';
import { Visits } from './visits.ts';

export class BtreeRecords {
  canFind = true;
  /** A walk does not compare the keys of one page with those of the next. */
  readonly isFoundAsWalked = false;
  readonly #pages: PageFile;
  readonly #root: number;
  /** Pages whose keys are known to be in order. */
  readonly #ordered = new WeakSet<Page>();

  constructor(pages: PageFile, root: number) {
    this.#pages = pages;
    this.#root = root;
  }

  find(key: Uint8Array): Span | undefined {
    let page = this.#leafBefore(key);
    let item = this.#firstNotBefore(page, key);
    // The key may be on the next leaf; leaves of deleted entries in between are empty.
    for (
      const visits = new Visits(this.#pages.file);
      item === page.offsets.length;
      item = this.#firstNotBefore(page, key)
    ) {
      if (page.next === 0) return undefined;
      visits.enter(page.next);
      page = this.#loadLeaf(page.next);
    }
    for (; item < page.offsets.length && this.#compareItem(page, item, key) === 0; item += 2) {
      for (const value of this.#values(page, item + 1, () => new Visits(this.#pages.file))) return value;
    }
    return undefined;
  }

  *records(visits: Visits, damages: Damages): Generator<RecordPlace> {
    const place = emptyPlace();
    const path = [{ number: this.#root, depth: 0 }];
    let last: Page | undefined;
    for (let step = path.pop(); step !== undefined; step = path.pop()) {
      try {
        const page = this.#enter(step.number, step.depth, visits);
        if (page.type === PAGE.btreeInternal) {
          for (const number of childrenOf(this.#pages, page, visits).reverse())
            path.push({ number, depth: step.depth + 1 });
          continue;
        }
        yield* this.#leafRecords(page, place, visits, damages);
        this.#assertChained(last, page);
        last = page;
      } catch (error) {
        damages.note(error);
      }
    }
  }

  #enter(number: number, depth: number, visits: Visits): Page {
    if (depth > MAX_DEPTH) throw this.#pages.damaged(number, 'is too deep in the tree');
    visits.enter(number);
    const page = this.#pages.read(number);
    visits.fill(this.#pages.pageSize);
    if (page.type !== PAGE.btreeInternal && page.type !== PAGE.btreeLeaf) throw this.#notInTree(page);
    return page;
  }

  #assertChained(last: Page | undefined, page: Page): void {
    if (last === undefined || (last.next === page.number && page.previous === last.number)) return;
    throw this.#pages.damaged(page.number, `does not follow page ${last.number} as the tree says`);
  }

  assertWhole(visits: Visits): void {
    this.#pages.assertNoneLost(visits);
  }

  forget(): void {
    this.#pages.forget();
  }

  *#leafRecords(page: Page, place: RecordPlace, visits: Visits, damages: Damages): Generator<RecordPlace> {
    let key: Span | undefined;
    for (let item = 0; item < page.offsets.length; item += 2) {
      try {
        // All values of a key share its item, which is read once.
        const isSame = item > 0 && page.offsets[item] === page.offsets[item - 2];
        if (!isSame || key === undefined) key = treeItem(this.#pages, page, page.offsets[item]!, () => visits);
        place.key = key.bytes;
        place.keyStart = key.start;
        place.keyEnd = key.end;
        for (const value of this.#values(page, item + 1, () => visits)) {
          place.value = value.bytes;
          place.valueStart = value.start;
          place.valueEnd = value.end;
          yield place;
        }
      } catch (error) {
        damages.note(error);
      }
    }
  }

  *#values(page: Page, item: number, visits: () => Visits): Generator<Span> {
    const at = page.offsets[item]!;
    const type = page.bytes[at + 2]!;
    if ((type & DELETED) !== 0) return;
    if (type !== TREE_ITEM.duplicateTree) yield treeItem(this.#pages, page, at, visits);
    else yield* duplicatesBelow(this.#pages, page.view.getUint32(at + 4, this.#pages.littleEndian), visits());
  }

  /** The leaf with the first entry that is not before the key, or the leaf before it. */
  #leafBefore(key: Uint8Array): Page {
    let number = this.#root;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const page = this.#load(number);
      if (page.type === PAGE.btreeLeaf) return page;
      if (page.type !== PAGE.btreeInternal || page.offsets.length === 0) throw this.#notInTree(page);
      number = page.view.getUint32(page.offsets[this.#childBefore(page, key)]! + 4, this.#pages.littleEndian);
    }
    throw this.#pages.damaged(number, 'is too deep in the tree');
  }

  #loadLeaf(number: number): Page {
    const page = this.#load(number);
    if (page.type !== PAGE.btreeLeaf) throw this.#notInTree(page);
    return page;
  }

  #load(number: number): Page {
    const page = this.#pages.load(number);
    if (this.#ordered.has(page)) return page;
    this.#ordered.add(page);
    if (!this.#isOrdered(page)) this.canFind = false;
    return page;
  }

  #isOrdered(page: Page): boolean {
    if (page.type !== PAGE.btreeLeaf && page.type !== PAGE.btreeInternal) return true;
    const step = page.type === PAGE.btreeLeaf ? 2 : 1;
    // The first key of an internal page is less than all keys.
    for (let item = 2; item < page.offsets.length; item += step) {
      const key = this.#keyAt(page, page.offsets[item]!);
      if (this.#compareItem(page, item - step, key.bytes.subarray(key.start, key.end)) > 0) return false;
    }
    return true;
  }

  /** The last child whose key is before this one. The first child covers all keys before the second. */
  #childBefore(page: Page, key: Uint8Array): number {
    let low = 1;
    let high = page.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareItem(page, middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The first key item of a leaf that is not before the key. */
  #firstNotBefore(page: Page, key: Uint8Array): number {
    let low = 0;
    let high = page.offsets.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareItem(page, middle * 2, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }

  /** Less than 0: the key of the item is before this one. */
  #compareItem(page: Page, item: number, key: Uint8Array): number {
    const at = page.offsets[item]!;
    const { bytes, start, end } = this.#keyAt(page, at);
    const common = Math.min(end - start, key.length);
    for (let i = 0; i < common; i++) {
      const difference = bytes[start + i]! - key[i]!;
      if (difference !== 0) return difference;
    }
    return end - start - key.length;
  }

  #keyAt(page: Page, at: number): Span {
    if (page.type === PAGE.btreeLeaf) return treeItem(this.#pages, page, at, () => new Visits(this.#pages.file));
    if ((page.bytes[at + 2]! & ~DELETED) === TREE_ITEM.bytes) {
      const start = at + INTERNAL_HEADER;
      return { bytes: page.bytes, start, end: start + page.view.getUint16(at, this.#pages.littleEndian) };
    }
    // An internal item has the form of a leaf item after its own header.
    return treeItem(this.#pages, page, at + INTERNAL_HEADER, () => new Visits(this.#pages.file));
  }

  #notInTree({ number }: Page): MapError {
    return this.#pages.damaged(number, 'is no page of the tree');
  }
}
