/**
 * Answers -> the same answers with the place of each entry that they used: an entry of a table, a word of a class, a line of the
 * sendmail.cf. A place is searched for when `source` is read, printed or turned into JSON, so an answer whose places nobody
 * reads costs nothing more.
 */
import { isIPv4 } from 'node:net';
import type { Because, Decision, KeyStep, Setting, TraceStep } from '../access/decision.ts';
import { DNS_LIST_KINDS } from '../access/dns-lists.ts';
import { beginsWithClass, endsInClass, inClass } from '../access/search.ts';
import { CLASS_NAMES } from '../address/journal.ts';
import { tokensOf } from '../address/parts.ts';
import { ROUTING_CLASSES, ROUTING_TABLES, TABLE_NAMES } from '../address/routing.ts';
import type { AliasContext } from '../alias/context.ts';
import type { ExpansionStep, ExpansionVia } from '../alias/expansion.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Source } from '../core/source.ts';
import type { ClassStep, RouteStep, TableStep } from '../core/trace-step.ts';
import type { RouteBecause } from '../route/trace.ts';
import { aliasIndexer, type EntryFinder, entryFinder, makemapIndexer } from './entry-finder.ts';
import type { FeatureInForce } from './features-in-force.ts';
import { wordFinder } from './host-class.ts';
import { type Find, type Step, withPlace, withPlaceOfAddress, withPlaceOfReason, withPlaceOfStep } from './placed.ts';
import type { Settings } from './settings.ts';
import type { Sources } from './sources.ts';

/** The place of a folded word of a class. */
export type WordFinder = (word: ByteString) => Source | undefined;

export interface OriginParts {
  /** By the names of `TABLE_NAMES`, and `access`; tables that are functions have none. */
  readonly tables: ReadonlyMap<string, EntryFinder>;
  /** For each alias map: the place of its entry for a key. */
  readonly aliases: readonly ((key: string) => Source | undefined)[];
  /** `class w`, `class R`, and those of CLASS_NAMES. */
  readonly classes: ReadonlyMap<string, WordFinder>;
  readonly features: readonly FeatureInForce[];
  /** True: decisions and routes come from the rules of a sendmail.cf, which give the places of their steps themselves. */
  readonly areOfRules: boolean;
}

/** The tables that routing asks; all others are keys of the access map. */
const ROUTING_NAMES: ReadonlySet<string> = new Set(Object.values(TABLE_NAMES));
const DNS_LISTS: ReadonlySet<string> = new Set(DNS_LIST_KINDS);
const ACCESS = 'access';

/** The place of one part. */
type FindPlace = () => Source | undefined;

export class Origins {
  readonly #parts: OriginParts;
  /** The places of features, by the names of rules that were asked for. */
  readonly #features = new Map<string, FindPlace | undefined>();

  constructor(parts: OriginParts) {
    this.#parts = parts;
  }

  ofDecision(decision: Decision): Decision {
    if (this.#parts.areOfRules) return decision;
    const { because, trace } = decision;
    const find = this.#findDeciding(because, trace);
    const placed = this.#ofSteps(trace);
    if (find === undefined && placed === trace) return decision;
    return { ...decision, because: withPlaceOfReason(because, find), trace: placed };
  }

  ofSetting(setting: Setting): Setting {
    if (this.#parts.areOfRules) return setting;
    const trace = this.#ofSteps(setting.trace);
    if (setting.status !== 'found') return { ...setting, trace };
    const step = trace.findLast((each) => each.kind === 'key' && each.key === setting.key);
    return withPlace({ ...setting, trace }, step && this.#findStep(step));
  }

  /** A Route or Rewritten. */
  ofRoute<T extends { readonly because: RouteBecause; readonly trace: readonly RouteStep[] }>(answer: T): T {
    if (this.#parts.areOfRules) return answer;
    const { because, trace } = answer;
    return {
      ...answer,
      because: withPlaceOfReason(because, this.#findBehind(because, trace)),
      trace: this.#ofSteps(trace),
    };
  }

  /** The entry, the word of a class or the line of a feature behind the rule of a route. */
  #findBehind(
    { rule, table = rule, key, value, entry = value }: RouteBecause,
    trace: readonly RouteStep[],
  ): FindPlace | undefined {
    return (
      this.#findEntry(table, key, entry) ??
      (this.#parts.classes.has(rule) ? this.#findTest(rule, trace) : undefined) ??
      this.#findFeature(rule)
    );
  }

  #findTest(rule: string, trace: readonly Step[]): FindPlace | undefined {
    for (let i = trace.length - 1; i >= 0; i--) {
      const step = trace[i]!;
      if (step.kind === 'class' && step.rule === rule && step.holds) return this.#findStep(step);
    }
    return undefined;
  }

  ofExpanded(step: ExpansionStep): ExpansionStep {
    const { asked } = step;
    const placed = asked === undefined ? step : { ...step, asked: this.#ofSteps(asked) };
    return withPlaceOfAddress(placed, this.#findVia(step.via));
  }

  #findVia(via: ExpansionVia): Find<ExpansionStep> | undefined {
    switch (via.kind) {
      case 'include':
      case 'forward':
      case 'forwardFile':
      case 'alias':
        return this.#placeOfVia;
      case 'relay':
        return this.#findFeature(via.rule);
      default:
        return undefined;
    }
  }

  readonly #placeOfVia: Find<ExpansionStep> = ({ via }) => {
    if (via.kind === 'alias') return this.#parts.aliases[via.map]?.(via.key);
    if (via.kind === 'forwardFile') return { file: via.file };
    return via.kind === 'include' || via.kind === 'forward' ? { file: via.file, line: via.line } : undefined;
  };

  /** The same trace if no step has a place: most steps found nothing. */
  #ofSteps<S extends Step>(trace: readonly S[]): readonly S[] {
    let placed: S[] | undefined;
    for (let i = 0; i < trace.length; i++) {
      const step = trace[i]!;
      if (!this.#hasPlace(step)) continue;
      placed ??= trace.slice();
      placed[i] = withPlaceOfStep(step, this.#placeOf);
    }
    return placed ?? trace;
  }

  /** True for an entry that was found, and a word of a class, if the table or class has places. */
  #hasPlace(step: Step): boolean {
    const { tables, classes } = this.#parts;
    if (step.kind === 'class') return step.holds && classes.has(step.rule);
    if (step.kind === 'table') return step.value !== undefined && tables.has(step.table);
    return step.kind === 'key' && step.status === 'found' && tables.has(tableOf(step));
  }

  readonly #placeOf: Find<Step> = (step) => {
    if (step.kind === 'class') return this.#placeOfWord(step);
    if (step.kind === 'table') return this.#placeOfEntry(step.table, step);
    return step.kind === 'key' ? this.#placeOfEntry(tableOf(step), step) : undefined;
  };

  #placeOfEntry(table: string, { key, value, entry = value }: KeyStep | TableStep): Source | undefined {
    return entry === undefined ? undefined : this.#parts.tables.get(table)?.(key, entry);
  }

  #findStep(step: Step): FindPlace | undefined {
    return this.#hasPlace(step) ? () => this.#placeOf(step) : undefined;
  }

  /** The entry, the word of a class or the line of a feature behind the rule that decided. */
  #findDeciding({ rule, key, value }: Because, trace: readonly TraceStep[]): FindPlace | undefined {
    if (DNS_LISTS.has(rule)) return this.#findFeature(rule, key);
    if (key !== undefined) {
      const asked = trace.findLast((each) => each.kind === 'key' && each.key === key && each.status === 'found');
      return value === undefined || asked === undefined ? undefined : this.#findStep(asked);
    }
    return this.#findTest(rule, trace) ?? this.#findFeature(rule);
  }

