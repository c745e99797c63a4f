/**
 * Configurations and lines that nobody means well with: they end, within bounds of time.
 *
 * @module-tag slow
 */
import { expect, it } from 'vitest';
import { computing } from '../faults/fuzz.ts';
import { caseMachine } from './case-machine.ts';
import { conversation } from './conversation.ts';

const HEAD = 'V10/Berkeley\nO OperatorChars=.:@[]\n';
/** Of computing. */
const LONGEST_MS = 10_000;

async function inTime(work: () => void): Promise<void> {
  expect(await computing(work)).toBeLessThan(LONGEST_MS);
}

function ask(cf: string, ...lines: readonly string[]): string {
  return conversation(HEAD + cf, lines, caseMachine({}));
}

it('a rule that never stops matching ends after 100 turns', () => {
  expect(ask('Sx\nR$*\t$1 a\n', 'x b')).toContain('Infinite loop in ruleset x, rule 1');
});

it('a ruleset that calls itself ends at a depth of 50', () => {
  expect(ask('Sx\nR$*\t$>x $1\n', 'x b')).toContain('rewrite: excessive recursion (max 50), ruleset x');
});

it('rulesets that call each other in a tree end', () =>
  inTime(() => {
    const calls = '$>x $1 '.repeat(15);
    expect(ask(`Sx\nR$*\t${calls}\n`, 'x b')).toContain('excessive recursion');
  }));

it('text that doubles ends where it is too long', () => {
  expect(ask('Sx\nR$*\t$1 $1 $1\n', 'x b')).toContain('rewrite: expansion too long');
});

it('patterns that can match in many ways end', () =>
  inTime(() => {
    const out = ask(`Sx\nR${'$* a '.repeat(9)}z\tfound\n`, `x ${'a '.repeat(400)}`);
    expect(out.endsWith('> ')).toBe(true);
  }));

it('macros that name themselves end', () => {
  expect(ask('D{a}$&{b}\nD{b}$&{a}\nDx$y\nDy$x\nSx\nR$*\t$&{a} $x\n', 'x b').endsWith('> ')).toBe(true);
});

it('sequences that contain themselves end', () => {
  expect(
    ask('Ka sequence b\nKb sequence a\nKc sequence c\nSx\nR$*\t$: $(a $1 $) $(c $1 $)\n', 'x b').endsWith('> '),
  ).toBe(true);
});

const nested = (count: number, members: number): string =>
  `Kq0 dequote\n${Array.from({ length: count }, (_, i) => `Kq${i + 1} sequence ${`q${i} `.repeat(members)}\n`).join('')}`;

it('sequences of sequences end where they would take too long', () =>
  inTime(() => {
    expect(ask(`${nested(40, 2)}Sx\nR$*\t$: $(q40 x $)\n`, 'x b')).toContain('the rulesets take too long');
    expect(ask(nested(5000, 1), '/map q5000 x').endsWith('> ')).toBe(true);
  }));

it('a pattern of 1,900 groups is refused', () => {
  expect(ask(`Kr regex ${'('.repeat(1900)}a${')'.repeat(1900)}\n`)).toContain('Regular expression too big');
});

it('many rules that search long end where they would take too long', () =>
  inTime(() => {
    const rule = `R${'$+ $+ '.repeat(4)}$=c\t$: found\n`;
    const cf = `Cc c\nSx\nR$*\t$: z ${'a '.repeat(450)}\n${rule.repeat(5000)}`;
    expect(ask(cf, 'x b')).toContain('the rulesets take too long');
  }));

it('a map whose aliases ask the map itself is read once', () => {
  const cf = 'Ks stab /etc/mail/names\nMlocal, P=/bin/true, F=lA, A=true\nS0\nR$*\t$#local $: $(s $1 $: $1 $)\n';
  const out = conversation(HEAD + cf, ['/map s a'], caseMachine({ files: { names: 'a: b\nc: d\n' } }));
  expect(out).toContain('2 aliases');
  expect(out).toContain('returns b (0)');
});

it('a class of 200,000 members is read and asked', () =>
  inTime(() => {
    const words = Array.from({ length: 200_000 }, (_, i) => `h${i}.example`);
    const out = conversation(
      `${HEAD}F{c}/etc/mail/c\nSx\nR$* $={c} $*\t$@ in $2\n`,
      ['x a h199999.example b'],
      caseMachine({ files: { c: words.join('\n') } }),
    );
    expect(out).toContain('returns: in h199999 . example');
  }));

it.each(['\x80', '\xff', '\x01', '$', '\\', '"', '<<<<', '(((((', '$&', '$={', '$('])(
  'a line of %j is answered',
  (text) => {
    const line = text.repeat(1000).slice(0, 2000);
    expect(
      ask(`Sx\nR$*\t${text}$1\nR${text}\tx\nD{m}${text}\nC{c}${text}\n`, `x ${line}`, line, `.D${line}`).length,
    ).toBeGreaterThan(0);
  },
);
