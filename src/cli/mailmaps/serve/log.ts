/**
 * Events of a server or a follower -> lines on standard error. Repeated problems cannot fill the log: beyond a limit they are
 * counted, and the number is reported later. Lines are bounded. Nothing waits for the reader: lines that it does not take are
 * left out, and the next line says how many.
 */
import { encodeText, firstUnits } from '../../../core/bytes.ts';
import type { MapError } from '../../../core/errors.ts';
import type { Io } from '../../program/io.ts';
import { printable } from '../../program/printable.ts';

/** Problems that are reported in one period. */
const REPORTED = 20;
const PERIOD_MS = 60_000;
/** Longest line, in characters: keys and names of maps come from clients. */
const MAX_LINE = 1000;

export class ServeLog {
  readonly #io: Io;
  #reported = 0;
  #leftOut = 0;
  #since = 0;
  #untaken = 0;

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
      this.#reported = 0;
      this.#leftOut = 0;
    }
    if (this.#reported++ < REPORTED) this.line(text);
    else this.#leftOut++;
  }

  #write(line: string): true {
    this.#io.err(line);
    return true;
  }

  line(text: string): void {
    const missed = this.#untaken > 0 ? `(${this.#untaken} lines were not taken) ` : '';
    // the lines of a stack are one line here: a key of a peer may hold a line break, and makes no line of the log
    const shown = printable(text.replaceAll('\n    at ', ' at '));
    const line = `mailmaps: ${encodeText(missed + shorten(shown))}\n`;
    const isTaken = this.#io.log?.(line) ?? this.#write(line);
    this.#untaken = isTaken ? 0 : this.#untaken + 1;
  }
}

function shorten(text: string): string {
  return text.length > MAX_LINE ? `${firstUnits(text, MAX_LINE)}... (${text.length} characters)` : text;
}
