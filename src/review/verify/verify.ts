/**
 * Expectations about a configuration -> whether each holds, with a question that shows it if not. Statements about `any`
 * client, sender or recipient, about a network, and `never` are decided on classes: every question that the configuration can
 * distinguish is asked once. DNS gives the usual answers: nobody is on a list, and hosts have exchangers of other names.
 *
 * Errors: those of `openMailMaps`; `badInput` for an invalid network.
 */
import { isIPv4 } from 'node:net';
import type { Decision } from '../../access/decision.ts';
import type { Feature } from '../../access/features.ts';
import { formatReply } from '../../access/reply.ts';
import type { Expansion } from '../../alias/expansion.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import { decodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { foldCase } from '../../core/fold.ts';
import { addressesOf } from '../diff/addresses.ts';
import { type Classes, classesOf } from '../diff/classes.ts';
import { dependsOnMore } from '../diff/diff.ts';
import { PLAIN_DNS } from '../diff/dns-answers.ts';
import { aliasNames, targetText } from '../diff/expansions.ts';
import { observedOf } from '../diff/observed.ts';
import { strangerRelays } from '../diff/strangers.ts';
import { decide, type Question, shown } from '../question.ts';
import { type Reviewed, reviewed } from '../sources.ts';
import { FRESH } from '../table-address.ts';
import type { Expectation, Never, Policy } from './policy.ts';

/** Whether one expectation holds. */
export interface Verdict {
  readonly name: string;
  /** Of the verify file. */
  readonly line: number;
  readonly holds: boolean;
  /** Why it does not hold, with the question that shows it. */
  readonly why?: string;
  /** The question that shows it, or the name that was expanded. */
  readonly example?: Question | { readonly expand: string };
  /** The number of questions that were asked. */
  readonly questions: number;
}

/** The verdicts on all expectations. */
export interface VerifyResult {
  readonly verdicts: readonly Verdict[];
  /** Keys of the access map that no question looked up. */
  readonly untouched: readonly string[];
  /** The configuration may distinguish questions that were taken for one: see `isSampled` of `diff`. */
  readonly isSampled: boolean;
  /** The answer to the question of a verdict, with its trace. */
  readonly decision: (question: Question) => Decision;
  /** The recipients of mail for a name. */
  readonly expansion: (name: string) => Expansion;
}

/**
 * Checks all expectations about the configuration that the policy names.
 *
 * @param options override it, such as `texts` in place of files
 * @throws MapError and TypeError as `openMailMaps`
 */
export function verify(policy: Policy, options: MailMapsOptions = {}): VerifyResult {
  const { directory, cf, features, hostName, users } = policy.configuration;
  const named = {
    ...(directory !== undefined && { directory }),
    ...(cf !== undefined && { cf }),
    ...(features !== undefined && { features: features as readonly Feature[] }),
    ...(hostName !== undefined && { hostName }),
    ...(users !== undefined && { users: knownUsers(users) }),
  };
  const subject = reviewed({ ...named, ...options }, { withFileRules: true });
  const run = new Run(subject);
  const verdicts = [
    ...policy.never.map((never) => run.never(never)),
    ...policy.expect.map((one) => run.expectation(one)),
  ];
  return {
    verdicts,
    untouched: run.untouched(),
    isSampled: dependsOnMore(subject),
    decision: (question) => decide(subject, question, PLAIN_DNS),
    expansion: (name) => subject.configuration.expand(name),
  };
}

function knownUsers(
  names: readonly string[],
): (name: string) => { name: string; uid: number; gid: number; home: string } | undefined {
  const known = new Set(names.map(foldCase));
  return (name) => (known.has(name) ? { name, uid: 65_534, gid: 65_534, home: '/nonexistent' } : undefined);
}

/** Any client, sender or recipient. */
const ANY = 'any';
/** Recipients that show what a client may do: here, elsewhere, and without a host. */
const PROBES: readonly string[] = [`${FRESH}@localhost`, FRESH];

class Run {
  readonly #subject: Reviewed;
  readonly #classes: Classes;
  readonly #keys: ReadonlySet<string>;
  readonly #touched = new Set<string>();

