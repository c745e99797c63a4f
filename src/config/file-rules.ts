/**
 * The text of a sendmail.cf -> the rulings of its own rulesets, run as sendmail's daemon runs them.
 *
 * If sendmail would not start with the file, or if a class comes from a program, nobody is accepted: an acceptance becomes a
 * temporary failure, and the trace has the reason.
 *
 * Errors: those of openRulesets.
 */
import type { AccessTag, Because, Decision, Peer, Setting } from '../access/decision.ts';
import { parseReply } from '../access/reply.ts';
import { cannotTell, decide, type Verdict } from '../access/verdict.ts';
import type { AddressRules } from '../address/canonify.ts';
import { shortenAddress } from '../address/show.ts';
import { type ByteString, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type Facts, NO_FACTS } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import { clientAddress } from '../core/ip-address.ts';
import type { Client, Session } from '../core/session.ts';
import { EX_OK, EX_TEMPFAIL } from '../core/sysexits.ts';
import { senderHost } from '../dns/sender-domain.ts';
import type { RewriteHow, Rewritten } from '../route/rewrite.ts';
import type { Route } from '../route/route.ts';
import type { Configuration } from '../rules/configuration.ts';
import type { Answered, Daemon, MacroValues, Outcome } from '../rules/daemon.ts';
import { OutOfBudget } from '../rules/engine.ts';
import { addressFor } from '../rules/mail/address.ts';
import { patternWord } from '../rules/pattern.ts';
import type { Recorder } from '../rules/recorder.ts';
import { AT_CONNECT, clientMacros } from './client-macros.ts';
import { openRulesets, type RulesetsOptions } from './open-rulesets.ts';
import type { RuleTracer } from './rule-tracer.ts';
import type { RulesMachine } from './rules-machine.ts';
import type { RouteHow, Rulings } from './rulings.ts';
import { SETTING_RULESETS } from './setting-rulesets.ts';

export interface FileRulesOptions extends RulesetsOptions {
  readonly compressedAddresses: boolean;
  /** How the sender is read whose domain a session states. */
  readonly rules: AddressRules;
}

/** Reads the file. @throws MapError `missing`, `badInput` */
export function fileRulings(options: FileRulesOptions): Rulings {
  return new FileRulings(options);
}

class FileRulings implements Rulings {
  readonly #options: FileRulesOptions;
  readonly #machine: RulesMachine;
  readonly #configuration: Configuration;
  readonly #recorder: Recorder;
  readonly #daemon: Daemon;
  /** Why nobody is accepted. */
  readonly #doubt: string | undefined;
  readonly #tracer: RuleTracer;
  /** The words on the left sides of all rules, in lower case. */
  #ruleWords: ReadonlySet<ByteString> | undefined;

  constructor(options: FileRulesOptions) {
    const { machine, configuration, recorder, daemon, tracer, doubt } = openRulesets(options);
    this.#options = options;
    this.#machine = machine;
    this.#configuration = configuration;
    this.#recorder = recorder;
    this.#daemon = daemon;
    this.#tracer = tracer;
    this.#doubt = doubt;
  }

