/** An argument, the name of a directory or of a sendmail.cf -> the options of its configuration. */
import { statSync } from 'node:fs';
import type { Feature } from '../../access/features.ts';
import type { MailMapsOptions } from '../../config/options.ts';

export interface SharedSettings {
  readonly feature: readonly string[];
  readonly hostName?: string;
}

export function configurationNamed(name: string, { feature, hostName }: SharedSettings): MailMapsOptions {
  const isFile = statSync(name, { throwIfNoEntry: false })?.isFile() === true;
  return {
    ...(isFile ? { cf: name } : { directory: name }),
    features: feature as readonly Feature[],
    ...(hostName !== undefined && { hostName }),
  };
}
