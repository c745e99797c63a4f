/**
 * A map that is defined twice: the second line gives it another class or text, and what it does not set stays. The answers to the
 * keys b and a are those of sendmail 8.17.1.9 (`/map` in test mode, with a sendmail.cf of m4 before the lines).
 */
import { expect, it } from 'vitest';
import { caseMachine } from './case-machine.ts';
import { conversation } from './conversation.ts';

const NO_MATCH = 'no match';

it.each([
  ['regex -a@OK ^a', 'regex ^b', 'returns @OK', NO_MATCH],
  ['regex -a@OK ^a', 'regex -a ^b', 'returns ', NO_MATCH],
  ['regex -n ^a', 'regex ^b', NO_MATCH, 'returns '],
  ['regex -m ^a', 'regex ^b', 'returns b', NO_MATCH],
  ['regex -f ^A', 'regex ^B', 'returns ', NO_MATCH],
  ['regex ^a', 'nosuch', NO_MATCH, 'returns '],
  ['dequote -a.Y', 'regex ^b', 'returns .Y', NO_MATCH],
  ['regex -a@OK ^a', 'dequote', NO_MATCH, NO_MATCH],
])('Kx %s, then Kx %s', (first, second, b, a) => {
  const cf = `V10/Berkeley\nKx ${first}\nKx ${second}\n`;
  const printed = conversation(cf, ['/map x b', '/map x a'], caseMachine({}));
  const answers = [...printed.matchAll(/map_lookup: x \((\w)\) (.*) \(0\)/g)].map(([, key, answer]) => [key, answer]);
  expect(answers).toEqual([
    ['b', b],
    ['a', a],
  ]);
});
