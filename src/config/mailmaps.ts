/**
 * Everything in a sendmail configuration folder, for a mail server that opens it once and asks for years.
 *
 * Access map, alias maps, local-host-names, relay-domains and the system's users are followed: what was replaced is used
 * by the first question after `reloadCheckMs`. A question sees one generation of a map from its beginning to its end.
 * Something new that cannot be used is told by a `problem` event and leaves the old in use. Nothing is written, locked
 * or run, and no question waits for the network.
 *
 * Text becomes bytes and bytes become text here and nowhere below.
 */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { type Checks, createChecks } from '../access/checks.ts';
import type { Feature } from '../access/features.ts';
import type { AccessTag, Client, Decision, Peer, Session, Setting } from '../access/session.ts';
import { expand } from '../alias/expand.ts';
import type { Expansion } from '../alias/expansion.ts';
import { answerExpn, answerVrfy, type PrivacyOption } from '../alias/smtp.ts';
import type { AliasWorld, LocalUser } from '../alias/world.ts';
import { decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Lookup } from '../core/lookup.ts';
import { type KeyedMap, openMap } from '../map/open.ts';
import { nodeFileSystem } from './file-system.ts';
import type { Followed } from './followed-text.ts';
import { HostClass } from './host-class.ts';
import { safeFileReader } from './safe-file.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { openSystemUsers } from './system-users.ts';

/** Where everything is and how to answer from it. */
export interface MailMapsOptions {
  /** The folder; `/etc/mail`. */
  readonly directory?: string;
  /** A sendmail.cf whose K, F, C, D and O lines say where everything is. */
  readonly cf?: string;
  /** The access map's name, or `false` for none; by default `access` in the folder, when it exists. */
  readonly access?: string | false;
  /** Alias maps, asked in order; by default `aliases` in the folder, else `/etc/aliases`. */
  readonly aliases?: readonly string[];
  /** Class w: a file name, or the names. */
  readonly localHostNames?: string | Iterable<string>;
  /** Class R: a file name, or the names. */
  readonly relayDomains?: string | Iterable<string>;
  /** sendmail's FEATUREs. */
  readonly features?: readonly Feature[];
  /** `$j`; by default the machine's host name. */
  readonly hostName?: string;
  /** The users of the system, or the file that holds them; `/etc/passwd`. */
  readonly users?: string | ((name: string) => LocalUser | undefined);
  /** MaxAliasRecursion; 10. */
  readonly maxAliasRecursion?: number;
  /** ForwardPath; `''` reads no .forward. */
  readonly forwardPath?: string;
  /** The folder of the restricted shell (smrsh), such as `/usr/lib/sm.bin`: other programs are marked refused. */
  readonly restrictedShell?: string;
  /** How old an answer about "was the file replaced?" may be, in milliseconds; 250. */
  readonly reloadCheckMs?: number;
}

/** A file or map that was read anew. */
export interface ReloadEvent {
  readonly path: string;
}

/** The questions of a mail server. */
export interface MailMaps extends Disposable {
  /** At connect. @throws MapError `badInput` for client fields that cannot be */
  checkRelay(client: Client): Decision;
  /** MAIL FROM; `''` is the null sender. @throws MapError `badInput` for client fields that cannot be */
  checkMail(sender: string, session: Session): Decision;
  /** RCPT TO. @throws MapError `badInput` for client fields that cannot be */
  checkRcpt(recipient: string, session: Session): Decision;
  /** Aliases, `:include:` lists and .forward files. @throws MapError `badInput` for text that is no bytes */
  expand(address: string): Expansion;
  /** The reply lines to EXPN: who gets the mail, or the first error. */
  answerExpn(address: string, privacy?: readonly PrivacyOption[]): readonly string[];
  /** The reply lines to VRFY, which tells whether there is such a user or alias and expands nothing. */
  answerVrfy(address: string, privacy?: readonly PrivacyOption[]): readonly string[];
  /** What the access map says to a peer under a tag that is not about relaying. */
  accessSetting(tag: AccessTag, peer: Peer): Setting;
  /** Class w. */
  isLocal(host: string): boolean;
  on(event: 'reload', listener: (what: ReloadEvent) => void): this;
  on(event: 'problem', listener: (error: MapError) => void): this;
  close(): void;
}

const RELOAD_CHECK_MS = 250;

/**
 * Opens a configuration folder.
 *
 * @param options a folder such as `/etc/mail`, or the options
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` for what was named and cannot be used
 */
export function openMailMaps(options: string | MailMapsOptions = {}): MailMaps {
  return new OpenFolder(typeof options === 'string' ? { directory: options } : options);
}

class OpenFolder implements MailMaps {
  readonly #events = new EventEmitter<{ reload: [ReloadEvent]; problem: [MapError] }>();
  readonly #maps: KeyedMap[] = [];
  readonly #followed: Followed[] = [];
  readonly #checkMs: number;
  #checkedAt = performance.now();
  readonly #localHosts: HostClass;
  readonly #checks: Checks;
  readonly #world: AliasWorld;
  #closed = false;

