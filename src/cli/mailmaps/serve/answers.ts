/**
 * The configuration of `mailmaps serve` -> a protocol that answers from it: maps by name, or decisions, followed until closed.
 */
import { hostname } from 'node:os';
import type { MailMaps } from '../../../config/mailmaps.ts';
import { type ByteString, decodeText, encodeText } from '../../../core/bytes.ts';
import { MapError } from '../../../core/errors.ts';
import type { OnAnswer } from '../../../serve/answered.ts';
import type { Protocol } from '../../../serve/conversation.ts';
import type { Probe } from '../../../serve/probe.ts';
import type { MapLookup } from '../../../serve/socketmap.ts';
import { agesOf, type ConfigurationSettings, DEFAULT_DIRECTORY, openConfiguration, openHosts } from '../options.ts';

/** A protocol that answers until it is closed. */
export interface Answers extends Disposable {
  readonly protocol: Protocol;
  /** The same protocol without reports to `onAnswer`. */
  readonly quietly: Protocol;
  /** Questions that show whether it can answer. */
  probes(): readonly Probe[];
}

/** Receivers of reports. */
export interface ServeEvents {
  readonly onReload: (path: string) => void;
  readonly onProblem: (error: MapError) => void;
  readonly onAnswer?: OnAnswer;
}

const QUIET = { onProblem: () => undefined };

export type Open = (events: ServeEvents) => Promise<Answers>;

/** The maps of a directory by name. */
export async function openMaps(settings: ConfigurationSettings, events: ServeEvents): Promise<Answers> {
  const [{ MapDirectory }, { askPostfixTable, isPostfixTable }, { socketmapProtocol }, { mapsIn }, { mapProbe }] =
    await Promise.all([
      import('../../../serve/map-directory.ts'),
      import('../../../serve/postfix-tables.ts'),
      import('../../../serve/socketmap.ts'),
      import('../../../serve/metrics.ts'),
      import('../../../serve/probe.ts'),
    ]);
  const { directory = DEFAULT_DIRECTORY } = settings;
  // Both are opened at the first question that needs them. After a failure the next question tries again, and the maps answer.
  const hosts = new Late(() => follow(openHosts(settings), events));
  const configuration = new Late(() => follow(openConfiguration(settings), events));
  const isLocal = (host: ByteString): boolean => hosts.value.isLocal(decodeText(host));
  const rules = { hostName: encodeText(settings.hostName ?? hostname()), isLocal };
  const served = new MapDirectory(directory, { onReload: events.onReload, onProblem: events.onProblem, rules });
  const lookup: MapLookup = (name, key) =>
    isPostfixTable(name) ? askPostfixTable(name, key, () => configuration.value) : served.lookup(name, key);
  return {
    protocol: socketmapProtocol(lookup, events),
    quietly: socketmapProtocol(lookup, QUIET),
    probes: () => mapsIn(directory).map((file) => mapProbe(encodeText(file.replace(/\.lmdb$/, '')))),
    [Symbol.dispose]: () => {
      served[Symbol.dispose]();
      hosts.close();
      configuration.close();
    },
  };
}

/** A configuration that is opened at first use. */
class Late {
  readonly #open: () => MailMaps;
  #opened: MailMaps | undefined;

  constructor(open: () => MailMaps) {
    this.#open = open;
  }

  /** @throws MapError if it cannot be opened */
  get value(): MailMaps {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  close(): void {
    this.#opened?.close();
  }
}

/** Decisions of a configuration. */
export async function openPolicy(settings: ConfigurationSettings, events: ServeEvents): Promise<Answers> {
  const [{ policyProtocol }, { POLICY_PROBE }] = await Promise.all([
    import('../../../serve/policy.ts'),
    import('../../../serve/probe.ts'),
  ]);
  const maps = follow(openConfiguration(settings), events);
  for (const text of agesOf(maps)) events.onProblem(new MapError('missing', text));
  return {
    protocol: policyProtocol(() => maps.current(), events),
    quietly: policyProtocol(() => maps.current(), QUIET),
    probes: () => [POLICY_PROBE],
    [Symbol.dispose]: () => maps.close(),
  };
}

function follow(maps: MailMaps, { onReload, onProblem }: ServeEvents): MailMaps {
  return maps.on('reload', ({ path }) => onReload(path)).on('problem', onProblem);
}
