/**
 * The text of a sendmail.cf -> its rulesets as functions, over tables, classes and macros of the caller. Reads nothing on disk
 * and asks nobody; `ask` asks DNS.
 *
 * Errors: MapError `badInput` for a file that makes sendmail stop, and for an unknown ruleset; `missing` for a class file
 * without a text; `limit` for rules that do not end.
 */
import type { Because, TraceStep } from '../access/decision.ts';
import {
  assertKind,
  checkOptions,
  either,
  FUNCTION,
  type Kind,
  type Kinds,
  RECORD,
  TEXT,
  TEXTS,
} from '../core/arguments.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type Facts, NO_FACTS } from '../core/facts.ts';
import type { Table } from '../core/lookup.ts';
import type { Problem } from '../core/problem.ts';
import { gather } from '../dns/facts.ts';
import { SYSTEM_RESOLVER } from '../dns/resolve.ts';
import { lookupInText } from '../map/text-lookup.ts';
import type { Configuration } from '../rules/configuration.ts';
import { OutOfBudget } from '../rules/engine.ts';
import { resolvedParts } from '../rules/mail/address.ts';
import { CANNOT_TELL, type MapClass, NOT_THERE } from '../rules/maps/rule-map.ts';
import { RESOLVED, shown } from '../source/cf/symbols.ts';
import type { AskOptions } from './ask.ts';
import { type OpenRulesets, openRulesets } from './open-rulesets.ts';
import { tableInBytes } from './questions.ts';
import { textOf } from './text-and-bytes.ts';
import { TextSources, textsIn } from './text-sources.ts';

/** The host that the rules run on. */
export interface LoadRulesOptions {
  /** The name of the file in messages and traces; `sendmail.cf`. */
  readonly file?: string;
  /** The name of this host: `$w`, and `$j` unless the file sets it; `localhost`. */
  readonly hostName?: string;
  /** Answers in place of maps, by the names of their K lines. */
  readonly tables?: Readonly<Record<string, Table>>;
  /** Further members of classes, by name without braces. */
  readonly classes?: Readonly<Record<string, readonly string[]>>;
  /** Macros, by name without braces, over those of the file. */
  readonly macros?: Readonly<Record<string, string>>;
  /** The files that K and F lines name, as texts by path. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** The result of a ruleset. */
export interface RuleResult {
  /** The text as test mode shows it: a blank before each token but the first. */
  readonly text: string;
  /** `$#` and the like are tokens, too. */
  readonly tokens: readonly string[];
  /** `$#mailer $@ host $: user`, if that is the result. */
  readonly resolved?: { readonly mailer: string; readonly host?: string; readonly user?: string };
  /** True: a map failed, or DNS was not asked, so the result is not reliable. */
  readonly cannotTell: boolean;
  /** sendmail's complaints. */
  readonly complaints: readonly string[];
  /** The rule that made the result. */
  readonly because: Because;
  readonly trace: readonly TraceStep[];
}

/** The macros of one call. */
export interface CallOptions {
  /** Macros for this call, by name without braces. */
  readonly macros?: Readonly<Record<string, string>>;
}

/** The rulesets of a sendmail.cf. A call changes nothing for the next one. */
export interface Rules {
  /** Complaints about the file, with their lines. */
  readonly problems: readonly Problem[];
  /**
   * Runs a ruleset, by name or number. Several texts are joined by `$|`.
   *
   * @throws MapError `badInput` for an unknown ruleset, `limit` for rules that do not end
   */
  call(ruleset: string, workspace: string | readonly string[], options?: CallOptions): RuleResult;
  /** The same, after the needed facts were looked up in DNS. */
  ask(ruleset: string, workspace: string | readonly string[], options?: CallOptions & AskOptions): Promise<RuleResult>;
}

const recordOf = (kind: Kind, words: string): Kind => ({
  words,
  holds: (value) => RECORD.holds(value) && Object.values(value as object).every(kind.holds),
});
const TEXT_RECORD = recordOf(TEXT, 'an object of strings');
const OPTIONS: Kinds<LoadRulesOptions> = {
  file: TEXT,
  hostName: TEXT,
  tables: recordOf(FUNCTION, 'an object of functions'),
  classes: recordOf(TEXTS, 'an object of arrays of strings'),
  macros: TEXT_RECORD,
  texts: TEXT_RECORD,
};

/**
 * Reads the rules of a sendmail.cf.
 *
 * @throws MapError `badInput`, `missing`; TypeError for an argument of another type
 * @example
 * ```js
 * const rules = loadRules('V10\nKbad hash bad\nSjudge\nR$*\t$: $(bad $1 $: good $)\n', {
 *   tables: { bad: (key) => (key === 'eve' ? { status: 'found', value: 'bad' } : { status: 'notFound' }) },
 * });
 * rules.call('judge', 'eve').text; // => 'bad'
 * rules.call('judge', 'bob').text; // => 'good'
 * ```
 */
export function loadRules(cf: string, options: LoadRulesOptions = {}): Rules {
  assertKind('cf', cf, TEXT);
  checkOptions(options, OPTIONS);
  return new LoadedRules(cf, options);
}

const ETC = '/etc/mail';
const WORKSPACE = either(TEXT, TEXTS);

class LoadedRules implements Rules {
  readonly problems: readonly Problem[];
  readonly #opened: OpenRulesets;

