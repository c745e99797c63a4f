/** Damage that a walk met and went on from: the walk gives every record that is sound, and then this error. */
import { MapError } from '../../core/errors.ts';

export class Damages {
  #first: MapError | undefined;
  #count = 0;
  /** Records that could be read. */
  records = 0;

  /** Keeps a `damaged` error and lets the walk go on; throws any other. */
  note(error: unknown): void {
    if (!(error instanceof MapError) || error.code !== 'damaged') throw error;
    this.#first ??= error;
    this.#count++;
  }

  /** @throws MapError `damaged` when the walk met any */
  finish(): void {
    const first = this.#first;
    if (first === undefined) return;
    const more = this.#count > 1 ? `, and ${this.#count - 1} more faults` : '';
    const read = `; ${this.records} of its records could be read`;
    throw new MapError('damaged', `${first.message}${more}${read}`, { file: first.file!, cause: first });
  }
}
