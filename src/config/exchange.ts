/**
 * Options and sources -> a configuration that can make another one with some of its files exchanged, to see the effect of a
 * change before it is made. The first configuration and the files on disk do not change.
 */
import { type ByteString, encodeText } from '../core/bytes.ts';
import { cfReader } from './cf-text.ts';
import { type Configuration, compile } from './configuration.ts';
import { DiskSources } from './disk-sources.ts';
import type { RecognisedCf } from './features-in-force.ts';
import { HeldSources } from './held-sources.ts';
import type { CheckedOptions } from './options.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { TextSources, type Texts, textsIn } from './text-sources.ts';

export const DEFAULT_DIRECTORY = '/etc/mail';

/** The parts of which a configuration is compiled. */
export interface Resolved {
  readonly options: CheckedOptions;
  readonly cf: RecognisedCf | undefined;
  readonly settings: Settings;
  readonly sources: HeldSources;
}

const SETTINGS = new WeakMap<Configuration, Settings>();

/** The settings of a configuration that {@link compileResolved} made: nothing is read for them, as a pipe gives its text once. */
export function settingsOf(configuration: Configuration): Settings | undefined {
  return SETTINGS.get(configuration);
}

/** @throws MapError for a part that cannot be used */
export function compileResolved(resolved: Resolved): Configuration {
  const configuration = compile(resolved.settings, resolved.sources, (texts) => exchanged(resolved, texts));
  SETTINGS.set(configuration, resolved.settings);
  return configuration;
}

/** A configuration of texts alone. @throws MapError */
export function compileTexts(options: CheckedOptions, texts: Readonly<Record<string, string>>): Configuration {
  const sources = new HeldSources(new TextSources(textsOf(options, texts)));
  const cf = options.cf === undefined ? undefined : cfReader(options.cf, options)(sources);
  return compileResolved({ options, cf, settings: resolveSettings(options, cf, sources), sources });
}

function exchanged(
  { options, cf: before, sources: held }: Resolved,
  given: Readonly<Record<string, string>>,
): Configuration {
  const texts = textsOf(options, given);
  const behind = held.onDisk ? held.over(new DiskSources(NOBODY_LISTENS)) : held;
  const sources = new HeldSources(new TextSources(texts, behind));
  const isNew = options.cf !== undefined && texts.has(options.cf);
  const cf = isNew ? cfReader(options.cf, options)(sources) : before;
  return compileResolved({ options, cf, settings: resolveSettings(options, cf, sources), sources });
}

function textsOf({ directory = DEFAULT_DIRECTORY }: CheckedOptions, texts: Readonly<Record<string, string>>): Texts {
  const inBytes = Object.entries(texts).map(([name, text]): [string, ByteString] => [name, encodeText(text, name)]);
  return textsIn(directory, Object.fromEntries(inBytes));
}

const NOBODY_LISTENS = { onReload: () => {}, onProblem: () => {} };
