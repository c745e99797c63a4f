import { describe, expect, it } from 'vitest';
import { parseClassFile } from '../../src/source/class-file.ts';
import { scanFormat } from '../../src/source/scan-format.ts';

describe('parseClassFile', () => {
  // biome-ignore format: one case per line
  it.each([
    ['the first word of a line',     'a b\nc\n',        ['a'],           ['a', 'b']],
    ['blanks in front',              ' \ta\n',          ['a'],           ['a']],
    ['a comment',                    '# a\nb\n',        ['b'],           ['b']],
    ['# inside a line',              'a #b c\n',        ['a'],           ['a']],
    ['# inside a word',              'a#b\n',           ['a#b'],         ['a']],
    ['an indented #',                ' #a\n',           ['#a'],          []],
    ['carriage returns',             'a\r\nb\r\n',      ['a'],           ['a']],
    ['no newline at the end',        'a',               ['a'],           ['a']],
    ['nothing',                      '\n \n',           [],              []],
  ])('%s', (_, text, first, every) => {
    expect(parseClassFile(text).slice(0, 1)).toEqual(first);
    expect(parseClassFile(text, scanFormat('%[^#]')).slice(0, every.length)).toEqual(every);
  });

  it('reads any number of words on a line', () => {
    expect(parseClassFile('a '.repeat(500_000), scanFormat('%[^#]'))).toHaveLength(500_000);
  });
});
