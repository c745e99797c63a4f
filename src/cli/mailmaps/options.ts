/** The options that `mailmaps check`, `expand` and `test` share -> an open configuration. */
import { type Command, Option } from 'commander';
import type { Feature } from '../../access/features.ts';
import { settingsOf } from '../../config/exchange.ts';
import { type MailMaps, openMailMaps } from '../../config/mailmaps.ts';
import { type CheckedOptions, RULES, type UNREADABLE_FORWARD } from '../../config/options.ts';
import { encodeText } from '../../core/bytes.ts';
import type { MapError } from '../../core/errors.ts';
import { mapAge } from '../../files/map-age.ts';
import { hasName } from '../../files/status.ts';
import type { MapFormat } from '../../store/lmdb/layout.ts';
import type { Io } from '../program/io.ts';
import { printable } from '../program/printable.ts';
import { DEFAULT_CF } from '../sendmail/configuration.ts';
import { UsageError } from './error-status.ts';

export const DEFAULT_DIRECTORY = '/etc/mail';

/** The options that name a configuration. */
export interface ConfigurationSettings {
  /** Default /etc/mail, and its sendmail.cf if there is one. */
  readonly directory?: string;
  readonly cf?: string;
  /** False: `--no-access`. */
  readonly access: boolean;
  readonly feature: readonly string[];
  readonly hostName?: string;
  readonly rules?: (typeof RULES)[number];
}

/** The options of the command line, and of earlier lines of a test session. */
export interface MailSettings extends ConfigurationSettings {
  readonly passwd?: string;
  readonly forwardPath?: string;
  readonly unreadableForward?: (typeof UNREADABLE_FORWARD)[number];
  readonly maxAliasRecursion?: number;
  /** DNS is asked for what an answer needs. */
  readonly dns?: boolean;
  readonly json?: boolean;
  readonly batch?: boolean;
  readonly color: 'auto' | 'always' | 'never';
}

export const DEFAULT_SETTINGS: MailSettings = { access: true, feature: [], color: 'auto' };

/** Adds the common options to a sub-command. */
export function addMailOptions(command: Command): Command {
  return addConfigurationOptions(command)
    .option('--passwd <file>', 'a file with all users (default: the users of the system)')
    .option('--json', 'answer in JSON')
    .option('--batch', 'read questions from standard input, one JSON object a line')
    .addOption(new Option('--color <when>', 'color the answer').choices(['auto', 'always', 'never']).default('auto'));
}

/** Adds the option for answers that may need DNS. */
export function addDnsOption(command: Command): Command {
  return command.option('--dns', 'look up in DNS the facts that the answer needs');
}

/** The option for the LMDB format of maps that are made. */
export function lmdbFormatOption(): Option {
  return new Option('--lmdb-format <format>', 'the LMDB format to write: 0.9 for Postfix and Exim').choices([
    '1.0',
    '0.9',
  ]);
}

/** The LMDB format that MAILMAPS_LMDB_FORMAT names; undefined: it is not set. @throws UsageError if there is no such format */
export function lmdbFormatIn({ MAILMAPS_LMDB_FORMAT: format = '' }: Io['env']): MapFormat | undefined {
  if (format === '') return undefined;
  if (format === '0.9' || format === '1.0') return format;
  throw new UsageError('MAILMAPS_LMDB_FORMAT: LMDB formats are 0.9 and 1.0');
}

/** Adds the options that name a configuration. */
export function addConfigurationOptions(command: Command): Command {
  return command
    .option(
      '-d, --directory <dir>',
      'the configuration directory (default: "/etc/mail", by its sendmail.cf if there is one)',
    )
    .option('--cf <file>', 'a sendmail.cf, which names the files and the features')
    .option('--no-access', 'ignore the access map')
    .option(
      '--feature <name>',
      'a further FEATURE() of the sendmail.mc, with its argument after a colon; repeatable',
      append,
      [],
    )
    .option('--host-name <name>', 'the name of this host ($j)')
    .addOption(
      new Option(
        '--rules <whose>',
        'whose rules decide: those of the sendmail.cf (default, if it has any), or our own',
      ).choices(RULES),
    );
}

/** The values of an option that may be repeated. */
export function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Opens the configuration of the options; warns of parts that cannot be used. @throws MapError as openMailMaps */
export function openSettings(settings: MailSettings, io: Io): MailMaps {
  const said = new Set<string>();
  const warn = (text: string): void => {
    if (!said.has(text)) io.err(encodeText(`warning: ${printable(text)}\n`));
    said.add(text);
  };
  const maps = openMailMaps(optionsOf(settings)).on('problem', (error: MapError) => warn(error.message));
  for (const text of agesOf(maps)) warn(text);
  return maps;
}

/** Warnings about maps that are older than their source files, at once: a running server waits for a build first. */
export function agesOf(maps: MailMaps): string[] {
  const { access, aliases = [] } = settingsOf(maps.current()) ?? {};
  return [access, ...aliases].flatMap((map) => {
    const age = typeof map === 'object' ? mapAge(map.name) : undefined;
    return age?.kind === 'older' ? [age.text] : [];
  });
}

/** Opens a configuration without warnings, for a caller with its own listeners. @throws MapError as openMailMaps */
export function openConfiguration(settings: ConfigurationSettings): MailMaps {
  return openMailMaps(optionsOf(settings));
}

/** The options for local names only, without maps. */
export type HostSettings = Pick<ConfigurationSettings, 'directory' | 'cf' | 'hostName'>;

/** Opens only the part of a configuration with local names (class w). @throws MapError as openMailMaps */
export function openHosts(settings: HostSettings): MailMaps {
  return openMailMaps({ ...optionsOf({ ...settings, access: false, feature: [] }), aliases: [] });
}

/** The directory or sendmail.cf; default: that of the system's mail server, as for newaliases. */
export function whereOf({ directory, cf }: Pick<ConfigurationSettings, 'directory' | 'cf'>): {
  readonly directory?: string;
  readonly cf?: string;
} {
  if (directory === undefined && cf === undefined && hasName(DEFAULT_CF)) return { cf: DEFAULT_CF };
  return { directory: directory ?? DEFAULT_DIRECTORY, ...(cf !== undefined && { cf }) };
}

function optionsOf(settings: ConfigurationSettings & Partial<MailSettings>): CheckedOptions {
  return {
    ...whereOf(settings),
    features: settings.feature as readonly Feature[],
    ...(!settings.access && { access: false }),
    ...(settings.hostName !== undefined && { hostName: settings.hostName }),
    ...(settings.rules !== undefined && { rules: settings.rules }),
    ...(settings.passwd !== undefined && { users: settings.passwd }),
    ...(settings.forwardPath !== undefined && { forwardPath: settings.forwardPath }),
    ...(settings.unreadableForward !== undefined && { unreadableForward: settings.unreadableForward }),
    ...(settings.maxAliasRecursion !== undefined && { maxAliasRecursion: settings.maxAliasRecursion }),
  };
}
