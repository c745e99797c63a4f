/**
 * The text of a sendmail.cf -> a {@link Configuration}, with sendmail's complaints. Continues after a bad line, as sendmail
 * does.
 *
 * Source: "Installation and Operation Guide", section 5, and sendmail 8.17 itself.
 */
import type { ByteString } from '../core/bytes.ts';
import { trimEndBytes } from '../core/fold.ts';
import { ownField } from '../core/own-field.ts';
import { type CfLine, cfLines, levelOf, readLine } from '../source/cf/lines.ts';
import { readValue } from '../source/cf/macros.ts';
import { parseMapLine } from '../source/cf/map-spec.ts';
import { MACRO } from '../source/cf/symbols.ts';
import { addWords, readClassFileLine, readClassLine } from './cf/class-line.ts';
import { readMailer } from './cf/mailer-line.ts';
import { FatalLine, takeOption } from './cf/option-line.ts';
import { readQueue } from './cf/queue-line.ts';
import { readRule } from './cf/rule-line.ts';
import { Configuration, type ConfigurationOptions } from './configuration.ts';

export const MAX_LEVEL = 10;
const SHORT_NAMES_LEVEL = 5;
const NO_COLONS_LEVEL = 6;
const MAX_PRECEDENCES = 25;

const W = 'w'.charCodeAt(0);
const M = 'm'.charCodeAt(0);
const T = 't'.charCodeAt(0);

/** Values of `O MailboxDatabase`: the users of the machine, or of a directory server. */
const MAILBOX_DATABASES: ReadonlySet<string> = new Set(['pw', 'ldap']);

/** A configuration, or the exit status that sendmail would end with; complaints went to `print`. */
export type ReadResult = { readonly configuration: Configuration } | { readonly status: number };

/** Reads a configuration. @param file its name, for complaints */
export function readConfiguration(text: ByteString, file: string, options: ConfigurationOptions): ReadResult {
  const configuration = new Configuration(options);
  definePredefined(configuration);
  const { reports } = configuration;
  reports.file = file;
  try {
    const reader = new Reader(configuration);
    for (const line of cfLines(text)) {
      reports.line = line.lastLine;
      reports.lastCause = undefined;
      reader.read(line);
    }
  } catch (error) {
    if (error instanceof FatalLine) return { status: error.status };
    throw error;
  }
  reports.file = undefined;
  addHostMaps(configuration);
  finish(configuration);
  return { configuration };
}

/** The macros and classes that exist before the file is read, and the mailers of every file. */
function definePredefined(configuration: Configuration): void {
  const { macros, words, machine } = configuration;
  const define = (name: string, value: ByteString): void => macros.defineInFile(macros.id(name), value);
  const { hostName } = machine;
  const dot = hostName.indexOf('.');
  define('w', hostName);
  define('j', hostName);
  if (dot >= 0 && dot + 1 < hostName.length) {
    define('m', hostName.slice(dot + 1));
    words.add(M, hostName.slice(dot + 1));
  }
  define('quarantine', '');
  define('k', machine.nodeName);
  define('v', machine.version);
  define('_', `${machine.userName}@localhost`);
  define('opMode', 't');
  for (const name of machine.ownNames) words.add(W, name);
  for (const line of [
    `prog, P=/bin/sh, F=lsouDq9, T=X-Unix/X-Unix/X-Unix, A=sh -c ${MACRO}u`,
    `*file*, P=[FILE], F=lsDFMPEouq9, T=X-Unix/X-Unix/X-Unix, A=FILE ${MACRO}u`,
    `*include*, P=/dev/null, F=su, A=INCLUDE ${MACRO}u`,
  ])
    readMailer(line, configuration);
}

/** The maps that `aliases` asks, by service. */
const ALIAS_SERVICES: Readonly<Record<string, readonly [className: string, words: ByteString]>> = {
  files: ['null', ''],
  nis: ['nis', 'mail.aliases'],
  nisplus: ['nisplus', '-kalias -vexpansion mail_aliases.org_dir'],
};

/** `host`, and the maps of aliases, unless the file has them. */
function addHostMaps(configuration: Configuration): void {
  const { context, options } = configuration;
  const add = (name: string, className: string, words: ByteString): void => {
    if (context.map(name) !== undefined) return;
    const map = configuration.addMap(name, className);
    map?.read(words, context);
  };
  add('host', 'host', options.level >= 2 ? '-a. -D' : '');
  for (const service of context.services('aliases')) {
    const [className, words] = ownField(ALIAS_SERVICES, service) ?? [];
    if (className !== undefined) add(`aliases.${service}`, className, words!);
  }
  add('aliases', 'switch', 'aliases');
  options.usesDns = context.services('hosts').includes('dns');
}

/** sendmail's checks and reports after the file is read. */
function finish(configuration: Configuration): void {
  const { macros, words, machine, options, reports } = configuration;
  macros.defineInFile(macros.id('deliveryMode'), 'i');
  const database = trimEndBytes(options.mailboxDatabase);
  if (!MAILBOX_DATABASES.has(database)) {
    reports.plain(`Can't initialize mailbox database "${options.mailboxDatabase}": Service unavailable`);
    options.mailboxDatabase = 'pw';
  }
  if (options.probesInterfaces) for (const name of machine.interfaceNames) words.add(W, name);
  if (options.level > MAX_LEVEL)
    reports.plain(
      `Warning: .cf version level (${options.level}) exceeds sendmail version ${machine.version} functionality (${MAX_LEVEL})`,
    );
  if (options.level < MAX_LEVEL)
    reports.plain(
      `Warning: .cf file is out of date: sendmail ${machine.version} supports version ${MAX_LEVEL}, .cf file is version ${options.level}`,
    );
  const expanded = macros.expand(`${MACRO}j`);
  const hostName = expanded === '' ? 'localhost' : expanded;
  if (!hostName.includes('.'))
    reports.plain(`WARNING: local host name (${hostName}) is not qualified; see cf/README: WHO AM I?`, 'hostName');
  words.add(W, hostName);
  if (configuration.mailer('local') === undefined) reports.plain('No local mailer defined');
  for (const [name, members] of Object.entries(KNOWN_CLASSES))
    for (const member of members) words.add(macros.id(name), member);
  tweakLocalMailer(configuration);
  macros.set(macros.id('addr_type'), 'e r');
}

