import { describe, expect, it } from 'vitest';
import { type LineRules, MAX_LINE, MakemapParser } from '../../src/source/makemap-input.ts';

/** The results for a text, one line each: `3 key=value` or `3! message`. */
function parse(input: string, rules: LineRules = {}, chunk: number = input.length): string[] {
  const seen: string[] = [];
  const parser = new MakemapParser(
    rules,
    (bytes, keyStart, keyEnd, valueStart, valueEnd, line) => {
      const text = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
      seen.push(`${line} ${text(keyStart, keyEnd)}=${text(valueStart, valueEnd)}`);
    },
    (problem) => seen.push(`${problem.line}! ${problem.text}`),
  );
  const bytes = Buffer.from(input, 'latin1');
  for (let i = 0; i < bytes.length; i += chunk) parser.push(bytes.subarray(i, i + chunk));
  parser.end();
  return seen;
}

const TOO_LONG = 'line too long (1024 bytes max)';
const LEADING = 'syntax error (leading space)';
const long = (length: number) => `k ${'v'.repeat(length - 2)}`;

describe('makemap input', () => {
  // biome-ignore format: one case per line
  const rows: [string, string, string[], LineRules?][] = [
    ['key and value', 'k v\n', ['1 k=v']],
    ['the last line may lack its newline', 'k v', ['1 k=v']],
    ['a run of white space separates', 'k \t\v\f\r v w \n', ['1 k=v w ']],
    ['a carriage return stays in the value', 'k v\r\n', ['1 k=v\r']],
    ['keys are handed on as written', 'Key V\n', ['1 Key=V']],
    ['0xA0 is not white space', 'k\xa0x v\n', ['1 k\xa0x=v']],
    ['empty lines and comments count as lines', '\n# c\nk v\n', ['3 k=v']],
    ['# later in a line is data', 'k# v # x\n', ['1 k#=v # x']],
    ['leading space', ' k v\n\t\n', [`1! ${LEADING}`, `2! ${LEADING}`]],
    ['an empty CRLF line has leading space', '\r\n', [`1! ${LEADING}`]],
    ['no value', 'Key\nk2 \t\n', ['1! no RHS for LHS key', '2! no RHS for LHS k2']],
    ['no value, -f', 'Key\n', ['1! no RHS for LHS Key'], { keepCase: true }],
    ['no value, -e', 'Key\n', ['1 Key='], { emptyValues: true }],
    ['-t takes the run of delimiters only', 'a b:::c:d \n', ['1 a b=c:d '], { delimiter: 0x3a }],
    ['-t allows leading space and empty keys', ' k:v\n:v\n', ['1  k=v', '2 =v'], { delimiter: 0x3a }],
    ['-D', ';c\n#k v\n', ['2 #k=v'], { comment: 0x3b }],
    ["-D ''", '#k v\n', ['1 #k=v'], { comment: null }],
    ['a comment character may be a blank', ' k v\n', [], { comment: 0x20 }],
    ['longest line', `${long(MAX_LINE)}\n`, [`1 k=${'v'.repeat(MAX_LINE - 2)}`]],
    ['longest line without newline', long(MAX_LINE), [`1 k=${'v'.repeat(MAX_LINE - 2)}`]],
    ['one byte more', `${long(MAX_LINE + 1)}\nk v\n`, [`1! ${TOO_LONG}`, '2 k=v']],
    ['one byte more without newline', long(MAX_LINE + 1), [`1! ${TOO_LONG}`]],
    ['a line of many buffers is one line', `${long(9999)} x y\nk v\n`, [`1! ${TOO_LONG}`, '2 k=v']],
    ['a long comment too', `#${long(5000)}\nk v\n`, [`1! ${TOO_LONG}`, '2 k=v']],
    ['a NUL byte', 'k\0x v\nk v\n', [`1! ${TOO_LONG}`, '2 k=v']],
    ['a NUL byte in a comment', '#\0\n', [`1! ${TOO_LONG}`]],
    ['a NUL byte in the unterminated last line', 'k v\0x', [`1! ${TOO_LONG}`]],
    ['nothing', '', []],
  ];

  it.each(rows)('%s', (_, input, expected, rules) => {
    expect(parse(input, rules)).toEqual(expected);
  });

  it.each([1, 2, 3, 7, 1021, 1022, 1023, 1024])('gives the same in chunks of %d bytes', (chunk) => {
    for (const [, input, expected, rules] of rows) expect(parse(input, rules, chunk)).toEqual(expected);
  });
});
