/**
 * The place of a leaf node in a file -> its bytes in memory, for maps that do not fit into memory: key-index.ts has found
 * and checked the place before. The node is read by itself, from the system's cache of the file, which all processes
 * share; reading 128 bytes takes three quarters of the time of a page.
 *
 * The nodes that were read last are kept, one for each of SLOTS.
 * Errors: a node that ends beyond its page, or beyond the file, is damage. The table of keys notices another node than
 * the one that was there, or asks whether the file has changed since then.
 */
import { fstatSync } from 'node:fs';
import type { MapError } from '../../core/errors.ts';
import type { NodeSource } from '../key-table.ts';
import { ReadOnlyFile } from '../read-only-file.ts';
import { viewOf } from '../records/copy.ts';
import { NODE_BIG, NODE_HEADER } from './layout.ts';
import type { Latin1Buffer, PageStore } from './pages.ts';

/** Nodes that are kept. */
const SLOT_BITS = 12;
const SLOTS = 1 << SLOT_BITS;
/** Bytes of a slot: most nodes of an access or alias map fit. */
const SLOT_BYTES = 128;
const LONGER = SLOTS * SLOT_BYTES;

export class NodeCache implements NodeSource {
  readonly memory: Latin1Buffer;
  readonly #pages: PageStore;
  readonly #view: DataView;
  readonly #file: ReadOnlyFile;
  readonly #places: Uint32Array = new Uint32Array(SLOTS);

  constructor(pages: PageStore) {
    this.#pages = pages;
    this.#file = new ReadOnlyFile(pages.fd, pages.path, fstatSync(pages.fd));
    // behind the slots there is room for a longer node
    this.memory = Buffer.from(new ArrayBuffer(LONGER + pages.pageSize)) as unknown as Latin1Buffer;
    this.#view = viewOf(this.memory);
  }

  bring(place: number): number {
    // slot 0 stays empty: 0 is not the offset of a node
    const slot = Math.imul(place, 0x9e3779b1) >>> (32 - SLOT_BITS) || 1;
    const at = slot * SLOT_BYTES;
    if (this.#places[slot] === place) return at;
    return this.#read(place, slot, at);
  }

  changed(): MapError {
    return this.#pages.damaged('somebody wrote to it while it was open');
  }

  assertUnchanged(): void {
    this.#file.assertUnchanged();
  }

  #read(place: number, slot: number, at: number): number {
    const pages = this.#pages;
    const room = pages.pageSize - (place & (pages.pageSize - 1));
    this.#places[slot] = 0;
    pages.readAt(this.memory, at, Math.min(SLOT_BYTES, room), place);
    const size = this.#sizeAt(at);
    if (size > room) throw this.changed();
    if (size > SLOT_BYTES) {
      pages.readAt(this.memory, LONGER, size, place);
      if (this.#sizeAt(LONGER) !== size) throw this.changed();
      return LONGER;
    }
    this.#places[slot] = place;
    return at;
  }

  #sizeAt(at: number): number {
    const isBig = (this.#view.getUint16(at + 4, true) & NODE_BIG) !== 0;
    const held = isBig ? this.#pages.layout.reference : this.#view.getUint32(at, true);
    return NODE_HEADER + this.#view.getUint16(at + 6, true) + held;
  }
}
