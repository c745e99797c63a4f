/**
 * Settings and sources -> one configuration: tables, classes, address rules, users and features of one moment. It does not
 * change, except that the lists of aliases and .forward files are read when needed.
 *
 * Decisions and expansion use the same address rules. Text is converted to bytes and back here, and nowhere below.
 */
import { createChecks } from '../access/checks.ts';
import type { AccessTag, Decision, Peer, Setting } from '../access/decision.ts';
import { FeatureSet } from '../access/features.ts';
import { withDefault } from '../access/setting.ts';
import type { AddressRules } from '../address/canonify.ts';
import { parentDomain } from '../address/parts.ts';
import type { AliasContext } from '../alias/context.ts';
import { expand, expandRecipient } from '../alias/expand.ts';
import type { ExpandHow, Expansion, ExpansionStep } from '../alias/expansion.ts';
import { answerExpn, answerVrfy, type PrivacyOption } from '../alias/smtp.ts';
import { assertKind, RECORD } from '../core/arguments.ts';
import { encodeText, isAscii } from '../core/bytes.ts';
import { type Facts, NO_FACTS } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import type { Table } from '../core/lookup.ts';
import type { Problem } from '../core/problem.ts';
import type { Client, Session } from '../core/session.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import { lookupInAliases, lookupInText } from '../map/text-lookup.ts';
import type { RewriteHow, Rewritten } from '../route/rewrite.ts';
import type { Route } from '../route/route.ts';
import { aliasContext, informed } from './alias-context.ts';
import { type Answer, type AnswerTo, type AskOptions, ask, type Question } from './ask.ts';
import { observeDecision, observeExpansion } from './diagnostics.ts';
import type { FeatureInForce } from './features-in-force.ts';
import { fileRulings } from './file-rules.ts';
import { lastRemembered, type Members, membersOf } from './host-class.ts';
import { TEXT_RECORD } from './options.ts';
import { type Origins, originsOf } from './origins.ts';
import {
  checkPrivacy,
  clientInBytes,
  howInBytes,
  isOneRecipient,
  peerInBytes,
  rewriteInBytes,
  sessionInBytes,
} from './questions.ts';
import { compileRouting } from './route-settings.ts';
import { builtInRulings, type RouteHow, type Rulings } from './rulings.ts';
import type { Settings } from './settings.ts';
import type { Sources } from './sources.ts';
import { decisionText, expandedText, expansionText, explainedText, textOf } from './text-and-bytes.ts';

/**
 * The questions of a mail server. All throw a TypeError for an argument of the wrong shape, which it names, and MapError
 * `badInput` for text that has no bytes.
 */
