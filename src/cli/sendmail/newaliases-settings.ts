/**
 * sendmail.cf and the command line of newaliases -> its settings: the alias files, in the order in which sendmail rebuilds
 * them, the members of class w, and the options that matter. An error that stops sendmail stops it here.
 */
import { hostname } from 'node:os';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OSERR, EX_OSFILE, EX_SOFTWARE } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import { hasName } from '../../files/status.ts';
import { type Allowed, readCfFile, readClassFile } from '../../files/text-safety.ts';
import type { ClassFileLine } from '../../source/cf/classes.ts';
import { expandMacros } from '../../source/cf/macros.ts';
import { mapClassOf, opensMap } from '../../source/cf/map-classes.ts';
import { type AliasFileSpec, parseAliasFiles } from '../../source/cf/map-spec.ts';
import { isTrue } from '../../source/cf/options.ts';
import {
  type AddressReading,
  addressReading,
  type OptionLine,
  optionValue,
  optionValues,
  parseSendmailCf,
  type SendmailCf,
} from '../../source/cf/parse.ts';
import { parseClassFile } from '../../source/class-file.ts';
import { scanFormat } from '../../source/scan-format.ts';
import { classFileFindings } from '../../source/warnings/class-file.ts';
import type { Io } from '../program/io.ts';
import { DEFAULT_CF, systemUid, USUAL_ALIAS_FILES } from './configuration.ts';
import { Failure, lineWarning } from './failure.ts';

/** An alias file and sendmail's name for its map: Alias0, Alias1 ... */
export interface AliasMap extends AliasFileSpec {
  readonly name: string;
}

export interface NewaliasesSettings extends Omit<AddressReading, 'blanksSeparate'> {
  readonly aliasFiles: readonly AliasMap[];
  readonly localHostNames: readonly string[];
  readonly hostName: string;
  readonly checkAliases: boolean;
  readonly dontBlame: readonly string[];
  /** The id of TrustedUser, for a run as root. */
  readonly owner: number | undefined;
}

const OTHERS_WRITE = 0o022;
const OWNER_READ = 0o400;
/** @throws Failure if sendmail would stop; its message goes to standard output */
export function readSettings(named: string | undefined, given: readonly OptionLine[], io: Io): NewaliasesSettings {
  const path = named ?? (hasName(DEFAULT_CF) ? DEFAULT_CF : undefined);
  const cf = readConfiguration(path, io);
  for (const { file, line, text, ours } of cf.problems) {
    if (ours) io.err(`warning: ${encodeText(file!)}: line ${line}: ${text}\n`);
  }
  const errors = cf.problems.filter((problem) => !problem.ours);
  if (errors.length > 0) throw new Failure(EX_SOFTWARE, errors.map((error) => at(error, error.text)).join('\n'));
  const stated = new Set(given.map((option) => option.name.toLowerCase()));
  const options = cf.options.filter((option) => !stated.has(option.name.toLowerCase())).concat(given);
  const settings: SendmailCf = { ...cf, options };
  const { percentHack, bangPath, blank } = addressReading(settings);
  const dontBlame = optionValues(settings, 'DontBlameSendmail').flatMap((value) =>
    value.toLowerCase().split(/[^a-z0-9]+/),
  );
  return {
    aliasFiles: aliasFiles(options, path === undefined),
    ...localNames(cf, new Set(dontBlame), io),
    percentHack,
    bangPath,
    blank: decodeText(blank),
    checkAliases: isTrue(optionValue(settings, 'CheckAliases')),
    dontBlame,
    owner: trustedUser(options),
  };
}

function at(place: { readonly file?: string; readonly line?: number }, text: string): string {
  const where = place.line === undefined ? '' : `${encodeText(place.file ?? '')}: line ${place.line}: `;
  return where + text;
}

function readConfiguration(path: string | undefined, io: Io): SendmailCf {
  const hostName = encodeText(hostname());
  if (path === undefined) return parseSendmailCf('', { file: '', hostName });
  const name = decodeText(path);
  try {
    const text = readCfFile(name, ({ mode }) => {
      if (mode & OTHERS_WRITE) io.err(`${path}: WARNING: dangerous write permissions\n`);
      if (!(mode & OWNER_READ)) throw Object.assign(new Error(), { code: 'EACCES' });
    });
    return parseSendmailCf(text, { file: name, hostName });
  } catch (error) {
    const isDirectory = (error as NodeJS.ErrnoException).code === 'EISDIR';
    const reason = isDirectory ? 'not a plain file' : `cannot open: ${systemText(error)}`;
    throw new Failure(EX_OSFILE, `${path}: line 0: ${reason}`);
  }
}

