/** A configuration directory in memory, as a job of the oracle describes it: the public face over its texts. */
import { type Feature, isRouteFeature } from '../../src/access/features.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { decodeText } from '../../src/core/bytes.ts';
import type { FeatureSpec } from '../oracle/features.ts';
import type { Files } from '../oracle/jobs.ts';

export const HOST = 'mail.oracle.test';

const HOSTS = `127.0.0.1 localhost ${HOST} mail\n::1 localhost ip6-localhost\n`;

export interface MachineSpec {
  readonly features?: readonly FeatureSpec[];
  readonly files?: Files;
}

/** The settings that all configurations of the tests share. */
const READ = /^(?:nopercenthack|nouucp|preserve_local_plus_detail|accept_|blocklist_)/;

export function mapsOf({ features = [], files = {} }: MachineSpec): MailMaps {
  const items = features.filter((feature) => typeof feature === 'string');
  const texts = Object.entries(files).filter(([, file]) => typeof file === 'string') as [string, string][];
  return openMailMaps({
    directory: '/etc/mail',
    hostName: HOST,
    access: false,
    features: items.filter((item) => isRouteFeature(item) || READ.test(item)) as Feature[],
    texts: {
      'local-host-names': '',
      ...Object.fromEntries(texts.map(([name, text]) => [name, decodeText(text)])),
    },
  });
}

/**
 * The same with the sendmail.cf that m4 makes: by our own rules, with the features that are read from it, or by its rules.
 *
 * @param cf its text
 */
export function mapsOfCf({ files = {} }: MachineSpec, cf: string, rules: 'file' | 'built-in'): MailMaps {
  const texts = Object.entries(files).filter(([, file]) => typeof file === 'string') as [string, string][];
  return openMailMaps({
    directory: '/etc/mail',
    cf: '/etc/mail/sendmail.cf',
    rules,
    hostName: HOST,
    texts: {
      'sendmail.cf': decodeText(cf),
      'local-host-names': '',
      'trusted-users': '',
      'relay-domains': '',
      access: '',
      aliases: '',
      '/etc/hosts': HOSTS,
      ...Object.fromEntries(texts.map(([name, text]) => [name === 'hosts' ? '/etc/hosts' : name, decodeText(text)])),
    },
  });
}
