/**
 * Random files of class members, in many formats, to our reader and to sendmail's.
 */
import { parseClassFile } from '../../src/source/class-file.ts';
import { scanFormat } from '../../src/source/scan-format.ts';
import { wordsOf } from '../read-data.ts';
import { type Comparison, sameAnswer, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';

const words = wordsOf('classes');

const WORDS = words('words');
const GAPS = [' ', ' ', '\t', '  ', '\v', '\f', '\r', ''];
const ENDS = ['\n', '\n', '\n', '\n\n', '\r\n', ' \n', '\t\n'];
/** Formats of F lines: none, Debian's, and others; `#` is escaped in a sendmail.cf. */
const FORMATS = words('formats');
/** Files in one job: sendmail is started for each. */
const CLASSES = ['A', 'D', 'E', 'H', 'I', 'J', 'K', 'N', 'Q', 'S'];

function anyFile(r: Random): string {
  const line = (): string =>
    (r.chance(0.2) ? r.pick(GAPS) : '') +
    r.list(r.int(0, 4), () => r.pick(WORDS) + r.pick(GAPS)).join('') +
    r.pick(ENDS);
  const text = r.list(r.int(0, 12), line).join('');
  return r.chance(0.2) ? text.trimEnd() : text;
}

function members(words: Iterable<string>): readonly string[] {
  return [...new Set([...words].map((word) => sevenBit(word).toLowerCase()))].sort();
}

export const classComparison: Comparison = {
  name: 'class',
  shortCases: 100,
  async run(oracle, seed, cases, report) {
    for (let done = 0, round = 0; done < cases; round++) {
      const r = random(seed, round);
      const files = CLASSES.map((name) => ({ name, text: anyFile(r), format: r.pick(FORMATS) }));
      const { results } = await oracle.ask({
        newaliases: false,
        cf: files
          .map(({ name, format }) => `F${name}/etc/mail/${name}.list ${format.replaceAll('#', '\\#')}`)
          .join('\n'),
        files: Object.fromEntries(files.map(({ name, text }) => [`${name}.list`, text])),
        queries: files.map(({ name }) => ({ kind: 'class' as const, class: name })),
      });
      for (const [i, { text, format }] of files.entries()) {
        const theirs = members(results[i]!.lines.filter((line) => line !== ''));
        const ours = members(parseClassFile(text, scanFormat(format)));
        report.compared(sameAnswer(theirs, ours) ? undefined : { asked: { text, format }, theirs, ours });
        done++;
      }
    }
  },
};
