/** Texts of a sendmail.cf, and a line for test mode, that would keep a careless engine for hours or fill its memory. */

/** A name for reports, the text behind {@link HEAD}, and the typed line. */
export type Explosion = readonly [name: string, cf: string, line: string];

/** Operators, and no DNS. */
export const HEAD = 'V10/Berkeley\nO ServiceSwitchFile=/nonexistent/switch\nO OperatorChars=.:@[]\nCc a b\nCb b\n';

const times = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const LONG = 'a '.repeat(450);
const AB = 'ab'.repeat(120);
/** Many rules with one left side, over a workspace of 450 tokens. */
const rules = (left: string, count = 5000): string => `Sx\nR$*\t$: z ${LONG}\n${`R${left}\t$: found\n`.repeat(count)}`;
/** Each map is made of so many of the one before it. */
const nested = (count: number, members: number): string =>
  `Kq0 dequote\n${times(count, (i) => `Kq${i + 1} sequence ${`q${i} `.repeat(members)}\n`)}Sx\nR$*\t$: $(q${count} x $)\n`;
const regex = (pattern: string, count = 500): string =>
  `Kr regex ${pattern}\nSx\n${`R$*\t$1 $(r ${AB} $: $)\n`.repeat(count)}`;

export const EXPLOSIONS: readonly Explosion[] = [
  ['a rule that always matches', 'Sx\nR$*\t$1 a\n', 'x b'],
  ['a tree of calls', `Sx\nR$*\t${'$>x $1 '.repeat(15)}\n`, 'x b'],
  ['a tree of two rulesets', 'Sx\nR$*\t$>y $1 $>y $1\nSy\nR$*\t$>x $1 $>x $1\n', 'x b'],
  ['text that doubles', 'Sx\nR$*\t$1 $1 $1\n', 'x b'],
  ['wildcards before a word', rules(`${'$+ a '.repeat(9)}z`), 'x z a'],
  ['wildcards before a class', rules(`${'$+ $+ '.repeat(4)}$=b`), 'x z a'],
  ['wildcards beside single ones', rules(`${'$+ $- '.repeat(4)}z $*`), 'x z a'],
  ['classes beside wildcards', rules(`${'$* $=c '.repeat(4)}z`), 'x z a'],
  ['a class of long names', `${times(60, (i) => `C{c} ${'a.'.repeat(i)}a\n`)}${rules('$={c} $={c} $={c} z')}`, 'x z a'],
  ['sequences that double', nested(40, 2), 'x b'],
  ['sequences of twelve', nested(20, 12), '/map q20 x'],
  ['a chain of sequences', nested(5000, 1), '/map q5000 x'],
  ['sequences that contain each other', 'Ka sequence b\nKb sequence a\nKa sequence b\nSx\nR$*\t$: $(a $1 $)\n', 'x b'],
  ['a pattern of nested stars', regex(`${'('.repeat(190)}a${')*'.repeat(190)}b`), 'x b'],
  ['a pattern of many stars', regex('((a|ab)*)*'.repeat(60)), 'x b'],
  ['a pattern of deep groups', regex(`${'('.repeat(1900)}a${')'.repeat(1900)}`), 'x b'],
  ['a pattern of repetitions', regex(`a${'*'.repeat(1900)}`), 'x b'],
  ['a pattern with counts', regex('((a{1,255}){1,255}){1,255}b'), 'x b'],
  [
    'macros that double',
    `D{m0}yyyyyyyy\n${times(40, (i) => `D{m${i + 1}}\${m${i}}\${m${i}}\n`)}Sx\nR$*\t$: \${m40} $&{m40}\n`,
    '$m',
  ],
  ['macros that name each other', 'D{a}$&{b}\nD{b}$&{a}\nDx$y\nDy$x\nSx\nR$*\t$&{a} $x\n', 'x b'],
  ['a macro of a megabyte', `D{m}${'a '.repeat(500_000)}\nSx\nR$*\t$: \${m}\n`, 'x b'],
  ['conditions in conditions', `Dx${'$?x'.repeat(700)}a${'$.'.repeat(700)}\nSx\nR$*\t$: $x\n`, '$x'],
  ['a rule of a megabyte', `Sx\nR$*\t$: ${'a '.repeat(500_000)}\n`, 'x b'],
  ['a line of 200,000 pieces', `Sx\nR$*\t$: a\n${'\tb\n'.repeat(200_000)}`, 'x b'],
  ['10,000 rulesets', times(10_000, (i) => `Ss${i}\nR$*\t$: $1\n`), '=S1'],
  ['10,000 classes', times(10_000, (i) => `C{c${i}} a\n`), '$={c1}'],
  ['10,000 macros', times(10_000, (i) => `D{c${i}} a\n`), `\${c1}`],
  ['10,000 maps', times(10_000, (i) => `Kc${i} hash -o /nonexistent/x\n`), '/map c1 a'],
  ['3,000 mailers', times(3000, (i) => `Mm${i}, P=/bin/x, F=l, A=x\n`), '=M'],
  [
    'a class of 200,000 words',
    `C{h}${times(200_000, (i) => ` h${i}.example`)}\nSx\nR$* $={h} $*\t$: $2\n`,
    'x a h7.example',
  ],
];
