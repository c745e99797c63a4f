/** What can be asked of makeAliases. */
import { checkOptions, FLAG, FUNCTION, ITERABLE, type Kinds, NUMBER, oneOf, TEXT, TEXTS } from '../core/arguments.ts';
import type { Problem } from '../core/problem.ts';
import type { WrittenFormat } from '../store/records/limits.ts';

export interface MakeAliasesOptions {
  /** Names that are local (class w) besides `localhost` and the host's own; without case. */
  readonly localHostNames?: Iterable<string>;
  /** The host's full name, `$j`. Default: the system's. */
  readonly hostName?: string;
  /** False: FEATURE(nopercenthack), `a%b` is a name like others. Default true. */
  readonly percentHack?: boolean;
  /** False: FEATURE(nouucp), `a!b` is a name like others. Default true. */
  readonly bangPath?: boolean;
  /** BlankSub: what a blank between two words of a name becomes. Default a dot. */
  readonly blank?: string;
  /** CheckAliases: complain also of addresses in values. */
  readonly checkAliases?: boolean;
  /** `-A`: a name that comes again adds to its value, in front, instead of replacing it with a warning. */
  readonly append?: boolean;
  /** Leave the map as it was when any entry is bad. */
  readonly strict?: boolean;
  /**
   * `'1.0'`, or `'0.9'`, which Postfix, Exim and mdb_dump read. Default: that of the map that exists; a new map is of
   * format 1.0.
   */
  readonly format?: WrittenFormat;
  /** Read the new map back before it is put in place. Default true. */
  readonly verify?: boolean;
  /** User id that the map is given to (TrustedUser). */
  readonly owner?: number | undefined;
  /** Flags of sendmail's DontBlameSendmail, such as `GroupWritableAliasFile`. */
  readonly dontBlame?: readonly string[];
  /** Told every problem, in the order of the file; the report then holds none. */
  readonly onProblem?: (problem: Problem) => void;
  /** Told, entry by entry, the line that was read. */
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
  format: oneOf('1.0', '0.9', 'cdb'),
  verify: FLAG,
  owner: NUMBER,
  dontBlame: TEXTS,
  onProblem: FUNCTION,
  onLine: FUNCTION,
};

/** @throws TypeError for an option that there is not, or that is something else than it must be */
export function checkAliasOptions(options: MakeAliasesOptions): void {
  checkOptions(options, OPTIONS);
}
