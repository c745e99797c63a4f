/**
 * The answers and events of a server -> metrics for Prometheus. Only this file loads the package `prom-client`.
 *
 * Limits: labels are words of a fixed list, rules, and files of the configuration, so no peer can create new ones.
 * The maps are the files of the directory whose names are names of maps, listed at each scrape.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Counter, Histogram, MetricObject, Registry } from 'prom-client';
import { MAP_ERRORS, MapError } from '../core/errors.ts';
import { namesIn } from '../files/named-directory.ts';
import type { Answered } from './answered.ts';

type PromClient = typeof import('prom-client');
export type MetricValues = readonly MetricObject[];

/** Seconds: an answer takes some ten microseconds. */
const BUCKETS = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 1];
const MAP_FILE = /\.(?:lmdb|db|cdb)$/;

/** @throws MapError `missing` if the package is not installed */
export async function loadPromClient(): Promise<PromClient> {
  try {
    return await import('prom-client');
  } catch (cause) {
    const text = 'metrics need the package prom-client: npm install prom-client';
    throw new MapError('missing', text, { cause });
  }
}

export class Metrics {
  readonly #registry: Registry;
  readonly #requests: Counter<'service' | 'answer'>;
  readonly #seconds: Histogram<'service'>;
  readonly #decisions: Counter<'question' | 'action' | 'rule'>;
  readonly #reloads: Counter<'file'>;
  readonly #problems: Counter<'code'>;

  constructor(client: PromClient, directory: string) {
    const registry = new client.Registry();
    const registers = [registry];
    this.#registry = registry;
    this.#requests = new client.Counter({
      ...{ name: 'mailmaps_requests_total', help: 'Requests answered, by the first word of the answer' },
      ...{ labelNames: ['service', 'answer'] as const, registers },
    });
    this.#seconds = new client.Histogram({
      ...{ name: 'mailmaps_request_seconds', help: 'Time that an answer took', buckets: BUCKETS },
      ...{ labelNames: ['service'] as const, registers },
    });
    this.#decisions = new client.Counter({
      ...{ name: 'mailmaps_decisions_total', help: 'Decisions that answers rested on' },
      ...{ labelNames: ['question', 'action', 'rule'] as const, registers },
    });
    this.#reloads = new client.Counter({
      ...{ name: 'mailmaps_reloads_total', help: 'Files read anew', labelNames: ['file'] as const, registers },
    });
    this.#problems = new client.Counter({
      ...{ name: 'mailmaps_problems_total', help: 'What could not be used or answered' },
      ...{ labelNames: ['code'] as const, registers },
    });
    this.#showZeros(directory);
    this.#followMaps(client, directory);
    client.collectDefaultMetrics({ register: registry, prefix: 'mailmaps_' });
  }

  readonly onAnswer = ({ service, answer, milliseconds, decision }: Answered): void => {
    this.#requests.inc({ service, answer });
    this.#seconds.observe({ service }, milliseconds / 1000);
    if (decision === undefined) return;
    const { question, action, because } = decision;
    this.#decisions.inc({ question, action, rule: because?.rule ?? '' });
  };

  readonly onReload = (path: string): void => this.#reloads.inc({ file: path });
  readonly onProblem = ({ code }: MapError): void => this.#problems.inc({ code });

  values(): Promise<MetricValues> {
    return this.#registry.getMetricsAsJSON();
  }

  /** A series that begins with 1 has no increase for Prometheus: the first problem would raise no alert. */
  #showZeros(directory: string): void {
    for (const code of Object.keys(MAP_ERRORS)) this.#problems.inc({ code }, 0);
    for (const [name] of madeIn(directory)) this.#reloads.inc({ file: join(directory, name) }, 0);
  }

  /** Every worker sees the same files, so the greatest of their values counts. */
  #followMaps(client: PromClient, directory: string): void {
    const shared = { labelNames: ['map'] as const, registers: [this.#registry], aggregator: 'max' as const };
    new client.Gauge({
      ...{ name: 'mailmaps_map_modified_seconds', help: 'When the map was made, its generation, in Unix time' },
      ...shared,
      collect() {
        for (const [map, modified] of madeIn(directory)) this.set({ map }, modified);
      },
    });
    new client.Gauge({
      ...{ name: 'mailmaps_map_age_seconds', help: 'Since when the map is what it is' },
      ...shared,
      collect() {
        for (const [map, modified] of madeIn(directory)) this.set({ map }, Date.now() / 1000 - modified);
      },
    });
  }
}

/** The maps in a directory, and when each was made, in Unix time. What cannot be looked at has no series, and ends none. */
function madeIn(directory: string): readonly (readonly [map: string, modified: number])[] {
  try {
    return mapsIn(directory).flatMap((name) => {
      const modified = modifiedAt(join(directory, name));
      return modified === undefined ? [] : [[name, modified] as const];
    });
  } catch {
    return [];
  }
}

function modifiedAt(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs / 1000;
  } catch {
    return undefined;
  }
}

/** The names of the maps in a directory. @throws MapError `missing`, `unreadable` */
export function mapsIn(directory: string): readonly string[] {
  return namesIn(directory)
    .filter((name) => MAP_FILE.test(name) && !name.startsWith('.'))
    .sort();
}

/** The values of all workers in the text format of Prometheus. */
export function metricsText(client: PromClient, values: readonly MetricValues[]): Promise<string> {
  return client.AggregatorRegistry.aggregate(values.map((each) => [...each])).metrics();
}
