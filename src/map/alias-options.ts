/** The options of makeAliases. */
import {
  checkOptions,
  FLAG,
  FUNCTION,
  ITERABLE,
  type Kinds,
  NUMBER,
  oneOf,
  SIGNAL,
  TEXT,
  TEXTS,
} from '../core/arguments.ts';
import type { Problem } from '../core/problem.ts';
import type { WrittenFormat } from '../store/records/limits.ts';

/** How `makeAliases` reads the aliases file and writes its map. */
export interface MakeAliasesOptions {
  /** Local names (class w) besides `localhost` and the host's own; compared without regard to case. */
  readonly localHostNames?: Iterable<string>;
  /** The host's full name, `$j`. Default: the system's. */
  readonly hostName?: string;
  /** False: FEATURE(nopercenthack), `a%b` is an ordinary name. Default true. */
  readonly percentHack?: boolean;
  /** False: FEATURE(nouucp), `a!b` is an ordinary name. Default true. */
  readonly bangPath?: boolean;
  /** BlankSub: the replacement for a blank between two words of a name. Default a dot. */
  readonly blank?: string;
  /** CheckAliases: checks the addresses in values too. */
  readonly checkAliases?: boolean;
  /** `-A`: a repeated name adds its value before the earlier one, instead of replacing it with a warning. */
  readonly append?: boolean;
  /** If any entry is bad, leaves the map as it was. */
  readonly strict?: boolean;
  /** Reads the file and judges the place of its map, and writes nothing. */
  readonly check?: boolean;
  /** `'1.0'`, or `'0.9'`, which Postfix, Exim and mdb_dump read. Default: the format of the existing map; 1.0 for a new map. */
  readonly format?: WrittenFormat;
  /** Reads the new map back before it replaces the old one. Default true. */
  readonly verify?: boolean;
  /** User id of the new owner of the map (TrustedUser). */
  readonly owner?: number | undefined;
  /** Flags of sendmail's DontBlameSendmail, such as `GroupWritableAliasFile`. */
  readonly dontBlame?: readonly string[];
  /** Ends the run with the reason of the signal, until the new map takes the place of the old one. */
  readonly signal?: AbortSignal;
  /** Called for every problem, in the order of the file; the report then has none. */
  readonly onProblem?: (problem: Problem) => void;
  /** Called for every entry, with the line that was read. */
  readonly onLine?: (line: number) => void;
}

const OPTIONS: Kinds<MakeAliasesOptions> = {
  localHostNames: ITERABLE,
  hostName: TEXT,
  percentHack: FLAG,
  bangPath: FLAG,
  blank: TEXT,
  checkAliases: FLAG,
  append: FLAG,
  strict: FLAG,
  check: FLAG,
  format: oneOf('1.0', '0.9', 'cdb'),
  verify: FLAG,
  owner: NUMBER,
  dontBlame: TEXTS,
  signal: SIGNAL,
  onProblem: FUNCTION,
  onLine: FUNCTION,
};

/** @throws TypeError for an unknown option, or one of the wrong type */
export function checkAliasOptions(options: MakeAliasesOptions): void {
  checkOptions(options, OPTIONS);
}
