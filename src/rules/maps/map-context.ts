/** The context of a lookup: the configuration of the map, and the host, as functions. */
import type { Machine } from '../machine.ts';
import type { Macros } from '../macros.ts';
import type { Options } from '../options.ts';
import type { Reports } from '../reports.ts';
import type { Words } from '../words.ts';
import type { RuleMap } from './rule-map.ts';

export interface MapContext {
  readonly machine: Machine;
  readonly macros: Macros;
  readonly words: Words;
  readonly options: Options;
  readonly reports: Reports;
  /** Finds a map by its name, without case. */
  map(name: string): RuleMap | undefined;
  /** The sources of a service in the service switch: `files`, `dns` ... */
  services(service: string): readonly string[];
}
