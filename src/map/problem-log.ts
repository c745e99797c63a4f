/**
 * The problems of a run -> the same in line order: problems of reading come line by line, those of duplicate keys after the
 * sort. Passes them to a listener as text, or collects them.
 *
 * Limits: a million problems are reported and the others counted, so that endless input cannot fill the memory.
 */
import { decodeText } from '../core/bytes.ts';
import type { Problem } from '../core/problem.ts';

const MOST_REPORTED = 1_000_000;

export class ProblemLog {
  readonly #listener: ((problem: Problem) => void) | undefined;
  readonly #pending: Problem[] = [];
  readonly #reported: Problem[] = [];
  #errors = 0;
  #leftOut = 0;

  constructor(listener: ((problem: Problem) => void) | undefined) {
    this.#listener = listener;
  }

  /** Problems with severity `error`, reported or pending. */
  get errors(): number {
    return this.#errors;
  }

  /** Problems that no listener received. */
  get collected(): readonly Problem[] {
    return this.#reported;
  }

  /** Holds back a problem with a line number until {@link flush}. */
  add(problem: Problem): void {
    if (problem.severity === 'error') this.#errors++;
    if (this.#pending.length < MOST_REPORTED) this.#pending.push(problem);
    else this.#leftOut++;
  }

  /** Reports all pending problems, by line. */
  flush(): void {
    this.#pending.sort((a, b) => a.line! - b.line!);
    for (const problem of this.#pending.splice(0)) this.report(problem);
    if (this.#leftOut > 0) {
      this.report({
        severity: 'warning',
        code: 'linesLeftOut',
        text: `bad lines not reported: ${this.#leftOut}`,
        ours: true,
      });
    }
  }

  /** Reports a problem at once. */
  report(problem: Problem): void {
    const text = { ...problem, text: decodeText(problem.text) };
    if (this.#listener) this.#listener(text);
    else this.#reported.push(text);
  }
}
