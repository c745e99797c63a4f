/**
 * The path of a sendmail.cf -> its lines. A regular file is followed; a pipe is read once.
 *
 * Errors: MapError `missing`, `unreadable`.
 */
import { statSync } from 'node:fs';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { readCfFile } from '../files/text-safety.ts';
import { parseSendmailCf } from '../source/cf/parse.ts';
import { type RecognisedCf, recognised } from './features-in-force.ts';
import { ownNames } from './host-class.ts';
import type { CheckedOptions } from './options.ts';
import { ownHostName } from './settings.ts';
import type { Sources } from './sources.ts';

/** Reads a sendmail.cf from sources; an unchanged file gives the same object again. */
export type CfReader = (sources: Sources) => RecognisedCf;

export function cfReader(file: string, options: CheckedOptions): CfReader {
  const hostName = ownHostName(options);
  const keepHostName = options.hostName !== undefined;
  const parse = (text: ByteString): RecognisedCf =>
    recognised(file, text, parseSendmailCf(text, { file, hostName, ownNames: ownNames(hostName), keepHostName }));
  // a file that becomes a pipe later is refused: nothing waits for its writer while it answers
  let piped: RecognisedCf | 'no' | undefined;
  return (sources) => {
    piped ??= isPiped(file, sources) ? parse(readPipe(file)) : 'no';
    return piped === 'no' ? sources.text(file, parse, { optional: false }) : piped;
  };
}

function isPiped(file: string, { onDisk }: Sources): boolean {
  try {
    const stats = onDisk ? statSync(file, { throwIfNoEntry: false }) : undefined;
    return stats !== undefined && !stats.isFile();
  } catch {
    return false;
  }
}

function readPipe(file: string): ByteString {
  try {
    return readCfFile(file);
  } catch (cause) {
    throw new MapError('unreadable', `cannot read ${file}: ${systemText(cause)}`, { file, cause });
  }
}
