/** The tables of codes in the README say what the source says, and nothing else. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DECISION_RULES } from '../../src/access/rule-names.ts';
import { ADDRESS_FAULTS } from '../../src/address/problem.ts';
import { ROUTE_RULES } from '../../src/address/rule-names.ts';
import { PROBLEM_CODES } from '../../src/core/problem-codes.ts';

const README = readFileSync('README.md', 'utf8');

it.each([
  ['The `code` of other problems:', PROBLEM_CODES],
  ['The `because.rule` of a decision:', DECISION_RULES],
  ['The `because.rule` of a route', ROUTE_RULES],
  ['The `because.fault` of a refused address:', ADDRESS_FAULTS],
])('%s', (before, codes) => {
  const table = README.slice(README.indexOf(before)).split('\n\n')[1]!.trimEnd();
  expect(table.split('\n').slice(2)).toEqual(
    Object.entries(codes).map(([code, means]) => `| \`${code}\` | ${means} |`),
  );
});
