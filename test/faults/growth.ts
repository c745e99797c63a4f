/**
 * Every function that takes text of others, over texts of one shape that grow tenfold: a bracket, a quote, a name or a line
 * repeated, from a kilobyte to a megabyte, and ten for what whole files go through. Ten times the text may take ten times
 * as long, not a hundred; a megabyte of anything is answered or refused within a second.
 *
 * Judged by the factor and by computing and waiting, the best of several tries.
 */
import type { Family, Round } from './fault.ts';
import { spending } from './fuzz.ts';
import { SHAPES, type Subject } from './growth-shapes.ts';
import { makeSubjects } from './growth-subjects.ts';
import { withDirectory } from './map-images.ts';

const STEP = 10;
const SHORT_SIZES: readonly number[] = [2000, 20_000];
const LONG_SIZES: readonly number[] = [1000, 10_000, 100_000, 1_000_000];
const FILE_SIZE = 10_000_000;
/** The factor in time that ten times the text may take: caches and garbage collection can make it four times the expected one. */
const MOST_GROWTH = 40;
/** Shorter times show nothing about growth. */
const TELLING_MS = 200;
const LONGEST_MS = 1000;
const TRIES = 4;

export const growth: Family = {
  name: 'growth',
  promise: 'ten times the text takes about ten times as long, and a megabyte less than a second',
  run: (round) =>
    withDirectory(async (directory) => {
      await using subjects = await makeSubjects(directory);
      const slowest = { ms: 0, what: '' };
      for (const subject of subjects.all) {
        for (const shape of [...SHAPES, ...(subject.shapes ?? [])]) {
          // in the short form as they are
          const around = round.long ? subject.around : subject.around.slice(0, 1);
          for (const [before, after] of around) await grow(round, subject, [before, shape, after], slowest);
        }
      }
      round.figure(`the slowest megabyte ${Math.round(slowest.ms)} ms: ${slowest.what}`);
    }),
};

type Parts = readonly [before: string, repeated: string, after: string];

/** A text of that size, in one piece: to put the pieces of a string together is not the subject's work. */
function textOf([before, repeated, after]: Parts, size: number): string {
  const text = before + repeated.repeat(Math.ceil(size / repeated.length)) + after;
  return /^$/.test(text) ? '' : text;
}

async function spent({ run }: Subject, text: string): Promise<number> {
  const { computed, waited } = await spending(() => run(text));
  return computed + waited;
}

async function grow(
  round: Round,
  subject: Subject,
  parts: Parts,
  slowest: { ms: number; what: string },
): Promise<void> {
  const sizes = round.long ? [...LONG_SIZES, ...(subject.isFile ? [FILE_SIZE] : [])] : SHORT_SIZES;
  const took: number[] = [];
  for (const size of sizes) {
    const text = textOf(parts, size);
    let ms = await spent(subject, text);
    const last = took.at(-1) ?? 0;
    for (let i = 1; i < TRIES && isSlow(subject, ms, last, size); i++) ms = Math.min(ms, await spent(subject, text));
    took.push(ms);
    if (isSlow(subject, ms, last, size)) {
      const times = took.map((each, i) => `${sizes[i]} bytes ${each.toFixed(1)} ms`);
      round.broke({ tried: { subject: subject.name, parts }, got: times });
      return;
    }
    if (!subject.isStream && size < FILE_SIZE && ms > slowest.ms)
      Object.assign(slowest, { ms, what: `${subject.name} of ${JSON.stringify(parts)}` });
  }
  round.held(sizes.length);
}

function isSlow({ isStream }: Subject, ms: number, before: number, size: number): boolean {
  const grew = ms > TELLING_MS && ms > Math.max(before, TELLING_MS / STEP) * MOST_GROWTH;
  return grew || (!isStream && size < FILE_SIZE && ms > LONGEST_MS);
}
