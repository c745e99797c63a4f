/**
 * Input bytes -> records in the form of LMDB leaf nodes, ready to be copied into pages.
 *
 * Nodes lie in chunks of 1 MB, so growing never copies; the u32 line number of its source stands before each. A
 * node's *address* is a u32: chunk number and offset, in units of two bytes. Addresses grow in input order. A value
 * that is too large for a leaf is stored separately, and its node holds the value's index in place of the overflow
 * run's page number. All formats, also CDB, use these nodes.
 *
 * Limits: 8 GB of nodes (`limit`), keys up to the format's maximum and values up to MAX_VALUE (`badInput`).
 */
import type { ByteString } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { NODE_BIG, NODE_HEADER, nodeSize } from '../lmdb/layout.ts';
import { MAX_VALUE } from '../map-file.ts';
import { copyBytes, copyFolded, Views } from './copy.ts';
import { LIMITS, type RecordLimits, type WrittenFormat } from './limits.ts';

const CHUNK_SIZE = 1 << 20;
/** Chunk of an address: `address >>> CHUNK_SHIFT`; byte in it: `(address & OFFSET_MASK) << 1`. */
export const CHUNK_SHIFT = 19;
export const OFFSET_MASK: number = (1 << CHUNK_SHIFT) - 1;
const MAX_CHUNKS = 1 << (32 - CHUNK_SHIFT);
const LINE_SIZE = 4;
/** Words of a node that `readAhead` skips: those up to the next line of the processor's cache. */
const NEXT_LINE = 24;
/** The engine leaves out reading of which nothing is kept. */
const read = new Uint16Array(1);

/** How `add` stores a record; `addRaw` ignores this. */
export interface RecordOptions {
  /** Lower-case A to Z in keys. */
  readonly foldKeys?: boolean;
  /** Append a NUL byte to every key. */
  readonly keyNul?: boolean;
  /** Append a NUL byte to every value. */
  readonly valueNul?: boolean;
}

export class RecordArena {
  readonly format: WrittenFormat;
  /** The chunks: as bytes, as 16-bit words, and as views for any offset. */
  readonly bytes: Uint8Array[] = [];
  readonly words: Uint16Array[] = [];
  readonly views: DataView[] = [];
  /** Values stored separately, by the index in their nodes. */
  readonly bigValues: Uint8Array[] = [];
  /** The end of each full chunk, and of the chunk that is being filled. */
  readonly #fullEnds: number[] = [];
  #chunkView = new DataView(new ArrayBuffer(0));
  #chunkWords = new Uint16Array(0);
  #chunkEnd = CHUNK_SIZE;
  readonly #limits: RecordLimits;
  readonly #foldKeys: boolean;
  readonly #keyNul: number;
  readonly #valueNul: number;
  readonly #views = new Views();
  #count = 0;

  constructor(format: WrittenFormat, options: RecordOptions = {}) {
    this.format = format;
    this.#limits = LIMITS[format];
    this.#foldKeys = options.foldKeys === true;
    this.#keyNul = options.keyNul === true ? 1 : 0;
    this.#valueNul = options.valueNul === true ? 1 : 0;
  }

  /** Records added so far. */
  get count(): number {
    return this.#count;
  }

  /** The address after the last record; the address of the next one is not below it. */
  get end(): number {
    const last = this.bytes.length - 1;
    return last < 0 ? 0 : last * (1 << CHUNK_SHIFT) + (this.#chunkEnd >>> 1);
  }

  /**
   * Adds the record whose key and value are these ranges of `source`, by the options of the arena.
   *
   * @param line the input line, reported with duplicates
   * @returns the address of its node
   * @throws MapError `badInput` (key or value too long), `limit`
   */
  add(
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    line: number,
  ): number {
    const nul = this.#keyNul;
    return this.#append(
      source,
      keyStart,
      keyEnd,
      nul,
      this.#foldKeys,
      source,
      valueStart,
      valueEnd,
      this.#valueNul,
      line,
    );
  }

  /** Adds a record unchanged, for example from an existing map: nothing is folded or appended. */
  addRaw(
    keySource: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueSource: Uint8Array,
    valueStart: number,
    valueEnd: number,
    line: number,
  ): void {
    this.#append(keySource, keyStart, keyEnd, 0, false, valueSource, valueStart, valueEnd, 0, line);
  }

