/**
 * What newaliases takes from sendmail.cf and from its command line: the alias files, in the order in which sendmail
 * rebuilds them, the members of class w, and the options that matter. Whatever makes sendmail stop makes it stop here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { decodeText, encodeText } from '../core/bytes.ts';
import { EX_OSERR, EX_OSFILE, EX_SOFTWARE } from '../core/sysexits.ts';
import { systemText } from '../map/safe-file.ts';
import { parseClassFile } from '../source/class-file.ts';
import { type AliasFileSpec, parseAliasFiles } from '../source/map-spec.ts';
import { isTrue, type OptionLine, optionValue, parseSendmailCf, type SendmailCf } from '../source/sendmail-cf.ts';
import { expandMacros } from '../source/sendmail-macros.ts';
import type { Io } from './io.ts';
import { Failure, uidOf } from './map-settings.ts';

export interface NewaliasesSettings {
  readonly aliasFiles: readonly AliasFileSpec[];
  readonly localHostNames: readonly string[];
  readonly hostName: string;
  readonly checkAliases: boolean;
  readonly dontBlame: readonly string[];
  /** TrustedUser's id, for a run as root. */
  readonly owner: number | undefined;
}

const DEFAULT_CF = '/etc/mail/sendmail.cf';
/** Without a sendmail.cf: the first that exists, or else the last. */
const DEFAULT_ALIASES = ['/etc/mail/aliases', '/etc/aliases'];
/** Classes of alias maps that have a text to be built from. */
const BUILT = ['hash', 'btree', 'implicit'];
/** Known classes that newaliases has nothing to do for. */
const NOT_BUILT = [
  'null',
  'text',
  'program',
  'nis',
  'nisplus',
  'ldap',
  'userdb',
  'hesiod',
  'netinfo',
  'socket',
  'sequence',
];

/** @throws Failure where sendmail stops: its message belongs on standard output */
export function readSettings(named: string | undefined, given: readonly OptionLine[], io: Io): NewaliasesSettings {
  const path = named ?? (existsSync(DEFAULT_CF) ? DEFAULT_CF : undefined);
  const cf = readConfiguration(path);
  for (const { file, line, text, ours } of cf.problems) {
    if (ours) io.err(`warning: ${encodeText(file!)}: line ${line}: ${text}\n`);
  }
  const errors = cf.problems.filter((problem) => !problem.ours);
  if (errors.length > 0) throw new Failure(EX_SOFTWARE, errors.map((error) => at(error, error.text)).join('\n'));
  const stated = new Set(given.map((option) => option.name.toLowerCase()));
  const options = cf.options.filter((option) => !stated.has(option.name.toLowerCase())).concat(given);
  const settings: SendmailCf = { ...cf, options };
  return {
    aliasFiles: aliasFiles(options, path === undefined),
    ...localNames(cf),
    checkAliases: isTrue(optionValue(settings, 'CheckAliases')),
    dontBlame: (optionValue(settings, 'DontBlameSendmail') ?? '').split(/[ ,]+/),
    owner: trustedUser(options),
  };
}

function at(place: { readonly file?: string; readonly line?: number }, text: string): string {
  const where = place.line === undefined ? '' : `${encodeText(place.file ?? '')}: line ${place.line}: `;
  return where + text;
}

function readConfiguration(path: string | undefined): SendmailCf {
  const hostName = encodeText(hostname());
  if (path === undefined) return parseSendmailCf('', { file: '', hostName });
  const name = decodeText(path);
  try {
    return parseSendmailCf(readFileSync(name, 'latin1'), { file: name, hostName });
  } catch (error) {
    throw new Failure(EX_OSFILE, `${path}: line 0: cannot open: ${systemText(error)}`);
  }
}

function aliasFiles(options: readonly OptionLine[], unconfigured: boolean): AliasFileSpec[] {
  const lines = options.filter((option) => option.name.toLowerCase() === 'aliasfile');
  if (lines.length === 0 && unconfigured) {
    return parseAliasFiles(DEFAULT_ALIASES.find((file) => existsSync(file)) ?? DEFAULT_ALIASES.at(-1)!);
  }
  const specs = lines.flatMap((line) => parseAliasFiles(line.value).map((spec) => checked(spec, line)));
  return rebuildOrder(specs).filter((spec) => BUILT.includes(spec.mapClass));
}

function checked(spec: AliasFileSpec, line: OptionLine): AliasFileSpec {
  const { mapClass, illegal, file } = spec;
  const known = BUILT.includes(mapClass);
  const problem =
    !known && !NOT_BUILT.includes(mapClass)
      ? `setalias: unknown alias class ${mapClass}`
      : known && illegal.length > 0
        ? `Illegal option ${illegal[0]} map Alias0`
        : known && file === ''
          ? `No file name for ${mapClass} map Alias0`
          : undefined;
  if (problem !== undefined) throw new Failure(EX_SOFTWARE, at(line, problem));
  return spec;
}

/**
 * sendmail calls its alias maps Alias0, Alias1 ... and goes through them as they lie in its symbol table: the last digit
 * decides, in this order, and those with two digits come last.
 */
const DIGIT_ORDER = '8923016745';

function rebuildOrder<T>(items: readonly T[]): T[] {
  const rank = (index: number): number => (index < 10 ? DIGIT_ORDER.indexOf(String(index)) : index);
  return [...items.entries()].sort(([a], [b]) => rank(a) - rank(b)).map(([, item]) => item);
}

/** Class w and $j. */
function localNames(cf: SendmailCf): Pick<NewaliasesSettings, 'localHostNames' | 'hostName'> {
  const value = (name: string): string => expandMacros(cf.macros(name) ?? '', cf.macros);
  const names = ['localhost', '[127.0.0.1]', value('j'), value('w'), value('k')];
  for (const { className, words } of cf.classes) if (className === 'w') names.push(...words);
  for (const line of cf.classFiles) {
    if (line.className !== 'w') continue;
    const text = readClassFile(line.path, line.optional, at(line, ''));
    names.push(...parseClassFile(text, { everyWord: line.format !== '%s' }));
  }
  return { localHostNames: names.map(decodeText), hostName: decodeText(value('j')) };
}

function readClassFile(path: string, optional: boolean, prefix: string): string {
  try {
    return readFileSync(decodeText(path), 'latin1');
  } catch (error) {
    if (optional && (error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Failure(EX_OSERR, `${prefix}fileclass: cannot open '${path}': ${systemText(error)}`);
  }
}

function trustedUser(options: readonly OptionLine[]): number | undefined {
  const line = options.findLast((option) => option.name.toLowerCase() === 'trusteduser');
  if (line === undefined) return undefined;
  const uid = /^[0-9]/.test(line.value) ? Number.parseInt(line.value, 10) : uidOf(line.value);
  if (uid === undefined) {
    throw new Failure(EX_SOFTWARE, at(line, `readcf: option TrustedUser: unknown user ${line.value}`));
  }
  return process.geteuid?.() === 0 ? uid : undefined;
}
