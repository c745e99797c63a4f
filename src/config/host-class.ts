/**
 * Class w, R or t: listed names and names in files -> a membership test. Compares without regard to case. sendmail needs a
 * restart to see a changed class file; here it is followed.
 *
 * Errors: MapError `missing`, `unreadable` for a file that is not optional.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { parseClassFile } from '../source/class-file.ts';
import { scanFormat } from '../source/scan-format.ts';
import { classFileFindings } from '../source/warnings/class-file.ts';
import type { PlacedFinding } from '../source/warnings/finding.ts';
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
}

/** Whether a word, folded to lower case, is a member. */
export type Members = (word: ByteString) => boolean;

const REMEDY = 'create it, it may be empty';

/** The members of a class now. */
export function membersOf(setting: ClassSetting, sources: Sources): Members {
  const sets = [memberSet(setting.words), ...setting.files.map((file) => membersIn(file, sources))];
  const [one, two, ...others] = sets;
  if (two === undefined) return (word) => one!.has(word);
  if (others.length === 0) return (word) => one!.has(word) || two.has(word);
  return (word) => sets.some((set) => set.has(word));
}

function membersIn({ path, optional, ...how }: ClassFileSetting, sources: Sources): ReadonlySet<ByteString> {
  const { members, findings } = sources.text(path, memberReader(how), { optional, remedy: REMEDY });
  sources.report(path, findings);
  return members;
}

interface ReadMembers {
  readonly members: ReadonlySet<ByteString>;
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
    members: memberSet(parseClassFile(text, scan, compressed)),
    findings: classFileFindings(text, scan, compressed),
  });
  READERS.set(way, reader);
  return reader;
}

function memberSet(words: readonly ByteString[]): ReadonlySet<ByteString> {
  return new Set(words.map(foldCase));
}

/** The names that sendmail itself puts into class w: $j, its first label, and the loopback names. */
export function ownNames(hostName: ByteString): ByteString[] {
  return [hostName, hostName.split('.', 1)[0]!, 'localhost', '[127.0.0.1]'];
}
