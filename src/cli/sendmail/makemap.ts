/**
 * makemap(8): standard input -> map, or with `-u` map -> standard output. Options, messages and statuses are those of sendmail
 * 8.17's makemap; long options are ours.
 */
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import { ownField } from '../../core/own-field.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_DATAERR, EX_OK, EX_USAGE } from '../../core/sysexits.ts';
import { openForReading } from '../../files/safe-open.ts';
import { dumpRecords } from '../../map/dump.ts';
import { type MakeMapOptions, type MakeMapReport, makeMap } from '../../map/make-map.ts';
import { typeOfMap } from '../../source/cf/scan.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { Io } from '../program/io.ts';
import { withProgress } from '../program/progress.ts';
import { VERSION } from '../program/version.ts';
import {
  type Configuration,
  checkType,
  lmdbFormat,
  NO_CONFIGURATION,
  readConfiguration,
  trustedUid,
} from './configuration.ts';
import { Failure, lineWarning, mapFailure, printWarning, untilFailure, warnOfAge } from './failure.ts';
import { type Arguments, getopt } from './getopt.ts';
import { MAKEMAP } from './option-tables.ts';

const USAGE = `Usage: makemap [-C cffile] [-N] [-c cachesize] [-D commentchar]
               [-d] [-e] [-f] [-i type] [-l] [-o] [-r] [-s] [-t delimiter]
               [-u] [-v] type mapname
`;
const HELP = `${USAGE}
Reads "key value" lines from standard input and makes the map file mapname.lmdb, or mapname.cdb for the type cdb; with
-u prints the map, which may be a Berkeley DB file.
Long options:
  --strict             with any error in the input leave the map as it was
  --check              print errors and warnings, and write nothing
  --lmdb-format 0.9    write what LMDB 0.9 reads (Postfix, Exim); the default is the format that the map has, else 1.0
  --cidr               networks (192.0.2.0/23, 2001:db8::/32), any spelling of IPv6 and Unicode domains in keys become
                       the keys that sendmail asks for
  --no-verify          do not read the new map back before it is put in place
  --json               print problems and counts as JSON
  --progress           on a terminal, show how far a long run is
  --help, --version
See makemap(8) for the others.

Examples:
  makemap hash /etc/mail/access < /etc/mail/access
  makemap --lmdb-format 0.9 hash /etc/postfix/transport < /etc/postfix/transport
  makemap -u hash /etc/mail/access
`;

/** Options that are answered as soon as they are read. */
const ANSWERS: Readonly<Record<string, string>> = {
  l: 'hash\nbtree\nimplicit\n',
  x: 'hash:db\nbtree:db\nimplicit:\n',
  help: HELP,
  version: `makemap (mailmaps) ${VERSION}\n`,
};

/** The request of a command line. */
interface Request {
  readonly flags: ReadonlyMap<string, string>;
  /** The last `-t` that is not empty. */
  readonly delimiter: string | undefined;
  readonly format: MapFormat | undefined;
  readonly type: string;
  readonly mapName: string;
}

export function main(argv: readonly string[], io: Io): Promise<number> {
  return untilFailure(io, () => {
    const request = readArguments(getopt(argv, MAKEMAP.letters, MAKEMAP.words), io);
    return typeof request === 'number' ? request : run(request, io);
  });
}

/** A number is the exit status of a run that has ended. */
function readArguments(args: Arguments, io: Io): Request | number {
  const flags = new Map<string, string>();
  let delimiter: string | undefined;
  for (const { name, value } of args.options) {
    const answer = ownField(ANSWERS, name);
    if (answer !== undefined) {
      io.out(answer);
      return EX_OK;
    }
    flags.set(name, value);
    if (name === 't' && value === '') io.err('Invalid separator\n');
    else if (name === 't') delimiter = value;
  }
  const [type, mapName] = args.operands;
  const { format, complaint = args.error } = lmdbFormat(flags.get('lmdb-format'), io);
  if (complaint !== undefined) io.err(`${io.argv0}: ${complaint}\n`);
  if (complaint === undefined && args.operands.length === 2) {
    return { flags, delimiter, format, type: type!, mapName: mapName! };
  }
  io.err(USAGE);
  return EX_USAGE;
}

