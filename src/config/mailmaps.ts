/**
 * Everything in a sendmail configuration folder, for a mail server that opens it once and asks for years.
 *
 * Access map, alias maps, local-host-names, relay-domains and the system's users are followed: what was replaced, or was
 * missing and appears, is used by the first question after `reloadCheckMs`; lists and .forward files are read whenever
 * they are needed. A question sees one generation of each file from its beginning to its end. Something new that cannot
 * be used, or that is gone, is told by a `problem` event and leaves the old in use. Nothing is written or locked. No
 * question waits for the network, but for a user whom only the system's name service knows.
 *
 * Text becomes bytes and bytes become text at this face and nowhere below.
 */
import { type Checks, createChecks } from '../access/checks.ts';
import type { AccessTag, Decision, Peer, Setting } from '../access/decision.ts';
import { expand } from '../alias/expand.ts';
import type { Expansion } from '../alias/expansion.ts';
import { answerExpn, answerVrfy, PRIVACY_OPTIONS, type PrivacyOption } from '../alias/smtp.ts';
import type { AliasWorld } from '../alias/world.ts';
import { assertKind, FLAG, oneOf, RECORD, TEXTS } from '../core/arguments.ts';
import { encodeText, isAscii } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import type { Lookup } from '../core/lookup.ts';
import type { Problem } from '../core/problem.ts';
import type { Client, Session } from '../core/session.ts';
import type { MailMapsEvents } from '../files/following.ts';
import { Following } from '../files/following.ts';
import { FollowedMap, type MapSetting } from '../map/followed-map.ts';
import { openAliasWorld } from './alias-world.ts';
import { observeDecision, observeExpansion, PUBLISH_EVENTS } from './diagnostics.ts';
import { HostClass } from './host-class.ts';
import { type CheckedOptions, checkedOptions, type MailMapsOptions } from './options.ts';
import { clientInBytes, peerInBytes, sessionInBytes } from './questions.ts';
import { resolveSettings } from './settings.ts';
import { decisionText, textOf } from './text-and-bytes.ts';

/**
 * The questions of a mail server. All throw a TypeError that names it for what is of another shape than the types say, and
 * MapError `badInput` for text that is no bytes, `closed` after `close()`.
 */
export interface MailMaps extends Disposable {
  /** At connect. @throws MapError `badInput` for client fields that cannot be */
  checkRelay(client: Client): Decision;
  /** MAIL FROM; `''` is the null sender. @throws MapError `badInput` for client fields that cannot be */
  checkMail(sender: string, session: Session): Decision;
  /** RCPT TO. @throws MapError `badInput` for client fields that cannot be */
  checkRcpt(recipient: string, session: Session): Decision;
  /** Aliases, `:include:` lists and .forward files. */
  expand(address: string): Expansion;
  /**
   * The reply lines to EXPN: who gets the mail, or the first error. `privacy` defaults to PrivacyOptions of the
   * sendmail.cf; `greeted`, whether the client has said HELO or EHLO, matters under some of them, default true.
   */
  answerExpn(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[];
  /** The reply lines to VRFY, which tells whether there is such a user or alias and expands nothing. */
  answerVrfy(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[];
  /** What the access map says to a peer under a tag that is not about relaying. */
  accessSetting(tag: AccessTag, peer: Peer): Setting;
  /** Class w. */
  isLocal(host: string): boolean;
  /**
   * `reload`: a file was read anew. `problem`: a file was removed or cannot be used, the old one stays; or, right after
   * opening, a text has no map, or a line of the sendmail.cf is not followed. Each is told once. An error that a listener
   * throws is uncaught, and spoils no answer.
   */
  on<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): this;
  close(): void;
}

const RELOAD_CHECK_MS = 250;

/**
 * Opens a configuration folder.
 *
 * @param options a directory such as `/etc/mail`, by name or as a `file:` URL, or the options
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` for what was named and cannot be used
 * @throws TypeError for an option that there is not, or that is something else than it must be
 * @example
 * ```js
 * const maps = openMailMaps({ directory: '/etc/mail', features: ['blocklist_recipients'] });
 * const client = { address: '203.0.113.9', name: 'mx.stranger.example' };
 * maps.checkRcpt('bob@backup.example', { client, sender: 'eve@stranger.example' }).action; // => 'relay'
 * maps.checkRcpt('bob@far.example', { client, sender: 'eve@stranger.example' }).reply.text; // => 'Relaying denied'
 * maps.isLocal('lists.example.com'); // => true
 * maps.close();
 * ```
 */
export function openMailMaps(options: string | URL | MailMapsOptions = {}): MailMaps {
  return new OpenFolder(checkedOptions(options));
}

class OpenFolder implements MailMaps {
  readonly #following: Following;
  readonly #maps: FollowedMap[] = [];
  readonly #localHosts: HostClass;
  readonly #checks: Checks;
  readonly #world: AliasWorld;
  /** Is $j ASCII? */
  readonly #plainName: boolean;
  readonly #privacy: readonly PrivacyOption[];
  #closed = false;

