/** Options and a sendmail.cf -> the file, if its rules decide; else our built-in rules do, by the features recognised in it. */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { RecognisedCf } from './features-in-force.ts';
import type { CheckedOptions } from './options.ts';

/**
 * A sendmail.cf whose rules decide, and the name of the host; `keepHostName`: an option gives the name, so `$j` of the
 * file does not count.
 */
export interface DecidingFile {
  readonly file: string;
  readonly text: ByteString;
  readonly hostName: ByteString;
  readonly keepHostName: boolean;
}

/** Options that override a sendmail.cf. Its rules cannot follow them. */
const OVERRIDES = ['features', 'access', 'localHostNames', 'relayDomains'] as const;

/**
 * The sendmail.cf, if its rules decide.
 *
 * @throws MapError `badInput` if they are asked for, and there are none, or an option overrides them
 */
export function decidingFileOf(
  options: CheckedOptions,
  cf: RecognisedCf | undefined,
  hostName: ByteString,
): DecidingFile | undefined {
  const { rules } = options;
  if (rules === 'built-in') return undefined;
  const hasRules = cf !== undefined && /^S/m.test(cf.text) && /^R/m.test(cf.text);
  const override = OVERRIDES.find((name) =>
    name === 'features' ? options.features?.length : options[name] !== undefined,
  );
  if (hasRules && override === undefined)
    return { file: cf.file, text: cf.text, hostName, keepHostName: options.hostName !== undefined };
  if (rules === undefined) return undefined;
  if (cf === undefined) throw new MapError('badInput', "rules 'file' needs a sendmail.cf");
  if (!hasRules) throw new MapError('badInput', `${cf.file} has no rules of its own`, { file: cf.file });
  throw new MapError('badInput', `${override} cannot change the rules of ${cf.file}: use rules 'built-in'`, {
    file: cf.file,
  });
}
