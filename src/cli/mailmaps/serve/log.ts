/**
 * What a server has to say -> lines on standard error. A peer that provokes problems cannot fill a log: what
 * comes too often is counted, and the number told later.
 */
import { encodeText } from '../../../core/bytes.ts';
import type { MapError } from '../../../core/errors.ts';
import type { Io } from '../../program/io.ts';
import { printableLines } from '../../program/printable.ts';

/** Problems a period that are told. */
const TOLD = 20;
const PERIOD_MS = 60_000;

export class ServeLog {
  readonly #io: Io;
  #told = 0;
  #leftOut = 0;
  #since = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  readonly onReload = (path: string): void => this.line(`${path}: read anew`);
  readonly onProblem = (error: MapError): void => this.problem(error.message);

  problem(text: string): void {
    const now = performance.now();
    if (now - this.#since >= PERIOD_MS) {
      if (this.#leftOut > 0) this.line(`${this.#leftOut} more problems were left out`);
      this.#since = now;
      this.#told = 0;
      this.#leftOut = 0;
    }
    if (this.#told++ < TOLD) this.line(text);
    else this.#leftOut++;
  }

  line(text: string): void {
    this.#io.err(`mailmaps: ${encodeText(printableLines(text))}\n`);
  }
}
