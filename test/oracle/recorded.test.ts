/**
 * The recorded answers in test/data are what the real sendmail says: every question is asked again.
 *
 * @module-tag slow
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { readData } from '../read-data.ts';
import { type Oracle, openOracle, oracleAvailable } from './client.ts';
import type { Job, Query } from './jobs.ts';

interface Group extends Omit<Job, 'queries'> {
  readonly group: string;
  readonly about: string;
  readonly cases: readonly { readonly question: Query; readonly answer: Readonly<Record<string, unknown>> }[];
}

/** Applies `change` to every string of a JSON value. */
function mapStrings<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)])) as T;
}

/** Queue identifiers and dates are different each time. */
const timeless = (line: string): string =>
  line.replace(/; \w\w\w, .*$/, '; DATE').replace(/\b[0-9A-Za-z]{8}\d{6}\b/g, 'QID');

/** The part of an answer that was recorded, in the recorded order. */
function recordedPart(question: Query, answer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (question.kind === 'class') return { members: [...(answer.lines as string[])].sort() };
  if (question.kind === 'smtp') return { replies: mapStrings(answer.replies, timeless) };
  if (question.kind !== 'deliver') return answer;
  const deliveries = (answer.deliveries as { rcpts: string[] }[]).map((d) => ({ ...d, rcpts: [...d.rcpts].sort() }));
  return { ...answer, deliveries, output: `${answer.stdout}${answer.stderr}` };
}

const FILES = ['relay', 'settings', 'smtp', 'command-text', 'dns', 'relay-host', 'classes', 'alias'];

describe.runIf(oracleAvailable)('recorded answers of sendmail', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await openOracle();
  });
  afterAll(() => oracle.close());

  for (const file of FILES) {
    const { groups } = readData<{ groups: readonly Group[] }>(file);
    it.each(groups)(`${file}: $group`, async ({ group: _group, about: _about, cases, ...job }) => {
      const queries = cases.map(({ question }) => question);
      const { results } = await oracle.ask(mapStrings({ ...job, queries }, encodeText));
      cases.forEach(({ question, answer }, i) => {
        const now = recordedPart(question, mapStrings({ ...results[i] } as Record<string, unknown>, decodeText));
        expect({ question, answer: now }).toMatchObject({ question, answer });
      });
    });
  }
});
