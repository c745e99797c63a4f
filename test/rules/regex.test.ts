import { describe, expect, it } from 'vitest';
import { matchRegex, RegexBudget } from '../../src/core/regex/match.ts';
import { RegexError, RegexNotFollowed } from '../../src/core/regex/regex-error.ts';
import { parseRegex } from '../../src/core/regex/syntax.ts';
import { computing } from '../faults/fuzz.ts';

const EXTENDED = { isBasic: false, ignoresCase: false };

function parts(pattern: string, text: string, options = EXTENDED): readonly (string | undefined)[] | undefined {
  const found = matchRegex(parseRegex(pattern, options), text);
  if (found === undefined) return undefined;
  return Array.from({ length: found.length / 2 }, (_, i) =>
    found[2 * i]! < 0 ? undefined : text.slice(found[2 * i], found[2 * i + 1]),
  );
}

describe('a POSIX regular expression', () => {
  it.each([
    ['(a|ab)(c|bcd)(d*)', 'abcd', ['abcd', 'ab', 'c', 'd']],
    ['(x+x+)+y', 'xxxxy', ['xxxxy', 'xxxx']],
    ['a|ab|abc', 'xabcd', ['abc']],
    ['([^@]+)@(.*)', 'u@d.example', ['u@d.example', 'u', 'd.example']],
    ['^(a*)(a*)$', 'aaa', ['aaa', 'aaa', '']],
    ['(a)|(b)', 'b', ['b', undefined, 'b']],
    ['[[:digit:]]{2,3}', 'a1234', ['123']],
    ['\\bhost\\b', 'a host b', ['host']],
    ['a.c', 'ab', undefined],
    ['', 'ab', ['']],
  ])('%s on %s: the leftmost longest match', (pattern, text, expected) => {
    expect(parts(pattern, text)).toEqual(expected);
  });

  it('of the basic kind has its operators behind backslashes', () => {
    expect(parts('\\(a*\\)b\\{2\\}', 'aabb', { isBasic: true, ignoresCase: false })).toEqual(['aabb', 'aa']);
  });

  it('ignores case where it is told to', () => {
    expect(parts('host[A-C]', 'HOSTb', { isBasic: false, ignoresCase: true })).toEqual(['HOSTb']);
  });

  it.each([
    ['[A-z]', '_', undefined],
    ['[0-z]', 'q', ['q']],
    ['[+--]', '-', ['-']],
    ['[]a-]', ']', [']']],
    ['[[.a.]-[.c.]]', 'B', ['B']],
  ])('%s on %s without regard to case: a range is one of capitals', (pattern, text, expected) => {
    expect(parts(pattern, text, { isBasic: false, ignoresCase: true })).toEqual(expected);
  });

  // The words of sendmail 8.17.1.9 about K lines of such regex maps.
  const PRECEDING = 'Invalid preceding regular expression';
  const [GROUP, BRACKET] = ['Unmatched ( or \\(', 'Unmatched [, [^, [:, [., or [='];
  const [RANGE, INTERVAL] = ['Invalid range end', 'Invalid content of \\{\\}'];
  it.each([
    ['(', GROUP],
    ['*', PRECEDING],
    ['^*', PRECEDING],
    ['\\b{2}', PRECEDING],
    ['a\\', 'Trailing backslash'],
    ['a{2', 'Unmatched \\{'],
    ['a{2\\}', 'Unmatched \\{'],
    ['a{}', INTERVAL],
    ['a{2,1}', INTERVAL],
    ['a{x,2}', INTERVAL],
    ['(a)\\2', 'Invalid back reference'],
    ['[', 'Invalid regular expression'],
    ['[^', 'Invalid regular expression'],
    ['[a', BRACKET],
    ['[[.', BRACKET],
    ['[[.]]', BRACKET],
    ['[[.ab.]]', 'Invalid collation character'],
    ['[[:foo:]]', 'Invalid character class name'],
    ['[z-a]', RANGE],
    ['[a-b-c]', RANGE],
    ['[[:alpha:]-z]', RANGE],
    ['[a-[=b=]]', RANGE],
  ])('%s is refused: %s', (pattern, words) => {
    expect(() => parseRegex(pattern, EXTENDED)).toThrow(new RegexError(words));
  });

  it.each([
    ['[_-z]', false, RANGE],
    ['\\)', true, GROUP],
    ['\\{1\\}', true, PRECEDING],
    ['a**', true, PRECEDING],
  ])('%s is refused without regard to case', (pattern, isBasic, words) => {
    expect(() => parseRegex(pattern, { isBasic, ignoresCase: true })).toThrow(new RegexError(words));
  });

  it('with a back reference is not followed', () => {
    expect(() => parseRegex('(a)\\1', EXTENDED)).toThrow(RegexNotFollowed);
  });

  it.each(['(a*)*b', '(a|a)*b', '(a|aa)+$', '((a*)*)*c', '(.*)(.*)(.*)(.*)(.*)(.*)x', '(a?){50}a{50}'])(
    'computes for a bounded time, however it is written: %s',
    async (pattern) => {
      const computed = await computing(() => {
        try {
          parts(pattern, 'a'.repeat(1000));
        } catch (error) {
          expect(error).toBeInstanceOf(RegexBudget);
        }
      });
      expect(computed).toBeLessThan(5000);
    },
  );
});
