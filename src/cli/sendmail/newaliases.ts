/**
 * newaliases(1): rebuilds the map of every aliases file in the configuration. Options, messages and statuses are those of
 * sendmail 8.17 called by that name; its messages go to standard output. Long options are ours, as are the warnings on standard
 * error.
 */
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_DATAERR, EX_OK, EX_OSERR, EX_SOFTWARE, EX_USAGE } from '../../core/sysexits.ts';
import { isTransient } from '../../core/system-error.ts';
import { mapPath } from '../../files/map-path.ts';
import type { MakeAliasesOptions } from '../../map/alias-options.ts';
import { type MakeAliasesReport, makeAliases } from '../../map/make-aliases.ts';
import { mapClassOf } from '../../source/cf/map-classes.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { Io } from '../program/io.ts';
import { Progress } from '../program/progress.ts';
import { VERSION } from '../program/version.ts';
import { lmdbFormat } from './configuration.ts';
import { Failure, lineWarning, printWarning, reasonOf, worldFailure } from './failure.ts';
import { type NewaliasesArguments, readNewaliasesArguments } from './newaliases-arguments.ts';
import { type AliasMap, type NewaliasesSettings, readSettings } from './newaliases-settings.ts';

const HELP = `Usage: newaliases [-C file] [-oAfile] [-OAliasFile=file] [-v]

Rebuilds the map of every aliases file that sendmail.cf names (without one: /etc/mail/aliases, else /etc/aliases).
Long options:
  --type cdb           make CDB files, whatever class the maps have; hash, btree and lmdb make LMDB files
  --strict             with any bad entry leave the map as it was
  --check              print errors and warnings, and write nothing
  --lmdb-format 0.9    write what LMDB 0.9 reads (Postfix, Exim); the default is the format that the map has, else 1.0
  --no-verify          do not read the new map back before it is put in place
  --json               print problems and counts as JSON
  --progress           on a terminal, show how far a long run is
  --help, --version
See newaliases(1).

Examples:
  newaliases
  newaliases -oA/etc/mail/aliases --strict
  newaliases --lmdb-format 0.9 -oA/etc/mail/aliases
`;

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const args = readNewaliasesArguments(argv, io.argv0);
  if (args.words.has('help') || args.words.has('version')) {
    io.out(args.words.has('help') ? HELP : `newaliases (mailmaps) ${VERSION}\n`);
    return EX_OK;
  }
  if (args.ended !== undefined) {
    if (args.ended.err !== undefined) io.err(args.ended.err);
    if (args.ended.out !== undefined) io.out(args.ended.out);
    return args.ended.status;
  }
  const { format, complaint = typeComplaint(args) } = lmdbFormat(args.words.get('lmdb-format'), io);
  if (complaint !== undefined) {
    io.err(`${io.argv0}: ${complaint}\n`);
    return EX_USAGE;
  }
  try {
    const settings = readSettings(args.cf, args.options, io);
    if (args.remark !== undefined) io.out(args.remark);
    return await rebuildAll(settings, args, format, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.out(`${error.message}\n`);
    return error.status;
  }
}

function typeComplaint({ words }: NewaliasesArguments): string | undefined {
  const type = words.get('type');
  return type === undefined || mapClassOf(type)?.isMade ? undefined : `there is no type '${type}'`;
}

async function rebuildAll(
  settings: NewaliasesSettings,
  args: NewaliasesArguments,
  format: MapFormat | undefined,
  io: Io,
): Promise<number> {
  const { words } = args;
  const { aliasFiles, ...configured } = settings;
  const progress = words.has('progress') && io.isTerminal ? new Progress('newaliases', io) : undefined;
  const onLine = progress && ((line: number) => progress.show(() => `${line} lines read`));
  const options: MakeAliasesOptions = {
    ...configured,
    strict: words.has('strict'),
    check: words.has('check'),
    verify: !words.has('no-verify'),
    ...(format && { format }),
    ...(onLine && { onLine }),
  };
  if (aliasFiles.length === 0)
    io.err('warning: no AliasFile names a file that newaliases makes a map of: nothing is done\n');
  const json: unknown[] = [];
  const report = words.has('json') ? (each: unknown) => json.push(each) : undefined;
  let status = EX_OK;
  for (const map of aliasFiles) {
    const type = words.get('type') ?? map.mapClass;
    const ended = await rebuild(map, type === 'cdb' ? { ...options, format: 'cdb' } : options, io, report);
    progress?.wipe();
    status ||= ended;
  }
  if (report) io.out(encodeText(`${jsonText(json)}\n`));
  return status;
}

/** Rebuilds one aliases file. Returns its exit status. */
async function rebuild(
  map: AliasMap,
  options: MakeAliasesOptions,
  io: Io,
  report: ((each: unknown) => void) | undefined,
): Promise<number> {
  const file = decodeText(map.file);
  const { append } = map;
  const onProblem = (problem: Problem): void => {
    const { line, text, ours } = problem;
    const said = `${line === undefined ? '' : `${map.file}: line ${line}: `}${encodeText(text)}\n`;
    if (ours && line === undefined) printWarning(problem, io);
    else if (ours) io.err(lineWarning(map.file, problem));
    else io.out(line === undefined ? `WARNING: ${said}` : said);
  };
  try {
    const made = await makeAliases(file, { ...options, append, ...(report === undefined && { onProblem }) });
    if (report) report({ file, ...made });
    else io.out(closingLine(map.file, made));
    return made.status;
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    if (report) report({ file, error: { code: error.code, message: error.message } });
    return refuse(map, error, report === undefined ? io : undefined);
  }
}

function closingLine(file: string, { aliases, longest, bytes }: MakeAliasesReport): string {
  return `${file}: ${aliases} aliases, longest ${longest} bytes, ${bytes} bytes total\n`;
}

/** Message and status for a file that cannot be read, or whose map cannot be made. */
function refuse(map: AliasMap, error: MapError, io: Io | undefined): number {
  const { file, optional } = map;
  const message = encodeText(error.message);
  if (error.code === 'badLines') {
    io?.err(`newaliases: ${file}: ${message}\n`);
    return EX_DATAERR;
  }
  const failure = worldFailure('newaliases', file, error);
  if (failure !== undefined) {
    io?.err(`${failure.message}\n`);
    return failure.status;
  }
  const isSource = error.file === decodeText(file) && error.file !== mapPath(error.file);
  if (!isSource) return refuseMap(map, error, io);
  if (isTransient(error.cause ?? {})) {
    // sendmail ends with 0, as for a missing file; here the source file exists, and its map is not made.
    io?.err(`newaliases: ${message}\n`);
    return EX_OSERR;
  }
  if (!optional) io?.out(`newaliases: ${message}\n`);
  return EX_OK;
}

/** sendmail has three messages for this. */
function refuseMap({ name, file, mapClass, optional }: AliasMap, error: MapError, io: Io | undefined): number {
  const path = encodeText(error.file ?? '');
  const reason = reasonOf(error);
  const found = reason.includes(path) ? reason : `${path}: ${reason}`;
  const missed = `Cannot create database for alias file ${file}`;
  if (mapClass === 'implicit') {
    // A warning has already named the directory.
    if (error.directory === undefined) io?.err(`warning: ${found}\n`);
    io?.out(`WARNING: cannot open alias database ${file}\n${missed}\n`);
    return EX_SOFTWARE;
  }
  io?.out(optional ? `${missed}: ${reason}\n` : `${mapClass} map "${name}": unsafe map file ${found}\n${missed}\n`);
  return EX_OSERR;
}