export interface Configuration {
  /** At connect. @throws MapError `badInput` for invalid client fields */
  checkRelay(client: Client): Decision;
  /** MAIL FROM; `''` is the null sender. @throws MapError `badInput` for invalid client fields */
  checkMail(sender: string, session: Session): Decision;
  /** RCPT TO. @throws MapError `badInput` for invalid client fields */
  checkRcpt(recipient: string, session: Session): Decision;
  /**
   * The answer to a question, with everything that it needs from DNS: DNS lists, mail exchangers, the name of a client without
   * one, the sender's domain. Lookups run in parallel, for at most a minute; a lookup without an answer by then counts as
   * failed. @throws the reason of an aborted `signal`
   */
  ask<Q extends Question>(question: Q, options?: AskOptions): Promise<AnswerTo<Q>>;
  /**
   * FEATURE(compat_check): whether a sender may send to a recipient. sendmail asks at delivery, for each recipient after
   * aliases, so the answer is no reply to RCPT.
   */
  checkCompat(sender: string, recipient: string): Decision;
  /** Where mail for an address goes, by all tables and relays, without aliases: mailer, host and user, or the refusal. */
  route(address: string, how?: RouteHow): Route;
  /**
   * The form of an address for a mailer (default: the one for other hosts), in an envelope or a header, as sender or recipient:
   * genericstable, masquerading, always_add_domain. Phrases and comments around it stay.
   *
   * @throws MapError `badInput` for an unknown mailer; the error of a table that cannot be asked
   */
  rewrite(address: string, how: RewriteHow): Rewritten;
  /**
   * Aliases, `:include:` lists and .forward files. Ask with `{ as: 'recipient' }` for an address of RCPT: `address` is a list
   * otherwise, and may name others than the one that `checkRcpt` has judged.
   */
  expand(address: string, how?: ExpandHow): Expansion;
  /**
   * The reply lines to EXPN: the recipients, or the first error. `privacy` defaults to PrivacyOptions of the sendmail.cf.
   * `greeted` says whether the client has sent HELO or EHLO, which some of them require; default true.
   */
  answerExpn(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[];
  /** The reply lines to VRFY: whether a user or alias exists. Expands nothing. */
  answerVrfy(address: string, privacy?: readonly PrivacyOption[], greeted?: boolean): readonly string[];
  /** The access map's answer about a peer, under a tag that is not about relaying. */
  accessSetting(tag: AccessTag, peer: Peer): Setting;
  /** Class w. */
  isLocal(host: string): boolean;
  /**
   * Another configuration: the same one with these texts in place of its files. It follows no files. Names are those of the
   * option `texts`: `access`, `relay-domains`, `lists/staff`, `sendmail.cf`, or absolute. A text stands for the map made of it.
   *
   * @throws MapError for a text that cannot be used
   */
  withTexts(texts: Readonly<Record<string, string>>): Configuration;
  /** The features from the sendmail.cf and from the options. */
  readonly features: readonly FeatureInForce[];
  /** The parts of it that cannot be used, each with its place. */
  readonly problems: readonly Problem[];
}

/** A configuration that answers from the facts of DNS that its caller knows. */
export interface InformedConfiguration extends Configuration {
  /** A fact that the answer needs and that is not known counts as a failed lookup. */
  put<Q extends Question>(question: Q, facts: Facts): AnswerTo<Q>;
}

/** Makes another configuration with some files exchanged. */
export type Exchange = (texts: Readonly<Record<string, string>>) => Configuration;

/** For a configuration that does not exchange files. */
const NO_EXCHANGE: Exchange = () => {
  throw new TypeError('this configuration does not keep its sources');
};

/** Makes the configuration from settings and sources as they are now. @throws MapError for a part that cannot be used */
export function compile(settings: Settings, sources: Sources, exchange?: Exchange): Configuration {
  return configurationOf(compileParts(settings, sources), exchange);
}

export function configurationOf(parts: Compiled, exchange: Exchange = NO_EXCHANGE): InformedConfiguration {
  return new CompiledConfiguration(parts, exchange);
}

/** The parts of a configuration, all in byte strings. */
export interface Compiled {
  readonly rulings: Rulings;
  readonly context: AliasContext;
  readonly isLocal: Members;
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  /** Finds the places of entries. */
  readonly origins: Origins;
}

/** The parts of {@link compile}. */
export function compileParts(settings: Settings, sources: Sources): Compiled {
  const problems = [...settings.problems];
  // The program that makes a map reports the problems of its source file.
  const report = (problem: Problem): void => {
    if (!sources.onDisk) problems.push(problem);
  };
  const isLocal = membersOf(settings.localHosts, sources);
  const features = new FeatureSet(settings.features);
  for (const { kind, zone, idle } of features.dnsLists) {
    if (idle)
      problems.push({
        severity: 'warning',
        code: 'MM605',
        text: `${kind} ${zone} refuses nobody: m4 loses the rule where its message has a comma`,
      });
  }
  const readText: TextReader = (text, path, keepCase) =>
    lookupInText(text, path, report, { compressedAddresses: settings.compressedAddresses, keepCase });
  const tableOf = (setting: MapSetting | Table, reader: TextReader): Table =>
    typeof setting === 'function' ? setting : sources.table(setting, reader);
  const routing = compileRouting(settings.route, sources, readText);
  const rules = { ...addressRules(settings, features, isLocal), routing };
  const { decidingFile, hostName, compressedAddresses } = settings;
  const access = decidingFile === undefined && settings.access ? tableOf(settings.access, readText) : undefined;
  const readAliases: TextReader = (text, path) => lookupInAliases(text, path, rules, report);
  const aliases = settings.aliases.map((setting) => tableOf(setting, readAliases));
  const context = aliasContext({ settings, sources, aliases, rules, features, readText });
  const origins = originsOf(settings, sources, context);
  if (decidingFile !== undefined) {
    const findUser = context.users.byName;
    const of = { ...decidingFile, compressedAddresses, sources, readText, findUser, rules, problems };
    return { rulings: fileRulings(of), context, isLocal, settings, problems, origins };
  }
  const authInfo = settings.authInfo && tableOf(settings.authInfo, readText);
  const checks = createChecks({
    ...(access && { lookup: access }),
    ...(authInfo && { authInfo }),
    isLocal,
    isRelay: membersOf(settings.relayDomains, sources),
    hostName,
    features,
    rules,
    compressedAddresses,
    ...(settings.relayDoubt !== undefined && { relayDoubt: settings.relayDoubt }),
  });
  return { rulings: builtInRulings(checks, rules), context, isLocal, settings, problems, origins };
}

/** The address rules of decisions and of expansion. */
function addressRules({ hostName, reading }: Settings, features: FeatureSet, isLocal: Members): AddressRules {
  return {
    ...reading,
    isLocal: lastRemembered((host) => isLocal(foldCase(host))),
    hostName,
    percentHack: reading.percentHack !== false && !features.hasFamily('nopercenthack'),
    bangPath: reading.bangPath !== false && !features.hasFamily('nouucp'),
  };
}

class CompiledConfiguration implements InformedConfiguration {
  readonly features: readonly FeatureInForce[];
  readonly problems: readonly Problem[];
  readonly #rulings: Rulings;
  readonly #context: AliasContext;
  readonly #isLocal: Members;
  readonly #domain: string;
  readonly #settingFeatures: FeatureSet;
  readonly #privacy: readonly PrivacyOption[];
  readonly #origins: Origins;
  readonly #exchange: Exchange;
  readonly #plainName: boolean;
  /** `#plainName`, which is that $j is ASCII; the configuration of routing is, too, and the built-in rules decide. */
  readonly #hasPlainRoutes: boolean;

