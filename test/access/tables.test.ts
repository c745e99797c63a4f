/** Recorded answers of sendmail to senders and recipients with tables, compared with the configuration. */
import { describe, expect, it } from 'vitest';
import { checksOf } from '../machine.ts';
import type { Files } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { ask, type CheckQuery, ours } from './answer.ts';

interface Group {
  readonly group: string;
  readonly about: string;
  readonly features: readonly string[];
  readonly files: Files;
  readonly cases: readonly { readonly question: CheckQuery; readonly answer: string }[];
}

const { groups } = readData<{ readonly groups: readonly Group[] }>('tables-checks');

describe.each(groups)('$group: $about', ({ features, files, cases }) => {
  const checks = checksOf(features, files);
  it.each(cases)('$question', ({ question, answer }) => {
    expect(ours(ask(checks, question), question)).toBe(answer);
  });
});
