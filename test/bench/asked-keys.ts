/** A makemap input -> files of keys to look up, a line each, in random order. */
import { readFileSync, writeFileSync } from 'node:fs';
import { random } from '../conformance/random.ts';
import type { Bench } from './group.ts';

/** Keys in a file. */
export const ASKED = 300_000;
const LONGEST_LINE = 1_000;

export interface AskedKeys {
  /** Keys that are in the map. */
  readonly hits: string;
  /** Keys that look like them and are not. */
  readonly misses: string;
  /** Other keys that are in the map. */
  readonly warm: string;
}

export function askedKeys(bench: Bench, text: string, name = 'keys'): AskedKeys {
  const bytes = readFileSync(text);
  const r = random(bench.seed, ASKED);
  const anyKey = (): string => {
    const start = bytes.indexOf('\n', r.int(0, bytes.length - LONGEST_LINE)) + 1;
    return bytes.toString('latin1', start, bytes.indexOf('\t', start)).toLowerCase();
  };
  const write = (kind: string, key: () => string): string => {
    const path = `${bench.scratch}/${name}-${kind}`;
    writeFileSync(path, r.list(ASKED, key).join('\n'), 'latin1');
    return path;
  };
  const almostAnyKey = (): string => {
    const key = anyKey();
    const at = r.int(4, key.length - 1);
    return `${key.slice(0, at)}=${key.slice(at)}`;
  };
  return { hits: write('hits', anyKey), misses: write('misses', almostAnyKey), warm: write('warm', anyKey) };
}
