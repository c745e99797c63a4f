/**
 * Class w, R or t: listed names and names in files -> a membership test. Compares without regard to case. sendmail needs a
 * restart to see a changed class file; here it is followed.
 *
 * Errors: MapError `missing`, `unreadable` for a file that is not optional.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Source } from '../core/source.ts';
import type { ClassWord } from '../source/cf/classes.ts';
import { parseClassFile, readClassFile } from '../source/class-file.ts';
import { FIRST_WORD, scanFormat } from '../source/scan-format.ts';
import { classFileFindings } from '../source/warnings/class-file.ts';
import type { PlacedFinding } from '../source/warnings/finding.ts';
import { heldText } from './entry-finder.ts';
import type { Sources } from './sources.ts';

/** A file with members of a class. */
export interface ClassFileSetting {
  readonly path: string;
  readonly optional: boolean;
  /** scanf format of the F line; by default the first word of each line is a member. */
  readonly format?: ByteString;
  /** O UseCompressedIPv6Addresses, for networks. */
  readonly compressed?: boolean;
}

export interface ClassSetting {
  readonly words: readonly ByteString[];
  readonly files: readonly ClassFileSetting[];
  /** The lines of a sendmail.cf that have words, by the folded word. */
  readonly places?: ReadonlyMap<ByteString, Source>;
}

/** Whether a word, folded to lower case, is a member. */
export type Members = (word: ByteString) => boolean;

const REMEDY = 'create it, it may be empty';

/** The members of a class now. */
export function membersOf(setting: ClassSetting, sources: Sources): Members {
  const tests = [memberTest(setting.words), ...setting.files.map((file) => membersIn(file, sources))];
  const [one, two, ...others] = tests as [Members, ...Members[]];
  if (two === undefined) return one;
  if (others.length === 0) return (word) => one(word) || two(word);
  return (word) => tests.some((test) => test(word));
}

/** The places of words of a sendmail.cf, by the folded word. */
export function wordPlaces(words: readonly ClassWord[]): ReadonlyMap<ByteString, Source> {
  return new Map(
    words.flatMap(({ word, file, line }) => {
      const place = line === undefined ? {} : { line };
      return file === undefined ? [] : [[foldCase(word), { file, ...place }] as const];
    }),
  );
}

/** Folded words of a class -> their places: lines of the sendmail.cf, and of files as they are now. */
export function wordFinder(
  { places, files }: ClassSetting,
  sources: Sources,
): (word: ByteString) => Source | undefined {
  const texts = files.map((file) => ({ ...file, held: heldText(file.path, sources) }));
  let inFiles: ReadonlyMap<ByteString, Source> | undefined;
  return (word) => {
    const inCf = places?.get(word);
    if (inCf !== undefined) return inCf;
    inFiles ??= new Map(texts.flatMap(({ held, ...file }) => [...linesOfWords(held?.read() ?? '', file)]).reverse());
    return inFiles.get(word);
  };
}

/** If a word is on several lines, the first one counts. */
function linesOfWords(
  text: ByteString,
  { path, format, compressed = false }: ClassFileSetting,
): Map<ByteString, Source> {
  const lines = new Map<ByteString, Source>();
  readClassFile(text, scanFormat(format ?? '%s') ?? FIRST_WORD, compressed, (word, line) => {
    const folded = foldCase(word);
    if (!lines.has(folded)) lines.set(folded, { file: path, line });
  });
  return lines;
}

function membersIn({ path, optional, ...how }: ClassFileSetting, sources: Sources): Members {
  const { members, findings } = sources.text(path, memberReader(how), { optional, remedy: REMEDY });
  sources.report(path, findings);
  return members;
}

interface ReadMembers {
  readonly members: Members;
  readonly findings: readonly PlacedFinding[];
}
type MemberReader = (text: ByteString) => ReadMembers;
/** One reader for each way to read: sources identify a text by its path and reader. */
const READERS = new Map<string, MemberReader>();

function memberReader({
  format = '%s',
  compressed = false,
}: Omit<ClassFileSetting, 'path' | 'optional'>): MemberReader {
  const way = `${compressed} ${format}`;
  const known = READERS.get(way);
  if (known !== undefined) return known;
  const scan = scanFormat(format);
  const reader: MemberReader = (text) => ({
    members: memberTest(parseClassFile(text, scan, compressed)),
    findings: classFileFindings(text, scan, compressed),
  });
  READERS.set(way, reader);
  return reader;
}

/** Each end of a host is tested. Most ends have a length that no member has, so they need no hash. */
function memberTest(words: readonly ByteString[]): Members {
  const members = new Set(words.map(foldCase));
  const lengths = new Set<number>();
  for (const word of members) lengths.add(word.length);
  return (word) => lengths.has(word.length) && members.has(word);
}

/** The names that sendmail itself puts into class w: $j, its first label, and the loopback names. */
export function ownNames(hostName: ByteString): ByteString[] {
  return [hostName, hostName.split('.', 1)[0]!, 'localhost', '[127.0.0.1]'];
}

/** The same test with a memory of its last answer: the rules for one address ask several times for one host. */
export function lastRemembered(test: Members): Members {
  let asked: ByteString | undefined;
  let answer = false;
  return (word) => {
    if (word !== asked) {
      answer = test(word);
      asked = word;
    }
    return answer;
  };
}
