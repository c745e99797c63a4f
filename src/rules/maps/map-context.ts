/** The context of a lookup: the configuration of the map, and the host, as functions. */
import type { ByteString } from '../../core/bytes.ts';
import type { Macros } from '../../source/cf/macros.ts';
import type { FileSafety, Machine } from '../machine.ts';
import type { Options } from '../options.ts';
import type { Reports } from '../reports.ts';
import type { Words } from '../words.ts';
import type { RuleMap } from './rule-map.ts';

/** The address at the beginning of a text. */
export interface PartialAddress {
  /** Undefined: the text is no address, and a complaint has the reason. */
  readonly address: { readonly user: ByteString; readonly isAliasable: boolean } | undefined;
  /** Its text as complaints show it. */
  readonly shown: ByteString;
  /** The offset at which the text goes on. */
  readonly next: number;
}

export interface MapContext {
  readonly machine: Machine;
  readonly macros: Macros;
  readonly words: Words;
  readonly options: Options;
  readonly reports: Reports;
  /** Finds a map by its name, without case. */
  map(name: string): RuleMap | undefined;
  /** Takes steps off the budget of the question. @throws OutOfBudget */
  spend(steps: number): void;
  /** The sources of a service in the service switch: `files`, `dns` ... */
  services(service: string): readonly string[];
  /** The rules of the configuration about a file that it names. */
  safety(purpose: FileSafety['purpose']): FileSafety;
  /** The aliases that `stab` maps have read. */
  readonly aliases: Map<ByteString, ByteString>;
  /** Resolves the address up to a character, by the rulesets. */
  parseAddress(text: ByteString, end: ':' | ','): PartialAddress;
}