  constructor(subject: Reviewed) {
    const observed = observedOf(subject);
    this.#subject = subject;
    this.#keys = new Set(observed.entries.keys());
    this.#classes = classesOf(observed, observed, new Set(), { differ: true });
  }

  untouched(): string[] {
    return [...this.#keys].filter((key) => !this.#touched.has(key));
  }

  never(never: Never): Verdict {
    if (never.kind === 'strangersRelay') {
      const question = strangerRelays(this.#subject, this.#classes);
      const name = 'never: strangers relay to strangers';
      return verdict(name, never.line, 1, question && `relayed: ${questionText(question)}`, question);
    }
    const names = aliasNames(this.#subject);
    const reaching = names.flatMap((name) =>
      this.#reached(name)
        .filter((target) => matchesGlob(target, never.pattern))
        .map((target) => [name, target] as const),
    );
    const [found] = reaching;
    const name = `never: anyone reaches ${never.pattern}`;
    return verdict(
      name,
      never.line,
      names.length,
      found && `${found[0]} reaches ${found[1]}`,
      found && { expand: found[0] },
    );
  }

  expectation(expected: Expectation): Verdict {
    if (expected.expand !== undefined) return this.#expansion(expected, expected.expand);
    let questions = 0;
    for (const question of this.#questions(expected)) {
      questions++;
      const why = difference(this.#decide(question), expected);
      if (why !== undefined)
        return verdict(expected.name, expected.line, questions, `${why}: ${questionText(question)}`, question);
    }
    return verdict(expected.name, expected.line, questions);
  }

  #decide(question: Question): Decision {
    const decision = decide(this.#subject, question, PLAIN_DNS);
    for (const step of decision.trace) if (step.kind === 'key') this.#touched.add(foldCase(step.key));
    return decision;
  }

  #expansion({ name, line, reaches, reachesAtLeast, neverReaches }: Expectation, address: string): Verdict {
    const reached = new Set(this.#reached(address));
    const missing = [...(reaches ?? []), ...(reachesAtLeast ?? [])].filter((target) => !reached.has(target));
    const surplus = reaches === undefined ? [] : [...reached].filter((target) => !reaches.includes(target));
    const forbidden = (neverReaches ?? []).filter((target) => reached.has(target));
    const why = [
      missing.length > 0 ? `does not reach ${missing.join(', ')}` : '',
      [...surplus, ...forbidden].length > 0 ? `reaches ${[...surplus, ...forbidden].join(', ')}` : '',
    ].filter(Boolean);
    return why.length === 0
      ? verdict(name, line, 1)
      : verdict(name, line, 1, `${address} ${why.join(' and ')}`, { expand: address });
  }

  #reached(address: string): string[] {
    return this.#subject.configuration.expand(address).recipients.map(targetText);
  }

  *#questions(expected: Expectation): Generator<Question> {
    const { sender, recipient, authType } = expected;
    const kind = recipient !== undefined ? 'rcpt' : sender !== undefined ? 'mail' : 'relay';
    const facts = { kind, ...(authType !== undefined && { authType }) } as const;
    const clients = this.#clients(expected);
    const some = alike(clients, (client) => this.#answers({ ...facts, client }, sender, recipient));
    const senders = this.#addresses(sender ?? '', this.#classes.senders, (address) =>
      some.map((client) => this.#answers({ ...facts, client }, address, recipient)),
    );
    const recipients = this.#addresses(recipient ?? '', this.#classes.recipients, (address) =>
      [...some.map((client) => ({ client, by: senders[0]! })), ...senders.map((by) => ({ client: some[0]!, by }))].map(
        ({ client, by }) => this.#answers({ ...facts, client }, by, address),
      ),
    );
    const isWide = senders.length * recipients.length > 1;
    for (const client of isWide ? some : clients)
      for (const by of senders)
        for (const to of recipients)
          yield {
            ...facts,
            client,
            ...(kind !== 'relay' && { sender: by }),
            ...(kind === 'rcpt' && { recipient: to }),
          };
  }

  /** Answers to a question, with a few probes for each part that may be any. */
  #answers(facts: Pick<Question, 'kind' | 'client'>, sender = '', recipient = ''): string {
    const far = decodeText(this.#classes.far);
    const probes = [`${FRESH}@${far}`, ...PROBES];
    const senders = sender === ANY ? [...probes, ''] : [sender];
    const recipients = recipient === ANY ? probes : [recipient];
    return senders
      .flatMap((by) => recipients.map((to) => ({ ...facts, sender: by, recipient: to })))
      .map((question) => {
        const decision = this.#decide(question);
        return `${shown(decision, question)} ${decision.action} ${decision.because.rule} ${decision.reply?.code}`;
      })
      .join('\n');
  }

  #clients({ client = 'stranger', clientName }: Expectation): readonly Question['client'][] {
    const named = clientName === undefined ? {} : { name: clientName };
    const all = this.#classes.clients.map(({ example }) => example);
    if (client === ANY) return all;
    if (client === 'stranger')
      return [{ ...this.#classes.strangers[0]!, name: decodeText(this.#classes.far), ...named }];
    const [, net, bits] = /^([\d.]+)\/(\d{1,2})$/.exec(client) ?? [];
    if (net === undefined) return [{ address: client, ...named }];
    if (!isIPv4(net) || Number(bits) > 32) throw new MapError('badInput', `${client} is no network`);
    const inside = new Set(
      all.map(({ address }) => address).filter((address) => isIPv4(address) && isInNet(address, net, Number(bits))),
    );
    return [...inside, net, broadcast(net, Number(bits))].map((address) => ({ address, ...named }));
  }

  /** @param answers the answers about an address, by which addresses are distinguished */
  #addresses(
    given: string,
    classes: Classes['senders'],
    answers: (address: string) => readonly string[],
  ): readonly string[] {
    if (given !== ANY) return [given];
    const inFull = (address: string): string => answers(address).join('\n');
    const found = addressesOf(classes, this.#classes.far, { inFull, inBrief: inFull, alike }, true);
    return found.map(({ address }) => address);
  }
}

/** One of all that have equal answers. */
function alike<T>(all: Iterable<T>, answers: (one: T) => string): readonly T[] {
  const kept = new Map<string, T>();
  for (const one of all) {
    const name = answers(one);
    if (!kept.has(name)) kept.set(name, one);
  }
  return [...kept.values()];
}

function verdict(name: string, line: number, questions: number, why?: string, example?: Verdict['example']): Verdict {
  const because = { ...(why !== undefined && { why }), ...(example !== undefined && { example }) };
  return { name, line, holds: why === undefined, questions, ...because };
}

function difference(decision: Decision, { action, reply }: Expectation): string | undefined {
  const given = decision.reply === undefined ? decision.action : formatReply(decision);
  if (action !== undefined && decision.action !== action) return `expected ${action}, and the answer is ${given}`;
  const { code, enhanced, text } = reply ?? {};
  const holds =
    (code === undefined || decision.reply?.code === code) &&
    (enhanced === undefined || decision.reply?.enhanced === enhanced) &&
    (text === undefined || decision.reply?.text.includes(text) === true);
  return holds
    ? undefined
    : `expected the reply ${[code, enhanced, text].filter(Boolean).join(' ')}, and the answer is ${given}`;
}

function questionText({ client, sender, recipient }: Question): string {
  const who = `client ${client.address}${client.name === undefined ? '' : ` (${client.name})`}`;
  return [who, sender !== undefined && `MAIL FROM:<${sender}>`, recipient !== undefined && `RCPT TO:<${recipient}>`]
    .filter(Boolean)
    .join(', ');
}

/** True if a text matches a pattern in which `*` stands for any text. */
function matchesGlob(text: string, glob: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

const numberOf = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const sizeOf = (bits: number): number => 2 ** (32 - bits);

function isInNet(address: string, net: string, bits: number): boolean {
  return Math.floor(numberOf(address) / sizeOf(bits)) === Math.floor(numberOf(net) / sizeOf(bits));
}

/** The last address of a network. */
function broadcast(net: string, bits: number): string {
  const last = (Math.floor(numberOf(net) / sizeOf(bits)) + 1) * sizeOf(bits) - 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
}
