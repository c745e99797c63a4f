/**
 * The questions of the SMTP daemon to the rulesets of a sendmail.cf -> the outcome for a client, a sender, a recipient.
 *
 * check_relay gets the client's name and address, check_mail and check_rcpt the address as typed. Before them the address is
 * resolved by rulesets 3 and 0, whose refusal counts first. `$#error` refuses, `$#discard` drops, `$#error $@ quarantine` holds,
 * everything else accepts. A complaint of the engine refuses, but not at connect, where the daemon looks at the result alone.
 *
 * Differences: where a map cannot tell and its flags do not say what that means (-t, -T), sendmail goes on as if nothing was
 * found; here nobody is accepted. Source: sendmail 8.17 itself.
 */
import { parameterReply } from '../address/smtp-syntax.ts';
import type { ByteString } from '../core/bytes.ts';
import { ownField } from '../core/own-field.ts';
import { ELSE, HOST, RESOLVED, USER } from '../source/cf/symbols.ts';
import { type Complaint as Said, statusOf } from './complaint.ts';
import type { Configuration } from './configuration.ts';
import { OutOfBudget } from './engine.ts';
import {
  type AddressFound,
  type AddressRole,
  ERROR_MAILER,
  type ParsedAddress,
  parseAddress,
  parseFirstAddress,
  resolvedParts,
  scanAddress,
} from './mail/address.ts';
import type { Decider, Recorder, RuleStep } from './recorder.ts';

/** The result of a ruleset that decides. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly isFinal: boolean }
  | { readonly kind: 'discarded' }
  | { readonly kind: 'held'; readonly reason: ByteString }
  /** `$#error $@ status $: text` */
  | { readonly kind: 'refused'; readonly text: ByteString; readonly status?: ByteString }
  /** A complaint of the engine. */
  | Complaint
  | { readonly kind: 'cannotTell' };

/** A complaint, as the daemon sends it to a client. */
export interface Complaint {
  readonly kind: 'complaint';
  readonly code: number;
  readonly enhanced: string;
  readonly text: ByteString;
  /** True: the address of the command is shown before the text. */
  readonly prefixed: boolean;
}

/** Macros by name, without braces; undefined: not set. */
export type MacroValues = Readonly<Record<string, ByteString | undefined>>;

/** The answer about an address, and where mail for it goes if it was resolved. */
export interface Answered {
  readonly outcome: Outcome;
  readonly decider?: Decider;
  /** The ruleset that was asked last. */
  readonly ruleset: string;
  readonly address?: ParsedAddress;
  readonly steps: readonly RuleStep[];
}

/** The result of one ruleset. */
export interface Called {
  readonly tokens: readonly string[];
  readonly complaints: readonly ByteString[];
  /** A map failed, or DNS was not asked. */
  readonly cannotTell: boolean;
  readonly decider?: Decider;
  readonly steps: readonly RuleStep[];
}

/** The address of a command. */
interface Typed extends Pick<AddressFound, 'address' | 'text'> {
  /** The refusal of text behind it. */
  readonly parameter?: Complaint;
}

/** Steps of the engine for one question; those of m4's files take some ten thousand. */
const BUDGET = 1_000_000;
const MAX_TEXT = 256;
const ACCEPTED: Outcome = { kind: 'accepted', isFinal: false };

export class Daemon {
  readonly #configuration: Configuration;
  readonly #recorder: Recorder;
  #complaints: Said[] = [];

  /** @param configuration with this recorder as its trace */
  constructor(configuration: Configuration, recorder: Recorder) {
    this.#configuration = configuration;
    this.#recorder = recorder;
  }

  checkRelay(macros: MacroValues, name: ByteString, address: ByteString): Answered {
    return this.#ask(macros, () => this.#check('check_relay', [name, address], 'ignored'));
  }

