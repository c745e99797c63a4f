/**
 * The records of a Berkeley DB file -> a copy of all of them in memory, with a table of their keys (key-table.ts). A
 * lookup in a Berkeley DB hash then takes as long as one in an LMDB map.
 *
 * Each lookup copies a few records, in the order of the file; when all are copied, each lookup adds a few of them to
 * the table. So no lookup waits for all of them. The table answers when it is complete.
 * Limits: if the walk finds damage, if the file changes meanwhile, if the records take more than 64 MiB or the file more than
 * 128 MiB, or if a probe run is too long (hostile keys), the copy is dropped and the pages of the file answer.
 */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { KeyHash } from './key-hash.ts';
import { KeyTable, NodesInMemory } from './key-table.ts';
import { KeptStrings } from './lmdb/kept-strings.ts';
import { NODE_HEADER } from './lmdb/layout.ts';
import type { Latin1Buffer } from './lmdb/pages.ts';
import type { RecordPlace } from './record-reader.ts';
import { copyBytes, sameBytes, Views, viewOf } from './records/copy.ts';

/** Lookups before the first record is copied: most programs ask a few questions and end. */
const PATIENCE = 32;
/** Records copied, or added to the table, per lookup. */
const AT_A_TIME = 64;
const MAX_KEY = 0xffff;
const MAX_BYTES = 64 << 20;
/** A walk ends with a look at the pages to which nothing leads. In a larger file a lookup would wait for it. */
const MAX_FILE_BYTES = 2 * MAX_BYTES;
/** No node is at 0, so 0 means "none". */
const FIRST = 2;

export class KeptRecords {
  /** True: the table holds every key, so {@link get} is exact. */
  isWhole = false;
  readonly #records: () => Iterator<RecordPlace>;
  readonly #fileSize: number;
  /** The next step, taken by the next lookup; undefined: all steps are done, or the copy was dropped. */
  #step: (() => boolean) | undefined;
  #lookups = 0;
  #walk: Iterator<RecordPlace> | undefined;
  #memory = Buffer.alloc(0) as unknown as Latin1Buffer;
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #keys = new Views();
  readonly #values = new Views();
  #strings: KeptStrings | undefined;
  #table: KeyTable | undefined;
  readonly #hash = new KeyHash();
  #last = 0;
  #end = FIRST;
  #count = 0;
  #entered = FIRST;

  /** @param records walks over all records; the first of a key counts */
  constructor(records: () => Iterator<RecordPlace>, fileSize: number) {
    this.#records = records;
    this.#fileSize = fileSize;
    this.#step = fileSize > MAX_FILE_BYTES ? undefined : this.#wait;
  }

  /** Takes one step. True: the table is complete now. */
  keepNext(): boolean {
    if (this.#step === undefined) return false;
    try {
      if (!this.#step()) this.#giveUp();
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#giveUp();
    }
    return this.isWhole;
  }

  /**
   * The value of a key, else of the key with a NUL, then without the NUL at its end.
   *
   * @param key at least `length` bytes, then a NUL
   */
  get(key: DataView, length: number): ByteString | undefined {
    const node = this.#table!.find(key, length);
    if (node === 0) return undefined;
    const memory = this.#memory;
    const keyLength = memory[node + 6]! | (memory[node + 7]! << 8);
    const start = node + NODE_HEADER + keyLength;
    const end = start + this.#valueLengthOf(node);
    const hasNul = keyLength > length && end > start && memory[end - 1] === 0;
    return this.#strings!.of(start, hasNul ? end - 1 : end);
  }

  #giveUp(): void {
    this.#step = undefined;
    this.#walk = undefined;
    this.#table = undefined;
    this.#memory = Buffer.alloc(0) as unknown as Latin1Buffer;
    this.#view = new DataView(new ArrayBuffer(0));
  }

  #wait(): boolean {
    if (++this.#lookups < PATIENCE) return true;
    // A record takes six bytes of the file besides its key and value, and nine here. Unused memory costs nothing.
    this.#memory = Buffer.from(new ArrayBuffer(Math.min(2 * this.#fileSize, MAX_BYTES))) as unknown as Latin1Buffer;
    this.#view = viewOf(this.#memory);
    this.#walk = this.#records();
    this.#step = this.#copySome;
    return true;
  }

  #copySome(): boolean {
    for (let i = 0; i < AT_A_TIME; i++) {
      const { done, value } = this.#walk!.next();
      if (done) {
        this.#table = new KeyTable(new NodesInMemory(this.#memory), this.#hash, this.#count);
        this.#step = this.#enterSome;
        return true;
      }
      if (!this.#copy(value)) return false;
    }
    return true;
  }

  /** False: there is no room. */
  #copy({ key, keyStart, keyEnd, value, valueStart, valueEnd }: RecordPlace): boolean {
    const keyLength = keyEnd - keyStart;
    const valueLength = valueEnd - valueStart;
    const keys = this.#keys.of(key);
    const node = this.#end;
    const start = node + NODE_HEADER;
    const end = start + keyLength + valueLength;
    if (this.#isLastKey(keys, keyStart, keyEnd)) return true;
    if (keyLength > MAX_KEY || end > this.#memory.length) return false;
    this.#view.setUint32(node, valueLength, true);
    this.#view.setUint16(node + 6, keyLength, true);
    copyBytes(keys, keyStart, keyEnd, this.#view, start);
    copyBytes(this.#values.of(value), valueStart, valueEnd, this.#view, start + keyLength);
    this.#last = node;
    this.#end = end + (end & 1);
    this.#count++;
    return true;
  }

  /** True for another value of the previous key, which does not count. */
  #isLastKey(keys: DataView, start: number, end: number): boolean {
    if (this.#last === 0 || this.#view.getUint16(this.#last + 6, true) !== end - start) return false;
    return sameBytes(keys, start, end, this.#view, this.#last + NODE_HEADER);
  }

  #enterSome(): boolean {
    for (let i = 0; i < AT_A_TIME && this.#entered < this.#end; i++) {
      const node = this.#entered;
      if (!this.#table!.enter(this.#hash.ofNode(this.#view, node), 0, node)) return false;
      const end = node + NODE_HEADER + this.#view.getUint16(node + 6, true) + this.#valueLengthOf(node);
      this.#entered = end + (end & 1);
    }
    if (this.#entered < this.#end) return true;
    this.#strings = new KeptStrings(this.#memory);
    this.#step = undefined;
    this.#walk = undefined;
    this.isWhole = true;
    return true;
  }

  #valueLengthOf(node: number): number {
    const memory = this.#memory;
    return memory[node]! | (memory[node + 1]! << 8) | (memory[node + 2]! << 16) | (memory[node + 3]! << 24);
  }
}
