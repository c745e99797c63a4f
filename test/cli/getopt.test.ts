import { describe, expect, it } from 'vitest';
import { getopt } from '../../src/cli/sendmail/getopt.ts';

const read = (...argv: string[]) => {
  const { options, operands, error } = getopt(argv, 'C:D:Nflt:', ['json', 'lmdb-format:', 'no-verify']);
  return [options.map(({ name, value }) => `${name}=${value}`).join(' '), operands.join(' '), error];
};

describe('getopt', () => {
  // biome-ignore format: one case per line
  it.each<[string, string[], string, string, string?]>([
    ['nothing', [], '', ''],
    ['operands alone', ['hash', 'map'], '', 'hash map'],
    ['options before and after operands', ['-N', 'hash', '-f', 'map'], 'N= f=', 'hash map'],
    ['options in one word', ['-Nf', 'map'], 'N= f=', 'map'],
    ['a value in the same word', ['-t,', 'map'], 't=,', 'map'],
    ['a value in the next word', ['-t', ',', 'map'], 't=,', 'map'],
    ['a value after other options in one word', ['-Nt:', 'map'], 'N= t=:', 'map'],
    ['an empty value', ['-D', '', 'map'], 'D=', 'map'],
    ['a value that looks like an option', ['-D', '-N', 'map'], 'D=-N', 'map'],
    ['a value that looks like the end of options', ['-D', '--', '-N'], 'D=-- N=', ''],
    ['an option twice, in order', ['-tx', '-ty'], 't=x t=y', ''],
    ['the end of options', ['-N', '--', '-f', '--', 'x'], 'N=', '-f -- x'],
    ['a dash alone is an operand', ['-', '-N'], 'N=', '-'],
    ['long options', ['--json', '--no-verify', '--lmdb-format', '0.9'], 'json= no-verify= lmdb-format=0.9', ''],
    ['a long option with its value in one word', ['--lmdb-format=0.9'], 'lmdb-format=0.9', ''],
    ['an unknown letter', ['-Z'], '', '', "invalid option -- 'Z'"],
    ['an unknown letter among known ones', ['-NZf', 'x'], 'N=', '', "invalid option -- 'Z'"],
    ['a digit', ['-1'], '', '', "invalid option -- '1'"],
    ['a comma as a letter', ['-,'], '', '', "invalid option -- ','"],
    ['a bracket as a letter', ['-<', '-['], '', '', "invalid option -- '<'"],
    ['a byte above 127', ['-\xc3\xa9'], '', '', "invalid option -- '\xc3'"],
    ['a long option of other programs', ['--foo'], '', '', "invalid option -- '-'"],
    ['an abbreviated long option', ['--js'], '', '', "invalid option -- '-'"],
    ['a long option with a value that it does not take', ['--json=x'], '', '', "invalid option -- '-'"],
    ['dashes alone', ['---'], '', '', "invalid option -- '-'"],
    ['a letter with two dashes', ['--N'], '', '', "invalid option -- '-'"],
    ['a dash among letters', ['-N-', 'x'], 'N=', '', "invalid option -- '-'"],
    ['a name that every object has', ['--__proto__'], '', '', "invalid option -- '-'"],
    ['a missing value', ['-N', '-D'], 'N=', '', "option requires an argument -- 'D'"],
    ['a missing value in a group', ['-ND'], 'N=', '', "option requires an argument -- 'D'"],
    ['a missing value of a long option', ['--lmdb-format'], '', '', "option '--lmdb-format' requires an argument"],
    ['the first of two errors', ['-Z', '-D'], '', '', "invalid option -- 'Z'"],
    ['what came before an error counts', ['-l', '-Z'], 'l=', '', "invalid option -- 'Z'"],
  ])('%s', (_, argv, options, operands, error) => {
    expect(read(...argv)).toEqual([options, operands, error]);
  });
});
