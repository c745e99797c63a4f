/** The `expand` sub-command: its options -> an open configuration, and a run of `expand`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MailMaps } from '../../config/mailmaps.ts';
import { UNREADABLE_FORWARD } from '../../config/options.ts';
import { encodeText } from '../../core/bytes.ts';
import type { Io } from '../program/io.ts';
import { answerTo } from './answer.ts';
import { runBatch } from './batch.ts';
import { UsageError } from './error-status.ts';
import { expandAddresses } from './expand.ts';
import { addDnsOption, addMailOptions, type MailSettings, openSettings } from './options.ts';
import type { GraphLanguage } from './route-graph.ts';

/** The options of `expand`. */
export interface ExpandSettings extends MailSettings {
  readonly graph?: GraphLanguage;
}

export const GRAPH_LANGUAGES = ['dot', 'mermaid'] as const;

/** Adds the sub-command; `finish` takes its exit status. */
export function addExpand(program: Command, io: Io, finish: (status: number) => void): void {
  const command = program
    .command('expand')
    .description('print who gets the mail for an address, and through which aliases and lists')
    .argument('[address...]', 'the addresses')
    .option('--forward-path <path>', "the places of .forward files; '' reads none")
    .addOption(
      new Option('--unreadable-forward <what>', 'the result for a user whose home cannot be read').choices(
        UNREADABLE_FORWARD,
      ),
    )
    .option('--max-alias-recursion <n>', 'the depth to which aliases may lead to aliases', wholeNumber)
    .addOption(new Option('--graph <language>', 'print the source of a picture').choices(GRAPH_LANGUAGES));
  addMailOptions(addDnsOption(command)).action(async (addresses: string[]) => {
    const settings = command.opts<ExpandSettings>();
    using maps = openSettings({ ...settings, access: false }, io);
    finish(settings.batch ? await runBatch(maps, settings, io) : await runExpand(addresses, settings, maps, io));
  });
}

/** Expands the addresses of a command line. Returns the exit status. @throws UsageError if there are none */
export async function runExpand(
  addresses: readonly string[],
  settings: ExpandSettings,
  maps: MailMaps,
  io: Io,
): Promise<number> {
  if (addresses.length === 0) throw new UsageError('expand needs an address');
  if (addresses.some((address) => address.trim() === '')) throw new UsageError('expand needs an address: one is empty');
  const { json, graph } = settings;
  return expandAddresses(
    addresses.map((address) => encodeText(address)),
    { json, graph },
    (address) => answerTo(maps, { kind: 'expand', address }, settings),
    io,
  );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}
