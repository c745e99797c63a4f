/**
 * What `mailmaps serve` answers from: maps by name, or decisions, opened and followed until they are closed.
 */
import { hostname } from 'node:os';
import type { MailMaps } from '../../../config/mailmaps.ts';
import { type ByteString, decodeText, encodeText } from '../../../core/bytes.ts';
import type { MapError } from '../../../core/errors.ts';
import type { OnAnswer } from '../../../serve/answered.ts';
import type { Protocol } from '../../../serve/conversation.ts';
import type { Probe } from '../../../serve/probe.ts';
import type { FolderLookup } from '../../../serve/socketmap.ts';
import { type FolderSettings, type HostSettings, openFolder, openHosts } from '../options.ts';

/** What answers, until it is closed. */
export interface Answers extends Disposable {
  readonly protocol: Protocol;
  /** The same, of which nobody is told. */
  readonly quietly: Protocol;
  /** The questions by which it is seen whether it can answer. */
  probes(): readonly Probe[];
}

/** Whom what happens is reported to. */
export interface ServeEvents {
  readonly onReload: (path: string) => void;
  readonly onProblem: (error: MapError) => void;
  readonly onAnswer?: OnAnswer;
}

const QUIET = { onProblem: () => undefined };

export type Open = (events: ServeEvents) => Promise<Answers>;

/** The maps of a directory by name. */
export async function openMaps(settings: HostSettings, events: ServeEvents): Promise<Answers> {
  const [{ MapFolder }, { socketmapProtocol }, { mapsIn }, { mapProbe }] = await Promise.all([
    import('../../../serve/map-folder.ts'),
    import('../../../serve/socketmap.ts'),
    import('../../../serve/metrics.ts'),
    import('../../../serve/probe.ts'),
  ]);
  const { directory } = settings;
  const hosts = follow(openHosts(settings), events);
  const rules = { hostName: encodeText(settings.hostName ?? hostname()), isLocal: localIn(hosts) };
  const folder = new MapFolder(directory, { onReload: events.onReload, onProblem: events.onProblem, rules });
  const lookup: FolderLookup = (name, key) => folder.lookup(name, key);
  return {
    protocol: socketmapProtocol(lookup, events),
    quietly: socketmapProtocol(lookup, QUIET),
    probes: () => mapsIn(directory).map((file) => mapProbe(encodeText(file.replace(/\.lmdb$/, '')))),
    [Symbol.dispose]: () => {
      folder[Symbol.dispose]();
      hosts.close();
    },
  };
}

/** Decisions of a configuration. */
export async function openPolicy(settings: FolderSettings, events: ServeEvents): Promise<Answers> {
  const [{ policyProtocol }, { POLICY_PROBE }] = await Promise.all([
    import('../../../serve/policy.ts'),
    import('../../../serve/probe.ts'),
  ]);
  const maps = follow(openFolder(settings), events);
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

/** Class w in byte strings; a name that is no text is nobody's. */
function localIn(hosts: MailMaps): (host: ByteString) => boolean {
  return (host) => hosts.isLocal(decodeText(host));
}
