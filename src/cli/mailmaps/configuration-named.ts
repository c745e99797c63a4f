/**
 * An argument, the name of a directory or of a sendmail.cf -> the options of its configuration.
 * Errors: MapError `missing` for a name that leads nowhere; it would be a configuration without any entry.
 */
import { type Stats, statSync } from 'node:fs';
import type { Feature } from '../../access/features.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';

export interface SharedSettings {
  readonly feature: readonly string[];
  readonly hostName?: string;
}

export function configurationNamed(name: string, { feature, hostName }: SharedSettings): MailMapsOptions {
  const isFile = statOf(name).isFile();
  return {
    ...(isFile ? { cf: name } : { directory: name }),
    features: feature as readonly Feature[],
    ...(hostName !== undefined && { hostName }),
  };
}

function statOf(file: string): Stats {
  try {
    return statSync(file);
  } catch (error) {
    throw new MapError('missing', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
  }
}
