/** The table of codes in docs/library.md says what the source says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../src/core/problem-codes.ts';

it.each(Object.entries(PROBLEM_CODES))('%s', (code, finds) => {
  expect(readFileSync('docs/library.md', 'utf8')).toContain(`| \`${code}\` | ${finds} |\n`);
});
