/**
 * The one reader of test/data: recorded answers of the real programs, and word lists for random questions.
 *
 * A recorded file has one field a line. A long text is `{"pieces": [...]}`: its lines, or parts of a long one, joined.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** From the root of the project, where all tests run: the random comparisons are bundled to another place. */
const DATA = 'test/data';

function joinPieces(_name: string, value: unknown): unknown {
  // a word list may be called `pieces`
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'pieces') return value;
  return (value as { readonly pieces: readonly string[] }).pieces.join('');
}

/** The content of `NAME.json`. */
export function readData<T>(name: string): T {
  return JSON.parse(readFileSync(`${DATA}/${name}.json`, 'utf8'), joinPieces);
}

/** The names of the files in a directory of test/data. */
export function dataIn(directory: string): readonly string[] {
  return readdirSync(`${DATA}/${directory}`).map((file) => `${directory}/${file.replace(/\.json$/, '')}`);
}

/** The lists of `words/FILE.json`, by their names; one word a line. A word is a byte string. */
export function wordsOf(file: string): (list: string) => readonly string[] {
  const lists = readData<Readonly<Record<string, readonly string[]>>>(`words/${file}`);
  return (list) => {
    const words = lists[list];
    if (words === undefined) throw new Error(`words/${file}.json has no list ${list}`);
    return words;
  };
}
