import { describe, expect, it } from 'vitest';
import { matchRegex, RegexBudget } from '../../src/core/regex/match.ts';
import { parseRegex, RegexError } from '../../src/core/regex/syntax.ts';
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

  it.each(['(', 'a{2', '[a', '*', 'a\\'])('%s is refused', (pattern) => {
    expect(() => parseRegex(pattern, EXTENDED)).toThrow(RegexError);
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