async function run(request: Request, io: Io): Promise<number> {
  const { flags, mapName } = request;
  const configuration = configurationFor(request);
  const owner = trustedUid(configuration.settings, io);
  const type = resolveType(request, configuration, io);
  checkType('makemap', type, mapName);
  const onProblem = problemPrinter(request, io);
  try {
    if (flags.has('u')) {
      warnOfAge(decodeText(mapName), io);
      using map = openForReading(decodeText(mapName), {
        owner,
        onProblem,
        allowLinks: flags.has('s'),
        anyType: type === 'implicit',
        isCdb: type === 'cdb',
      });
      // sendmail opens a map with the given flags, and this flag does not fit every map.
      if (flags.has('d') && !map.hasDuplicates) throw new MapError('badInput', 'Invalid argument');
      dumpRecords(map, request.delimiter?.charCodeAt(0) ?? 0x09, (bytes) => io.out(bytes));
      return EX_OK;
    }
    const source = flags.has('progress') && io.isTerminal ? withProgress(io.stdin, 'makemap', io) : io.stdin;
    const report = await makeMap(source, decodeText(mapName), {
      ...makeOptions(request, io),
      ...(type === 'cdb' ? { format: 'cdb' as const } : {}),
      anyType: type === 'implicit',
      owner,
      ...(configuration.exists && { compressedAddresses: configuration.settings.compressedAddresses }),
      ...(flags.has('json') ? {} : { onProblem }),
    });
    if (flags.has('json')) io.out(encodeText(`${jsonText(report)}\n`));
    else if (flags.has('check'))
      io.out(`${mapName}: ${report.records} records, bad lines: ${report.errors}; nothing is written\n`);
    else if (report.networks > 0) io.err(encodeText(`${networkCounts(request, report)}\n`));
    return report.errors > 0 ? EX_DATAERR : EX_OK;
  } catch (error) {
    if (error instanceof MapError && error.code === 'badLines') {
      throw new Failure(EX_DATAERR, `makemap: ${mapName}: ${error.message}`);
    }
    throw mapFailure('makemap', type, mapName, error);
  }
}

/** Printed only if there are networks, because sendmail's makemap prints no such line. */
function networkCounts({ mapName }: Request, { networks, networkKeys }: MakeMapReport): string {
  return `makemap: ${decodeText(mapName)}: networks: ${networks}, keys of networks: ${networkKeys}`;
}

function makeOptions({ flags, delimiter, format }: Request, io: Io): MakeMapOptions {
  const comment = flags.get('D');
  return {
    ...(delimiter === undefined ? {} : { delimiter: decodeText(delimiter[0]!) }),
    ...(comment === undefined ? {} : { comment: decodeText(comment.slice(0, 1)) }),
    emptyValues: flags.has('e'),
    keepCase: flags.has('f'),
    duplicates: flags.has('d') ? 'all' : flags.has('r') ? 'last' : 'first',
    append: flags.has('o'),
    allowLinks: flags.has('s'),
    strict: flags.has('strict'),
    check: flags.has('check'),
    cidr: flags.has('cidr'),
    verify: !flags.has('no-verify'),
    ...(flags.has('N') ? { trailingNul: true } : {}),
    ...(format === undefined ? {} : { format }),
    ...(flags.has('v') ? { onRecord: (key, value) => io.out(`key=\`${key}', val=\`${value}'\n`) } : {}),
  };
}

/** Reads sendmail.cf only as root, whose maps TrustedUser may own, and for a type that is looked up in it. */
function configurationFor({ type, flags }: Request): Configuration {
  const isRead = process.geteuid?.() === 0 || isTypeOfCf(type);
  return isRead ? readConfiguration('makemap', flags.get('C')) : NO_CONFIGURATION;
}

function isTypeOfCf(type: string): boolean {
  return type === '' || type.toLowerCase() === 'cf';
}

/** `cf` or `CF` (or nothing) as the type: the type in sendmail.cf, else that of `-i`. */
function resolveType(request: Request, { path, settings }: Configuration, io: Io): string {
  const { type, mapName, flags } = request;
  if (!isTypeOfCf(type)) return type;
  const found = type === '' ? undefined : typeOfMap(settings, mapName, type !== 'cf');
  if (found !== undefined) return found;
  const missing = `makemap: mapfile ${mapName}: not found in ${path}`;
  const fallback = flags.get('i');
  if (!fallback) throw new Failure(EX_DATAERR, missing);
  if (flags.has('v')) io.err(`${missing}, using fallback ${fallback}\n`);
  return fallback;
}

function problemPrinter({ mapName }: Request, io: Io): (problem: Problem) => void {
  return (problem) => {
    const { severity, line, text, ours } = problem;
    if (line !== undefined && ours) io.err(lineWarning(mapName, problem));
    else if (line !== undefined) io.err(`makemap: ${mapName}: line ${line}: ${encodeText(text)}\n`);
    else if (severity === 'warning') printWarning(problem, io);
  };
}
