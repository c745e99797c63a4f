/**
 * Random D, C, F, K and comment lines, after a sendmail.cf of m4's: members of classes, values of macros and answers of maps,
 * by our reader and by sendmail's test mode.
 */
import { tableOf } from '../../src/map/table.ts';
import { mapNamed, parseSendmailCf, type SendmailCf } from '../../src/source/cf/parse.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import { scanFormat } from '../../src/source/scan-format.ts';
import { lookupIn } from '../lookup-in.ts';
import { type Comparison, sameAnswer, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';

const CLASSES = ['X', '{X}', '{long_one}', 'Y', '{Y}'];
const CLASS_NAMES = ['X', 'long_one', 'Y'];
const MACROS = ['q', '{q}', '{mac_a}', '{mac_b}'];
const USES = [
  '$q',
  '$\x7bq}',
  '$\x7bmac_a}',
  '$\x7bmac_b}',
  '$m',
  '$w',
  '$j',
  '$\x7bnone}',
  '$$',
  '$&q',
  '$*',
  '$1',
  '$',
];
const IN_VALUES = [
  '$m',
  '$w',
  '$j',
  '$$',
  '$*',
  '$?wx$|y$.',
  '$?\x7bnone}x$|y$.',
  '$&q',
  '$?wx',
  '$?\x7bnone}x',
  '$q',
  '$\x7bmac_a}',
];
const COPIES = ['$=X', '$=\x7bX}', '$=\x7blong_one}', '$=Y', '$=\x7bnone}'];
const TESTS = ['$?q', '$?\x7bmac_a}', '$?\x7bnone}', '$|', '$.', '$?w'];
const TEXTS = [
  'a',
  'B.example',
  'c#d',
  ' # comment',
  '\\#',
  '\\',
  '"',
  'x y',
  '"p q"',
  '\\n',
  '\\t',
  '-',
  '@',
  '=',
  '[1.2]',
];
const GAPS = [' ', ' ', '\t', '  ', '\n ', '\n\t', '\r\n ', ' \\\n\t'];
const ENDS = ['\n', '\n', '\n', '\r\n', '\\\n', ' \n', '\n\n', '\n# c\\\n', '\n#\n x\n', ' # c\n'];
const FORMATS = ['', '', ' %s', ' %[^\\#]', ' %*s %s', '  %[^,]', ' %[a-m.]', ' %d', ' %3s'];
const FILES = { f1: 'a.example b\n# c\n\td,e f#g\n', f2: 'B.Example z\nQ#r s\nlast' };
const MAPS = { m1: 'key\tone two\nb\tthree\n', m2: 'key\tother\n' };
const FLAGS = [
  '',
  '',
  '',
  ' -o',
  ' -m',
  ' -aZ',
  ' -a.',
  ' -f',
  ' -N',
  ' -O',
  ' -T<TMPF>',
  ' -t',
  ' -k 1',
  ' -A',
  ' -x',
  ' -om',
  ' -S.',
];
const KEYS = ['key', 'KEY', 'b', 'nobody'];

function words(r: Random, kinds: readonly (readonly string[])[]): string {
  return r.list(r.int(0, 5), () => r.pick(r.pick(kinds)) + (r.chance(0.6) ? r.pick(GAPS) : '')).join('');
}

function anyLine(r: Random): string {
  const kind = r.pick(['C', 'C', 'C', 'C', 'D', 'D', 'F', 'K']);
  if (kind === 'C') return `C${r.pick(CLASSES)}${words(r, [TEXTS, USES, COPIES, TESTS])}`;
  if (kind === 'D') return `D${r.pick(MACROS)}${words(r, [TEXTS, TEXTS, IN_VALUES])}`;
  if (kind === 'F') {
    const optional = r.pick(['', '', '-o ', ' -o ', ' -ox  ', ' ']);
    return `F${r.pick(CLASSES)}${optional}/etc/mail/${r.pick(['f1', 'f2'])}${r.pick(FORMATS)}`;
  }
  const flags = r.list(r.int(0, 2), () => r.pick(FLAGS)).join('');
  return `K${r.pick(['mx', 'MX', 'Mx'])}${r.pick([' ', ',', '\t'])}${r.pick(['hash', 'HASH'])}${flags} /etc/mail/${r.pick(['m1', 'm2'])}`;
}

/** A backslash at the end is part of a file's name. */
function withEnd(r: Random, line: string): string {
  const ends = /^[FK]/.test(line) ? ENDS.filter((end) => !end.startsWith('\\')) : ENDS;
  return line + r.pick(ends);
}

/** In lower case and as sendmail prints them: macros not replaced yet are other bytes there. */
function shown(members: Iterable<string>): readonly string[] {
  const texts = Array.from(members, (word) => sevenBit(word.replace(/[\x80-\x9f].*/s, '?')).toLowerCase());
  return [...new Set(texts)].sort();
}

function membersOf(cf: SendmailCf, name: string): readonly string[] {
  const { words, files } = cf.members(name);
  const inFiles = files.flatMap(({ path, format }) =>
    parseClassFile(FILES[path.slice('/etc/mail/'.length) as keyof typeof FILES] ?? '', scanFormat(format)),
  );
  return shown([...words.map(({ word }) => word), ...inFiles]);
}

function mapAnswer(cf: SendmailCf, key: string): string {
  const map = mapNamed(cf, 'mx');
  if (map === undefined) return 'not found';
  const text = MAPS[map.mapFile.slice('/etc/mail/'.length) as keyof typeof MAPS] ?? '';
  const entries = new Map(text.split('\n').map((line) => line.split('\t') as [string, string]));
  const lookup = lookupIn(entries);
  const result = tableOf((asked) => lookup(map.flags.keepCase ? asked : asked.toLowerCase()), {
    flags: map.flags,
    fills: false,
  })(key);
  return result.status === 'found' ? result.value : 'no match';
}

/** `mx (key) returns one two (0)`. */
function mapAnswerIn(lines: readonly string[]): string {
  const line = lines.join('\n');
  if (/not found$/.test(line)) return 'not found';
  return /returns (.*) \(0\)$/s.exec(line)?.[1] ?? (/no match/.test(line) ? 'no match' : line);
}

export const cfLinesComparison: Comparison = {
  name: 'cf-lines',
  shortCases: 100,
  async run(oracle, seed, cases, report) {
    for (let done = 0, round = 0; done < cases; round++) {
      const r = random(seed, round);
      const text = r.list(r.int(2, 14), () => withEnd(r, anyLine(r))).join('');
      const { results } = await oracle.ask({
        newaliases: false,
        cf: text,
        files: { ...FILES, ...MAPS },
        maps: Object.keys(MAPS),
        queries: [
          ...CLASS_NAMES.map((name) => ({ kind: 'class' as const, class: name.length > 1 ? `{${name}}` : name })),
          ...KEYS.map((key) => ({ kind: 'map' as const, map: 'mx', key })),
        ],
      });
      const cf = parseSendmailCf(`V10\n${text}\n`, { file: 'cf', hostName: 'mail.oracle.test' });
      const answers = results.map((result) => ('lines' in result ? result.lines.filter((line) => line !== '') : []));
      const theirs = [
        ...CLASS_NAMES.map((_, i) => shown(answers[i]!)),
        ...KEYS.map((_, i) => mapAnswerIn(answers[CLASS_NAMES.length + i]!)),
      ];
      const ours = [...CLASS_NAMES.map((name) => membersOf(cf, name)), ...KEYS.map((key) => mapAnswer(cf, key))];
      report.compared(sameAnswer(theirs, ours) ? undefined : { asked: { text }, theirs, ours });
      done++;
    }
  },
};
