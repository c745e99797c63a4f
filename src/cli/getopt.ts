/**
 * Command-line arguments as GNU getopt(3) reads them, for the programs that take sendmail's options: options and
 * operands in any order, `-Nf`, `-t,`, `-t ,`, `-D ''`, `--`. On top of that the long options that are ours.
 *
 * The result keeps the order of the options and ends at the first error, because sendmail's programs act on options as
 * they meet them: `makemap -l -Z` lists types, `makemap -Z -l` complains. Arguments are byte strings, as getopt's are.
 */
import { Command, Option } from 'commander';

export interface OptionUse {
  /** Without dashes: `'t'`, `'lmdb-format'`. */
  readonly name: string;
  /** Empty for an option that takes none. */
  readonly value: string;
}

export interface Arguments {
  readonly options: readonly OptionUse[];
  /** Empty where `error` says why reading stopped. */
  readonly operands: readonly string[];
  /** getopt's complaint, without the program's name: `invalid option -- 'Z'`. */
  readonly error?: string;
}

/** Ends commander's run at an option that the program does not have. */
class InvalidOption extends Error {}

/**
 * @param letters getopt's own notation: `'C:Nf'` is `-C value`, `-N` and `-f`
 * @param words long options: `'json'`, or `'lmdb-format:'` with a value
 */
export function getopt(argv: readonly string[], letters: string, words: readonly string[]): Arguments {
  const command = new Command()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const options: OptionUse[] = [];
  const flags = [...letters.matchAll(/.:?/g)].map(([flag]) => `-${flag}`).concat(words.map((word) => `--${word}`));
  for (const flag of flags) {
    const option = new Option(flag.replace(':', ' <value>'));
    listen(command, option, (value) => options.push({ name: option.name(), value: value ?? '' }));
  }
  for (const [flag, letter] of strangers(command, argv)) {
    const option = new Option('--stranger');
    option.long = flag;
    listen(command, option, () => {
      throw new InvalidOption(`invalid option -- '${letter}'`);
    });
  }
  try {
    const { operands, unknown } = command.parseOptions([...argv]);
    return unknown.length === 0 ? { options, operands } : { options, operands: [], error: "invalid option -- '-'" };
  } catch (error) {
    return { options, operands: [], error: complaint(error) };
  }
}

function listen(command: Command, option: Option, use: (value: string | null | undefined) => void): void {
  command.addOption(option);
  command.on(`option:${option.name()}`, use);
}

/**
 * Every flag in the arguments that the command lacks, with the letter that getopt would name. commander reports unknown
 * options after the run; declared as options that complain, they are met in their order.
 */
function strangers(command: Command, argv: readonly string[]): Map<string, string> {
  const known = new Set(command.options.flatMap((option) => [option.short, option.long]));
  const found = new Map<string, string>();
  for (const word of argv) {
    if (/^--./.test(word)) found.set(word.split('=', 1)[0]!, '-');
    else if (word.startsWith('-')) for (const letter of word.slice(1)) found.set(`-${letter}`, letter);
  }
  for (const flag of known) if (flag !== undefined) found.delete(flag);
  return found;
}

function complaint(error: unknown): string {
  if (error instanceof InvalidOption) return error.message;
  const [, dashes, name] = /^error: option '(--?)([^ ]+)/.exec((error as Error).message) ?? [];
  if (name === undefined) throw error;
  return dashes === '-' ? `option requires an argument -- '${name}'` : `option '--${name}' requires an argument`;
}
