/**
 * The steps of rulesets -> the trace of an answer: each key with its map, the rule that asked, and the line of its entry; each
 * rule with its line in the sendmail.cf. Texts stay byte strings.
 */
import type { Because, TraceStep } from '../access/decision.ts';
import { decodeText } from '../core/bytes.ts';
import type { Source } from '../core/source.ts';
import type { RouteStep } from '../core/trace-step.ts';
import type { RouteBecause } from '../route/trace.ts';
import type { Configuration } from '../rules/configuration.ts';
import type { Answered } from '../rules/daemon.ts';
import type { Decider, KeyAsked, RuleStep } from '../rules/recorder.ts';
import { type EntryFinder, entryFinder, makemapIndexer } from './entry-finder.ts';
import type { Sources } from './sources.ts';

/** Classes of maps over files. */
const FILE_CLASSES: ReadonlySet<string> = new Set([...['hash', 'btree', 'dbm', 'cdb', 'implicit', 'text', 'stab']]);

export class RuleTracer {
  readonly #file: string;
  readonly #sources: Sources;
  readonly #configuration: Configuration;
  readonly #finders = new Map<string, EntryFinder | undefined>();

  constructor({ file, sources }: { readonly file: string; readonly sources: Sources }, configuration: Configuration) {
    this.#file = file;
    this.#sources = sources;
    this.#configuration = configuration;
  }

  because({ decider, ruleset, outcome, steps }: Answered): Because {
    if (outcome.kind === 'cannotTell') {
      const failed = steps.findLast((step) => step.kind === 'key' && step.status === 'tempFail');
      if (failed?.kind === 'key')
        return { rule: failed.place?.ruleset ?? ruleset, key: failed.key, ...this.#at(failed.place) };
    }
    if (decider === undefined) return { rule: ruleset };
    const at = this.#at(decider);
    const { entry } = decider;
    if (entry === undefined) return { rule: decider.ruleset, ...at, ...(at.at && { source: at.at }) };
    const source = this.#sourceOf(entry);
    const value = entry.value === undefined ? {} : { value: entry.value };
    return { rule: decider.ruleset, key: entry.key, ...value, ...(source && { source }), ...at };
  }

  #at(place: Decider | KeyAsked['place']): { readonly at?: Source } {
    return place === undefined ? {} : { at: { file: this.#file, line: place.line } };
  }

  trace(steps: readonly RuleStep[]): TraceStep[] {
    return steps.map((step) => this.#step(step));
  }

  #step(step: RuleStep): TraceStep {
    if (step.kind === 'note') return { kind: 'note', rule: 'DNS', text: step.text };
    if (step.kind === 'rule') {
      const { ruleset, line } = step.place;
      return { kind: 'rule', rule: ruleset, text: step.text, at: { file: this.#file, line } };
    }
    const at = this.#at(step.place);
    const { map, key, status, value } = step;
    const source = this.#sourceOf(step);
    return {
      kind: 'key',
      rule: step.place?.ruleset ?? map,
      map,
      key,
      status,
      ...(value !== undefined && { value }),
      ...(source && { source }),
      ...at,
    };
  }

  /** The line of an entry in the source file of its map. */
  #sourceOf({ map, key, value }: KeyAsked): Source | undefined {
    if (value === undefined) return undefined;
    if (!this.#finders.has(map)) this.#finders.set(map, this.#finderOf(map));
    return this.#finders.get(map)?.(decodeText(key), decodeText(value));
  }

  #finderOf(name: string): EntryFinder | undefined {
    const map = this.#configuration.context.map(name);
    if (map === undefined || !FILE_CLASSES.has(map.className) || map.file === undefined) return undefined;
    const file = { name: decodeText(map.file.replace(/\.c?db$/, '')), isCdb: map.className === 'cdb' };
    return entryFinder(file, makemapIndexer(false), this.#sources);
  }

  routeBecause(answered: Answered): RouteBecause {
    const { rule, key, value, source, at } = this.because(answered);
    const table = answered.decider?.entry?.map;
    return {
      rule,
      ...(table !== undefined && { table }),
      ...(key !== undefined && { key }),
      ...(value !== undefined && { value }),
      ...(source !== undefined && { source }),
      ...(at !== undefined && { at }),
    };
  }

  /** The same steps for a route: a key has the name of its map in place of the rule that asked. */
  routeTrace(steps: readonly RuleStep[]): RouteStep[] {
    return this.trace(steps).map((step) => {
      if (step.kind !== 'key') return step;
      const { map: table = step.rule, key, status, value, source, at } = step;
      return {
        kind: 'table',
        table,
        key,
        status,
        ...(value !== undefined && { value }),
        ...(source && { source }),
        ...(at && { at }),
      };
    });
  }
}
