/**
 * praliases(8): prints the aliases of every alias file, or the requested ones, as `key:value` lines in key order. Options,
 * messages and statuses are those of sendmail 8.17's praliases; long options are ours.
 */
import { decodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_OK, EX_USAGE } from '../../core/sysexits.ts';
import { mapPathToRead } from '../../files/map-path.ts';
import { openForReading } from '../../files/safe-open.ts';
import { hasName } from '../../files/status.ts';
import { dumpRecords } from '../../map/dump.ts';
import { mapClassOf } from '../../source/cf/map-classes.ts';
import { splitAliasFiles } from '../../source/cf/map-spec.ts';
import type { Io } from '../program/io.ts';
import { VERSION } from '../program/version.ts';
import { readConfiguration, USUAL_ALIAS_FILES } from './configuration.ts';
import { printWarning, reasonOf, untilFailure, warnOfAge } from './failure.ts';
import { type Arguments, getopt } from './getopt.ts';
import { PRALIASES } from './option-tables.ts';

const USAGE = 'usage: praliases [-C cffile] [-f aliasfile] [key ...]\n';
const HELP = `${USAGE}
Prints the mail aliases, or those of the given keys, from the maps that newaliases makes.
  -C file    the sendmail.cf that names the alias files
  -f file    the alias file, with or without its extension; sendmail.cf is not read
  --help, --version

Examples:
  praliases
  praliases postmaster root
  praliases -f /etc/mail/aliases
`;

const COLON = 0x3a;

export function main(argv: readonly string[], io: Io): Promise<number> {
  return untilFailure(io, () => run(getopt(argv, PRALIASES.letters, PRALIASES.words), io));
}

function run({ options, operands, error }: Arguments, io: Io): number {
  const flags = new Map(options.map(({ name, value }) => [name, value]));
  if (flags.has('help') || flags.has('version')) {
    io.out(flags.has('help') ? HELP : `praliases (mailmaps) ${VERSION}\n`);
    return EX_OK;
  }
  if (error !== undefined) {
    io.err(`${io.argv0}: ${error}\n${USAGE}`);
    return EX_USAGE;
  }
  for (const specification of aliasFiles(flags.get('C'), flags.get('f'))) {
    const spec = fileOf(specification);
    if ('file' in spec) printAliases(spec.file, spec.typed, operands, io);
    else io.err(`praliases: ${spec.complaint}\n`);
  }
  return EX_OK;
}

function aliasFiles(cf: string | undefined, file: string | undefined): readonly string[] {
  if (file !== undefined) return [file];
  const { settings, exists } = readConfiguration('praliases', cf);
  if (exists) return settings.aliasFiles.flatMap((value) => splitAliasFiles(value, /[ ,/]/));
  const usual = USUAL_ALIAS_FILES.find((name) => hasName(mapPathToRead(name))) ?? USUAL_ALIAS_FILES.at(-1)!;
  return [`hash:${usual}`];
}

/** One alias file: its path, or the error in `hash:-f /etc/mail/aliases`; flags do not matter here. */
type AliasFile = { readonly file: string; readonly typed: boolean } | { readonly complaint: string };

function fileOf(specification: string): AliasFile {
  const colon = specification.indexOf(':');
  const type = colon < 0 ? 'hash' : specification.slice(0, colon);
  const file = specification
    .slice(colon + 1)
    .trimStart()
    .replace(/^(?:-\S*\s*)+/, '');
  const { opens, isMade } = mapClassOf(type) ?? {};
  if (type !== '' && !(isMade && opens === 'map')) return { complaint: `Skipping non-file based alias type ${type}` };
  if (type === '' || file === '') return { complaint: `illegal alias specification: ${specification}` };
  return { file, typed: colon >= 0 };
}

function printAliases(file: string, typed: boolean, keys: readonly string[], io: Io): void {
  warnOfAge(decodeText(file), io);
  const onProblem = (problem: Problem): void => printWarning(problem, io);
  try {
    using map = openForReading(decodeText(file), { allowLinks: true, anyType: !typed, onProblem }, 'print');
    if (keys.length === 0) dumpRecords(map, COLON, (bytes) => io.out(bytes));
    for (const key of keys) {
      const value = map.get(key);
      io.out(value === undefined ? `${key}: No such key\n` : `${key}:${value}\n`);
    }
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    // Without a type, sendmail tries one type after another, and finds no file for any.
    const noneFits = error.code === 'missing' && !typed;
    io.err(`praliases: ${file}: open: ${noneFits ? 'Unknown database type' : reasonOf(error)}\n`);
  }
}