  constructor(cf: string, options: LoadRulesOptions) {
    const { file = 'sendmail.cf', hostName = 'localhost', texts = {} } = options;
    const inBytes = Object.entries(texts).map(([name, text]) => [name, encodeText(text, name)] as const);
    const problems: Problem[] = [];
    const of = {
      ...{ file, text: encodeText(cf, 'cf'), hostName: encodeText(hostName, 'hostName'), keepHostName: false },
      sources: new TextSources(textsIn(ETC, Object.fromEntries(inBytes))),
      readText: (text: ByteString, path: string, keepCase?: boolean) =>
        lookupInText(text, path, (problem) => problems.push(problem), { keepCase }),
      findUser: () => undefined,
      problems,
    };
    this.#opened = openRulesets(of, (configuration) => adapt(configuration, options));
    this.problems = problems;
  }

  call(ruleset: string, workspace: string | readonly string[], options: CallOptions = {}): RuleResult {
    return this.#call(ruleset, workspace, options, NO_FACTS);
  }

  async ask(
    ruleset: string,
    workspace: string | readonly string[],
    options: CallOptions & AskOptions = {},
  ): Promise<RuleResult> {
    const { resolver = SYSTEM_RESOLVER } = options;
    const { hostName } = this.#opened.machine;
    const domain = decodeText(hostName.slice(hostName.indexOf('.') + 1));
    return gather((facts) => this.#call(ruleset, workspace, options, facts), { ...options, resolver, domain });
  }

  #call(
    ruleset: string,
    workspace: string | readonly string[],
    { macros = {} }: CallOptions,
    facts: Facts,
  ): RuleResult {
    assertKind('ruleset', ruleset, TEXT);
    assertKind('workspace', workspace, WORKSPACE);
    assertKind('macros', macros, TEXT_RECORD);
    const { machine, recorder, daemon, configuration, tracer } = this.#opened;
    machine.knowledge = { facts, notAsked: (...asked) => recorder.notAsked(...asked) };
    const parts = [workspace].flat().map((part) => encodeText(part, 'workspace'));
    try {
      const called = daemon.call(inBytes(macros), encodeText(ruleset, 'ruleset'), parts);
      if (called === undefined) throw new MapError('badInput', `there is no ruleset ${ruleset}`);
      const { tokens, decider, complaints, cannotTell, steps } = called;
      const by = { ruleset, steps, outcome: { kind: 'accepted', isFinal: false } as const };
      const words = tokens.map((token) => shown(token, (id) => configuration.macros.name(id)));
      const resolved = resolvedOf(tokens, configuration);
      return textOf({
        text: words.join(' '),
        tokens: words,
        ...(resolved !== undefined && { resolved }),
        cannotTell,
        complaints,
        because: tracer.because({ ...by, ...(decider !== undefined && { decider }) }),
        trace: tracer.trace(steps),
      });
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      throw new MapError('limit', `the rules of ruleset ${ruleset} do not end`);
    }
  }
}

function inBytes(macros: Readonly<Record<string, string>>): Record<string, ByteString> {
  return Object.fromEntries(Object.entries(macros).map(([name, value]) => [name, encodeText(value, name)]));
}

/** Adds the tables, classes and macros of the caller. */
function adapt(configuration: Configuration, { tables = {}, classes = {}, macros = {} }: LoadRulesOptions): void {
  const { macros: names, words } = configuration;
  for (const [name, table] of Object.entries(tables))
    configuration.replaceMap(encodeText(name), classOf(tableInBytes(table)));
  for (const [name, members] of Object.entries(classes))
    for (const member of members) words.add(names.id(name), encodeText(member, name));
  for (const [name, value] of Object.entries(inBytes(macros))) names.set(names.id(name), value);
}

function classOf(table: Table): MapClass {
  return {
    parse: () => true,
    lookup: (_map, key, args = []) => {
      const result = table(key, ...args);
      if (result.status === 'found') return { value: result.value, status: 0 };
      return result.status === 'notFound' ? NOT_THERE : CANNOT_TELL;
    },
  };
}

function resolvedOf(tokens: readonly string[], configuration: Configuration): RuleResult['resolved'] {
  if (tokens[0]?.[0] !== RESOLVED) return undefined;
  const { mailer, host, user } = resolvedParts(tokens);
  const alphabet = configuration.alphabet();
  const joined = (part: readonly string[]): ByteString => alphabet.join(part, configuration.options.blank);
  return { mailer, ...(host && { host: joined(host) }), ...(user && { user: joined(user) }) };
}
