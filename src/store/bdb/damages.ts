/** Damage found by a walk -> one error at its end. The walk yields every sound record first. */
import { MapError } from '../../core/errors.ts';

export class Damages {
  #first: MapError | undefined;
  #count = 0;
  /** Number of records that were read. */
  records = 0;

  /** Keeps a `damaged` error, so that the walk can go on; throws any other error. */
  note(error: unknown): void {
    if (!(error instanceof MapError) || error.code !== 'damaged') throw error;
    this.#first ??= error;
    this.#count++;
  }

  /** @throws MapError `damaged` if the walk found any damage */
  finish(): void {
    const first = this.#first;
    if (first === undefined) return;
    const more = this.#count > 1 ? `, and ${this.#count - 1} more faults` : '';
    const read = `; ${this.records} of its records could be read`;
    throw new MapError('damaged', `${first.message}${more}${read}`, { file: first.file!, cause: first });
  }
}
