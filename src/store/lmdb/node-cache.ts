/**
 * The place of a leaf node in a file -> its bytes in memory, for maps that do not fit into memory: key-index.ts has found
 * and checked the place before. The node is read by itself, from the system's cache of the file, which all processes
 * share; reading 128 bytes takes three quarters of the time of a page.
 *
 * The nodes that were read last are kept, one for each of SLOTS.
 * Errors: a node that is not the one whose place was entered, because somebody wrote to the file. To ask the system for the
 * time of the file would make each lookup a third slower; so the check of a node covers its key and its value. One of 16
 * million other nodes passes it.
 */
import type { KeyHash } from '../key-hash.ts';
import { CHECK_MASK, type NodeSource } from '../key-table.ts';
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
  readonly #hash: KeyHash;
  readonly #places: Uint32Array = new Uint32Array(SLOTS);

  constructor(pages: PageStore, hash: KeyHash) {
    this.#pages = pages;
    this.#hash = hash;
    // behind the slots there is room for a longer node
    this.memory = Buffer.from(new ArrayBuffer(LONGER + pages.pageSize)) as unknown as Latin1Buffer;
    this.#view = viewOf(this.memory);
  }

  bring(place: number, check: number): number {
    // slot 0 stays empty: 0 is not the offset of a node
    const slot = Math.imul(place, 0x9e3779b1) >>> (32 - SLOT_BITS) || 1;
    const at = slot * SLOT_BYTES;
    if (this.#places[slot] === place) return at;
    return this.#read(place, check, slot, at);
  }

  checkOf(memory: DataView, at: number): number {
    return this.#hash.ofContent(memory, at, at + this.#sizeAt(memory, at)) & CHECK_MASK;
  }

  #read(place: number, check: number, slot: number, at: number): number {
    const pages = this.#pages;
    const room = pages.pageSize - (place & (pages.pageSize - 1));
    this.#places[slot] = 0;
    pages.readAt(this.memory, at, Math.min(SLOT_BYTES, room), place);
    const size = this.#sizeAt(this.#view, at);
    if (size > room) throw pages.changed();
    const isLonger = size > SLOT_BYTES;
    const node = isLonger ? LONGER : at;
    if (isLonger) pages.readAt(this.memory, LONGER, room, place);
    if (this.#sizeAt(this.#view, node) !== size || this.checkOf(this.#view, node) !== check) throw pages.changed();
    if (!isLonger) this.#places[slot] = place;
    return node;
  }

  #sizeAt(memory: DataView, at: number): number {
    const isBig = (memory.getUint16(at + 4, true) & NODE_BIG) !== 0;
    const held = isBig ? this.#pages.layout.reference : memory.getUint32(at, true);
    return NODE_HEADER + memory.getUint16(at + 6, true) + held;
  }
}
