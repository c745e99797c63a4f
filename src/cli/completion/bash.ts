/** Grammars -> a completion script for bash. It does not need the package bash-completion. */
import { type CommandGrammar, type Value, withSubCommands } from './grammar.ts';

export function bashScript(programs: readonly CommandGrammar[]): string {
  const commands = programs.flatMap(withSubCommands);
  return `# bash completion of mailmaps, made by: mailmaps completion bash
# COMP_WORDS[0] names the program, and the words after it a sub-command; "kind" is what may stand at the cursor.

_mailmaps_is_command() {
  case $1 in
${commands
  .filter(({ path }) => path.length > 1)
  .map(({ path }) => `    ${quote(path.join(' '))}) ;;\n`)
  .join('')}    *) return 1 ;;
  esac
}

_mailmaps_value() {
  case $1 in
${commands.flatMap(valueCases).join('')}    *) return 1 ;;
  esac
}

_mailmaps_options() {
  case $1 in
${commands.map(({ path, options }) => `    ${quote(path.join(' '))}) kind=${quote(`words ${options.flatMap(({ names }) => names).join(' ')}`)} ;;\n`).join('')}  esac
}

_mailmaps_operand() {
  case $1 in
${commands.flatMap(operandCases).join('')}    *) kind='text' ;;
  esac
}

_mailmaps() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path=\${COMP_WORDS[0]##*/} kind='' operands=0 i word
  # --color=au is three words
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]] || _mailmaps_value "$path \${COMP_WORDS[i - 1]}"; then continue; fi
    if ((operands == 0)) && _mailmaps_is_command "$path $word"; then path="$path $word"
    elif [[ $word != -* ]]; then ((operands++)); fi
  done
  kind=''
  if ! _mailmaps_value "$path $prev"; then
    if [[ $cur == -* ]]; then _mailmaps_options "$path"; else _mailmaps_operand "$path $operands"; fi
  fi
  COMPREPLY=()
  case $kind in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    words\\ *) mapfile -t COMPREPLY < <(compgen -W "\${kind#words }" -- "$cur") ;;
  esac
}

complete -F _mailmaps ${programs.map(({ path }) => path[0]).join(' ')}
`;
}

function valueCases({ path, options }: CommandGrammar): string[] {
  return options.flatMap(({ names, value }) =>
    value === undefined
      ? []
      : [`    ${names.map((name) => quote([...path, name].join(' '))).join('|')}) kind=${kindOf(value)} ;;\n`],
  );
}

function operandCases({ path, operands, isVariadic, subCommands }: CommandGrammar): string[] {
  const name = path.join(' ');
  if (subCommands.length > 0) {
    const words = subCommands.map((each) => each.path.at(-1)!);
    return [`    ${quote(`${name} 0`)}) kind=${kindOf({ kind: 'words', words })} ;;\n`];
  }
  return operands.map((value, index) => {
    const isRepeated = isVariadic && index === operands.length - 1;
    return `    ${isRepeated ? `${quote(`${name} `)}*` : quote(`${name} ${index}`)}) kind=${kindOf(value)} ;;\n`;
  });
}

function kindOf(value: Value): string {
  return quote(value.kind === 'words' ? `words ${value.words.join(' ')}` : value.kind);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
