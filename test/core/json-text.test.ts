/** JSON that is safe on a terminal. */
import { expect, it } from 'vitest';
import { jsonText } from '../../src/core/json-text.ts';

// biome-ignore format: one character per line
it.each([
  ['escape',               '\x1b[2J',   '["\\u001b[2J"]'],
  ['DEL',                  'a\x7f',     '["a\\u007f"]'],
  ['the one-byte escape',  '\x9b2J',    '["\\u009b2J"]'],
  ['a byte of no text',    '\udc9b',    '["\\udc9b"]'],
  ['right to left',        '\u202ea',   '["\\u202ea"]'],
  ['letters',              'é\u{1f600}', '["é\u{1f600}"]'],
])('%s', (_what, text, json) => {
  expect(jsonText([text])).toBe(json);
  expect(JSON.parse(json)).toEqual([text]);
});