  checkRelay(client: Client, facts: Facts = NO_FACTS): Decision {
    // HELO comes later.
    const macros = { ...this.#clientMacros({ client }, facts), ...AT_CONNECT };
    const answered = this.#daemon.checkRelay(macros, macros.client_name ?? '', macros.client_addr ?? '');
    return this.#decision('relay', answered);
  }

  checkMail(sender: ByteString, session: Session, facts: Facts = NO_FACTS): Decision {
    const macros = this.#clientMacros({ ...session, sender }, facts);
    const decision = this.#decision('mail', this.#daemon.checkMail(macros, sender), sender);
    const isNamed = [...this.#recorder.unnamed].every((host) => this.#configuration.words.has(CLASS_W, host));
    return isNamed ? decision : unlessRefused(decision);
  }

  checkRcpt(recipient: ByteString, session: Session, facts: Facts = NO_FACTS): Decision {
    const decision = this.#rcpt(recipient, session, facts);
    const isByWord =
      decision.action === 'relay' && this.#isWordOfRules(session.client) && !hasEntry(decision, session.client);
    return isByWord ? this.#rcpt(recipient, named(session, NOWHERE), withoutNowhere(facts)) : decision;
  }

  #rcpt(recipient: ByteString, session: Session, facts: Facts): Decision {
    const macros = this.#clientMacros(session, facts);
    const answered = this.#daemon.checkRcpt(macros, session.sender ?? '', recipient);
    const decision = this.#decision('rcpt', answered, recipient);
    return this.#mayBeAlias(decision) ? unlessRefused(decision) : decision;
  }

  /**
   * True if the client's name is a word that the rules use themselves, and is not in class w or R. m4's rules take a client
   * named `relay` for their own word RELAY.
   */
  #isWordOfRules({ name = '' }: Client): boolean {
    const { rulesets, words } = this.#configuration;
    const [word = '', ...more] = foldCase(name)
      .split(/[\s.]/)
      .filter((label) => label !== '');
    if (more.length > 0 || !/\w/.test(word) || CLASSES.some((id) => words.has(id, word))) return false;
    this.#ruleWords ??= new Set(
      rulesets.rules.flatMap((rules = []) => rules.flatMap(({ left }) => left.map(patternWord))),
    );
    return this.#ruleWords.has(word);
  }

  /**
   * Relaying depends on the canonical names of all hosts except the sender's. That one counts if the rules for recipients read
   * the sender.
   */
  #mayBeAlias({ action }: Decision): boolean {
    const { domain } = this.#machine.knowledge;
    const { unknownHosts, unnamed } = this.#recorder;
    if (domain !== undefined && unnamed.has(domain)) return true;
    return action === 'relay' && [...unknownHosts].some((host) => host !== domain);
  }

  checkCompat(sender: ByteString, recipient: ByteString): Decision {
    this.#know(NO_FACTS);
    // sendmail does not ask about the null sender
    const parts = sender === '' || sender === '<>' ? undefined : [sender, recipient];
    const answered = this.#daemon.ask({}, parts === undefined ? '' : 'check_compat', parts ?? []);
    const decision = this.#decision('compat', answered, recipient);
    const waits = answered.outcome.kind === 'refused' && foldCase(answered.outcome.status ?? '') === 'tempfail';
    return waits && decision.action === 'reject' ? { ...decision, action: 'tempFail' } : decision;
  }

  accessSetting(tag: AccessTag, { name = '', address = '' }: Peer): Setting {
    this.#know(NO_FACTS);
    const spelled = address === '' ? '' : clientAddress(address, this.#options.compressedAddresses);
    const macros = {
      ...{ client_name: name, client_addr: spelled, client_resolve: 'OK', client_ptr: name },
      ...{ server_name: name, server_addr: spelled, verify: '', opMode: 'd' },
    };
    const [ruleset, parts] = SETTING_RULESETS[tag](name, spelled);
    const { steps, outcome } = this.#daemon.ask(macros, ruleset, parts);
    const trace = this.#tracer.trace(steps);
    if (this.#doubt !== undefined) {
      trace.push({ kind: 'note', rule: 'sendmail.cf', text: this.#doubt });
      return { status: 'tempFail', key: `${tag}:`, trace };
    }
    const prefix = `${foldCase(tag)}:`;
    const asked = trace.find(
      (step) => step.kind === 'key' && step.status !== 'notFound' && foldCase(step.key).startsWith(prefix),
    );
    if (asked?.kind !== 'key')
      return outcome.kind === 'cannotTell'
        ? { status: 'tempFail', key: `${tag}:`, trace }
        : { status: 'notFound', trace };
    if (asked.status === 'tempFail') return { status: 'tempFail', key: asked.key, trace };
    return { status: 'found', key: asked.key, value: asked.value ?? '', trace };
  }

  route(address: ByteString, { daemonFlags }: RouteHow, facts: Facts): Route {
    this.#know(facts);
    const answered = this.#daemon.route({ daemon_flags: daemonFlags ?? '' }, address);
    const { outcome, address: found, steps } = answered;
    const reasons = { because: this.#tracer.routeBecause(answered), trace: this.#tracer.routeTrace(steps) };
    if (outcome.kind !== 'accepted') return this.#noRoute(outcome, address, reasons);
    const doubt = this.#doubt;
    if (found === undefined || found.waits || doubt !== undefined)
      return { kind: 'tempFail', reply: WAITS, ...reasons };
    const { mailer, host, user } = found;
    const isLocal = this.#configuration.mailer(mailer)?.flags.has('l') === true;
    return { kind: isLocal ? 'local' : 'remote', mailer, user, ...(host !== '' && { host }), ...reasons };
  }

  rewrite(address: ByteString, asked: RewriteHow & RouteHow, facts: Facts): Rewritten {
    const { mailer: given, where, role, daemonFlags = '' } = asked;
    this.#know(facts);
    const name = given ?? 'esmtp';
    const mailer = this.#configuration.mailer(name);
    if (mailer === undefined) throw new MapError('badInput', `Unknown mailer ${name}`);
    const how = { isSender: role === 'sender', isHeader: where === 'header' };
    const { text, status } = this.#within(() =>
      this.#daemon.run({ daemon_flags: daemonFlags }, () => addressFor(address, mailer, how, this.#configuration)),
    );
    const { decider, steps, hasFailed } = this.#recorder;
    // if DNS does not answer, the name stays unchanged
    if (hasFailed || ![EX_OK, EX_TEMPFAIL].includes(status)) throw this.#failure(status);
    const answered = { outcome: { kind: 'accepted', isFinal: false }, ruleset: 'final', steps } as const;
    const because = this.#tracer.routeBecause({ ...answered, ...(decider !== undefined && { decider }) });
    return { address: text, because, trace: this.#tracer.routeTrace(steps) };
  }

  #know(facts: Facts, session?: Session): void {
    const domain = session?.sender === undefined ? undefined : senderHost(session.sender, this.#options.rules);
    const { senderDomain } = session ?? {};
    this.#machine.failure = undefined;
    this.#machine.knowledge = {
      facts,
      notAsked: (...asked) => this.#recorder.notAsked(...asked),
      ...(domain !== undefined && { domain: foldCase(encodeText(domain)) }),
      ...(senderDomain !== undefined && { senderDomain }),
    };
  }

  /** @throws MapError `badInput` for client fields that cannot be valid */
  #clientMacros(session: Session, facts: Facts): MacroValues {
    const macros = clientMacros(session, this.#options.compressedAddresses);
    this.#know(facts, session);
    return macros;
  }

  #decision(question: Decision['question'], answered: Answered, subject?: ByteString): Decision {
    const { outcome, steps, address } = answered;
    const because = this.#tracer.because(answered);
    const trace = this.#tracer.trace(steps);
    const verdict = this.#verdict(outcome, because, subject);
    const isAccepted = verdict.kind === 'pass' || verdict.kind === 'discard' || verdict.kind === 'quarantine';
    if (isAccepted && this.#doubt !== undefined) {
      trace.push({ kind: 'note', rule: 'sendmail.cf', text: this.#doubt });
      return decide(question, cannotTell({ rule: 'sendmail.cf' }), trace);
    }
    const accepted = (): 'ok' | 'local' | 'relay' => {
      if (question !== 'rcpt') return 'ok';
      return this.#configuration.mailer(address?.mailer ?? '')?.flags.has('l') ? 'local' : 'relay';
    };
    return decide(question, verdict, trace, accepted);
  }

  #verdict(outcome: Outcome, because: Because, subject: ByteString | undefined): Verdict {
    switch (outcome.kind) {
      case 'accepted':
        return { kind: 'pass', relay: false, final: outcome.isFinal, because };
      case 'discarded':
        return { kind: 'discard', because };
      case 'held':
        return { kind: 'quarantine', reason: outcome.reason, because };
      case 'refused': {
        const { text, status } = outcome;
        return { kind: 'error', text, because, ...(status !== undefined && { dsn: status }) };
      }
      case 'complaint': {
        const { code, enhanced, text, prefixed } = outcome;
        const isShown = prefixed && subject !== undefined;
        const whole = `<${subject}>`;
        const shown =
          isShown && whole.length > MAX_ADDRESS ? { shown: shortenAddress(whole.slice(0, MAX_ADDRESS)) } : {};
        return { kind: 'reply', reply: { code, enhanced, text, prefixed: isShown, ...shown }, because };
      }
      case 'cannotTell':
        return cannotTell(because);
    }
  }

  #noRoute(outcome: Outcome, address: ByteString, reasons: Pick<Route, 'because' | 'trace'>): Route {
    if (outcome.kind === 'cannotTell') return { kind: 'tempFail', reply: WAITS, ...reasons };
    const verdict = this.#verdict(outcome, reasons.because, address);
    const reply =
      verdict.kind === 'error'
        ? parseReply(verdict.text, verdict.dsn)
        : verdict.kind === 'reply'
          ? verdict.reply
          : WAITS;
    const shown = shortenAddress(`<${address}>`);
    const prefixed = reply.prefixed ?? PREFIXED.has(reply.code);
    const kind = reply.code >= 400 && reply.code < 500 ? 'tempFail' : 'error';
    return { kind, reply: { ...reply, prefixed, ...(shown !== `<${address}>` && { shown }) }, ...reasons };
  }

  /** @throws MapError `limit` for rules without end */
  #within<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      throw new MapError('limit', 'the rulesets take too long', { file: this.#options.file });
    }
  }

  #failure(status: number): MapError {
    const text = status === EX_TEMPFAIL ? 'a map cannot be asked now' : `the rulesets end with status ${status}`;
    return this.#machine.failure ?? new MapError('tempFail', text, { file: this.#options.file });
  }
}

