/** `mailmaps import`: maps of Berkeley DB and CDB -> maps of ours, and the configuration lines that must change. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { encodeText } from '../../../core/bytes.ts';
import { MapError } from '../../../core/errors.ts';
import { jsonText } from '../../../core/json-text.ts';
import { EX_DATAERR, EX_OK } from '../../../core/sysexits.ts';
import { type ImportReport, importMap } from '../../../map/import.ts';
import type { WrittenFormat } from '../../../store/records/limits.ts';
import type { Io } from '../../program/io.ts';
import { printable } from '../../program/printable.ts';
import { describeError, messageOf, statusOf, UsageError } from '../error-status.ts';
import { append, lmdbFormatIn, lmdbFormatOption } from '../options.ts';
import { mapFilesIn, readUsual, usualFiles } from './configuration-files.ts';
import { type Change, changesIn } from './references.ts';
import { type Imported, importText } from './report-text.ts';
import { checkText, textStatus } from './text-check.ts';

interface ImportSettings {
  readonly directory: string;
  readonly to?: string;
  readonly lmdbFormat?: '1.0' | '0.9';
  readonly cdb?: boolean;
  readonly database?: string;
  readonly check?: boolean;
  readonly config: readonly string[];
  readonly verify: boolean;
  readonly json?: boolean;
}

/** Adds the sub-command; `finish` takes its exit status. */
export function addImport(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('import')
    .description('make maps from Berkeley DB and CDB files, and list the configuration lines to change')
    .argument('[files...]', 'the files; without any, all .db and .cdb files of the directory')
    .option('-d, --directory <dir>', 'the directory of the maps, if no file is named', '/etc/mail')
    .option('--to <name>', 'the name of the new map, for one file')
    .addOption(lmdbFormatOption())
    .option('--cdb', 'make a CDB file')
    .option('--database <name>', 'the database to read, in a file that holds several')
    .option('--check', 'compare with the source file of the map')
    .option('--config <file>', 'search this configuration file, not the usual ones; repeatable', append, [])
    .option('--no-verify', 'do not read the new map back before it is put in place')
    .option('--json', 'one JSON array')
    .action(async (files: readonly string[], settings: ImportSettings) => finish(await run(files, settings, io)));
}

async function run(named: readonly string[], settings: ImportSettings, io: Io): Promise<number> {
  if (settings.cdb && settings.lmdbFormat) throw new UsageError('--cdb and --lmdb-format exclude each other');
  if (settings.to !== undefined && named.length !== 1) throw new UsageError('--to needs one file');
  const files = named.length > 0 ? named : mapFilesIn(settings.directory);
  const configurations = readNamed(settings.config);
  const reports: unknown[] = [];
  let status = EX_OK;
  for (const file of files) {
    try {
      const imported = await importOne(file, settings, configurations, io);
      reports.push(imported);
      if (!settings.json) io.out(encodeText(importText(imported)));
      if ((imported.check?.differences.length ?? 0) > 0) status ||= EX_DATAERR;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      reports.push({ file, error: describeError(error) });
      if (!settings.json) io.err(encodeText(`mailmaps: ${printable(messageOf(error))}\n`));
      status ||= statusOf(error);
    }
  }
  if (settings.json) io.out(encodeText(`${jsonText(reports)}\n`));
  return status;
}

async function importOne(
  file: string,
  settings: ImportSettings,
  configurations: ReadonlyMap<string, string>,
  io: Io,
): Promise<Imported> {
  const name = file.replace(/\.(?:db|cdb|lmdb)$/, '');
  const report = await importMap(file, settings.to ?? name, {
    format: formatOf(settings, io),
    verify: settings.verify,
    ...(settings.database === undefined ? {} : { database: settings.database }),
  });
  const isAliases = /newaliases|postalias/.test(report.maker);
  const text = name === file ? undefined : textStatus(name);
  const check = settings.check && text ? await checkText(name, report.path, isAliases) : undefined;
  return {
    ...report,
    textIsNewer: text && text.mtimeMs > textStatus(file)!.mtimeMs,
    ...(check && { check }),
    changes: changesFor(file, name, report, configurations),
  };
}

function formatOf({ cdb, lmdbFormat }: ImportSettings, io: Io): WrittenFormat {
  if (cdb) return 'cdb';
  return lmdbFormat ?? lmdbFormatIn(io.env) ?? '1.0';
}

/** The texts of the configuration files that were named, by path. @throws MapError `unreadable` */
function readNamed(files: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const file of files) {
    const text = readUsual(file);
    if (text === undefined) throw new MapError('unreadable', `cannot read ${file}`, { file });
    texts.set(file, text);
  }
  return texts;
}

/** The lines to change in the named configuration files; by default in the usual ones. */
function changesFor(
  file: string,
  name: string,
  { format }: ImportReport,
  named: ReadonlyMap<string, string>,
): Change[] {
  // A map file without a known extension: no configuration line refers to it in a known form.
  if (name === file) return [];
  const moved = {
    name: resolve(name),
    from: file.slice(name.length + 1),
    to: format === 'cdb' ? 'cdb' : 'lmdb',
  } as const;
  const files = named.size > 0 ? [...named.keys()] : usualFiles(name);
  return files.flatMap((each) => changesIn(each, named.get(each) ?? readUsual(each) ?? '', moved));
}
