/**
 * `npm run bench -- [GROUP ...] [--seed N] [--rounds N] [--json FILE]`: measures us against the real programs, in
 * alternation, and prints one table. A program that is not installed is left out by name. A missed target does not fail the
 * run: people judge the figures, of a quiet machine.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { type Command, itemsNamed, readCommandLine, wholeNumber } from '../command-arguments.ts';
import type { Bench, Group, Row } from './group.ts';
import { GROUPS } from './groups.ts';
import { openRoom, type Room } from './room.ts';
import { table } from './table.ts';

const CACHE = '.cache/bench';

const CONFIG = {
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
} as const;

interface Arguments {
  readonly groups: readonly Group[];
  readonly seed: number;
  readonly rounds: number;
  /** The file for the figures. */
  readonly json: string | undefined;
}

const USUAL = GROUPS.filter(({ onlyWhenNamed }) => !onlyWhenNamed);
const COMMAND: Command<typeof CONFIG, Arguments> = {
  name: 'bench',
  usage: `[GROUP ...] [--seed N] [--rounds N] [--json FILE]\ngroups:\n${GROUPS.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`,
  config: CONFIG,
  read: ({ values: { seed, rounds, json }, positionals }) => ({
    groups: positionals.length === 0 ? USUAL : itemsNamed('group', GROUPS, positionals),
    seed: wholeNumber('seed', seed, 1),
    rounds: wholeNumber('rounds', rounds, 1),
    json,
  }),
};

/** Runs groups one after the other; the rows, and what could not be measured. */
async function measure(groups: readonly Group[], seed: number, rounds: number): Promise<[Row[], string[]]> {
  const rows: Row[] = [];
  const leftOut = new Set<string>();
  const inputs = `${CACHE}/inputs-${seed}`;
  mkdirSync(inputs, { recursive: true });
  const scratch = mkdtempSync(`${process.cwd()}/${CACHE}/scratch-`);
  // lists in it are read as another user would
  chmodSync(scratch, 0o755);
  let room: Promise<Room | undefined> | undefined;
  try {
    for (const group of groups) {
      const bench: Bench = {
        ...{ seed, rounds, inputs: `${process.cwd()}/${inputs}`, scratch },
        report: (row) => {
          rows.push({ group: group.name, ...row });
          process.stderr.write(`${table(rows.slice(-1)).split('\n')[2]!}\n`);
        },
        leaveOut: (what, why) => leftOut.add(`${what}: ${why}`),
        room: async () => {
          room ??= openRoom();
          const open = await room;
          if (!open) leftOut.add('sendmail: see test/oracle/README.md');
          return open;
        },
      };
      await group.run(bench);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    await (await room)?.close();
  }
  return [rows, [...leftOut]];
}

function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpu?.model ?? 'unknown processor'}, ${memory} GB, Linux ${release()}, Node ${process.version}`;
}

async function main({ groups, seed, rounds, json }: Arguments): Promise<void> {
  const [rows, leftOut] = await measure(groups, seed, rounds);
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  console.log(`${command}\n${machine()}\nseed ${seed}, ${rounds} rounds\n\n${table(rows)}`);
  for (const what of leftOut) console.log(`left out: ${what}`);
  if (json !== undefined) {
    const report = { command, machine: machine(), date: new Date().toISOString(), seed, rounds, rows, leftOut };
    writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

const given = readCommandLine(COMMAND);
if (given !== undefined) await main(given);
