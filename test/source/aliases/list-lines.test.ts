import { describe, expect, it } from 'vitest';
import { listLines, MAX_LIST_LINE_BYTES } from '../../../src/source/aliases/list-lines.ts';

function lines(text: string): [number, string][] {
  return [...listLines(text)].map((line) => [line.number, line.text]);
}

describe('listLines', () => {
  it.each<[string, string, [number, string][]]>([
    [
      'a line each',
      'a, b\nc\n',
      [
        [1, 'a, b'],
        [2, 'c'],
      ],
    ],
    ['no newline at the end', 'a', [[1, 'a']]],
    ['# in the first column', '# c\na\n', [[2, 'a']]],
    [
      '# elsewhere',
      ' # c\na # d\n',
      [
        [1, ' # c'],
        [2, 'a # d'],
      ],
    ],
    [
      '#@# behind white space',
      'a #@# c\nb#@# c\n#@#\n #@#',
      [
        [1, 'a'],
        [2, 'b#@# c'],
      ],
    ],
    ['empty lines', '\n\na\n', [[3, 'a']]],
    [
      'carriage returns before the newline',
      'a\r\nb\r',
      [
        [1, 'a'],
        [2, 'b\r'],
      ],
    ],
    [
      'what follows a NUL',
      'a\0b\nc\n',
      [
        [1, 'a'],
        [2, 'c'],
      ],
    ],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect(lines(text)).toEqual(expected);
  });
  it('takes one line of 32 MiB apart without looking through the rest for each piece', { tags: ['slow'] }, () => {
    expect(lines('#'.repeat(32 * 1024 * 1024))).toEqual([]);
  });
  it('cuts lines where sendmail does, and counts the pieces', () => {
    const most = 'a'.repeat(MAX_LIST_LINE_BYTES);
    expect(lines(`${most.slice(1)}\nx\n`)).toEqual([
      [1, most.slice(1)],
      [2, 'x'],
    ]);
    expect(lines(`${most}b\nx\n`)).toEqual([
      [1, most],
      [2, 'b'],
      [3, 'x'],
    ]);
  });
});
