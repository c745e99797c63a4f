/**
 * `npm run bench -- [GROUP ...] [--seed N] [--rounds N] [--json FILE]`: measures us against the real programs, in
 * alternation, and prints one table. A program that is not installed is left out by name. A missed target does not fail the
 * run: people judge the figures, of a quiet machine.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, Group, Row } from './group.ts';
import { GROUPS } from './groups.ts';
import { openRoom, type Room } from './room.ts';
import { table } from './table.ts';

const CACHE = '.cache/bench';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

function whole(name: 'seed' | 'rounds'): number {
  if (!/^[1-9]\d{0,8}$/.test(values[name]))
    throw new RangeError(`--${name} takes a whole number, not '${values[name]}'`);
  return Number(values[name]);
}

function chosen(): readonly Group[] {
  if (positionals.length === 0) return GROUPS.filter(({ onlyWhenNamed }) => !onlyWhenNamed);
  return positionals.map((name) => {
    const group = GROUPS.find((each) => each.name === name);
    if (group) return group;
    const all = GROUPS.map((each) => `  ${each.name.padEnd(12)}${each.about}`).join('\n');
    throw new RangeError(`no group '${name}'; there are\n${all}`);
  });
}

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

async function main(): Promise<void> {
  const [seed, rounds] = [whole('seed'), whole('rounds')];
  const [rows, leftOut] = await measure(chosen(), seed, rounds);
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  console.log(`${command}\n${machine()}\nseed ${seed}, ${rounds} rounds\n\n${table(rows)}`);
  for (const what of leftOut) console.log(`left out: ${what}`);
  if (values.json !== undefined) {
    const report = { command, machine: machine(), date: new Date().toISOString(), seed, rounds, rows, leftOut };
    writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 64;
}
