/**
 * `mailmaps diff OLD NEW`: lists the questions that two configurations answer differently. Exit status 0: none, 1: some, 2: the
 * new one lets a stranger relay to a stranger.
 */
import type { Command } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_OK } from '../../core/sysexits.ts';
import { makeScratch, type Scratch } from '../../store/scratch.ts';
import type { Io } from '../program/io.ts';
import { printableLines } from '../program/printable.ts';
import { configurationNamed } from './configuration-named.ts';
import { UsageError } from './error-status.ts';
import { append } from './options.ts';
import { writeReport } from './report.ts';

interface DiffSettings {
  readonly feature: readonly string[];
  readonly hostName?: string;
  readonly fleet?: string;
  readonly trust?: string;
  readonly json?: boolean;
  readonly report?: string;
}

const STATUS_DIFFERENT = 1;
const STATUS_OPEN_RELAY = 2;

/** Adds the sub-command; `finish` takes its exit status. */
export function addDiff(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('diff')
    .description('list the questions that two configurations answer differently')
    .argument('<old>', 'a configuration directory, a sendmail.cf, or a generation of a fleet (fleet:41)')
    .argument('<new>', 'the same')
    .option('--fleet <address>', 'the fleet of fleet:41')
    .option('--trust <file>', 'the public keys that may publish to it')
    .option('--feature <name>', 'a FEATURE() of both; repeatable', append, [])
    .option('--host-name <name>', 'the name of this host ($j)')
    .option('--report <file>', 'write a page for people as well (HTML)')
    .option('--json', 'one JSON object')
    .action(async (before: string, after: string, settings: DiffSettings) => {
      const { diff } = await import('../../review/diff/diff.ts');
      const { diffText } = await import('../../review/diff/format.ts');
      const scratches: Scratch[] = [];
      try {
        const [old, now] = await Promise.all([before, after].map((name) => directoryOf(name, settings, scratches)));
        const result = diff(configurationNamed(old!, settings), configurationNamed(now!, settings));
        if (settings.report !== undefined) {
          const { diffPage } = await import('../../review/report/pages.ts');
          await writeReport(settings.report, (draw) => diffPage(result, draw));
        }
        const text = settings.json ? `${jsonText(result)}\n` : diffText(result);
        io.out(encodeText(printableLines(text)));
        if (result.openRelay !== undefined) return finish(STATUS_OPEN_RELAY);
        const isSame = ![result.entries, result.differences, result.expansions, result.routes, result.rewrites].some(
          ({ length }) => length > 0,
        );
        finish(isSame ? EX_OK : STATUS_DIFFERENT);
      } finally {
        for (const scratch of scratches) scratch[Symbol.dispose]();
      }
    });
}

const GENERATION = /^fleet:(\d{1,15})$/;

/** The name itself, or a new directory with the files of a generation. */
async function directoryOf(name: string, { fleet, trust }: DiffSettings, scratches: Scratch[]): Promise<string> {
  const generation = GENERATION.exec(name)?.[1];
  if (generation === undefined) return name;
  if (fleet === undefined || trust === undefined) throw new UsageError(`${name} needs --fleet and --trust`);
  const { checkOutGeneration } = await import('./fleet-commands.ts');
  const scratch = makeScratch('mailmaps-diff.');
  scratches.push(scratch);
  await checkOutGeneration({ fleet, trust, threshold: 1 }, Number(generation), scratch.path);
  return scratch.path;
}
