/**
 * The command lines of `npm run conformance`, `faults` and `bench`: --help prints the usage, and a mistake its reason and the
 * usage, with status 64.
 */
import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';

type Parsed<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>;

export interface Command<T extends ParseArgsConfig, R> {
  readonly name: string;
  /** The lines after `usage: npm run NAME --`. */
  readonly usage: string;
  readonly config: T;
  /** @throws RangeError for a value that makes no sense */
  read(parsed: Parsed<T>): R;
}

/** The arguments; undefined: the program is to end, and the exit status is set. */
export function readCommandLine<T extends ParseArgsConfig, R>({
  name,
  usage,
  config,
  read,
}: Command<T, R>): R | undefined {
  const shown = `usage: npm run ${name} -- ${usage}`;
  const given = process.argv.slice(2);
  if (given.some((word) => word === '--help' || word === '-h')) {
    console.log(shown);
    return undefined;
  }
  try {
    return read(parseArgs({ ...config, args: given } as T));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`${name}: ${error.message}\n${shown}`);
    process.exitCode = 64;
    return undefined;
  }
}

/** A seed, or a count. @throws RangeError */
export function wholeNumber(name: string, text: string, least = 0): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new RangeError(`--${name} takes a whole number, not '${text}'`);
}

/** The items with these names. @throws RangeError for a name that none has */
export function itemsNamed<T extends { readonly name: string }>(
  kind: string,
  items: readonly T[],
  names: readonly string[],
): T[] {
  return names.map((name) => {
    const item = items.find((each) => each.name === name);
    if (item !== undefined) return item;
    throw new RangeError(`no ${kind} '${name}'`);
  });
}
