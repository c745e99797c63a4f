/**
 * A file of class w or R -> findings: words after the first one, and words that are not host names.
 *
 * Linear in the text.
 * Source: sendmail's reading of F lines (class-file.ts) and its comparisons: class w by the whole name, class R by
 * the end of a name or the start of an address.
 */
import { type ByteString, isAscii } from '../../core/bytes.ts';
import { trimBytes } from '../../core/fold.ts';
import { readAddressWord } from '../../core/networks.ts';
import { isCidrDirective } from '../cidr-directive.ts';
import { FIRST_WORD, type ScanFormat } from '../scan-format.ts';
import { inAscii, isOddAddress } from './access.ts';
import { characterFindings, textFindings, utf16Finding } from './characters.ts';
import type { Finding, PlacedFinding } from './finding.ts';

/**
 * Findings in line order.
 *
 * @param compressed O UseCompressedIPv6Addresses
 */
export function classFileFindings(
  text: ByteString,
  format: ScanFormat = FIRST_WORD,
  compressed = false,
): PlacedFinding[] {
  const bytes = Buffer.from(text, 'latin1');
  if (utf16Finding(bytes) !== undefined) return textFindings(bytes);
  let isCidr = false;
  return text.split('\n').flatMap((line, i) => {
    if (line.startsWith('#')) isCidr ||= isCidrDirective(line.slice(1));
    if (line.startsWith('#')) return [];
    return lineFindings(line, format, { isCidr, compressed }).map((finding) => ({ line: i + 1, ...finding }));
  });
}

interface Spelling {
  readonly isCidr: boolean;
  readonly compressed: boolean;
}

function lineFindings(line: ByteString, format: ScanFormat, spelling: Spelling): Finding[] {
  const taken = format(line);
  const words = taken.split(/[\t-\r ]+/).filter((word) => word !== '');
  const [, second = ''] = trimBytes(line).split(/[\t-\r ]+/, 2);
  const isLost = taken === words[0] && second !== '' && !second.startsWith('#') && taken !== trimBytes(line);
  const lost: Finding[] = isLost
    ? [{ code: 'MM501', about: second, text: `only the first word of a line counts; ${second} is lost` }]
    : [];
  return [...words.flatMap((word) => wordFindings(word, spelling)), ...lost];
}

function wordFindings(word: ByteString, { isCidr, compressed }: Spelling): Finding[] {
  const characters = characterFindings(word);
  if (characters.length > 0) return characters;
  const read = readAddressWord(word, compressed);
  if (isCidr && read !== undefined) return read.kind === 'refused' ? [wrong(word, read.text)] : [];
  if (!isAscii(word))
    return [{ code: 'MM114', about: word, text: `${word}: sendmail looks up names in ASCII${inAscii(word)}` }];
  if (read?.kind === 'key' && read.key !== word && !word.includes('/'))
    return [wrong(word, `sendmail compares the address in the form ${read.key}`)];
  const why = WRONG.find(([pattern]) => pattern.test(word))?.[1] ?? (isOddAddress(word) ? ODD_ADDRESS : undefined);
  return why === undefined ? [] : [wrong(word, why)];
}

function wrong(word: ByteString, why: string): Finding {
  return { code: 'MM502', about: word, text: `${word}: ${why}` };
}

const ODD_ADDRESS = 'the parts of an address or net are whole numbers from 0 to 255';
const WRONG: readonly (readonly [RegExp, string])[] = [
  [/^[a-z]+:\/\//i, 'a name is written without a scheme'],
  [/,/, 'commas do not separate names; write one name on each line'],
  [/\*/, 'there are no wildcards'],
  [/@/, 'a name has no @'],
  [/^(?:ipv6:)?[0-9a-f.:]+\/\d+$/i, 'a network is not written with a slash'],
  [/[a-z]\.$/i, 'a name is written without the last dot'],
];
