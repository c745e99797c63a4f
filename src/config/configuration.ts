/**
 * Settings and sources -> one configuration: tables, classes, the rules by which addresses are read, users and features of
 * one moment. It does not change; the lists that aliases name and .forward files are read when they are asked for.
 *
 * Decisions and expansion read addresses by the same rules. Text becomes bytes and bytes become text here, and nowhere
 * below.
 */
import { type Checks, createChecks } from '../access/checks.ts';
import type { AccessTag, Decision, Peer, Setting } from '../access/decision.ts';
import { FeatureSet } from '../access/features.ts';
import type { AddressRules } from '../address/canonify.ts';
import type { AliasContext } from '../alias/context.ts';
import { expand } from '../alias/expand.ts';
import type { Expansion } from '../alias/expansion.ts';
import { answerExpn, answerVrfy, PRIVACY_OPTIONS, type PrivacyOption } from '../alias/smtp.ts';
import { assertKind, FLAG, oneOf, RECORD, TEXT, TEXTS } from '../core/arguments.ts';
import { encodeText, isAscii } from '../core/bytes.ts';
import { type Facts, NO_FACTS } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import type { Table } from '../core/lookup.ts';
import type { Problem } from '../core/problem.ts';
import type { Client, Session } from '../core/session.ts';
import { textOfMap } from '../files/map-file.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import { lookupInAliases, lookupInText } from '../map/text-lookup.ts';
import { type RewriteHow, type Rewritten, rewrite } from '../route/rewrite.ts';
import { type Route, route } from '../route/route.ts';
import { aliasContext } from './alias-context.ts';
import { type Answer, type AnswerTo, type AskOptions, ask, type Question } from './ask.ts';
import { observeDecision, observeExpansion } from './diagnostics.ts';
import { type EntryFinder, entryFinder, withSources } from './entry-finder.ts';
import type { FeatureInForce } from './features-in-force.ts';
import { type Members, membersOf } from './host-class.ts';
import { clientInBytes, peerInBytes, sessionInBytes } from './questions.ts';
import { compileRouting } from './route-settings.ts';
import type { Settings } from './settings.ts';
import type { Sources } from './sources.ts';
import { decisionText, textOf } from './text-and-bytes.ts';

/**
 * The questions of a mail server. All throw a TypeError that names it for what is of another shape than the types say, and
 * MapError `badInput` for text that is no bytes.
 */
