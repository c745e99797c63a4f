/** The help text of a command -> the names of its sub-commands, which stand in groups; `help` is left out. */
export function subCommandsIn(help: string): string[] {
  const groups = help.split('\n\n').filter((part) => !/^(?:Usage|Arguments|Options|Examples):/.test(part));
  const names = groups.flatMap((group) => [...group.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name!));
  return names.filter((name) => name !== 'help');
}
