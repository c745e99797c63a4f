/**
 * A map that is defined twice: the second line gives it another class or text, and what it does not set stays. If the second
 * line cannot be read, the first pattern or members stay. The answers to the
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
  // a second line that cannot be read
  ['regex -a@OK ^a', 'regex (b', NO_MATCH, 'returns @OK'],
  ['regex -a@OK ^a', 'regex -s5 b', NO_MATCH, 'returns @OK'],
  ['regex ^a', 'regex -n (', 'returns ', NO_MATCH],
])('Kx %s, then Kx %s', (first, second, b, a) => {
  const cf = `V10/Berkeley\nKx ${first}\nKx ${second}\n`;
  const printed = conversation(cf, ['/map x b', '/map x a'], caseMachine({}));
  const answers = [...printed.matchAll(/map_lookup: x \((\w)\) (.*) \(0\)/g)].map(([, key, answer]) => [key, answer]);
  expect(answers).toEqual([
    ['b', b],
    ['a', a],
  ]);
});

const LOOK = 'Kone hash /etc/mail/one\nKtwo hash /etc/mail/two\nKthree hash /etc/mail/three\n';

it.each([
  ['sequence one two', 'sequence three', 'returns of.two'],
  ['sequence one two', 'sequence nosuch', 'returns of.one'],
  ['sequence one', 'sequence three two', 'returns of.two'],
  ['dns -R A -z,', 'dns', 'no match'],
])('Kx %s, then Kx %s', (first, second, answer) => {
  const cf = `V10/Berkeley\n${LOOK}Kx ${first}\nKx ${second}\n`;
  const maps = { one: 'a\tof.one\n', two: 'a\tof.two\n', three: 'b\tof.three\n' };
  expect(conversation(cf, ['/map x a'], caseMachine({ maps }))).toContain(`map_lookup: x (a) ${answer} (`);
});
