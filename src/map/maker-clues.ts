/**
 * The keys of a map -> the name of the program that made it, if they show it. newaliases and postalias end with the pair `@`,
 * `@`;
 * postalias adds two keys of NIS; all programs except makemap and the writers of CDB end keys with a NUL.
 */
import type { FileFormat } from '../store/map-file.ts';

const NUL = 0;
const COMPLETE = '@';
const OF_POSTALIAS: readonly string[] = ['YP_LAST_MODIFIED', 'YP_MASTER_NAME'];
const LONGEST = 'YP_LAST_MODIFIED'.length;

export class MakerClues {
  readonly #format: FileFormat;
  #keys = 0;
  #withNul = 0;
  #isComplete = false;
  #ofPostalias = 0;

  constructor(format: FileFormat) {
    this.#format = format;
  }

  /** Takes the next key, a range of bytes. */
  see(bytes: Uint8Array, start: number, end: number): void {
    const nul = end > start && bytes[end - 1] === NUL ? 1 : 0;
    this.#keys++;
    this.#withNul += nul;
    if (end - start > LONGEST + 1) return;
    const key = Buffer.from(bytes.subarray(start, end - nul)).toString('latin1');
    if (key === COMPLETE) this.#isComplete = true;
    if (OF_POSTALIAS.includes(key)) this.#ofPostalias++;
  }

  /** `sendmail's newaliases`; `an unknown program` if the keys do not show it. */
  maker(): string {
    if (this.#ofPostalias === OF_POSTALIAS.length) return "Postfix's postalias";
    if (this.#isComplete) return "sendmail's newaliases";
    if (this.#keys === 0) return 'an unknown program';
    if (this.#withNul === this.#keys) return "Postfix's postmap, or sendmail's makemap -N";
    if (this.#withNul > 0) return 'several programs: some keys end with a NUL, some do not';
    return this.#format === 'cdb' ? "sendmail's makemap, Postfix's postmap or cdb" : "sendmail's makemap";
  }
}
