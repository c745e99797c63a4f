/** The one reader of test/data: recorded answers of the real programs, and word lists for random questions. */
import { readFileSync } from 'node:fs';

const DATA = new URL('data/', import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(`${name}.json`, DATA), 'utf8');
}

/** The lists of `words/FILE.json`, by their names; one word a line. A word is a byte string. */
export function wordsOf(file: string): (list: string) => readonly string[] {
  const lists = JSON.parse(read(`words/${file}`)) as Readonly<Record<string, readonly string[]>>;
  return (list) => {
    const words = lists[list];
    if (words === undefined) throw new Error(`words/${file}.json has no list ${list}`);
    return words;
  };
}
