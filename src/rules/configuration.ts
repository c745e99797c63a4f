/** The macros, classes, rulesets, maps, mailers and options of a sendmail.cf, for rulesets. read.ts fills it. */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { Macros } from '../source/cf/macros.ts';
import type { Mailer } from './cf/mailer-line.ts';
import type { Printed } from './complaint.ts';
import { Engine } from './engine.ts';
import { Lookups } from './lookups.ts';
import type { Machine } from './machine.ts';
import { parseFirstAddress } from './mail/address.ts';
import type { MapContext, PartialAddress } from './maps/map-context.ts';
import { mapClasses } from './maps/registry.ts';
import { type MapClass, type MapState, RuleMap } from './maps/rule-map.ts';
import { Memberships } from './memberships.ts';
import { defaultOptions, type Options } from './options.ts';
import { remembered } from './remember.ts';
import { Reports } from './reports.ts';
import { Rulesets } from './rulesets.ts';
import { Alphabet } from './tokens.ts';
import { SILENT, type Trace } from './trace.ts';
import { Values } from './values.ts';
import { Vocabulary } from './vocabulary.ts';
import { Words } from './words.ts';

/** The state that a run may change; it is restored before the run is repeated. */
export interface Snapshot {
  readonly macros: readonly (ByteString | undefined)[];
  readonly maps: readonly (readonly [map: RuleMap, state: MapState])[];
}

/** The options of a configuration. */
export interface ConfigurationOptions {
  readonly machine: Machine;
  /** Receives each line that sendmail would print. */
  print(line: ByteString, complaint: Printed): void;
  /** True: also the map classes that Debian's build lacks (cdb, dbm). */
  readonly everyBuild?: boolean;
}

/** The operators of a file that names none. */
const OPERATORS = '.:@[]';

export class Configuration {
  readonly machine: Machine;
  readonly reports: Reports;
  readonly macros: Macros;
  readonly words: Words = new Words();
  readonly vocabulary: Vocabulary = new Vocabulary();
  readonly rulesets: Rulesets;
  readonly options: Options = defaultOptions();
  readonly mailers: Mailer[] = [];
  readonly queues: Set<string> = new Set(['mqueue']);
  readonly context: MapContext;
  /** The ruleset that R lines belong to; -1: none. */
  openRuleset = -1;
  /** The receiver of traces; it may be replaced until the first question. */
  trace: Trace = SILENT;
  readonly #classes: ReadonlyMap<string, MapClass>;
  readonly #maps = new Map<string, RuleMap>();
  #alphabet: Alphabet | undefined;
  #engine: Engine | undefined;

  constructor({ machine, print, everyBuild = false }: ConfigurationOptions) {
    this.machine = machine;
    this.reports = new Reports(print);
    this.macros = new Macros((text) => this.reports.system(text));
    this.rulesets = new Rulesets(this.reports);
    this.#classes = mapClasses({ everyBuild });
    this.context = {
      machine,
      macros: this.macros,
      words: this.words,
      options: this.options,
      reports: this.reports,
      map: (name) => this.#maps.get(foldCase(name)),
      spend: (steps) => this.#engine?.spend(steps),
      services: (service) => this.#services(service),
      aliases: new Map(),
      safety: (purpose) => ({
        purpose,
        allowed: this.options.blameless,
        warn: (words) => {
          // silent while the file is read
          if (this.reports.file === undefined) this.reports.plain(words);
        },
      }),
      parseAddress: (text, end) => this.#parseAddress(text, end),
    };
  }

  mapClass(name: string): MapClass | undefined {
    return this.#classes.get(foldCase(name));
  }

  /** Makes a map. One of the same name gets another class, and keeps its flags and file until they are set again. */
  addMap(name: string, className: string): RuleMap | undefined {
    const mapClass = this.mapClass(className);
    if (mapClass === undefined) return undefined;
    const earlier = this.#maps.get(foldCase(name));
    const map = new RuleMap(name, foldCase(className), mapClass, earlier);
    this.#maps.set(foldCase(name), map);
    return map;
  }

  /** Replaces the class of a map; its flags for keys and failures stay. */
  replaceMap(name: string, mapClass: MapClass): void {
    const map = new RuleMap(name, 'function', mapClass);
    Object.assign(map.flags, this.#maps.get(foldCase(name))?.flags);
    this.#maps.set(foldCase(name), map);
  }

  /** All maps. */
  get maps(): Iterable<RuleMap> {
    return this.#maps.values();
  }

  mailer(name: ByteString): Mailer | undefined {
    const folded = foldCase(name);
    return this.mailers.find((mailer) => foldCase(mailer.name) === folded);
  }

  /** `O OperatorChars`. It counts only until the first text is split into tokens. */
  setOperators(operators: ByteString): void {
    if (this.options.operators !== undefined) {
      this.reports.plain('Warning: OperatorChars is being redefined.');
      this.reports.plain('         It should only be set before ruleset definitions.');
    }
    this.options.operators = operators;
  }

  /** The characters of this configuration, settled when they are first needed. */
  alphabet(): Alphabet {
    if (this.#alphabet === undefined) {
      const { options, macros } = this;
      const old = options.level < 7 ? macros.value('o'.charCodeAt(0)) : undefined;
      options.operators ??= old ?? OPERATORS;
      this.#alphabet = new Alphabet(macros.expand(options.operators));
    }
    return this.#alphabet;
  }

  /** The engine that runs the rulesets. The whole file must be read before. */
  get engine(): Engine {
    if (this.#engine === undefined) {
      const { rulesets, words, vocabulary, macros, reports, trace, options } = this;
      const alphabet = this.alphabet();
      const values = new Values({ vocabulary, alphabet, reports });
      const lookups = new Lookups({ context: this.context, vocabulary, alphabet, values, trace });
      const memberships = new Memberships(words, vocabulary);
      const given = { rulesets, words, vocabulary, memberships, macros, alphabet, blank: options.blank, reports };
      const parts = { ...given, lookups, values, trace };
      this.#engine = new Engine(parts);
    }
    return this.#engine;
  }

  /** An address of an aliases file; rulesets may be running. */
  #parseAddress(text: ByteString, end: ':' | ','): PartialAddress {
    const { engine } = this;
    const { status } = engine;
    const { address, text: shown, next } = parseFirstAddress(text, end, { isSender: false, isHeader: false }, this);
    engine.status = status;
    if (address === undefined) return { address, shown, next };
    const { mailer, user } = address;
    const isAliasable = this.mailer(mailer)?.flags.has('A') === true;
    return { address: { user, isAliasable }, shown, next };
  }

  snapshot(): Snapshot {
    return {
      macros: this.macros.layer(),
      maps: [...this.#maps.values()].map((map) => [map, map.state] as const),
    };
  }

  restore({ macros, maps }: Snapshot): void {
    this.macros.restore(macros);
    for (const [map, state] of maps) map.state = state;
  }

  #services(service: string): readonly string[] {
    const read = this.machine.readFile(this.options.serviceSwitchFile);
    const found = 'text' in read ? serviceTable(read.text).get(foldCase(service)) : undefined;
    if (found !== undefined) return found;
    return service === 'aliases' ? ['files'] : service === 'hosts' ? ['dns', 'files'] : [];
  }
}

/** Sources by service; the last line of a service counts. */
const serviceTable = remembered((text): ReadonlyMap<string, readonly string[]> => {
  const table = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const [name = '', ...rest] = line.replace(/#.*/, '').split(/[ \t]/);
    const services = rest.filter((word) => word !== '');
    if (services.length > 0) table.set(foldCase(name), services);
  }
  return table;
});
