/**
 * Problems of a run, put into line order: those of reading come line by line, those of duplicate keys only when
 * everything was sorted. Told to a listener, or collected, as text. Of a million all is told, the others are counted: an
 * input without an end must not fill the memory with what is wrong with it.
 */
import { decodeText } from '../core/bytes.ts';
import type { Problem } from '../core/problem.ts';

const MOST_TOLD = 1_000_000;

export class ProblemLog {
  readonly #listener: ((problem: Problem) => void) | undefined;
  readonly #pending: Problem[] = [];
  readonly #told: Problem[] = [];
  #errors = 0;
  #leftOut = 0;

  constructor(listener: ((problem: Problem) => void) | undefined) {
    this.#listener = listener;
  }

  /** Problems with severity `error`, told or pending. */
  get errors(): number {
    return this.#errors;
  }

  /** What was told while nobody listened. */
  get collected(): readonly Problem[] {
    return this.#told;
  }

  /** Holds a problem with a line number back until {@link flush}. */
  add(problem: Problem): void {
    if (problem.severity === 'error') this.#errors++;
    if (this.#pending.length < MOST_TOLD) this.#pending.push(problem);
    else this.#leftOut++;
  }

  /** Tells everything held back, by line. */
  flush(): void {
    this.#pending.sort((a, b) => a.line! - b.line!);
    for (const problem of this.#pending.splice(0)) this.tell(problem);
    if (this.#leftOut > 0) {
      this.tell({ severity: 'warning', text: `bad lines that are not told: ${this.#leftOut}`, ours: true });
    }
  }

  /** Tells a problem at once. */
  tell(problem: Problem): void {
    const text = { ...problem, text: decodeText(problem.text) };
    if (this.#listener) this.#listener(text);
    else this.#told.push(text);
  }
}
