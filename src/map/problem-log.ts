/**
 * Problems of a run, put into line order: those of reading come line by line, those of duplicate keys only when
 * everything was sorted. Told to a listener, or collected, as text.
 */
import { decodeText } from '../core/bytes.ts';
import type { Problem } from '../core/problem.ts';

export class ProblemLog {
  readonly #listener: ((problem: Problem) => void) | undefined;
  readonly #pending: Problem[] = [];
  readonly #told: Problem[] = [];
  #errors = 0;

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
    this.#pending.push(problem);
  }

  /** Tells everything held back, by line. */
  flush(): void {
    this.#pending.sort((a, b) => a.line! - b.line!);
    for (const problem of this.#pending.splice(0)) this.tell(problem);
  }

  /** Tells a problem at once. */
  tell(problem: Problem): void {
    const text = { ...problem, text: decodeText(problem.text) };
    if (this.#listener) this.#listener(text);
    else this.#told.push(text);
  }
}