  constructor(options: CheckedOptions) {
    const settings = resolveSettings(options);
    const following = new Following(options.reloadCheckMs ?? RELOAD_CHECK_MS, PUBLISH_EVENTS);
    this.#following = following;
    try {
      this.#localHosts = following.add(new HostClass(settings.localHosts, following));
      this.#plainName = isAscii(settings.hostName);
      const relayDomains = following.add(new HostClass(settings.relayDomains, following));
      const isLocal = (word: string): boolean => this.#localHosts.has(word);
      const lookup = settings.access && this.#openMap(settings.access);
      this.#checks = createChecks({
        ...(lookup && { lookup }),
        isLocal,
        isRelay: (word) => relayDomains.has(word),
        hostName: settings.hostName,
        features: settings.features,
        compressedAddresses: settings.compressedAddresses,
      });
      const aliases = settings.aliases.map((setting) => this.#openMap(setting));
      this.#world = openAliasWorld({ options, settings, aliases, isLocal, following });
      this.#privacy = settings.privacy;
      this.#tellSoon(settings.problems);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  checkRelay(client: Client): Decision {
    const ask = (): Decision => decisionText(this.#checks.checkRelay(clientInBytes(client)), false);
    assertKind('client', client, RECORD);
    return observeDecision(client.address, () => this.#ask(ask));
  }

  checkMail(sender: string, session: Session): Decision {
    return this.#decide('sender', sender, session, this.#checks.checkMail);
  }

  checkRcpt(recipient: string, session: Session): Decision {
    return this.#decide('recipient', recipient, session, this.#checks.checkRcpt);
  }

  accessSetting(tag: AccessTag, peer: Peer): Setting {
    return textOf(this.#ask(() => this.#checks.accessSetting(tag, peerInBytes(peer))));
  }

  expand(address: string): Expansion {
    return observeExpansion(address, () => textOf(this.#ask(() => expand(addressInBytes(address), this.#world))));
  }

  answerExpn(address: string, privacy = this.#privacy, greeted = true): readonly string[] {
    checkPrivacy(privacy, greeted);
    return textOf(this.#ask(() => answerExpn(addressInBytes(address), this.#world, privacy, greeted)));
  }

  answerVrfy(address: string, privacy = this.#privacy, greeted = true): readonly string[] {
    checkPrivacy(privacy, greeted);
    return textOf(this.#ask(() => answerVrfy(addressInBytes(address), this.#world, privacy, greeted)));
  }

  isLocal(host: string): boolean {
    return this.#ask(() => this.#localHosts.has(foldCase(encodeText(host, 'host'))));
  }

  on<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): this {
    this.#following.on(event, listener);
    return this;
  }

  close(): void {
    this.#closed = true;
    for (const map of this.#maps.splice(0)) map.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openMap(setting: MapSetting): Lookup {
    const map = this.#following.add(new FollowedMap(setting, this.#following));
    this.#maps.push(map);
    return map.lookup;
  }

  /** Of what was found on opening, listeners hear that could not be there yet. */
  #tellSoon(problems: readonly Problem[]): void {
    for (const { text, file, line } of problems) {
      const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
      const message = `${file === undefined ? '' : `${file}: `}${line === undefined ? '' : `line ${line}: `}${text}`;
      this.#following.onProblem(new MapError('badInput', message, place));
    }
    process.nextTick(() => this.#following.tellAll());
  }

  #decide(what: string, address: string, session: Session, check: Checks['checkMail' | 'checkRcpt']): Decision {
    const ask = (): Decision => {
      const [bytes, asked] = [encodeText(address, what), sessionInBytes(session)];
      const plain = this.#plainName && bytes === address && asked === session;
      return decisionText(check(bytes, asked), plain);
    };
    return observeDecision(address, () => this.#ask(ask));
  }

  #ask<T>(question: () => T): T {
    if (!this.#closed) this.#following.refreshWhenDue();
    // a listener may have closed it meanwhile
    if (this.#closed) throw new MapError('closed', 'the configuration was closed');
    return question();
  }
}

function addressInBytes(address: string): string {
  return encodeText(address, 'address');
}

const PRIVACY_OPTION = oneOf(...PRIVACY_OPTIONS);

/** An option that is none would be passed over, and tell what it should hide. */
function checkPrivacy(privacy: readonly PrivacyOption[], greeted: boolean): void {
  assertKind('privacy', privacy, TEXTS);
  for (const option of privacy) assertKind('an option of privacy', option, PRIVACY_OPTION);
  assertKind('greeted', greeted, FLAG);
}
