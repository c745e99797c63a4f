/**
 * The text of a sendmail.cf -> its rulesets, ready to run over the sources of a configuration. All maps are opened, as the daemon
 * does when it starts.
 *
 * Errors: MapError `missing` for a class file, `badInput` for a file that makes sendmail stop. Other complaints are problems.
 */
import type { Answer, LocalUser } from '../alias/context.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { EX_OK } from '../core/sysexits.ts';
import type { TextReader } from '../map/followed-map.ts';
import type { Printed } from '../rules/complaint.ts';
import type { Configuration } from '../rules/configuration.ts';
import { Daemon } from '../rules/daemon.ts';
import { readConfiguration } from '../rules/read.ts';
import { NOT_FOLLOWED, Recorder } from '../rules/recorder.ts';
import type { DecidingFile } from './deciding-file.ts';
import { RuleTracer } from './rule-tracer.ts';
import { RulesMachine } from './rules-machine.ts';
import type { Sources } from './sources.ts';

export interface RulesetsOptions extends DecidingFile {
  readonly sources: Sources;
  readonly readText: TextReader;
  readonly findUser: (name: ByteString) => Answer<LocalUser>;
  /** Receives complaints about the file. */
  readonly problems: Problem[];
}

export interface OpenRulesets {
  readonly machine: RulesMachine;
  readonly configuration: Configuration;
  readonly recorder: Recorder;
  readonly daemon: Daemon;
  readonly tracer: RuleTracer;
  /** Why no acceptance of these rules counts. */
  readonly doubt: string | undefined;
}

/** @param change changes the configuration before its maps are opened */
export function openRulesets(
  options: RulesetsOptions,
  change: (configuration: Configuration) => void = () => undefined,
): OpenRulesets {
  const { text, file, hostName, keepHostName, problems } = options;
  const machine = new RulesMachine(options);
  const said: Printed[] = [];
  let last = file;
  const print = (line: ByteString, complaint: Printed): void => {
    last = line;
    said.push(complaint);
  };
  const read = readConfiguration(text, file, { machine, print, everyBuild: true });
  if ('status' in read) throw new MapError('badInput', last, { file });
  machine.isReading = false;
  const { configuration } = read;
  const recorder = new Recorder(configuration);
  configuration.trace = recorder;
  const hasErrors = configuration.reports.exitStatus !== EX_OK;
  const complaint = report(said, options);
  setNames(configuration, keepHostName ? { j: hostName } : {});
  change(configuration);
  openMaps(configuration, machine, file, problems);
  return {
    machine,
    configuration,
    recorder,
    daemon: new Daemon(configuration, recorder),
    tracer: new RuleTracer(options, configuration),
    doubt: hasErrors ? (complaint ?? `${file}: sendmail does not start with it`) : unknownClass(text, file),
  };
}

/** Makes problems of complaints, unless they are problems already. Returns the first one about a line. */
function report(said: readonly Printed[], { file, problems }: RulesetsOptions): string | undefined {
  const known = new Set(problems.map((problem) => `${problem.line} ${problem.text}`));
  let first: string | undefined;
  for (const { kind, text, line: number } of said) {
    if (kind === 'hostName') continue;
    const shown = decodeText(text).replace(/[\x00-\x1f\x7f]/g, '?');
    if (kind === 'classFile') throw new MapError('missing', `${file}: line ${number}: ${shown}`);
    const place = number === undefined ? {} : { line: number };
    const code = number === undefined ? 'MM702' : 'MM701';
    if (!known.has(`${number} ${shown}`)) problems.push({ severity: 'warning', code, file, ...place, text: shown });
    if (number !== undefined) first ??= `${file}: line ${number}: ${shown}`;
  }
  return first;
}

/** A class from a map that is not followed: its members are not known, even if sendmail does not complain. */
const ASKED_CLASS = /^F.*@(?:LDAP|(?:ldap|nis|nisplus|program|socket):)/;

function unknownClass(text: ByteString, file: string): string | undefined {
  const line = text.split('\n').find((each) => ASKED_CLASS.test(each));
  return line && `${file}: ${decodeText(line)}: maps of this class are not followed`;
}

/** The macros that the daemon knows of itself. */
function setNames({ macros }: Configuration, own: Readonly<Record<string, ByteString>>): void {
  const values = { opMode: 'd', deliveryMode: 'b', daemon_name: 'MTA', ...own };
  for (const [name, value] of Object.entries(values)) macros.set(macros.id(name), value);
}

function openMaps({ context, maps, options }: Configuration, machine: RulesMachine, file: string, problems: Problem[]) {
  // Read now, so that all answers are of one moment.
  for (const each of [options.hostsFile, '/etc/hosts']) machine.readFile(each);
  for (const map of maps) {
    map.isOpen(context);
    if (!NOT_FOLLOWED.has(map.className)) continue;
    // With -o, sendmail may still have an answer.
    map.state = 'broken';
    const text = `map ${map.name}: maps of class ${map.className} are not followed: every lookup in them fails temporarily`;
    problems.push({ severity: 'warning', code: 'MM703', file, text, ours: true });
  }
}
