/** Grammars -> a completion script for fish. */
import { type CommandGrammar, type OptionGrammar, type Value, withSubCommands } from './grammar.ts';

export function fishScript(programs: readonly CommandGrammar[]): string {
  return `# fish completion of mailmaps, made by: mailmaps completion fish

# Whether the command line starts with these words.
function __mailmaps_in
    set -l words (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end

# Whether it is these words, and nothing else.
function __mailmaps_at
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and test "$words[2..]" = "$argv"
end

# The number of operands so far: words without a dash, behind the sub-command of so many words.
function __mailmaps_operands
    set -l words (commandline -opc)
    set -l operands 0
    for word in $words[(math $argv[1] + 2)..]
        string match -q -- '-*' $word; or set operands (math $operands + 1)
    end
    echo $operands
end

${programs.flatMap(withSubCommands).map(linesOf).join('\n')}`;
}

function linesOf(grammar: CommandGrammar): string {
  const { path, options, subCommands, operands, isVariadic } = grammar;
  const [program, ...below] = path;
  const words = below.join(' ');
  const inside = below.length === 0 ? '' : ` -n ${quote(`__mailmaps_in ${words}`)}`;
  const at = below.length === 0 ? '__mailmaps_at' : `__mailmaps_at ${words}`;
  const start = `complete -c ${program}`;
  return [
    ...(below.length === 0 ? [`${start} -f`] : []),
    ...options.map((option) => `${start}${inside}${optionWords(option)}`),
    ...subCommands.map((each) => `${start} -n ${quote(at)} -a ${each.path.at(-1)} -d ${quote(each.description)}`),
    ...operands.flatMap((value, index) => {
      const isRepeated = isVariadic && index === operands.length - 1;
      const place = `test (__mailmaps_operands ${below.length}) -${isRepeated ? 'ge' : 'eq'} ${index}`;
      const condition = below.length === 0 ? place : `__mailmaps_in ${words}; and ${place}`;
      return value.kind === 'text' ? [] : [`${start} -n ${quote(condition)} ${valueWords(value)}`];
    }),
    '',
  ].join('\n');
}

function optionWords({ names, description, value }: OptionGrammar): string {
  const named = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)).join('');
  const about = description === '' ? '' : ` -d ${quote(description)}`;
  return `${named}${value === undefined ? '' : ` -r ${valueWords(value)}`}${about}`;
}

function valueWords(value: Value): string {
  switch (value.kind) {
    case 'file':
      return '-F';
    case 'directory':
      return "-f -a '(__fish_complete_directories)'";
    case 'words':
      return `-f -a ${quote(value.words.join(' '))}`;
    case 'text':
      return '-f';
  }
}

/** In fish, a backslash before a quote stands for the quote. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
