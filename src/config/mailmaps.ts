/**
 * A sendmail configuration for a mail server that opens it once and asks for years.
 *
 * The access map, alias maps, local-host-names, relay-domains, the sendmail.cf and the system's users are followed: a question
 * sees a replaced or new file after `reloadCheckMs`; lists and .forward files are read when needed. A question sees all files
 * as of one moment. A new file that cannot be used, or a removed one, is reported by a `problem` event, and the old one stays
 * in use. Nothing is written or locked. No question waits for the network, except for a user known only to the name service.
 */
import type { AccessTag, Decision, Peer, Setting } from '../access/decision.ts';
import type { ExpandHow, Expansion } from '../alias/expansion.ts';
import type { PrivacyOption } from '../alias/smtp.ts';
import { MapError } from '../core/errors.ts';
import { type Problem, problemError } from '../core/problem.ts';
import type { Client, Session } from '../core/session.ts';
import { Following, type MailMapsEvents } from '../files/following.ts';
import type { RewriteHow, Rewritten } from '../route/rewrite.ts';
import type { Route } from '../route/route.ts';
import type { AnswerTo, AskOptions, Question } from './ask.ts';
import type { Configuration } from './configuration.ts';
import { PUBLISH_EVENTS } from './diagnostics.ts';
import { compileTexts } from './exchange.ts';
import type { FeatureInForce } from './features-in-force.ts';
import { LiveConfiguration } from './live.ts';
import { type CheckedOptions, checkedOptions, type MailMapsOptions } from './options.ts';
import type { RouteHow } from './rulings.ts';
import { OpenSession, type SmtpSession } from './smtp-session.ts';

/** The questions of a mail server, answered from the current files. All throw MapError `closed` after `close()`. */
export interface MailMaps extends Configuration, Disposable {
  /** The configuration of this moment: answers the same questions, does not change, and follows nothing. */
  current(): Configuration;
  /** One SMTP session of a client: a reply to each command, and who gets the message. */
  session(client: Client): SmtpSession;
  /**
   * `reload`: a file was read again. `problem`: a file was removed or cannot be used, and the old one stays; or, right after
   * opening, a map cannot be opened or a line of the sendmail.cf is not followed. Each is reported once. An error of a listener
   * is thrown as uncaught, and affects no answer.
   */
  on<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): this;
  /** Removes the listener. */
  off<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): this;
  close(): void;
}

const RELOAD_CHECK_MS = 250;

/**
 * Opens a configuration. A text whose last line is incomplete, and that was written within a second, is waited for.
 *
 * @param options a directory such as `/etc/mail`, by name or as a `file:` URL, or the options
 * @throws MapError `missing`, `unreadable`, `notAMap`, `damaged` for a named file that cannot be used
 * @throws TypeError for an unknown option, or one of the wrong type
 * @example
 * ```js
 * const maps = openMailMaps({ directory: '/etc/mail', features: ['blocklist_recipients'] });
 * const client = { address: '203.0.113.9', name: 'mx.stranger.example' };
 * maps.checkRcpt('bob@backup.example', { client, sender: 'eve@stranger.example' }).action; // => 'relay'
 * maps.checkRcpt('bob@far.example', { client, sender: 'eve@stranger.example' }).reply?.text; // => 'Relaying denied'
 * maps.isLocal('lists.example.com'); // => true
 * maps.close();
 * ```
 */
export function openMailMaps(options: string | URL | MailMapsOptions = {}): MailMaps {
  return new OpenMailMaps(checkedOptions(options));
}

/** The source of answers: followed files, or texts that do not change. */
type Held = Pick<LiveConfiguration, 'current' | 'share' | 'ask' | 'follow' | 'close'>;

class OpenMailMaps implements MailMaps {
  readonly #following: Following;
  readonly #held: Held;
  #closed = false;

  constructor(options: CheckedOptions) {
    this.#following = new Following(options.reloadCheckMs ?? RELOAD_CHECK_MS, PUBLISH_EVENTS);
    this.#held = hold(options, this.#following);
    this.#reportSoon(this.#held.current.problems);
  }

  get features(): readonly FeatureInForce[] {
    return this.#ask(({ features }) => features);
  }

  get problems(): readonly Problem[] {
    return this.#ask(({ problems }) => problems);
  }

  checkRelay(client: Client): Decision {
    return this.#ask((configuration) => configuration.checkRelay(client));
  }

  checkMail(sender: string, session: Session): Decision {
    return this.#ask((configuration) => configuration.checkMail(sender, session));
  }

  checkRcpt(recipient: string, session: Session): Decision {
    return this.#ask((configuration) => configuration.checkRcpt(recipient, session));
  }

  checkCompat(sender: string, recipient: string): Decision {
    return this.#ask((configuration) => configuration.checkCompat(sender, recipient));
  }

  accessSetting(tag: AccessTag, peer: Peer): Setting {
    return this.#ask((configuration) => configuration.accessSetting(tag, peer));
  }

  async ask<Q extends Question>(question: Q, options?: AskOptions): Promise<AnswerTo<Q>> {
    return this.current().ask(question, options);
  }

  route(address: string, how?: RouteHow): Route {
    return this.#ask((configuration) => configuration.route(address, how));
  }

  rewrite(address: string, how: RewriteHow): Rewritten {
    return this.#ask((configuration) => configuration.rewrite(address, how));
  }

  expand(address: string, how?: ExpandHow): Expansion {
    return this.#ask((configuration) => configuration.expand(address, how));
  }

  answerExpn(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[] {
    return this.#ask((configuration) => configuration.answerExpn(address, privacy, greeted));
  }

  answerVrfy(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[] {
    return this.#ask((configuration) => configuration.answerVrfy(address, privacy, greeted));
  }

  withTexts(texts: Readonly<Record<string, string>>): Configuration {
    return this.current().withTexts(texts);
  }

  isLocal(host: string): boolean {
    return this.#ask((configuration) => configuration.isLocal(host));
  }

  current(): Configuration {
    this.#follow();
    return this.#held.share();
  }

  session(client: Client): SmtpSession {
    return new OpenSession(client, () => this.current());
  }

  on<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): this {
    this.#following.on(event, listener);
    return this;
  }

  off<E extends keyof MailMapsEvents>(event: E, listener: (what: MailMapsEvents[E]) => void): this {
    this.#following.off(event, listener);
    return this;
  }

  close(): void {
    if (!this.#closed) this.#held.close();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reports in the next tick, when the caller has had a chance to add listeners. */
  #reportSoon(problems: readonly Problem[]): void {
    for (const problem of problems) this.#following.onProblem(problemError(problem));
    process.nextTick(() => this.#following.notifyAll());
  }

  #follow(): void {
    if (!this.#closed) this.#following.whenDue(() => this.#held.follow());
    // A listener may have closed it.
    if (this.#closed) throw new MapError('closed', 'the configuration was closed');
  }

  #ask<T>(question: (configuration: Configuration) => T): T {
    this.#follow();
    return this.#held.ask(question);
  }
}

function hold(options: CheckedOptions, following: Following): Held {
  if (options.texts === undefined) return new LiveConfiguration(options, following);
  const current = compileTexts(options, options.texts);
  return { current, share: () => current, ask: (question) => question(current), follow: () => {}, close: () => {} };
}
