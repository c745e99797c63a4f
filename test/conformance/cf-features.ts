/**
 * sendmail.cf files that m4 writes for random features, read without naming a feature. `cf-features` compares our decisions
 * with those of sendmail with the same file, and the features that are recognised with those that m4 was given. No rule of m4's
 * may count as edited.
 */
import { recognised } from '../../src/config/features-in-force.ts';
import { parseSendmailCf } from '../../src/source/cf/parse.ts';
import { type Oracle, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import { anyCombination } from './cf-combination.ts';
import { type Comparison, type Report, sameAnswer } from './comparison.ts';
import { random } from './random.ts';
import { compareDecision, compareRounds } from './relay.ts';

/** Of ten cases one is about what is recognised. */
const RECOGNISED_SHARE = 10;

export const cfFeaturesComparison: Comparison = {
  name: 'cf-features',
  shortCases: 240,
  async run(oracle, seed, cases, report) {
    const recognising = Math.ceil(cases / RECOGNISED_SHARE);
    for (let i = 0; i < recognising; i++) compareRecognised(seed, i, report);
    await compareDecisions(oracle, seed, cases - recognising, report);
  },
};

function compareDecisions(oracle: Oracle, seed: number, cases: number, report: Report): Promise<void> {
  const files = new Map<string, string>();
  const cfOf = (features: readonly string[]): string => {
    const key = features.join('\n');
    if (!files.has(key)) files.set(key, configuration(oracleDirectory, features));
    return files.get(key)!;
  };
  return compareRounds(oracle, seed, cases, { cfOf }, compareDecision(report));
}

function compareRecognised(seed: number, round: number, report: Report): void {
  const { features, items } = anyCombination(random(seed, round));
  const text = configuration(oracleDirectory, features);
  const cf = parseSendmailCf(text, { file: 'sendmail.cf', hostName: 'mail.oracle.test' });
  const { items: found, foreign } = recognised('sendmail.cf', text, cf);
  const theirs = { items: [...items].sort(), edited: [] };
  const ours = { items: [...new Set(found.map(({ item }) => item))].sort(), edited: foreign };
  report.compared(sameAnswer(theirs, ours) ? undefined : difference(features, theirs.items, ours.items, ours.edited));
}

function difference(features: readonly unknown[], went: readonly string[], found: readonly string[], edited: unknown) {
  const missing = went.filter((item) => !found.includes(item));
  const tooMany = found.filter((item) => !went.includes(item));
  return { asked: { features }, theirs: { missing }, ours: { tooMany, edited } };
}