export interface Configuration {
  /** At connect. @throws MapError `badInput` for client fields that cannot be */
  checkRelay(client: Client): Decision;
  /** MAIL FROM; `''` is the null sender. @throws MapError `badInput` for client fields that cannot be */
  checkMail(sender: string, session: Session): Decision;
  /** RCPT TO. @throws MapError `badInput` for client fields that cannot be */
  checkRcpt(recipient: string, session: Session): Decision;
  /**
   * The answer to a question, with what it needs of DNS: DNS lists, mail exchangers, the name of a client that has none,
   * the sender's domain. Looked up in parallel, within a minute; what DNS does not say by then, it cannot tell.
   */
  ask<Q extends Question>(question: Q, options?: AskOptions): Promise<AnswerTo<Q>>;
  /** Where mail for an address goes, by all tables and relays, without aliases: mailer, host and user, or why nowhere. */
  route(address: string): Route;
  /**
   * What an address looks like when a mailer gets it (default: the one for other hosts), in an envelope or a header, as
   * sender or recipient: genericstable, masquerading, always_add_domain. Names and comments around it stay.
   * @throws MapError `badInput` for a mailer that there is not; the table's own for one that cannot be asked
   */
  rewrite(address: string, how: RewriteHow): Rewritten;
  /** Aliases, `:include:` lists and .forward files. */
  expand(address: string): Expansion;
  /**
   * The reply lines to EXPN: who gets the mail, or the first error. `privacy` defaults to PrivacyOptions of the
   * sendmail.cf; `greeted`, whether the client has said HELO or EHLO, matters under some of them, default true.
   */
  answerExpn(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[];
  /** The reply lines to VRFY, which says whether there is such a user or alias and expands nothing. */
  answerVrfy(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[];
  /** What the access map says to a peer under a tag that is not about relaying. */
  accessSetting(tag: AccessTag, peer: Peer): Setting;
  /** Class w. */
  isLocal(host: string): boolean;
  /** What the sendmail.cf was made with and what options name. */
  readonly features: readonly FeatureInForce[];
  /** What of it cannot be used, with its place. */
  readonly problems: readonly Problem[];
}

/** Makes the configuration that settings and sources are at this moment. @throws MapError for what cannot be used */
export function compile(settings: Settings, sources: Sources): Configuration {
  return new CompiledConfiguration(compileParts(settings, sources));
}

/** What a configuration is made of, all in byte strings. */
export interface Compiled {
  readonly checks: Checks;
  readonly context: AliasContext;
  readonly isLocal: Members;
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  /** Where entries of the access map stand; absent for a map without a text. */
  readonly findEntry?: EntryFinder;
}

/** The parts of {@link compile}. */
export function compileParts(settings: Settings, sources: Sources): Compiled {
  const problems = [...settings.problems];
  // what is wrong with a text on disk is reported by the program that makes the map of it
  const report = (problem: Problem): void => {
    if (!sources.onDisk) problems.push(problem);
  };
  const isLocal = membersOf(settings.localHosts, sources);
  const features = new FeatureSet(settings.features);
  for (const { kind, zone, idle } of features.dnsLists) {
    if (idle)
      problems.push({
        severity: 'warning',
        text: `${kind} ${zone} refuses nobody: m4 loses the rule where its message has a comma`,
      });
  }
  const readText: TextReader = (text, path) => lookupInText(text, path, report);
  const tableOf = (setting: MapSetting | Table, reader: TextReader): Table =>
    typeof setting === 'function' ? setting : sources.table(setting, reader);
  const routing = compileRouting(settings.route, sources, readText);
  const rules = { ...addressRules(settings, features, isLocal), routing };
  const access = settings.access && tableOf(settings.access, readText);
  const checks = createChecks({
    ...(access && { lookup: access }),
    isLocal,
    isRelay: membersOf(settings.relayDomains, sources),
    hostName: settings.hostName,
    features,
    rules,
    compressedAddresses: settings.compressedAddresses,
    ...(settings.relayDoubt !== undefined && { relayDoubt: settings.relayDoubt }),
  });
  const readAliases: TextReader = (text, path) => lookupInAliases(text, path, rules, report);
  const aliases = settings.aliases.map((setting) => tableOf(setting, readAliases));
  const context = aliasContext({ settings, sources, aliases, rules, features });
  const file = typeof settings.access === 'object' ? textOfMap(settings.access.name) : undefined;
  const findEntry = file === undefined ? {} : { findEntry: entryFinder(file, sources) };
  return { checks, context, isLocal, settings, problems, ...findEntry };
}

/** How addresses are read, in decisions and expansion alike. */
function addressRules({ hostName, reading }: Settings, features: FeatureSet, isLocal: Members): AddressRules {
  return {
    ...reading,
    isLocal: (host) => isLocal(foldCase(host)),
    hostName,
    percentHack: reading.percentHack !== false && !features.hasFamily('nopercenthack'),
    bangPath: reading.bangPath !== false && !features.hasFamily('nouucp'),
  };
}

class CompiledConfiguration implements Configuration {
  readonly features: readonly FeatureInForce[];
  readonly problems: readonly Problem[];
  readonly #checks: Checks;
  readonly #context: AliasContext;
  readonly #isLocal: Members;
  readonly #privacy: readonly PrivacyOption[];
  readonly #findEntry: EntryFinder | undefined;
  /** Is $j ASCII? */
  readonly #plainName: boolean;

  constructor({ checks, context, isLocal, settings, problems, findEntry }: Compiled) {
    this.features = settings.featuresInForce;
    this.#findEntry = findEntry;
    this.problems = problems;
    this.#checks = checks;
    this.#context = context;
    this.#isLocal = isLocal;
    this.#privacy = settings.privacy;
    this.#plainName = isAscii(settings.hostName);
  }

  checkRelay(client: Client, facts: Facts = NO_FACTS): Decision {
    assertKind('client', client, RECORD);
    const check = (): Decision => this.#shown(this.#checks.checkRelay(clientInBytes(client), facts), false);
    return observeDecision(client.address, check);
  }

  async ask<Q extends Question>(question: Q, options: AskOptions = {}): Promise<AnswerTo<Q>> {
    assertKind('question', question, RECORD);
    // the kind of the answer is that of the question
    return (await ask(question, (asked, facts) => this.#put(asked, facts), options)) as AnswerTo<Q>;
  }

  #put(question: Question, facts: Facts): Answer {
    switch (question.kind) {
      case 'relay':
        return this.checkRelay(question.client, facts);
      case 'mail':
        return this.#decide('sender', question.sender, question.session, this.#checks.checkMail, facts);
      case 'rcpt':
        return this.#decide('recipient', question.recipient, question.session, this.#checks.checkRcpt, facts);
      case 'route':
        return this.route(question.address);
      case 'expand':
        return this.expand(question.address);
      case 'rewrite':
        return this.rewrite(question.address, question);
    }
  }

  checkMail(sender: string, session: Session): Decision {
    return this.#decide('sender', sender, session, this.#checks.checkMail);
  }

  checkRcpt(recipient: string, session: Session): Decision {
    return this.#decide('recipient', recipient, session, this.#checks.checkRcpt);
  }

  accessSetting(tag: AccessTag, peer: Peer): Setting {
    return textOf(this.#checks.accessSetting(tag, peerInBytes(peer)));
  }

  route(address: string): Route {
    return textOf(route(addressInBytes(address), this.#context.rules));
  }

  rewrite(address: string, how: RewriteHow): Rewritten {
    assertKind('how', how, RECORD);
    for (const [name, kind] of Object.entries(REWRITE_KINDS)) assertKind(name, how[name as keyof RewriteHow], kind);
    if (how.mailer !== undefined) assertKind('mailer', how.mailer, TEXT);
    return textOf(rewrite(addressInBytes(address), how, this.#context.rules));
  }

  expand(address: string): Expansion {
    return observeExpansion(address, () => textOf(expand(addressInBytes(address), this.#context)));
  }

  answerExpn(address: string, privacy = this.#privacy, greeted = true): readonly string[] {
    checkPrivacy(privacy, greeted);
    return textOf(answerExpn(addressInBytes(address), this.#context, privacy, greeted));
  }

  answerVrfy(address: string, privacy = this.#privacy, greeted = true): readonly string[] {
    checkPrivacy(privacy, greeted);
    return textOf(answerVrfy(addressInBytes(address), this.#context, privacy, greeted));
  }

  isLocal(host: string): boolean {
    return this.#isLocal(foldCase(encodeText(host, 'host')));
  }

  #decide(
    what: string,
    address: string,
    session: Session,
    check: Checks['checkMail' | 'checkRcpt'],
    facts: Facts = NO_FACTS,
  ): Decision {
    return observeDecision(address, () => {
      const [bytes, asked] = [encodeText(address, what), sessionInBytes(session)];
      const plain = this.#plainName && bytes === address && asked === session;
      return this.#shown(check(bytes, asked, facts), plain);
    });
  }

  #shown(decision: Decision, plain: boolean): Decision {
    const text = decisionText(decision, plain);
    return this.#findEntry === undefined ? text : withSources(text, this.#findEntry);
  }
}

const REWRITE_KINDS = { where: oneOf('envelope', 'header'), role: oneOf('sender', 'recipient') };

function addressInBytes(address: string): string {
  return encodeText(address, 'address');
}

const PRIVACY_OPTION = oneOf(...PRIVACY_OPTIONS);

/** An option that is none would be passed over, and show what it should hide. */
function checkPrivacy(privacy: readonly PrivacyOption[], greeted: boolean): void {
  assertKind('privacy', privacy, TEXTS);
  for (const option of privacy) assertKind('an option of privacy', option, PRIVACY_OPTION);
  assertKind('greeted', greeted, FLAG);
}