function aliasFiles(options: readonly OptionLine[], unconfigured: boolean): AliasMap[] {
  const lines = options.filter((option) => option.name.toLowerCase() === 'aliasfile');
  const files = lines.flatMap((line) => parseAliasFiles(line.value).map((spec) => ({ spec, line })));
  if (lines.length === 0 && unconfigured) {
    const usual = USUAL_ALIAS_FILES.find(hasName) ?? USUAL_ALIAS_FILES.at(-1)!;
    return parseAliasFiles(usual).map((spec) => ({ ...spec, name: 'Alias0' }));
  }
  const maps = files.map(({ spec, line }, index) => checked({ ...spec, name: `Alias${index}` }, line));
  return rebuildOrder(maps).filter((map) => mapClassOf(map.mapClass)?.isMade);
}

function checked(map: AliasMap, line: OptionLine): AliasMap {
  const { mapClass, illegal, file, name } = map;
  const { isMade: known = false, opens } = mapClassOf(mapClass) ?? {};
  const problems = known ? illegal.map((flag) => `Illegal option ${flag} map ${name}`) : [];
  if (known && file === '') problems.push(`No file name for ${mapClass} map ${name}`);
  if (!known && (opens === undefined || opensMap(mapClass))) problems.push(`setalias: unknown alias class ${mapClass}`);
  if (problems.length > 0) throw new Failure(EX_SOFTWARE, problems.map((problem) => at(line, problem)).join('\n'));
  return map;
}

/**
 * sendmail names its alias maps Alias0, Alias1 ... and takes them in the order of its symbol table: by the last digit, in this
 * order, those with two digits last.
 */
const DIGIT_ORDER = '8923016745';

function rebuildOrder<T>(items: readonly T[]): T[] {
  const rank = (index: number): number => (index < 10 ? DIGIT_ORDER.indexOf(String(index)) : index);
  return [...items.entries()].sort(([a], [b]) => rank(a) - rank(b)).map(([, item]) => item);
}

/** Class w and $j. */
function localNames(cf: SendmailCf, allowed: Allowed, io: Io): Pick<NewaliasesSettings, 'localHostNames' | 'hostName'> {
  const value = (name: string): string => expandMacros(cf.macros(name) ?? '', cf.macros);
  const names = ['localhost', '[127.0.0.1]', value('j'), value('w'), value('k')];
  const members = cf.members('w');
  for (const { word } of members.words) names.push(word);
  const failures: string[] = [];
  for (const line of members.files) {
    const text = readMembers(line, allowed);
    const format = scanFormat(line.format);
    if (typeof text !== 'string') {
      failures.push(at(line, `fileclass: ${text.complaint}`));
      continue;
    }
    for (const finding of classFileFindings(text, format)) {
      io.err(lineWarning(line.path, { severity: 'warning', ...finding, text: decodeText(finding.text) }));
    }
    for (const word of parseClassFile(text, format)) names.push(word);
  }
  if (failures.length > 0) throw new Failure(EX_OSERR, failures.join('\n'));
  return { localHostNames: names.map(decodeText), hostName: decodeText(value('j')) };
}

function readMembers(line: ClassFileLine, allowed: Allowed): string | { readonly complaint: string } {
  try {
    return readClassFile(decodeText(line.path), allowed);
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    if (line.optional) return '';
    const reason = encodeText(error.reason ?? error.message);
    return { complaint: `cannot open '${line.path}': ${reason}` };
  }
}

function trustedUser(options: readonly OptionLine[]): number | undefined {
  const line = options.findLast((option) => option.name.toLowerCase() === 'trusteduser');
  if (line === undefined) return undefined;
  const uid = systemUid(line.value);
  if (uid === undefined) {
    throw new Failure(EX_SOFTWARE, at(line, `readcf: option TrustedUser: unknown user ${line.value}`));
  }
  return process.geteuid?.() === 0 ? uid : undefined;
}
