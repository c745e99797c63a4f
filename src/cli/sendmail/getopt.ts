/**
 * Command-line arguments as GNU getopt(3) reads them, for programs with sendmail's options -> options and operands: in any
 * order, `-Nf`, `-t,`, `-t ,`, `-D ''`, `--`; and our long options.
 *
 * The result keeps the order of the options and ends at the first error, because sendmail's programs act on each option as they
 * reach it: `makemap -l -Z` lists types, `makemap -Z -l` reports an error. Arguments are byte strings, as in getopt.
 *
 * Uses Node's own parser to split the words: these programs take little longer than the start of Node, and commander would add
 * an eighth.
 */
import { parseArgs } from 'node:util';

export interface OptionUse {
  /** Without dashes: `'t'`, `'lmdb-format'`. */
  readonly name: string;
  /** Empty for an option without a value. */
  readonly value: string;
}

export interface Arguments {
  readonly options: readonly OptionUse[];
  /** Empty if `error` is set. */
  readonly operands: readonly string[];
  /** getopt's message, without the program's name: `invalid option -- 'Z'`. */
  readonly error?: string;
}

/** Options as written, dashes included, and whether each takes a value. */
type Flags = ReadonlyMap<string, boolean>;

/**
 * @param letters in getopt's notation: `'C:Nf'` is `-C value`, `-N` and `-f`
 * @param words long options: `'json'`, or `'lmdb-format:'` with a value
 */
export function getopt(argv: readonly string[], letters: string, words: readonly string[]): Arguments {
  const flags: Flags = new Map([
    ...[...letters.matchAll(/(.)(:?)/g)].map(([, letter, colon]) => [`-${letter}`, colon === ':'] as const),
    ...words.map((word) => [`--${word.replace(':', '')}`, word.endsWith(':')] as const),
  ]);
  const options: OptionUse[] = [];
  const operands: string[] = [];
  for (const token of tokensOf(argv, flags)) {
    if (token.kind === 'positional') operands.push(token.value);
    else if (token.kind === 'option') {
      const error = complaint(token, flags.get(token.rawName));
      if (error !== undefined) return { options, operands: [], error };
      options.push({ name: token.name, value: token.value ?? '' });
    } else if (argv[token.index] !== '--') {
      // A dash among letters: `-N-`.
      return { options, operands: [], error: "invalid option -- '-'" };
    }
  }
  return { options, operands };
}

function tokensOf(argv: readonly string[], flags: Flags) {
  const declared = [...flags].map(([flag, takesValue]) => {
    const type = takesValue ? ('string' as const) : ('boolean' as const);
    return flag.startsWith('--')
      ? ([flag.slice(2), { type }] as const)
      : ([flag[1]!, { type, short: flag[1]! }] as const);
  });
  const options = Object.fromEntries(declared);
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** @param takesValue undefined: the program has no such option */
function complaint(
  { rawName, name, value }: { readonly rawName: string; readonly name: string; readonly value?: string | undefined },
  takesValue: boolean | undefined,
): string | undefined {
  const isLetter = !rawName.startsWith('--');
  if (takesValue === undefined || (!takesValue && value !== undefined))
    return `invalid option -- '${isLetter ? name : '-'}'`;
  if (!takesValue || value !== undefined) return undefined;
  return isLetter ? `option requires an argument -- '${name}'` : `option '--${name}' requires an argument`;
}