  #findEntry(table: string, key: string | undefined, value: string | undefined): FindPlace | undefined {
    const finder = this.#parts.tables.get(table);
    return finder === undefined || key === undefined || value === undefined ? undefined : () => finder(key, value);
  }

  /** The word that the rules found in the class: they try the longest end of a host first, and the shortest network. */
  #placeOfWord({ rule, subject, word }: ClassStep): Source | undefined {
    const finder = this.#parts.classes.get(rule);
    if (finder === undefined) return undefined;
    if (word !== undefined) return finder(foldCase(encodeText(word)));
    const isAddress = isIPv4(subject) || /^ipv6:/i.test(subject);
    const search = rule !== 'class R' ? inClass : isAddress ? beginsWithClass : endsInClass;
    let place: Source | undefined;
    const isPlaced = (word: ByteString): boolean => {
      place = finder(word);
      return place !== undefined;
    };
    search(isPlaced, tokensOf(encodeText(subject)));
    return place;
  }

  /** The line of the only feature of this name, or of the one with this argument. */
  #findFeature(rule: string, argument?: string): FindPlace | undefined {
    if (argument !== undefined) return this.#searchFeature(rule, argument);
    if (!this.#features.has(rule)) this.#features.set(rule, this.#searchFeature(rule));
    return this.#features.get(rule);
  }

  #searchFeature(rule: string, argument?: string): FindPlace | undefined {
    const named = this.#parts.features.filter(
      (feature) =>
        feature.name === rule &&
        (argument === undefined || feature.argument === argument || feature.argument?.startsWith(`${argument},`)),
    );
    const [{ file, line } = {}, another] = named;
    if (file === undefined || another !== undefined) return undefined;
    return () => (line === undefined ? { file } : { file, line });
  }
}

/** The table that a step of a decision asked, by its name in OriginParts. */
function tableOf({ rule }: KeyStep): string {
  return ROUTING_NAMES.has(rule) ? rule : ACCESS;
}

/** The finders of places for a configuration. */
export function originsOf(settings: Settings, sources: Sources, { aliases, rules }: AliasContext): Origins {
  const byLine = makemapIndexer(settings.compressedAddresses);
  const tables = [
    ['access', settings.access] as const,
    ...ROUTING_TABLES.map((table) => [TABLE_NAMES[table], settings.route.tables[table]] as const),
  ].flatMap(([name, setting]) =>
    typeof setting === 'object' ? [[name, entryFinder(setting, byLine, sources)] as const] : [],
  );
  const byAlias = aliasIndexer(rules);
  return new Origins({
    tables: new Map(tables),
    aliases: settings.aliases.map((setting, map) => {
      if (typeof setting !== 'object') return () => undefined;
      const find = entryFinder(setting, byAlias, sources);
      return (key) => {
        const found = aliases[map]!(encodeText(key));
        return found.status === 'found' ? find(key, decodeText(found.value)) : undefined;
      };
    }),
    classes: new Map([
      ['class w', wordFinder(settings.localHosts, sources)],
      ['class R', wordFinder(settings.relayDomains, sources)],
      ...ROUTING_CLASSES.flatMap((name) => {
        const setting = settings.route.classes[name];
        return setting === undefined ? [] : [[CLASS_NAMES[name], wordFinder(setting, sources)] as const];
      }),
    ]),
    features: settings.featuresInForce,
    areOfRules: settings.decidingFile !== undefined,
  });
}
