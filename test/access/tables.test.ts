/** Recorded answers of sendmail to senders and recipients with tables, compared with the configuration. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checksOf } from '../machine.ts';
import type { Files } from '../oracle/jobs.ts';
import { ask, type CheckQuery, ours } from './answer.ts';

interface Group {
  readonly group: string;
  readonly about: string;
  readonly features: readonly string[];
  readonly files: Files;
  readonly cases: readonly { readonly question: CheckQuery; readonly answer: string }[];
}

const text = readFileSync(new URL('../data/tables-checks.json', import.meta.url), 'utf8');
const { groups } = JSON.parse(text) as { readonly groups: readonly Group[] };

describe.each(groups)('$group: $about', ({ features, files, cases }) => {
  const checks = checksOf(features, files);
  it.each(cases)('$question', ({ question, answer }) => {
    expect(ours(ask(checks, question), question)).toBe(answer);
  });
});
