/** Recorded answers of sendmail with DNS lists and mail exchangers, compared with `ask`. */
import { describe, expect, it } from 'vitest';
import { configurationOf } from '../machine.ts';
import type { FeatureSpec } from '../oracle/features.ts';
import type { DnsTable, Files, RouteQuery } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { ours as ourRoute } from '../route/answer.ts';
import { type CheckQuery, ours, questionOf } from './answer.ts';
import { tableResolver } from './table-resolver.ts';

interface Group {
  readonly group: string;
  readonly about: string;
  readonly features: readonly FeatureSpec[];
  readonly files: Files;
  readonly dns: DnsTable;
  readonly cases: readonly { readonly question: CheckQuery | RouteQuery; readonly answer: string }[];
}

const { groups } = readData<{ readonly groups: readonly Group[] }>('dns-lists');

/** A feature with its arguments after a colon. */
function named(feature: FeatureSpec): string {
  return typeof feature === 'string' ? feature : `${feature[0]}:${feature.slice(1).join(',')}`;
}

describe.each(groups)('$group: $about', ({ features, files, dns, cases }) => {
  const configuration = configurationOf({ features: features.map(named), files });
  it.each(cases)('$question', async ({ question, answer }) => {
    const resolver = tableResolver(dns);
    if (question.kind === 'route') {
      const way = await configuration.ask({ kind: 'route', address: question.address }, { resolver });
      return expect(ourRoute(way, question.address)).toBe(answer);
    }
    const decision = await configuration.ask(questionOf(question), { resolver });
    // for accepted mail the recorded answer has no more; another test checks where it goes
    expect(ours(decision, question)).toBe(answer.replace(/^(?:ok|relay)(?= final$|$)/, 'accepted'));
  });
});