  constructor(options: MailMapsOptions) {
    const settings = resolveSettings(options);
    this.#checkMs = options.reloadCheckMs ?? RELOAD_CHECK_MS;
    const events = {
      onReload: (path: string): void => void this.#events.emit('reload', { path }),
      onProblem: (error: MapError): void => void this.#events.emit('problem', error),
    };
    const open = (name: string): Lookup => {
      const map = openMap(name, {
        reloadCheckMs: Number.POSITIVE_INFINITY,
        onReload: (reloaded) => events.onReload(reloaded.path),
        onProblem: events.onProblem,
      });
      this.#maps.push(map);
      this.#followed.push(map);
      return (key) => map.lookupBytes(key);
    };
    try {
      this.#localHosts = new HostClass(settings.localHosts, events);
      const relayDomains = new HostClass(settings.relayDomains, events);
      const lookup = settings.access === undefined ? undefined : open(settings.access);
      this.#checks = createChecks({
        ...(lookup && { lookup }),
        isLocal: (word) => this.#localHosts.has(word),
        isRelay: (word) => relayDomains.has(word),
        hostName: settings.hostName,
        features: settings.features,
        compressedAddresses: settings.compressedAddresses,
      });
      const users = openSystemUsers({
        ...events,
        ...(typeof options.users === 'string' && { passwd: options.users }),
        ...(typeof options.users === 'function' && { byName: options.users }),
      });
      this.#world = {
        aliases: settings.aliases.map(open),
        files: safeFileReader(nodeFileSystem, {
          dontBlame: settings.dontBlame,
          groupMembers: (gid) => users.groupMembers(gid),
        }),
        users,
        isLocal: (host) => this.#localHosts.has(foldCase(host)),
        options: {
          ...aliasOptions(settings, users.reader(settings.defaultUser)),
          ...(options.restrictedShell !== undefined && { restrictedShell: commandsIn(options.restrictedShell) }),
        },
      };
      this.#followed.push(this.#localHosts, relayDomains, users);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  checkRelay(client: Client): Decision {
    return this.#ask(() => this.#checks.checkRelay(bytesOf(client)));
  }

  checkMail(sender: string, session: Session): Decision {
    return this.#ask(() => this.#checks.checkMail(encodeText(sender), bytesOf(session)));
  }

  checkRcpt(recipient: string, session: Session): Decision {
    return this.#ask(() => this.#checks.checkRcpt(encodeText(recipient), bytesOf(session)));
  }

  accessSetting(tag: AccessTag, peer: Peer): Setting {
    return this.#ask(() => this.#checks.accessSetting(tag, bytesOf(peer)));
  }

  expand(address: string): Expansion {
    return this.#ask(() => expand(encodeText(address), this.#world));
  }

  answerExpn(address: string, privacy?: readonly PrivacyOption[]): readonly string[] {
    return this.#ask(() => answerExpn(encodeText(address), this.#world, privacy));
  }

  answerVrfy(address: string, privacy?: readonly PrivacyOption[]): readonly string[] {
    return this.#ask(() => answerVrfy(encodeText(address), this.#world, privacy));
  }

  isLocal(host: string): boolean {
    return this.#ask(() => this.#localHosts.has(foldCase(encodeText(host))));
  }

  on(event: 'reload' | 'problem', listener: ((what: ReloadEvent) => void) | ((error: MapError) => void)): this {
    this.#events.on(event, listener);
    return this;
  }

  close(): void {
    this.#closed = true;
    for (const map of this.#maps.splice(0)) map.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ask<T>(question: () => T): T {
    if (this.#closed) throw new MapError('closed', 'the configuration was closed');
    const now = performance.now();
    if (now - this.#checkedAt >= this.#checkMs) {
      this.#checkedAt = now;
      for (const followed of this.#followed) followed.refresh();
    }
    return mapStrings(question(), decodeText);
  }
}

function aliasOptions(settings: Settings, defaultUser: AliasWorld['options']['defaultUser']): AliasWorld['options'] {
  return {
    hostName: settings.hostName,
    maxAliasRecursion: settings.maxAliasRecursion,
    forwardPath: settings.forwardPath,
    defaultUser,
    preserveLocalPlusDetail: settings.features.includes('preserve_local_plus_detail'),
  };
}

function commandsIn(folder: string): (command: string) => boolean {
  return (command) => command !== '' && existsSync(Buffer.from(`${encodeText(folder)}/${command}`, 'latin1'));
}

function bytesOf<T>(value: T): T {
  return mapStrings(value, encodeText);
}

/** A copy of plain data with every string in it converted. */
function mapStrings<T>(value: T, convert: (text: string) => string): T;
function mapStrings(value: unknown, convert: (text: string) => string): unknown {
  if (typeof value === 'string') return convert(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, convert));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, convert)]));
}
