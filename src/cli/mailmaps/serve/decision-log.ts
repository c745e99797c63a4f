/**
 * Answers -> lines of JSON on standard output, for `--log decisions`.
 *
 * No answer waits for its line. Up to MAX_WAITING bytes are kept for a reader that is slow, or for a disk that is full, which is
 * tried again; then lines are left out, and the next one has their number (`leftOut`). Lines are bounded, and written one at a
 * time: workers share a pipe, which takes a line whole or not at all.
 * Errors: when the output fails, that is reported, and when it ends.
 */

import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstUnits } from '../../../core/bytes.ts';
import { jsonText } from '../../../core/json-text.ts';
import { systemText } from '../../../core/system-error.ts';
import type { Answered } from '../../../serve/answered.ts';

const STDOUT = 1;
const MAX_WAITING = 1 << 20;
/** PIPE_BUF of Linux: what one write puts into a pipe without that of another process in between. */
const MAX_LINE = 4096;
const MAX_FIELDS: readonly number[] = [256, 64, 32];
const RETRY_MS = 1_000;
/** The time that the last lines may take at the end. */
const FAREWELL_MS = 500;

/** Writes bytes; `done` gets the number of bytes that were written. */
export type WriteOutput = (bytes: Buffer, done: (error: Error | null | undefined, written: number) => void) => void;

export class DecisionLog {
  readonly #write: WriteOutput;
  readonly #onProblem: (text: string) => void;
  /** Lines that wait; the first one is being written. */
  #lines: Buffer[] = [];
  #waiting = 0;
  #isFailing = false;
  #leftOut = 0;
  #onDrained: () => void = () => undefined;

  /** @param onProblem gets a text when the output begins to fail */
  constructor(onProblem: (text: string) => void, output: WriteOutput = openOutput()) {
    this.#onProblem = onProblem;
    this.#write = output;
  }

  readonly onAnswer = (answered: Answered): void => {
    if (this.#waiting > MAX_WAITING) {
      this.#leftOut++;
      return;
    }
    const line = Buffer.from(`${lineOf(answered, this.#leftOut)}\n`);
    this.#leftOut = 0;
    this.#waiting += line.length;
    if (this.#lines.push(line) === 1) this.#writeFirst();
  };

  async close(): Promise<void> {
    if (this.#lines.length === 0) return;
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    await Promise.race([drained, sleep(FAREWELL_MS)]);
  }

  #writeFirst(): void {
    this.#write(this.#lines[0]!, (error, written) => this.#wrote(error, written));
  }

  #wrote(error: Error | null | undefined, written: number): void {
    const line = this.#lines[0]!;
    this.#waiting -= written;
    if (written < line.length) this.#lines[0] = line.subarray(written);
    else this.#lines.shift();
    if (error) this.#fail(error);
    else if (this.#lines.length > 0) this.#writeFirst();
    else this.#onDrained();
    this.#isFailing = Boolean(error);
  }

  /** A full disk may have room again. */
  #fail(error: Error): void {
    if (!this.#isFailing) this.#onProblem(`decisions cannot be logged: ${systemText(error)}`);
    setTimeout(() => this.#writeFirst(), RETRY_MS).unref();
  }
}

/** Writes to pipes and sockets without blocking, and to files through a thread. */
function openOutput(): WriteOutput {
  const stats = fstatSync(STDOUT);
  if (!stats.isFIFO() && !stats.isSocket()) return (bytes, done) => write(STDOUT, bytes, done);
  const socket = new Socket({ fd: STDOUT, readable: false, writable: true });
  socket.on('error', () => undefined);
  return (bytes, done) => socket.write(bytes, (error) => done(error, error ? 0 : bytes.length));
}

function lineOf(answered: Answered, leftOut: number): string {
  let line = '';
  for (const most of MAX_FIELDS) {
    line = jsonText({ ...fieldsOf(answered, most), ...(leftOut > 0 && { leftOut }) });
    if (Buffer.byteLength(line) < MAX_LINE) break;
  }
  return line;
}

function fieldsOf({ answer, milliseconds, asked, decision }: Answered, most: number): object {
  const { question, action, because, reply } = decision ?? {};
  const { rule, key, value } = because ?? {};
  const fields = { ...asked, answer, question, action, rule, key, value, reply: reply?.text };
  const short = Object.entries(fields).filter(([, field]) => field !== undefined && field !== '');
  return {
    time: new Date().toISOString(),
    ...Object.fromEntries(short.map(([name, field]) => [name, firstUnits(field!, most)])),
    milliseconds: Math.round(milliseconds * 1000) / 1000,
  };
}
