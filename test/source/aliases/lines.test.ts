import { describe, expect, it } from 'vitest';
import { LineReader, type LogicalLine } from '../../../src/source/aliases/lines.ts';

const lines = (text: string): LogicalLine[] => {
  const reader = new LineReader(Buffer.from(text, 'latin1'));
  const all: LogicalLine[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) all.push(line);
  return all;
};
const texts = (text: string): string[] => lines(text).map((line) => line.text);
const x = (length: number): string => 'x'.repeat(length);

describe('joining', () => {
  it.each([
    ['a\nb\n', ['a', 'b']],
    ['a\n b\n\tc\nd', ['a b\tc', 'd']],
    ['a\\\nb\n', ['ab']],
    ['a\\\\\nb\n', ['a\\b']],
    ['\\\nb\n', ['b']],
    ['a\\\n', ['a']],
    ['\n b\n', [' b']],
    ['a\\\\\n\nb\n', ['ab']],
    ['', []],
    ['\n\n', ['', '']],
  ])('%j', (text, joined) => {
    expect(texts(text)).toEqual(joined);
  });

  it('counts physical lines and marks the indented ones', () => {
    expect(lines('a\nb\n c\\\nd\n e\nf\n')).toMatchObject([
      { first: 1, last: 1, indents: [] },
      { first: 2, last: 5, indents: [1, 4] },
      { first: 6, last: 6 },
    ]);
  });
});

describe('limits', () => {
  it.each([
    ['8190 bytes', `${x(8190)}\nb`, false],
    ['8191 bytes', `${x(8191)}\nb`, true],
    ['8191 bytes at the end of the file', x(8191), false],
    ['8192 bytes at the end of the file', x(8192), true],
    ['8190 bytes in two lines', `${x(8000)}\n ${x(189)}\nb`, false],
    ['8191 bytes in two lines', `${x(8000)}\n ${x(190)}\nb`, true],
    ['a blank where the buffer is full, where sendmail never ends', `${x(8191)} y\nb`, true],
  ])('%s', (_what, text, tooLong) => {
    expect(lines(text)[0]).toMatchObject({ tooLong, first: 1 });
  });

  it.each([
    ['its rest', `${x(9000)}\nb\n`, ['b'], 0],
    ['what continues it', `${x(9000)}\n c\n\td\nb\n`, ['b'], 2],
    ['what a backslash joins', `${x(9000)}\\\nc\nb\n`, ['b'], 1],
    ['the line after a NUL', 'a\0\nc\nb\n', ['b'], 1],
  ])('passes over %s', (_what, text, rest, passedOver) => {
    const [first, ...others] = lines(text);
    expect(first).toMatchObject({ tooLong: true, passedOver });
    expect(others.map((line) => line.text)).toEqual(rest);
  });

  it('cuts at a NUL in the last line, or where an indented line follows', () => {
    expect(texts('a\0b\n')).toEqual(['a']);
    expect(lines('a\0b\n c\nd\n')).toMatchObject([{ text: 'a c', cutAtNul: true, tooLong: false }, { text: 'd' }]);
  });

  it.each([
    ['backslashes', 'a\\\n'],
    ['blanks', ' \n'],
    ['empty lines', '\n'],
    ['NULs', '\0\n'],
    ['long lines', `${x(8191)} \n`],
  ])('takes 1 MB of %s in linear time: a quadratic scan would take hours', { tags: ['slow'] }, (_what, piece) => {
    let last = 0;
    for (const line of lines(piece.repeat(1_000_000 / piece.length))) last = line.last;
    expect(last).toBeGreaterThan(0);
  });
});
