/**
 * Cases that once broke a promise, and others worth keeping: `corpus/NAME.json` is a list of byte strings. They are tried
 * first, and others are made from them.
 */
import { existsSync, readFileSync } from 'node:fs';

export function keptCases(name: string): readonly string[] {
  const file = `test/faults/corpus/${name}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : [];
}
