/** The tables of codes in the documents have the codes and meanings of the source, and nothing else. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DECISION_RULES } from '../../src/access/rule-names.ts';
import { ADDRESS_FAULTS } from '../../src/address/problem.ts';
import { ROUTE_RULES } from '../../src/address/rule-names.ts';
import { EXPANSION_ERRORS } from '../../src/alias/expansion.ts';
import { MAP_ERRORS } from '../../src/core/errors.ts';
import { PROBLEM_CODES } from '../../src/core/problem-codes.ts';

/** The first two columns of the table after these words; a third one is advice. */
function rowsAfter(words: string, file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const table = text.slice(text.indexOf(words)).split('\n\n')[1]!.trimEnd();
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split(' | ', 2).join(' | ').replace(/ \|$/, ''));
}

it.each([
  ['A failure is a `MapError`', 'README.md', MAP_ERRORS],
  ['The `code` of other problems:', 'README.md', PROBLEM_CODES],
  ['The `because.rule` of a decision:', 'README.md', DECISION_RULES],
  ['The `because.rule` of a route', 'README.md', ROUTE_RULES],
  ['The `because.fault` of a refused address:', 'README.md', ADDRESS_FAULTS],
  ['## Codes of errors', 'docs/aliases.md', EXPANSION_ERRORS],
])('%s in %s', (before, file, codes) => {
  expect(rowsAfter(before, file)).toEqual(Object.entries(codes).map(([code, means]) => `| \`${code}\` | ${means}`));
});
