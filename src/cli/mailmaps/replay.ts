/**
 * `mailmaps replay LOG...`: lists the decisions of a configuration that differ from a mail log, or from an old configuration.
 * Exit status 0: none, 1: some, 65: replay understands no line of the logs.
 */

import type { Command } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_DATAERR, EX_OK } from '../../core/sysexits.ts';
import type { Io } from '../program/io.ts';
import { printableLines } from '../program/printable.ts';
import { configurationNamed } from './configuration-named.ts';
import { append } from './options.ts';
import { writeReport } from './report.ts';

interface ReplaySettings {
  readonly new: string;
  readonly old?: string;
  readonly feature: readonly string[];
  readonly hostName?: string;
  readonly json?: boolean;
  readonly report?: string;
}

const STATUS_DIFFERENT = 1;

/** Adds the sub-command; `finish` takes its exit status. */
export function addReplay(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('replay')
    .description('list the mail of a log about which a configuration would decide differently')
    .argument(
      '<log...>',
      'logs of sendmail or Postfix (syslog, or journalctl -o json), plain or compressed by gzip; - for standard input',
    )
    .requiredOption('--new <configuration>', 'a configuration directory, or a sendmail.cf')
    .option('--old <configuration>', 'compare with its answers, not with those in the log')
    .option('--feature <name>', 'a FEATURE() of both; repeatable', append, [])
    .option('--host-name <name>', 'the name of this host ($j)')
    .option('--report <file>', 'write a page for people as well (HTML)')
    .option('--json', 'one JSON object')
    .action(async (logs: readonly string[], settings: ReplaySettings) => finish(await run(logs, settings, io)));
}

async function run(logs: readonly string[], settings: ReplaySettings, io: Io): Promise<number> {
  const [{ Replay }, { linesOf, readLog }, { replayText }] = await Promise.all([
    import('../../review/replay/replay.ts'),
    import('../../review/replay/read-log.ts'),
    import('../../review/replay/format.ts'),
  ]);
  const old = settings.old === undefined ? undefined : configurationNamed(settings.old, settings);
  const replay = new Replay(configurationNamed(settings.new, settings), old);
  for (const log of logs)
    for await (const lines of log === '-' ? linesOf(io.stdin, 'standard input') : readLog(log))
      for (const line of lines) replay.line(line);
  const result = replay.end();
  if (settings.report !== undefined) {
    const { replayPage } = await import('../../review/report/pages.ts');
    await writeReport(settings.report, (draw) => replayPage(result, draw));
  }
  const text = settings.json ? `${jsonText(result)}\n` : replayText(result);
  io.out(encodeText(printableLines(text)));
  if (result.understood === 0) {
    io.err('mailmaps: no line is one of sendmail or Postfix\n');
    return EX_DATAERR;
  }
  return result.groups.length === 0 ? EX_OK : STATUS_DIFFERENT;
}