/** Words of classes that sendmail knows by itself. */
const KNOWN_CLASSES: Readonly<Record<string, readonly string[]>> = {
  n: ['multipart/signed'],
  s: ['rfc822'],
  e: ['7bit', '8bit', 'binary'],
  checkMIMEFieldHeaders: ['content-disposition', 'content-type'],
  checkMIMETextHeaders: ['content-description'],
  checkMIMEHeaders: ['content-disposition', 'content-id', 'content-transfer-encoding', 'content-type', 'mime-version'],
  persistentMacros: ['r', 's', '_', '{if_addr}', '{daemon_flags}'],
};

/** Adds the flags that old files expect without naming them. */
function tweakLocalMailer(configuration: Configuration): void {
  const { level } = configuration.options;
  const local = configuration.mailer('local');
  const others = ['prog', '*file*'].map((name) => configuration.mailer(name));
  if (level < NO_COLONS_LEVEL) {
    for (const flag of 'Aw5:|/@') local?.flags.add(flag);
    for (const mailer of others) mailer?.flags.add('o');
  }
  if (level < 7) for (const mailer of [local, ...others]) mailer?.flags.add('q');
}

class Reader {
  readonly #configuration: Configuration;
  #precedences = 0;

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  read(line: CfLine): void {
    if (line.text.startsWith('#')) return;
    const { macros, options, reports } = this.#configuration;
    const text = readLine(line.text, macros, options.level);
    const letter = text[0];
    if (letter === undefined) return;
    const take = ownField(LINES, letter);
    if (letter === 'R') readRule(text, line, this.#configuration);
    else if (take !== undefined) take(text.slice(1), this.#configuration);
    else if (letter !== 'P' || !this.#precedence(text)) reports.system(`unknown configuration line "${text}"`);
  }

  #precedence(text: ByteString): boolean {
    if (this.#precedences >= MAX_PRECEDENCES)
      this.#configuration.reports.system(`too many P lines, ${MAX_PRECEDENCES} max`);
    else if (!text.includes('=')) return false;
    else this.#precedences++;
    return true;
  }
}

/** The readers of lines by their letter; they get the line without it. */
const LINES: Readonly<Record<string, (line: ByteString, configuration: Configuration) => void>> = {
  S: readRulesetLine,
  D: (line, { macros }) => {
    const { id, next } = macros.parseName(line, 0);
    if (id !== 0) macros.defineInFile(id, readValue(line.slice(next)));
  },
  H: readHeader,
  C: readClassLine,
  T: (line, configuration) => addWords(T, line, configuration),
  F: readClassFileLine,
  M: readMailer,
  O: takeOption,
  Q: readQueue,
  V: readVersion,
  K: readMapLine,
  E: () => undefined,
  X: (line, { reports }) => {
    if (/^(?:[, \t]|$)/.test(line)) reports.system('name required for mail filter');
  },
};

function readRulesetLine(line: ByteString, configuration: Configuration): void {
  const { macros, rulesets, reports } = configuration;
  const { number } = rulesets.enter(macros.expand(line));
  configuration.openRuleset = number;
  if (number >= 0 && rulesets.rules[number] !== undefined)
    reports.plain(`WARNING: Ruleset ${line} has multiple definitions`);
}

function readHeader(line: ByteString, { reports }: Configuration): void {
  const name = line.startsWith('?') ? /^\?[^?]*\?([\s\S]*)$/.exec(line)?.[1] : line;
  if (name === undefined || !/^[^:]+:/.test(name)) reports.system(`header syntax error, line "${line}"`);
}

function readVersion(line: ByteString, { options, macros, reports }: Configuration): void {
  const level = levelOf(line);
  if (level === undefined) {
    reports.system(`invalid argument to V line: "${line.slice(0, 20)}"`);
    return;
  }
  options.level = level;
  if (options.level >= SHORT_NAMES_LEVEL) {
    const name = macros.value(W);
    if (name?.includes('.')) macros.defineInFile(W, name.slice(0, name.indexOf('.')));
  }
  if (options.level >= NO_COLONS_LEVEL) options.allowsColons = false;
  const vendor = /^[\t-\r ]*[0-9]+\/([A-Za-z]*)/.exec(line)?.[1];
  if (vendor === undefined) return;
  if (vendor.toLowerCase() !== 'berkeley') reports.system(`invalid V line vendor code: "${vendor}"`);
}

function readMapLine(line: ByteString, configuration: Configuration): void {
  const { reports, context, macros } = configuration;
  const { name, mapClass, spec, complaint } = parseMapLine(macros.expand(line));
  if (complaint !== undefined) {
    reports.system(complaint);
    return;
  }
  const map = configuration.addMap(name, mapClass);
  if (map === undefined) reports.system(`readcf: map ${name}: class ${mapClass} not available`);
  else map.read(spec, context);
}
