/**
 * The two meta pages of a file that is written in one pass. They equal LMDB's own after its first commit into an
 * empty environment: meta 0 is transaction 0, empty; meta 1 is transaction 1. With two filled metas, a later write by
 * LMDB would fail an assertion.
 */
import { DB, FREE_DB_FLAGS, type Layout, MAGIC, META, PAGE_META, PAGE_SIZE, putU64 } from './layout.ts';
import { type BuildMark, encodeMark } from './mark.ts';

export const META_PAGES = 2;
/** The transaction number of every page. */
export const TXNID = 1;
/** The map size in a meta is only a hint; LMDB rounds it in the same way. */
const MAP_SIZE_STEP = 1 << 20;
const NO_ROOT = 0xffff_ffff;

/** The pages that were written. */
export interface WrittenTree {
  readonly layout: Layout;
  /** Absent: the tree is empty. */
  readonly root: number | undefined;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly lastPage: number;
  readonly mark: BuildMark;
}

/** Pages 0 and 1. */
export function metaPages(tree: WrittenTree): Uint8Array {
  const { header } = tree.layout;
  const pages = new Uint8Array(META_PAGES * PAGE_SIZE);
  for (let page = 0; page < META_PAGES; page++) {
    const view = new DataView(pages.buffer, page * PAGE_SIZE, PAGE_SIZE);
    putU64(view, 0, page);
    view.setUint16(header - 6, PAGE_META, true);
    putEmptyMeta(new DataView(pages.buffer, page * PAGE_SIZE + header, META.length), tree);
  }
  const meta = new DataView(pages.buffer, PAGE_SIZE + header, META.length);
  putU64(meta, META.lastPage, tree.lastPage);
  putU64(meta, META.txnid, TXNID);
  meta.setUint32(META.mainDb + DB.pad, encodeMark(tree.mark), true);
  meta.setUint16(META.mainDb + DB.depth, tree.depth, true);
  putU64(meta, META.mainDb + DB.branchPages, tree.branchPages);
  putU64(meta, META.mainDb + DB.leafPages, tree.leafPages);
  putU64(meta, META.mainDb + DB.overflowPages, tree.overflowPages);
  putU64(meta, META.mainDb + DB.entries, tree.entries);
  if (tree.root !== undefined) putU64(meta, META.mainDb + DB.root, tree.root);
  return pages;
}

function putEmptyMeta(meta: DataView, { layout, lastPage }: WrittenTree): void {
  meta.setUint32(META.magic, MAGIC, true);
  meta.setUint32(META.version, layout.version, true);
  putU64(meta, META.mapSize, Math.ceil(((lastPage + 1) * PAGE_SIZE) / MAP_SIZE_STEP) * MAP_SIZE_STEP);
  meta.setUint32(META.freeDb + DB.pad, PAGE_SIZE, true);
  meta.setUint16(META.freeDb + DB.flags, FREE_DB_FLAGS, true);
  for (const db of [META.freeDb, META.mainDb]) {
    meta.setUint32(db + DB.root, NO_ROOT, true);
    meta.setUint32(db + DB.root + 4, NO_ROOT, true);
  }
  putU64(meta, META.lastPage, META_PAGES - 1);
}
