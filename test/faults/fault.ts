/**
 * An injected fault: a family of accidents or attacks, the promise that must hold through them, and how it is tried. One file a
 * family; `families.ts` lists them.
 */

/** A promise that did not hold. */
export interface Broken {
  /** The attempt: everything that is needed to repeat it. */
  readonly tried: unknown;
  /** Its result. */
  readonly got: unknown;
}

/** One run of a family. */
export interface Round {
  /** The same seed injects the same faults, as far as time allows. */
  readonly seed: number;
  /** The long form; the short one is for CI and takes seconds. */
  readonly long: boolean;
  /** The promise held through `count` more faults. */
  held(count?: number): void;
  broke(broken: Broken): void;
  /** A remark for the report besides the counts: `old map 412, new map 588`. */
  figure(text: string): void;
}

export interface Family {
  /** As `--only` names it. */
  readonly name: string;
  /** The promise, in a sentence. */
  readonly promise: string;
  /** The thing that this machine lacks to try it; absent or undefined: nothing. */
  lacks?(): string | undefined;
  run(round: Round): Promise<void>;
}

export interface Outcome {
  readonly faults: number;
  readonly broken: readonly Broken[];
  readonly figures: readonly string[];
  readonly seconds: number;
}

/** Runs one family. An error that it throws is a broken promise, too. */
export async function runFamily(family: Family, seed: number, long: boolean): Promise<Outcome> {
  const began = Date.now();
  const broken: Broken[] = [];
  const figures: string[] = [];
  let faults = 0;
  const round: Round = {
    seed,
    long,
    held(count = 1) {
      faults += count;
    },
    broke(what) {
      faults++;
      broken.push(what);
    },
    figure(text) {
      figures.push(text);
    },
  };
  try {
    await family.run(round);
  } catch (error) {
    round.broke({ tried: 'the family itself', got: error instanceof Error ? error.stack : error });
  }
  return { faults, broken, figures, seconds: (Date.now() - began) / 1000 };
}
