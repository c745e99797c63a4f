/**
 * The option tables of all programs -> one grammar for completion: commands, options, and the kind of each value. A shell's
 * script is made from the grammar alone, so it has every option that a program has.
 */
import type { Command, Option } from 'commander';
import { ownField } from '../../core/own-field.ts';
import { EDITMAP, MAKEMAP, NEWALIASES, type OptionTable, PRALIASES } from '../sendmail/option-tables.ts';

/** A value: a file, a directory, one of some words, or free text, which is not completed. */
export type Value =
  | { readonly kind: 'file' | 'directory' | 'text' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface OptionGrammar {
  /** With dashes; the short form first. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent: the option takes none. */
  readonly value?: Value;
}

export interface CommandGrammar {
  /** `['mailmaps', 'serve', 'policy']` */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionGrammar[];
  readonly subCommands: readonly CommandGrammar[];
  readonly operands: readonly Value[];
  /** Whether the last operand may be repeated. */
  readonly isVariadic: boolean;
}

const TEXT: Value = { kind: 'text' };
const FILE: Value = { kind: 'file' };
const TYPES: Value = { kind: 'words', words: ['hash', 'btree', 'lmdb', 'cdb'] };
/** Placeholders in usage lines that stand for names of files. */
const FILES: readonly string[] = ['file', 'files', 'map', 'log', 'configuration', 'old', 'new'];

/** Values of the options of sendmail's programs. */
const VALUES: Readonly<Record<string, Value>> = {
  C: FILE,
  f: FILE,
  i: TYPES,
  'lmdb-format': { kind: 'words', words: ['0.9', '1.0'] },
  type: { kind: 'words', words: ['cdb', 'hash', 'btree', 'lmdb'] },
};

/** The grammars of `mailmaps` and of sendmail's four programs. */
export function grammars(mailmaps: Command): CommandGrammar[] {
  return [
    commandGrammar(mailmaps, []),
    programGrammar('makemap', MAKEMAP, 'compile a map, or print one', [TYPES, FILE]),
    programGrammar('newaliases', NEWALIASES, 'compile the alias files', []),
    programGrammar('praliases', PRALIASES, 'print compiled aliases', [TEXT]),
    programGrammar('editmap', EDITMAP, 'look up, change or remove one record', [TYPES, FILE, TEXT, TEXT]),
  ];
}

function commandGrammar(command: Command, above: readonly string[]): CommandGrammar {
  const path = [...above, command.name()];
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    options: help.visibleOptions(command).map(optionGrammar),
    subCommands: command.commands.map((each) => commandGrammar(each, path)),
    operands: command.registeredArguments.map((argument) => valueNamed(argument.name(), argument.argChoices)),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
  };
}

function optionGrammar(option: Option): OptionGrammar {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const placeholder = /<([^<>]+)>/.exec(option.flags)?.[1];
  return {
    names,
    description: option.description,
    ...(placeholder !== undefined && { value: valueNamed(placeholder, option.argChoices) }),
  };
}

function valueNamed(placeholder: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (placeholder === 'dir') return { kind: 'directory' };
  return FILES.includes(placeholder) ? FILE : TEXT;
}

function programGrammar(
  name: string,
  { letters, words }: OptionTable,
  description: string,
  operands: readonly Value[],
): CommandGrammar {
  const short = [...letters.matchAll(/(.)(:?)/g)].map(([, letter, colon]) => simpleOption(letter!, colon === ':'));
  const long = words.map((word) => simpleOption(word.replace(':', ''), word.endsWith(':')));
  return { path: [name], description, options: [...short, ...long], subCommands: [], operands, isVariadic: true };
}

function simpleOption(name: string, takesValue: boolean): OptionGrammar {
  const dashed = name.length === 1 ? `-${name}` : `--${name}`;
  return { names: [dashed], description: '', ...(takesValue && { value: ownField(VALUES, name) ?? TEXT }) };
}

/** A grammar and all below it. */
export function withSubCommands(grammar: CommandGrammar): CommandGrammar[] {
  return [grammar, ...grammar.subCommands.flatMap(withSubCommands)];
}
