/** `mailmaps completion SHELL`: prints the completion script of a shell, for all programs. */
import { Argument, type Command } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { EX_OK } from '../../core/sysexits.ts';
import type { Io } from '../program/io.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Adds the sub-command; `finish` takes its exit status. */
export function addCompletion(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('completion')
    .description('print the completion script of a shell, for all programs')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      io.out(encodeText(await scriptOf(shell, program)));
      finish(EX_OK);
    });
}

async function scriptOf(shell: (typeof SHELLS)[number], program: Command): Promise<string> {
  const { grammars } = await import('../completion/grammar.ts');
  const all = grammars(program);
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.ts')).bashScript(all);
    case 'zsh':
      return (await import('../completion/zsh.ts')).zshScript(all);
    case 'fish':
      return (await import('../completion/fish.ts')).fishScript(all);
  }
}
