/** Inputs for makemap that were made to be hard on it: long common beginnings, equal keys, orders, lengths. */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { Bench } from './group.ts';
import { accessLine, inputFile } from './inputs.ts';

export interface HardInput {
  readonly name: string;
  readonly path: string;
  /** makemap's options for it. */
  readonly options?: readonly string[];
  /** True: lines are refused, so the program ends with EX_DATAERR. */
  readonly refused?: true;
}

const MILLION = 1_000_000;
const EX_DATAERR = 65;
const PIECE = 10_000;

export const statusesOf = ({ refused }: HardInput): readonly number[] => (refused ? [EX_DATAERR] : [0]);

export function hardInputs(bench: Bench): readonly HardInput[] {
  const lines = (name: string, line: (i: number) => string): string => made(bench, name, line);
  const sorted = inOrder(bench, 'sorted', (all) => all);
  const prefix = `From:${'very-long-common-beginning.'.repeat(11)}`.slice(0, 300);
  return [
    { name: 'keys of 300 common bytes and 7 more', path: lines('prefix', (i) => `${prefix}${scattered(i)}\tREJECT\n`) },
    { name: 'all keys equal, refused', path: lines('equal', (i) => `connect:a.example\tREJECT ${i}\n`), refused: true },
    { name: 'all keys equal, -r', path: lines('equal', (i) => `connect:a.example\tREJECT ${i}\n`), options: ['-r'] },
    { name: 'sorted', path: sorted },
    { name: 'reverse sorted', path: inOrder(bench, 'reversed', (all) => all.reverse()) },
    {
      name: 'keys that are each a beginning of the next',
      path: lines('nested', (i) => `${'a'.repeat(i % 900)}.${scattered(i)}\tOK\n`),
    },
    { name: 'empty lines', path: lines('empty', () => '\n') },
    { name: 'one value of 100 MB, refused', path: oneValue(bench), refused: true },
  ];
}

/** Seven digits, different for different numbers below ten million, in no order. */
const scattered = (i: number): string => String((i * 7_368_787) % 10_000_000).padStart(7, '0');

function made({ inputs }: Bench, name: string, line: (i: number) => string): string {
  const path = `${inputs}/hard-${name}`;
  if (existsSync(path)) return path;
  const fd = openSync(`${path}.new`, 'w');
  for (let i = 0; i < MILLION; i += PIECE) {
    writeSync(fd, Array.from({ length: PIECE }, (_, k) => line(i + k)).join(''));
  }
  closeSync(fd);
  renameSync(`${path}.new`, path);
  return path;
}

function inOrder(bench: Bench, name: string, order: (lines: string[]) => string[]): string {
  const path = `${bench.inputs}/hard-${name}`;
  if (existsSync(path)) return path;
  const random = readFileSync(inputFile(bench, 'access', MILLION, accessLine), 'latin1')
    .split('\n')
    .slice(0, -1);
  writeFileSync(path, `${order(random.sort()).join('\n')}\n`, 'latin1');
  return path;
}

function oneValue({ inputs }: Bench): string {
  const path = `${inputs}/hard-value`;
  if (!existsSync(path)) writeFileSync(path, `a.example\t${'x'.repeat(100 * MILLION)}\n`);
  return path;
}
