/**
 * `mailmaps diff OLD NEW`: which questions two configurations answer differently. Ends with 0 for none, 1 for some, 2 when
 * a stranger may relay to a stranger in the new one.
 */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import type { Feature } from '../../access/features.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import { encodeText } from '../../core/bytes.ts';
import { EX_OK } from '../../core/sysexits.ts';
import type { Io } from '../program/io.ts';
import { printable } from '../program/printable.ts';

interface DiffSettings {
  readonly feature: readonly string[];
  readonly hostName?: string;
  readonly json?: boolean;
}

const STATUS_DIFFERENT = 1;
const STATUS_OPEN_RELAY = 2;

/** Adds the sub-command; `finish` takes its exit status. */
export function addDiff(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('diff')
    .description('what a change of a configuration changes')
    .argument('<old>', 'a configuration directory, or a sendmail.cf')
    .argument('<new>', 'the same')
    .option(
      '--feature <name>',
      'a FEATURE() of both; repeatable',
      (value, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--host-name <name>', 'the name of this host ($j)')
    .option('--json', 'one JSON object')
    .action(async (before: string, after: string, settings: DiffSettings) => {
      const { diff } = await import('../../review/diff/diff.ts');
      const { diffText } = await import('../../review/diff/format.ts');
      const result = diff(optionsOf(before, settings), optionsOf(after, settings));
      const text = settings.json ? `${JSON.stringify(result)}\n` : diffText(result);
      io.out(encodeText(text.split('\n').map(printable).join('\n')));
      if (result.openRelay !== undefined) return finish(STATUS_OPEN_RELAY);
      const isSame = result.entries.length + result.differences.length + result.expansions.length === 0;
      finish(isSame ? EX_OK : STATUS_DIFFERENT);
    });
}

function optionsOf(name: string, { feature, hostName }: DiffSettings): MailMapsOptions {
  const isFile = statSync(name, { throwIfNoEntry: false })?.isFile() === true;
  return {
    ...(isFile ? { cf: name } : { directory: name }),
    features: feature as readonly Feature[],
    ...(hostName !== undefined && { hostName }),
  };
}
