/**
 * Bytes of a map -> strings. Most values of a map are one of a few (`REJECT`); reusing these strings saves a tenth of
 * a lookup.
 */
import type { ByteString } from '../../core/bytes.ts';
import type { Latin1Buffer } from './pages.ts';

/** Strings that are kept: 256 of up to 64 bytes. */
const KEPT_MASK = 255;
const MAX_KEPT_LENGTH = 64;

export class KeptStrings {
  readonly #memory: Latin1Buffer;
  readonly #kept: string[] = new Array<string>(KEPT_MASK + 1).fill('');

  constructor(memory: Latin1Buffer) {
    this.#memory = memory;
  }

  of(start: number, end: number): ByteString {
    const memory = this.#memory;
    const length = end - start;
    if (length === 0 || length > MAX_KEPT_LENGTH) return memory.latin1Slice(start, end);
    const slot =
      (length * 31 + memory[start]! * 7 + memory[end - 1]! * 13 + memory[start + (length >> 1)]!) & KEPT_MASK;
    const kept = this.#kept[slot]!;
    if (kept.length === length) {
      let i = 0;
      while (i < length && kept.charCodeAt(i) === memory[start + i]) i++;
      if (i === length) return kept;
    }
    const made = memory.latin1Slice(start, end);
    this.#kept[slot] = made;
    return made;
  }
}