/** The classes of the names of this host, and of those that it relays for. */
const CLASSES = ['w', 'R'].map((letter) => letter.charCodeAt(0));
const [CLASS_W = 0] = CLASSES;

/** True if an entry with RELAY for the client's name was found. */
function hasEntry({ trace }: Decision, { name = '' }: Client): boolean {
  const keys = [`connect:${foldCase(name)}`, foldCase(name)];
  return trace.some(
    (step) =>
      step.kind === 'key' &&
      step.status === 'found' &&
      keys.includes(foldCase(step.key)) &&
      foldCase(step.value ?? '') === 'relay',
  );
}

/** RFC 6761: this domain does not exist, and no table has it. */
const NOWHERE = 'mailmaps.invalid';

function named({ client, ...session }: Session, name: ByteString): Session {
  return { ...session, client: { ...client, name } };
}

function withoutNowhere(facts: Facts): Facts {
  return { get: (type, name) => (foldCase(name).endsWith(NOWHERE) ? { status: 'notFound' } : facts.get(type, name)) };
}

/** Bytes that sendmail shows of an address that is too long. */
const MAX_ADDRESS = 255;

/** Codes whose replies begin with the address. */
const PREFIXED: ReadonlySet<number> = new Set([250, 252, 450, 550, 553]);

const WAITS = {
  code: 451,
  enhanced: '4.4.3',
  text: 'Transient parse error -- message queued for future delivery',
  prefixed: false,
};

/** The temporary failure for a client that would be accepted. */
function unlessRefused(decision: Decision): Decision {
  const { action, question, because, trace } = decision;
  const isLetIn = action !== 'reject' && action !== 'tempFail' && action !== 'discard';
  return isLetIn ? decide(question, cannotTell(because), trace) : decision;
}