  checkMail(macros: MacroValues, sender: ByteString): Answered {
    return this.#ask(macros, () => {
      const { address, text, parameter } = this.#sender(sender);
      const refused = this.#refusal('parse', address);
      if (refused.outcome.kind !== 'accepted') return { ...refused, outcome: ofSender(refused.outcome) };
      if (address !== undefined && isSpecial(address)) return { ...refused, outcome: INVALID_SENDER };
      if (parameter !== undefined) return { ...refused, outcome: parameter };
      return address === undefined ? refused : { ...this.#check('check_mail', [text]), address };
    });
  }

  checkRcpt(macros: MacroValues, sender: ByteString, recipient: ByteString): Answered {
    return this.#ask(macros, () => {
      this.#sender(sender);
      this.#beginDecision();
      this.#set({ addr_type: 'e r' });
      const { address, text, parameter } = this.#typed(recipient, { isSender: false, isHeader: false });
      const refused = this.#refusal('parse', address);
      if (address === undefined || refused.outcome.kind !== 'accepted') return refused;
      if (parameter !== undefined) return { ...refused, outcome: parameter };
      const { mailer, host, user } = address;
      this.#set({ rcpt_mailer: mailer, rcpt_host: host, rcpt_addr: user });
      const checked = { ...this.#check('check_rcpt', [text]), address };
      const direct = ownField(DIRECT, mailer);
      // A message that is dropped or held is refused for such a recipient, too.
      if (direct === undefined || !['accepted', 'discarded', 'held'].includes(checked.outcome.kind)) return checked;
      return { ...checked, outcome: complaint(550, '5.7.1', `Cannot mail directly to ${direct}`, true) };
    });
  }

  /** The route of an address. */
  route(macros: MacroValues, address: ByteString): Answered {
    return this.#ask({ ...macros, addr_type: 'e r' }, () => {
      const found = parseAddress(address, { isSender: false, isHeader: false }, this.#configuration);
      // The missing character was added, and the rules resolved the address; only the SMTP commands refuse it.
      this.#complaints = this.#complaints.filter(({ kind }) => kind !== 'unbalanced');
      return this.#refusal('parse', found);
    });
  }

  /** Runs a ruleset over a text; undefined: there is no such ruleset. */
  call(macros: MacroValues, ruleset: string, parts: readonly ByteString[]): Called | undefined {
    return this.run(macros, () => {
      const { rulesets, engine } = this.#configuration;
      const number = rulesets.find(ruleset);
      if (number < 0) return undefined;
      const tokens = engine.run(this.#scanned(parts), number);
      const { decider, hasFailed, lacksDns, steps } = this.#recorder;
      const complaints = this.#complaints.map(({ text }) => text);
      const by = decider === undefined ? {} : { decider };
      return { tokens, complaints, cannotTell: hasFailed || lacksDns, steps, ...by };
    });
  }

  /** Asks any ruleset, with the text of each argument; `$|` separates them. */
  ask(macros: MacroValues, ruleset: string, parts: readonly ByteString[]): Answered {
    return this.#ask(macros, () => this.#check(ruleset, parts));
  }

  /** Runs `work` with these macros, and then undoes its changes. */
  run<T>(macros: MacroValues, work: () => T): T {
    const { engine, reports } = this.#configuration;
    const before = this.#configuration.snapshot();
    engine.begin(BUDGET);
    this.#recorder.begin();
    this.#complaints = [];
    reports.onComplaint = (said) => this.#complaints.push(said);
    try {
      this.#set(macros);
      return work();
    } finally {
      reports.onComplaint = undefined;
      reports.lastCause = undefined;
      this.#configuration.restore(before);
    }
  }

  #ask(macros: MacroValues, question: () => Answered): Answered {
    return this.run(macros, () => {
      try {
        const answer = question();
        const { lacksDns, steps } = this.#recorder;
        return { ...answer, ...(lacksDns && { outcome: { kind: 'cannotTell' } as const }), steps };
      } catch (error) {
        if (!(error instanceof OutOfBudget)) throw error;
        const outcome = complaint(451, '4.3.0', 'the rulesets take too long', false);
        return { outcome, ruleset: 'limit', steps: this.#recorder.steps };
      }
    });
  }

  #set(macros: MacroValues): void {
    const known = this.#configuration.macros;
    for (const [name, value] of Object.entries(macros)) known.set(known.id(name), value);
  }

  #beginDecision(): void {
    this.#recorder.beginDecision();
    this.#complaints = [];
  }

  /** Resolves the sender, and sets what the daemon sets for it. */
  #sender(sender: ByteString): Typed {
    this.#set({ addr_type: 'e s' });
    const found = this.#typed(sender, { isSender: true, isHeader: false });
    if (found.address === undefined) return found;
    const { mailer, host, user } = found.address;
    const form = this.#senderForm(found.text);
    this.#set({ mail_from: found.text, mail_mailer: mailer, mail_host: host, mail_addr: user, f: form });
    return found;
  }

  /** Resolves the address of a command, which ends at a blank; parameters follow. */
  #typed(given: ByteString, role: AddressRole): Typed {
    const typed = `<${given}>`;
    const { address, next, text } = parseFirstAddress(typed, ' ', role, this.#configuration);
    const parameter = parameterReply(typed.slice(next));
    return { address, text, ...(parameter && { parameter: { kind: 'complaint', ...parameter } }) };
  }

  /** `$f`: the sender after rulesets 3, 1 and 4. */
  #senderForm(typed: ByteString): ByteString {
    const { engine, options } = this.#configuration;
    const complaints = this.#complaints.length;
    let tokens = scanAddress(typed, this.#configuration) ?? [];
    for (const ruleset of [3, 1, 4]) tokens = engine.run(tokens, ruleset);
    this.#complaints.length = Math.min(this.#complaints.length, complaints);
    const form = this.#configuration.alphabet().join(tokens, options.blank, 0, tokens.length, MAX_TEXT);
    return form.startsWith('@') ? `<${form}>` : form;
  }

  /** The refusal of an address by rulesets 3 and 0, or by its syntax. */
  #refusal(ruleset: string, address: ParsedAddress | undefined): Answered {
    const { resolver: decider, steps } = this.#recorder;
    const by = { ruleset, ...(decider !== undefined && { decider }), ...(address !== undefined && { address }), steps };
    const [reply, ...more] = this.#replies();
    const { error } = address ?? {};
    const isReply = error !== undefined && reply !== undefined && more.length === 0;
    if (isReply) return { ...by, outcome: { kind: 'refused', ...error } };
    if (reply !== undefined) return { ...by, outcome: reply };
    if (address === undefined || address.mailer === ERROR_MAILER)
      return { ...by, outcome: complaint(553, '5.0.0', 'User address required', true) };
    return { ...by, outcome: ACCEPTED };
  }

  /** The complaints that refuse. */
  #replies(): readonly Complaint[] {
    return this.#complaints.flatMap((said) => replyTo(said) ?? []);
  }

  /** Asks a ruleset; one that the file does not have accepts. */
  #check(ruleset: string, parts: readonly ByteString[], complaints: 'refuse' | 'ignored' = 'refuse'): Answered {
    this.#beginDecision();
    const { rulesets, engine } = this.#configuration;
    const number = rulesets.find(ruleset);
    const { steps } = this.#recorder;
    if (number < 0 || rulesets.rules[number] === undefined) return { outcome: ACCEPTED, ruleset, steps };
    const result = engine.run(this.#scanned(parts), number);
    const { decider } = this.#recorder;
    if (complaints === 'ignored') this.#complaints = [];
    return { outcome: this.#outcome(result, ruleset), ruleset, ...(decider !== undefined && { decider }), steps };
  }

  #scanned(parts: readonly ByteString[]): string[] {
    return parts.flatMap((part, i) => [...(i === 0 ? [] : [ELSE]), ...(scanAddress(part, this.#configuration) ?? [])]);
  }

  #outcome(result: readonly string[], ruleset: string): Outcome {
    const [reply] = this.#replies();
    if (reply !== undefined) return reply;
    const outcome = this.#resolved(result, ruleset);
    return outcome.kind === 'accepted' && this.#recorder.hasFailed ? { kind: 'cannotTell' } : outcome;
  }

  #resolved(result: readonly string[], ruleset: string): Outcome {
    if (result[0]?.[0] !== RESOLVED) return ACCEPTED;
    switch (result[1]) {
      case 'discard':
        return { kind: 'discarded' };
      case 'error':
        return this.#error(result, ruleset);
      default:
        return { kind: 'accepted', isFinal: result.length > 1 };
    }
  }

  #error(result: readonly string[], ruleset: string): Outcome {
    const alphabet = this.#configuration.alphabet();
    const { blank } = this.#configuration.options;
    if (result[2]?.[0] === HOST && result[3] === 'quarantine') {
      const hasReason = result[4]?.[0] === USER && result.length > 5;
      const reason = hasReason ? alphabet.join(result, ' ', 5, result.length, MAX_TEXT) : ruleset;
      return { kind: 'held', reason };
    }
    const { host, user } = resolvedParts(result);
    if (user === undefined) return NO_USER;
    const text = alphabet.join(user, ' ', 0, user.length, MAX_TEXT);
    const status = host && alphabet.join(host, blank, 0, host.length, MAX_TEXT);
    return { kind: 'refused', text, ...(status !== undefined && { status }) };
  }
}

/** Mailers of addresses to which nobody may send directly. */
const DIRECT: Readonly<Record<string, string>> = { prog: 'programs', '*file*': 'files', '*include*': ':include:s' };

function isSpecial({ mailer }: ParsedAddress): boolean {
  return Object.hasOwn(DIRECT, mailer);
}

const NO_USER = complaint(554, '5.3.5', 'buildaddr: no user', false);
const INVALID_SENDER = complaint(553, '5.1.7', 'Invalid sender address', true);

/** The status for a sender that is not a mailbox. */
function ofSender(outcome: Outcome): Outcome {
  return outcome.kind === 'complaint' && outcome.code === 501 ? { ...outcome, enhanced: '5.1.7' } : outcome;
}

function complaint(code: number, enhanced: string, text: ByteString, prefixed: boolean): Complaint {
  return { kind: 'complaint', code, enhanced, text, prefixed };
}

/** Undefined: the complaint refuses nothing. */
function replyTo({ kind, text }: Said): Complaint | undefined {
  const status = statusOf(kind);
  // A reply ends at a NUL; 0x80 without its top bit is one.
  const [shown = ''] = text.replace(/[\r\n]+/g, ' ').split('\0');
  return status && complaint(status[0], status[1], shown, status[2]);
}
