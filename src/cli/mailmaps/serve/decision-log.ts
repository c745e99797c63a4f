/**
 * Answers -> lines of JSON on standard output, for `--log decisions`.
 *
 * No answer waits for its line. Up to MAX_WAITING bytes are kept for a slow reader; then lines are left out, and the next one
 * has their number (`leftOut`). Lines are bounded, because their fields are.
 */

import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstUnits } from '../../../core/bytes.ts';
import { jsonText } from '../../../core/json-text.ts';
import type { Answered } from '../../../serve/answered.ts';

const STDOUT = 1;
const MAX_WAITING = 1 << 20;
const MAX_FIELD = 256;
/** The time that the last lines may take at the end. */
const FAREWELL_MS = 500;

export class DecisionLog {
  readonly #output: Writable;
  #leftOut = 0;

  constructor(output: Writable = openOutput()) {
    this.#output = output;
    // If the reader goes away, only the log ends, not the service.
    output.on('error', () => undefined);
  }

  readonly onAnswer = (answered: Answered): void => {
    if (this.#output.writableLength > MAX_WAITING || !this.#output.writable) {
      this.#leftOut++;
      return;
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#output.write(`${jsonText({ ...lineOf(answered), ...(leftOut > 0 && { leftOut }) })}\n`);
  };

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#output.end(resolve));
    await Promise.race([ended, sleep(FAREWELL_MS, undefined, { ref: false })]);
  }
}

/** Writes to pipes and sockets without blocking, and to files through a thread. */
function openOutput(): Writable {
  const stats = fstatSync(STDOUT);
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd: STDOUT, readable: false, writable: true });
  return createWriteStream('', { fd: STDOUT, autoClose: false });
}

function lineOf({ answer, milliseconds, asked, decision }: Answered): object {
  const { question, action, because, reply } = decision ?? {};
  const { rule, key, value } = because ?? {};
  const fields = { ...asked, answer, question, action, rule, key, value, reply: reply?.text };
  const short = Object.entries(fields).filter(([, field]) => field !== undefined && field !== '');
  return {
    time: new Date().toISOString(),
    ...Object.fromEntries(short.map(([name, field]) => [name, firstUnits(field!, MAX_FIELD)])),
    milliseconds: Math.round(milliseconds * 1000) / 1000,
  };
}
