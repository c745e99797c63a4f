/**
 * `mailmaps build`: makes every map of a directory that is missing or differs from its source file. A map that does not differ
 * stays the same file; only its time is set to now.
 *
 * Each source file is read once and compiled in a temporary directory. The map is replaced only if the result passes the checks
 * (bad lines, size). Exit status 0, or 65 if a source file has bad lines or a map would shrink too much.
 */

import type { Command } from 'commander';
import type { Feature } from '../../access/features.ts';
import { encodeText } from '../../core/bytes.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_DATAERR, EX_OK } from '../../core/sysexits.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { Io } from '../program/io.ts';
import { printable, printableLines } from '../program/printable.ts';
import { UsageError } from './error-status.ts';
import { append, DEFAULT_DIRECTORY, lmdbFormatIn, lmdbFormatOption } from './options.ts';

interface BuildSettings {
  readonly directory: string;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly feature: readonly string[];
  readonly maxShrink?: string;
  readonly strict?: boolean;
  readonly hostName?: string;
  readonly cidr?: boolean;
  readonly lmdbFormat?: MapFormat;
  readonly json?: boolean;
}

/** Under `--strict`: a list that came empty from a failed download does not replace a full one. */
const STRICT_SHRINK = '50%';

/** Adds the sub-command; `finish` takes its exit status. */
export function addBuild(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('build')
    .description('make the maps of a directory that are missing or differ from their source files')
    .option('-d, --directory <dir>', 'the configuration directory', DEFAULT_DIRECTORY)
    .option('--dry-run', 'print the actions, and write nothing')
    .option('--diff', 'before a map is replaced, print the decisions, expansions and routes that change')
    .option('--feature <name>', 'for --diff: a FEATURE() of the configuration; repeatable', append, [])
    .option(
      '--max-shrink <percent>',
      'keep a map that would lose more than this part of its records (with --strict: 50%)',
    )
    .option('--strict', 'keep a map whose source file has bad lines')
    .option('--cidr', 'take networks, any spelling of IPv6 and Unicode domains in keys, as makemap --cidr does')
    .addOption(lmdbFormatOption())
    .option('--host-name <name>', 'the name of this host ($j)')
    .option('--json', 'one JSON object a map')
    .action(async (settings: BuildSettings) => finish(await run(settings, io)));
}

async function run(settings: BuildSettings, io: Io): Promise<number> {
  const { buildDirectory } = await import('../../review/build/build.ts');
  const { directory, dryRun = false, strict = false, cidr = false, hostName, json } = settings;
  const shrink = settings.maxShrink ?? (strict ? STRICT_SHRINK : undefined);
  const format = settings.lmdbFormat ?? lmdbFormatIn(io.env);
  const options = {
    ...(format !== undefined && { format }),
    dryRun,
    strict,
    cidr,
    ...(shrink !== undefined && { maxShrink: percentOf(shrink) }),
    ...(hostName !== undefined && { hostName }),
  };
  if (settings.diff) await printEffect(settings, io);
  let status = EX_OK;
  for await (const built of buildDirectory(directory, options)) {
    for (const { line, text } of built.problems)
      io.err(encodeText(`${printable(`${built.text}: ${line === undefined ? '' : `line ${line}: `}${text}`)}\n`));
    const said = json ? jsonText(built) : printable(`${built.map}: ${built.words}`);
    io.out(encodeText(`${said}\n`));
    if (built.outcome === 'refused' || built.errors > 0) status = EX_DATAERR;
  }
  return status;
}

async function printEffect({ directory, feature, hostName, cidr = false }: BuildSettings, io: Io): Promise<void> {
  const { effectOfBuild } = await import('../../review/build/effect.ts');
  const { diffText } = await import('../../review/diff/format.ts');
  const features = feature as readonly Feature[];
  const effect = effectOfBuild(directory, { cidr, features, ...(hostName !== undefined && { hostName }) });
  io.out(encodeText(printableLines(diffText(effect))));
}

function percentOf(text: string): number {
  const percent = /^(\d{1,3})%?$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) > 100) throw new UsageError(`--max-shrink takes a percentage: ${text}`);
  return Number(percent);
}
