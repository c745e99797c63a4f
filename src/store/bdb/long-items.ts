/**
 * References on a page -> their targets: a key or value in a chain of overflow pages, or the values of one key on
 * pages of their own.
 *
 * Limits: each page is visited once. Memory is allocated for a length only if the file is at least that large.
 */
import { type Span, wholeSpan } from '../record-reader.ts';
import { DELETED, INTERNAL_HEADER, MAX_DEPTH, PAGE, TREE_ITEM } from './layout.ts';
import type { Page, PageFile } from './pages.ts';
import type { Visits } from './visits.ts';

/** The key or value in the chain of overflow pages that starts at `first`. */
export function readOverflow(pages: PageFile, first: number, length: number, visits: Visits): Uint8Array {
  const { header } = pages;
  pages.file.assertLength(length);
  if (length > pages.count * (pages.pageSize - header))
    throw pages.file.damaged(`an item says that it has ${length} bytes`);
  const whole = Buffer.allocUnsafe(length);
  let done = 0;
  for (let number = first; number !== 0; ) {
    visits.enter(number);
    const page = pages.read(number);
    if (page.type !== PAGE.overflow) throw pages.damaged(number, 'is no overflow page');
    if (page.dataLength > length - done) throw pages.damaged(number, 'has more than the item that it belongs to');
    page.bytes.copy(whole, done, header, header + page.dataLength);
    done += page.dataLength;
    number = page.next;
  }
  if (done < length) throw pages.file.damaged(`an item of ${length} bytes ends after ${done}`);
  return whole;
}

/** A key or value on a btree page. */
export function treeItem(pages: PageFile, page: Page, at: number, visits: () => Visits): Span {
  const { bytes, view } = page;
  const { littleEndian } = pages;
  switch (bytes[at + 2]! & ~DELETED) {
    case TREE_ITEM.bytes:
      return { bytes, start: at + 3, end: at + 3 + view.getUint16(at, littleEndian) };
    case TREE_ITEM.overflow:
      return wholeSpan(
        readOverflow(pages, view.getUint32(at + 4, littleEndian), view.getUint32(at + 8, littleEndian), visits()),
      );
    case TREE_ITEM.external:
      throw pages.file.unsupported('a Berkeley DB file with values in files of their own');
    default:
      throw pages.damaged(page.number, `has an item of type ${bytes[at + 2]}`);
  }
}

/** The values of a key that are on pages of their own, in order. */
export function* duplicatesBelow(pages: PageFile, root: number, visits: Visits, depth = 0): Generator<Span> {
  if (depth > MAX_DEPTH) throw pages.damaged(root, 'is too deep in a tree of values');
  for (let number = root; number !== 0; ) {
    visits.enter(number);
    const page = pages.read(number);
    if (page.type === PAGE.btreeInternal || page.type === PAGE.recnoInternal) {
      for (const child of childrenOf(pages, page, visits)) yield* duplicatesBelow(pages, child, visits, depth + 1);
      return;
    }
    if (!isDuplicateLeaf(page)) throw pages.damaged(number, 'is no page of values');
    for (const at of page.offsets) {
      if ((page.bytes[at + 2]! & DELETED) === 0) yield treeItem(pages, page, at, () => visits);
    }
    // Old versions chain the pages of values; in later trees the parent refers to each.
    number = page.type === PAGE.oldDuplicates ? page.next : 0;
  }
}

function isDuplicateLeaf({ type }: Page): boolean {
  return type === PAGE.duplicateLeaf || type === PAGE.recnoLeaf || type === PAGE.oldDuplicates;
}

/** The pages below an internal page of either kind. Notes its long keys, because a leaf may share them. */
export function childrenOf(pages: PageFile, page: Page, visits: Visits): number[] {
  const { type, offsets, view } = page;
  const field = type === PAGE.recnoInternal ? 0 : 4;
  if (type === PAGE.btreeInternal) for (const at of offsets) noteLongKey(pages, page, at, visits);
  return Array.from(offsets, (at) => view.getUint32(at + field, pages.littleEndian));
}

function noteLongKey(pages: PageFile, { bytes, view }: Page, at: number, visits: Visits): void {
  if ((bytes[at + 2]! & ~DELETED) !== TREE_ITEM.overflow) return;
  let number = view.getUint32(at + INTERNAL_HEADER + 4, pages.littleEndian);
  while (number !== 0 && visits.share(number)) number = pages.read(number).next;
}
