/**
 * The options of a configuration -> its source files, for review: only they count, whether maps were made of them or not.
 *
 * Errors: those of `openMailMaps`; `unreadable` for a source file that exists and cannot be read.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cfReader } from '../config/cf-text.ts';
import { type Configuration, compile } from '../config/configuration.ts';
import { DiskSources } from '../config/disk-sources.ts';
import { checkedOptions, type MailMapsOptions } from '../config/options.ts';
import { resolveSettings, type Settings } from '../config/settings.ts';
import type { Sources } from '../config/sources.ts';
import { TextSources, textsIn } from '../config/text-sources.ts';
import type { ByteString } from '../core/bytes.ts';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Table } from '../core/lookup.ts';
import { systemCode, systemText } from '../core/system-error.ts';
import type { MapSetting } from '../map/followed-map.ts';
import type { SourceKind, SourceText } from './lint/context.ts';

export interface Reviewed {
  readonly settings: Settings;
  readonly texts: readonly SourceText[];
  readonly configuration: Configuration;
}

const TABLES: readonly string[] = ['virtusertable', 'genericstable', 'mailertable', 'domaintable'];
const LISTS = 'lists';
const NOBODY_LISTENS = { onReload: () => {}, onProblem: () => {} };

/** Reads and compiles what the options name. */
export function reviewed(given: MailMapsOptions): Reviewed {
  const options = checkedOptions(given);
  const directory = options.directory ?? '/etc/mail';
  const behind: Sources =
    options.texts === undefined ? new DiskSources(NOBODY_LISTENS) : textSources(directory, options.texts);
  const cf = options.cf === undefined ? undefined : cfReader(options.cf, options)(behind);
  const settings = resolveSettings(options, cf, behind);
  const texts = namedFiles(settings, directory).flatMap(({ kind, path }) => {
    const text = options.texts === undefined ? readIfThere(path) : textAt(behind, path);
    return text === undefined ? [] : [{ kind, file: path, text }];
  });
  const byPath = new Map(texts.map(({ file, text }) => [file, text]));
  return { settings, texts, configuration: compile(settings, new TextSources(byPath, behind)) };
}

function textSources(directory: string, texts: Readonly<Record<string, string>>): Sources {
  const inBytes = Object.entries(texts).map(([name, text]) => [name, encodeText(text, name)] as const);
  return new TextSources(textsIn(directory, Object.fromEntries(inBytes)));
}

interface Named {
  readonly kind: SourceKind;
  readonly path: string;
}

function namedFiles(settings: Settings, directory: string): Named[] {
  const source = (name: string): string => name.replace(/\.(?:lmdb|db|cdb)$/, '');
  return [
    ...filed([settings.access]).map(({ name }) => ({ kind: 'access' as const, path: source(name) })),
    ...filed(settings.aliases).map(({ name }) => ({ kind: 'aliases' as const, path: source(name) })),
    ...settings.localHosts.files.map(({ path }) => ({ kind: 'localHostNames' as const, path })),
    ...settings.relayDomains.files.map(({ path }) => ({ kind: 'relayDomains' as const, path })),
    ...TABLES.map((name) => ({ kind: 'table' as const, path: join(directory, name) })),
    ...filesIn(join(directory, LISTS)).map((path) => ({ kind: 'list' as const, path })),
  ];
}

/** The maps that are files. */
function filed(maps: readonly (MapSetting | Table | undefined)[]): MapSetting[] {
  return maps.filter((map) => typeof map === 'object');
}

function filesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw unreadable(directory, error);
  }
}

function textAt(sources: Sources, path: string): ByteString | undefined {
  return sources.hasText(path) ? sources.text(path, (text) => text, { optional: true }) : undefined;
}

function readIfThere(path: string): ByteString | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(file: string, error: unknown): MapError {
  return new MapError('unreadable', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
}
