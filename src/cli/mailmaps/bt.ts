/**
 * `mailmaps bt`: answers typed lines as `sendmail -bt` does, by the rules of a sendmail.cf.
 *
 * Its modules are loaded only when it runs, so other commands start faster.
 */
import type { Command } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { inputLines } from '../program/input-lines.ts';
import type { Io } from '../program/io.ts';

/** Adds the sub-command; `finish` takes its exit status. */
export function addBt(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('bt')
    .description('run the rulesets of a sendmail.cf, as sendmail -bt does')
    .option('--cf <file>', 'the configuration file', '/etc/mail/sendmail.cf')
    .action(async ({ cf }: { readonly cf: string }) => finish(await runBt(cf, io)));
}

async function runBt(cf: string, io: Io): Promise<number> {
  const { converse } = await import('../bt/session.ts');
  const typed = io.typedLines?.('> ');
  return converse(encodeText(cf), typed ?? inputLines(io.stdin), io, typed === undefined);
}
