/**
 * Samples of alternating contestants -> medians, and the median of the ratios of the rounds. If the speed of a machine drifts,
 * two consecutive runs are more alike than two medians.
 */

/** The cost of one run. */
export interface Sample {
  /** Wall time, or time an operation. */
  readonly seconds: number;
  readonly cpuSeconds?: number;
  readonly peakBytes?: number;
}

export interface Contestant {
  readonly name: string;
  run(): Sample | Promise<Sample>;
}

export type Samples = Readonly<Record<string, readonly Sample[]>>;

/** Lets every contestant run once a round, in turn, each second round backwards. */
export async function alternate(rounds: number, contestants: readonly Contestant[]): Promise<Samples> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const { name, run } of order) samples.get(name)!.push(await run());
  }
  return Object.fromEntries(samples);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of the rounds' ratios of times. */
export function timeRatio(ours: readonly Sample[], theirs: readonly Sample[]): number {
  return median(ours.map(({ seconds }, round) => seconds / theirs[round]!.seconds));
}

export function medianSeconds(samples: readonly Sample[]): number {
  return median(samples.map(({ seconds }) => seconds));
}

export function peakMB(samples: readonly Sample[]): number {
  return median(samples.map(({ peakBytes = 0 }) => peakBytes)) / 2 ** 20;
}

/** The median of the rounds' ratios of processor times. */
export function processorRatio(ours: readonly Sample[], theirs: readonly Sample[]): number {
  return median(ours.map(({ cpuSeconds = 0 }, round) => cpuSeconds / theirs[round]!.cpuSeconds!));
}

export function medianProcessor(samples: readonly Sample[]): number {
  return median(samples.map(({ cpuSeconds = 0 }) => cpuSeconds));
}

/** `0.81 s`, `43.2 ms`, `810 ns`, to three digits. */
export function shownTime(seconds: number): string {
  const [unit, name] =
    seconds >= 1
      ? ([1, 's'] as const)
      : seconds >= 1e-3
        ? ([1e3, 'ms'] as const)
        : seconds >= 1e-6
          ? ([1e6, 'µs'] as const)
          : ([1e9, 'ns'] as const);
  return `${Number((seconds * unit).toPrecision(3))} ${name}`;
}

/** Median time, and memory where it was measured. */
export function shown(samples: readonly Sample[]): string {
  const memory = samples[0]!.peakBytes === undefined ? '' : `, ${Math.round(peakMB(samples))} MB`;
  return shownTime(medianSeconds(samples)) + memory;
}

/** Operations a second, and the time of one. */
export function shownRate(samples: readonly Sample[]): string {
  const seconds = medianSeconds(samples);
  return `${Number((1 / seconds).toPrecision(3)).toLocaleString('en')}/s (${shownTime(seconds)})`;
}