  #append(
    keySource: Uint8Array,
    keyStart: number,
    keyEnd: number,
    keyNul: number,
    foldKey: boolean,
    valueSource: Uint8Array,
    valueStart: number,
    valueEnd: number,
    valueNul: number,
    line: number,
  ): number {
    const { maxKey, maxNode, reference } = this.#limits;
    const keyLength = keyEnd - keyStart + keyNul;
    const valueLength = valueEnd - valueStart + valueNul;
    if (keyLength > maxKey) throw tooLong('key', keySource, keyStart, keyLength, maxKey, line);
    if (valueLength > MAX_VALUE) throw tooLong('value of the key', keySource, keyStart, valueLength, MAX_VALUE, line);
    const big = NODE_HEADER + keyLength + valueLength > maxNode;
    const size = LINE_SIZE + nodeSize(keyLength, big ? reference : valueLength);
    if (this.#chunkEnd + size > CHUNK_SIZE) this.#openChunk();
    const view = this.#chunkView;
    const words = this.#chunkWords;
    const start = this.#chunkEnd;
    this.#chunkEnd = start + size;
    this.#count++;
    const word = start >>> 1;
    words[word] = line;
    words[word + 1] = line >>> 16;
    words[word + 2] = valueLength;
    words[word + 3] = valueLength >>> 16;
    words[word + 4] = big ? NODE_BIG : 0;
    words[word + 5] = keyLength;
    const key = start + LINE_SIZE + NODE_HEADER;
    const keyView = this.#views.of(keySource);
    if (foldKey) copyFolded(keyView, keyStart, keyEnd, view, key);
    else copyBytes(keyView, keyStart, keyEnd, view, key);
    const value = key + keyLength;
    if (big) view.setUint32(value, this.#keepApart(valueSource, valueStart, valueEnd, valueLength), true);
    else copyBytes(this.#views.of(valueSource), valueStart, valueEnd, view, value);
    return (this.bytes.length - 1) * (1 << CHUNK_SHIFT) + word + (LINE_SIZE >> 1);
  }

  #openChunk(): void {
    if (this.bytes.length === MAX_CHUNKS) throw new MapError('limit', 'more than 8 GB of records for one map');
    if (this.bytes.length > 0) this.#fullEnds.push(this.#chunkEnd);
    const memory = new ArrayBuffer(CHUNK_SIZE);
    this.#chunkView = new DataView(memory);
    this.#chunkWords = new Uint16Array(memory);
    this.#chunkEnd = 0;
    this.bytes.push(new Uint8Array(memory));
    this.words.push(this.#chunkWords);
    this.views.push(this.#chunkView);
  }

  /** Returns the index of the value. */
  #keepApart(source: Uint8Array, start: number, end: number, length: number): number {
    const value = new Uint8Array(length);
    value.set(source.subarray(start, end));
    return this.bigValues.push(value) - 1;
  }

  /** True if the value of a node is stored separately. */
  isBig(address: number): boolean {
    return (this.words[address >>> CHUNK_SHIFT]![(address & OFFSET_MASK) + 2]! & NODE_BIG) !== 0;
  }

  /** The value that a node with NODE_BIG refers to. */
  bigValueAt(address: number): Uint8Array {
    const reference = ((address & OFFSET_MASK) << 1) + NODE_HEADER + this.keyLengthAt(address);
    return this.bigValues[this.views[address >>> CHUNK_SHIFT]!.getUint32(reference, true)]!;
  }

  /**
   * Brings these nodes, which key order scatters in memory, into the processor's cache. The loop does nothing else, so the
   * processor waits for all of them together, not for one after the other (it halves the time of writing, and a third of
   * reading back).
   */
  readAhead(addresses: Uint32Array, from: number, end: number): void {
    let sum = 0;
    for (let i = from; i < end; i++) {
      const address = addresses[i]!;
      const words = this.words[address >>> CHUNK_SHIFT]!;
      const at = address & OFFSET_MASK;
      // at the end of a chunk, any other word does
      sum ^= words[at]! ^ words[(at + NEXT_LINE) & OFFSET_MASK]!;
    }
    read[0] = sum;
  }

  keyLengthAt(address: number): number {
    return this.words[address >>> CHUNK_SHIFT]![(address & OFFSET_MASK) + 3]!;
  }

  valueLengthAt(address: number): number {
    const words = this.words[address >>> CHUNK_SHIFT]!;
    const at = address & OFFSET_MASK;
    return words[at]! + words[at + 1]! * 0x1_0000;
  }

  /** The key of a node, as stored. */
  keyAt(address: number): ByteString {
    return this.keyBytesAt(address).toString('latin1');
  }

  /** The key as bytes; valid as long as the arena. */
  keyBytesAt(address: number): Buffer {
    const start = ((address & OFFSET_MASK) << 1) + NODE_HEADER;
    const { buffer } = this.bytes[address >>> CHUNK_SHIFT]!;
    return Buffer.from(buffer, start, this.keyLengthAt(address));
  }

  /** The value of a node, as stored; valid as long as the arena. */
  valueAt(address: number): Buffer {
    const bytes = this.bytes[address >>> CHUNK_SHIFT]!;
    const at = address & OFFSET_MASK;
    if ((this.words[address >>> CHUNK_SHIFT]![at + 2]! & NODE_BIG) !== 0) {
      const big = this.bigValueAt(address);
      return Buffer.from(big.buffer, big.byteOffset, big.length);
    }
    const start = (at << 1) + NODE_HEADER + this.keyLengthAt(address);
    return Buffer.from(bytes.buffer, start, this.valueLengthAt(address));
  }

  /** The input line of a node. */
  lineAt(address: number): number {
    const words = this.words[address >>> CHUNK_SHIFT]!;
    const at = address & OFFSET_MASK;
    return words[at - 2]! + words[at - 1]! * 0x1_0000;
  }

  /** Writes every node's address, in input order, into every second element. */
  putAddresses(pairs: Uint32Array): void {
    let next = 0;
    for (let chunk = 0; chunk < this.words.length; chunk++) {
      const words = this.words[chunk]!;
      const end = (this.#fullEnds[chunk] ?? this.#chunkEnd) >>> 1;
      for (let at = LINE_SIZE / 2; at < end; next += 2) {
        pairs[next] = chunk * (1 << CHUNK_SHIFT) + at;
        const big = (words[at + 2]! & NODE_BIG) !== 0;
        const held = big ? this.#limits.reference : words[at]! + words[at + 1]! * 0x1_0000;
        at += (nodeSize(words[at + 3]!, held) + LINE_SIZE) >>> 1;
      }
    }
  }
}

function tooLong(what: string, source: Uint8Array, start: number, length: number, max: number, line: number): MapError {
  const key = Buffer.from(source.subarray(start, start + 60)).toString('latin1');
  return new MapError('badInput', `${what} "${key}..." has ${length} bytes, ${max} is the most`, { line });
}
