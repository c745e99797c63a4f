/** Grammars -> a completion script for zsh: one function a command, each a call of _arguments. */
import { type CommandGrammar, type OptionGrammar, type Value, withSubCommands } from './grammar.ts';

export function zshScript(programs: readonly CommandGrammar[]): string {
  const names = programs.map(({ path }) => path[0]).join(' ');
  return `#compdef ${names}
# zsh completion of mailmaps, made by: mailmaps completion zsh

${programs.flatMap(withSubCommands).map(functionOf).join('\n')}
if [[ $funcstack[1] == _mailmaps ]]; then
  _mailmaps_at_$service "$@"
else
  _mailmaps() { _mailmaps_at_$service "$@" }
  compdef _mailmaps ${names}
fi
`;
}

function functionOf(grammar: CommandGrammar): string {
  return `${nameOf(grammar)}() {\n${grammar.subCommands.length > 0 ? parentBody(grammar) : leafBody(grammar)}}\n`;
}

function parentBody({ options, subCommands }: CommandGrammar): string {
  const described = subCommands.map(({ path, description }) => quote(`${path.at(-1)}:${description}`)).join(' ');
  const calls = subCommands.map((each) => `    ${each.path.at(-1)}) ${nameOf(each)} ;;\n`).join('');
  return `  local -a commands=(${described})
  if ((CURRENT == 2)); then
    _arguments -s ${options.map(specOf).join(' ')} '1: :->command'
    [[ $words[2] == -* ]] || _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${calls}  esac
`;
}

function leafBody({ options, operands, isVariadic }: CommandGrammar): string {
  const specs = operands.map((value, index) => {
    const isRepeated = isVariadic && index === operands.length - 1;
    return quote(`${isRepeated ? '*' : index + 1}: :${actionOf(value)}`);
  });
  return `  _arguments -s ${[...options.map(specOf), ...specs].join(' \\\n    ')}\n`;
}

function specOf({ names, description, value }: OptionGrammar): string {
  const about = `[${description.replace(/[[\]\\:]/g, '\\$&')}]${value === undefined ? '' : `: :${actionOf(value)}`}`;
  const repeated = names.map((name) =>
    quote(`*${name}${value !== undefined && name.startsWith('--') ? '=' : ''}${about}`),
  );
  return repeated.join(' ');
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'text':
      return '';
  }
}

function nameOf({ path }: CommandGrammar): string {
  return `_mailmaps_at_${path.join('_').replaceAll('-', '_')}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
