/** Lines of a mail log, in text -> the result of a replay. Reading files and pipes is the caller's. */
import type { MailMapsOptions } from '../../config/options.ts';
import { type Abortable, abortable } from '../../core/abort.ts';
import { encodeText } from '../../core/bytes.ts';
import { Replay, type ReplayResult } from './replay.ts';

/**
 * Puts the questions of a log to a configuration, and compares its decisions with those of the log, or of an old configuration.
 *
 * @param lines without their newlines, from any source: an array, or `readline.createInterface(...)`
 * @throws MapError and TypeError as `openMailMaps`
 * @throws the reason of an aborted `signal`
 */
export async function replay(
  lines: Iterable<string> | AsyncIterable<string>,
  newOptions: MailMapsOptions,
  oldOptions?: MailMapsOptions,
  { signal }: Abortable = {},
): Promise<ReplayResult> {
  const run = new Replay(newOptions, oldOptions);
  for await (const line of abortable(lines, signal)) run.line(encodeText(line.toWellFormed()));
  return run.end();
}