  constructor({ rulings, context, isLocal, settings, problems, origins }: Compiled, exchange: Exchange) {
    this.#exchange = exchange;
    this.features = settings.featuresInForce;
    this.#origins = origins;
    this.problems = problems;
    this.#rulings = rulings;
    this.#context = context;
    this.#isLocal = isLocal;
    this.#domain = parentDomain(settings.hostName);
    this.#settingFeatures = new FeatureSet(settings.features);
    this.#privacy = settings.privacy;
    this.#plainName = isAscii(settings.hostName);
    this.#hasPlainRoutes =
      this.#plainName && settings.decidingFile === undefined && settings.route.items.every(isAscii);
  }

  checkRelay(client: Client, facts: Facts = NO_FACTS): Decision {
    assertKind('client', client, RECORD);
    const check = (): Decision => this.#shown(this.#rulings.checkRelay(clientInBytes(client), facts), false);
    return observeDecision(client.address, check);
  }

  async ask<Q extends Question>(question: Q, options: AskOptions = {}): Promise<AnswerTo<Q>> {
    // The kind of the question determines the kind of the answer.
    return (await ask(question, (asked, facts) => this.#answer(asked, facts), options, this.#domain)) as AnswerTo<Q>;
  }

  put<Q extends Question>(question: Q, facts: Facts): AnswerTo<Q> {
    return this.#answer(question, facts) as AnswerTo<Q>;
  }

  #answer(question: Question, facts: Facts): Answer {
    switch (question.kind) {
      case 'relay':
        return this.checkRelay(question.client, facts);
      case 'mail':
        return this.#decide('sender', question.sender, question.session, 'checkMail', facts);
      case 'rcpt':
        return this.#decide('recipient', question.recipient, question.session, 'checkRcpt', facts);
      case 'compat':
        return this.checkCompat(question.sender, question.recipient);
      case 'route':
        return this.route(question.address, question, facts);
      case 'expand':
        return this.expand(question.address, question, facts);
      case 'rewrite':
        return this.rewrite(question.address, question, facts);
    }
  }

  checkMail(sender: string, session: Session): Decision {
    return this.#decide('sender', sender, session, 'checkMail');
  }

  checkRcpt(recipient: string, session: Session): Decision {
    return this.#decide('recipient', recipient, session, 'checkRcpt');
  }

  checkCompat(sender: string, recipient: string): Decision {
    const check = (): Decision =>
      this.#shown(this.#rulings.checkCompat(encodeText(sender, 'sender'), encodeText(recipient, 'recipient')), false);
    return observeDecision(recipient, check);
  }

  accessSetting(tag: AccessTag, peer: Peer): Setting {
    const setting = this.#rulings.accessSetting(tag, peerInBytes(peer));
    return this.#origins.ofSetting(textOf(withDefault(setting, tag, peer, this.#settingFeatures)));
  }

  route(address: string, how: RouteHow = {}, facts: Facts = NO_FACTS): Route {
    const bytes = addressInBytes(address);
    return this.#explained(this.#rulings.route(bytes, howInBytes(how), facts), bytes === address);
  }

  rewrite(address: string, how: RewriteHow, facts: Facts = NO_FACTS): Rewritten {
    const asked = rewriteInBytes(how);
    const bytes = addressInBytes(address);
    return this.#explained(this.#rulings.rewrite(bytes, asked, facts), bytes === address);
  }

  expand(address: string, how: ExpandHow = {}, facts: Facts = NO_FACTS): Expansion {
    const expandIt = isOneRecipient(how) ? expandRecipient : expand;
    const context = informed(this.#context, facts);
    const finish = (step: ExpansionStep): ExpansionStep => this.#origins.ofExpanded(expandedText(step));
    return observeExpansion(address, () => expansionText(expandIt(addressInBytes(address), context, finish)));
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

  withTexts(texts: Readonly<Record<string, string>>): Configuration {
    assertKind('texts', texts, TEXT_RECORD);
    return this.#exchange(texts);
  }

  #decide(
    what: string,
    address: string,
    session: Session,
    check: 'checkMail' | 'checkRcpt',
    facts: Facts = NO_FACTS,
  ): Decision {
    return observeDecision(address, () => {
      const [bytes, asked] = [encodeText(address, what), sessionInBytes(session)];
      const plain = this.#plainName && bytes === address && asked === session;
      return this.#shown(this.#rulings[check](bytes, asked, facts), plain);
    });
  }

  #explained<T extends Route | Rewritten>(answer: T, plain: boolean): T {
    return this.#origins.ofRoute(explainedText(answer, plain && this.#hasPlainRoutes));
  }

  #shown(decision: Decision, plain: boolean): Decision {
    return this.#origins.ofDecision(decisionText(decision, plain));
  }
}

const addressInBytes = (address: string): string => encodeText(address, 'address');
