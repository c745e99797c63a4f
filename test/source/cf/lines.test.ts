import { describe, expect, it } from 'vitest';
import { configurationLines } from '../../../src/source/cf/lines.ts';

/**
 * The text of a sendmail.cf of level 10 after its V line -> line number and text of its lines, as `sendmail -bt`
 * reads them.
 */
const LINES: readonly (readonly [why: string, text: string, lines: readonly string[]])[] = [
  ['a blank or tab continues', 'Dax\n b\n\tc\nDby', ['2 Dax\n b\n\tc', '5 Dby']],
  ['a backslash at the end does not', 'Dax\\\nCRy', ['2 Dax\\', '3 CRy']],
  ['nor one at the end of a comment', '# on \\\\host\\mail\\\nCRy', ['3 CRy']],
  ['nor one at the end of a comment in a line', 'Dax # \\\nCRy', ['2 Dax', '3 CRy']],
  ['a comment line is continued', '# c\n CRx\nCRy', ['4 CRy']],
  ['a comment within ends with its physical line', 'CRx # c\n y', ['2 CRx\n y']],
  ['an empty line is continued too', '\n CRx\nCRy', ['2 \n CRx', '4 CRy']],
  ['a line of blanks continues', 'CRx\n \n\ty', ['2 CRx\n \n\ty']],
  ['CR before a line break goes', 'CRx\r\n\ty\r', ['2 CRx\n\ty']],
  ['CR elsewhere stays', 'CRx\ry', ['2 CRx\ry']],
  ['what follows a NUL goes', 'CRx\0y\nCRz', ['2 CRx', '3 CRz']],
  ['# in the middle of a word', 'CRx#y', ['2 CRx']],
  ['quotes do not keep a #', 'D{a}"x # y"', ['2 D{a}"x']],
  ['a backslash does, and goes', 'Fx/f %[^\\#]', ['2 Fx/f %[^#]']],
  ['the macro # is none', 'Rx\t$#error', ['2 Rx\t$#error']],
  ['two dollar signs are no macro', 'Dax$$# y', ['2 Dax$$']],
  ['nor is one within a name', 'Dax$\x7ba#b} y # z', ['2 Dax$\x7bab} y']],
  ['a macro of a blank at the end goes', 'CRx $ \n\t', ['2 CRx ']],
  ['byte A0 is no blank', 'CR\xc3\xa0 # c', ['2 CR\xc3\xa0']],
];

describe('lines of a sendmail.cf', () => {
  it.each(LINES)('%s', (_why, text, lines) => {
    const found = [...configurationLines(`V10\n${text}\n`)].slice(1);
    expect(found.map(({ line, text }) => `${line} ${text}`)).toEqual(lines);
  });
  it.each([
    ['', 'CRx#y'],
    ['V2\n', 'CRx#y'],
    ['V3\n', 'CRx'],
    ['V3\nV2\n', 'CRx#y'],
  ])('the level decides whether # counts: %j', (before, text) => {
    expect([...configurationLines(`${before}CRx#y\n`)].at(-1)).toMatchObject({ text });
  });
});
