/**
 * The files of test/data/dbfiles: Berkeley DB of all versions, CDB and LMDB, with the records that each file's own
 * library gives. INDEX.tsv names the maker of each file, and the expected result.
 */
import { readFileSync } from 'node:fs';

const DIRECTORY = process.env.MAILMAPS_DBFILES ?? 'test/data/dbfiles';

export interface DbFile {
  readonly name: string;
  readonly path: string;
  readonly features: string;
  /** `records`, or the reason why the file is refused: `damaged`, `recno` ... */
  readonly expected: string;
  /** Number of records of a readable file; for a damaged one, of those that can still be read. */
  readonly count: number | undefined;
}

export const DB_FILES: readonly DbFile[] = readFileSync(`${DIRECTORY}/INDEX.tsv`, 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [name = '', , , , , , features = '', expected = '', count = ''] = line.split('\t');
    return {
      name,
      path: `${DIRECTORY}/${name}`,
      features,
      expected: expected.replace(/^error:(\w+).*/, '$1'),
      count: count === '' ? undefined : Number(count),
    };
  });

/** A record as byte strings. */
export type DbRecord = readonly [key: string, value: string];

/** The records of a file, sorted by key; those of one key in the order of the file. */
export function recordsOf(path: string): DbRecord[] {
  const lines = readFileSync(`${path}.records`, 'latin1').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [key = '', value = ''] = line.split('\t').map(unescaped);
    return [key, value];
  });
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x(..)|\\)/g, (_, hex?: string) =>
    hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Sorted by key, as in {@link recordsOf}. */
export function sorted(records: readonly DbRecord[]): DbRecord[] {
  return [...records].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}
