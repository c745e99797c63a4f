/**
 * Classes of clients, senders, recipients and sessions -> every question whose answer can differ.
 *
 * The product of all classes is large. A client, its session and its sender affect the decision about a recipient only through
 * the verdicts about themselves. A few probes show these verdicts; of all that get equal answers, one represents the others.
 * Limits: MOST_DECISIONS and MOST_PROBES. A comparison that meets one of them says so (`isCut`).
 */
import { type ByteString, decodeText } from '../../core/bytes.ts';
import type { Question } from '../question.ts';
import { FRESH } from '../table-address.ts';
import { type Address, addressesOf } from './addresses.ts';
import type { Class, Classes, ClientExample, MailboxClasses } from './classes.ts';
import type { Comparison } from './comparison.ts';
import { product, type SessionClass, type Sessions } from './sessions.ts';

export interface Space {
  readonly classes: Classes;
  readonly sessions: Sessions;
  /** Whether the two configurations have the same rules: then a question about equal parts has equal answers. */
  readonly isSame: boolean;
  /** Whether check_rcpt looks at the sender. */
  readonly senderCounts: boolean;
  /** Subjects of Spam: entries, which excuse recipients from checks. */
  readonly excused: readonly ByteString[];
}

/** The most decisions of both configurations for the questions, and for each set of classes that is probed. */
const MOST_DECISIONS = 600_000;
const MOST_PROBES = 200_000;
/** Most circumstances that tell the classes of addresses behind a host apart. */
const MOST_BRIEF = 4;
/** Most circumstances under which senders are distinguished, each with another effect on senders. */
const MOST_BASES = 4;
/** Most recipients by which senders are distinguished. */
const MOST_TELLING = 3;

/** The most classes of each part where the rules of a file decide: they take a thousand times as long. */
const MOST_SAMPLED = 12;

/** A part of the questions: those whose classes differ first. */
export function sampled({ classes, sessions, ...space }: Space): Space {
  const some = <T extends { readonly isSame: boolean }>(all: readonly T[], most = MOST_SAMPLED): readonly T[] =>
    [...all.filter(({ isSame }) => !isSame), ...all.filter(({ isSame }) => isSame)].slice(0, most);
  const plain = ({ plain: all }: MailboxClasses, most?: number): MailboxClasses => {
    const kept = some(all, most);
    const hosts = kept.filter(({ example: { local, host } }) => local === FRESH && host !== '');
    return {
      plain: kept,
      around: [],
      oddLocals: [],
      odd: hosts.map(({ example }) => `${decodeText(`${FRESH}%${example.host}`)}@localhost`),
    };
  };
  return {
    ...space,
    classes: {
      ...classes,
      clients: some(classes.clients),
      senders: { ...plain(classes.senders), odd: [] },
      recipients: plain(classes.recipients, 3 * MOST_SAMPLED),
    },
    sessions: { connection: sessions.connection.slice(0, 1), recipient: [], sender: sessions.sender.slice(0, 1) },
    excused: [],
  };
}

/** Asks every question that can differ. */
export function askAll(space: Space, asked: Comparison): void {
  for (const client of space.classes.clients)
    if (differs(space, client)) asked.ask({ kind: 'relay', client: clientOf(client.example) });
  askEach(mailQuestions(space, asked), asked);
  askEach(rcptQuestions(space, asked), asked);
}

function askEach(questions: Iterable<Question>, asked: Comparison): void {
  let before: number | undefined;
  for (const question of questions) {
    // the first question comes when all probes are made
    before ??= asked.decisions;
    if (asked.decisions - before > MOST_DECISIONS) {
      asked.isCut = true;
      return;
    }
    asked.ask(question);
  }
}

function differs({ isSame }: Space, ...some: readonly { readonly isSame: boolean }[]): boolean {
  return !isSame || some.some((part) => !part.isSame);
}

/** A client, and the facts of its session. */
interface Circumstances {
  readonly client: Question['client'];
  readonly facts: Omit<SessionClass['facts'], 'helo'>;
  readonly isSame: boolean;
}

function* circumstances(
  clients: readonly Class<ClientExample>[],
  sessions: readonly SessionClass[],
): Generator<Circumstances> {
  for (const { example, isSame } of clients)
    for (const session of sessions) {
      const { helo, ...facts } = session.facts;
      const client = { ...clientOf(example), ...(helo !== undefined && { helo }) };
      yield { client, facts, isSame: isSame && session.isSame };
    }
}

/** One representative of all items with equal answers to the probes. */
function alike<T extends { readonly isSame: boolean }>(
  asked: Comparison,
  all: Iterable<T>,
  answers: (one: T) => string,
): readonly T[] {
  const kept = new Map<string, T>();
  const before = asked.decisions;
  for (const one of all) {
    if (asked.decisions - before > MOST_PROBES) {
      asked.isCut = true;
      break;
    }
    const name = `${one.isSame} ${answers(one)}`;
    if (!kept.has(name)) kept.set(name, one);
  }
  return [...kept.values()];
}

const probeSenders = ({ classes: { far } }: Space): readonly string[] => [
  ...[`${FRESH}@${far}`, `${FRESH}@localhost`, FRESH, ''],
];

/** Whether the sender's domain exists: it shows which entry decides about a sender. */
const DOMAINS: readonly SessionClass['facts'][] = [{}, { senderDomain: 'PERM' }];

function* mailQuestions(space: Space, asked: Comparison): Generator<Question> {
  const { classes, sessions } = space;
  const answers = ({ client, facts }: Circumstances, sender: string, own: SessionClass['facts'] = {}): string =>
    asked.answers({ kind: 'mail', client, sender, ...facts, ...own });
  const all = alike(asked, circumstances(classes.clients, sessions.connection), (one) =>
    probeSenders(space)
      .map((sender) => answers(one, sender))
      .join('\n'),
  );
  const telling = most(all, MOST_BRIEF, (one) => probeSenders(space).map((sender) => answers(one, sender)));
  const senders = addressesOf(
    classes.senders,
    classes.far,
    {
      inFull: (sender) =>
        each(all, (one) => each(factsFor(sessions.sender, sender), ({ facts }) => answers(one, sender, facts))),
      inBrief: (sender) => each(telling, (one) => each(DOMAINS, (facts) => answers(one, sender, facts))),
      alike: (some, answersOf) => alike(asked, some, answersOf),
    },
    canDiffer(space, all),
  );
  for (const one of all)
    for (const sender of [NULL_SENDER, ...senders])
      for (const own of factsFor(sessions.sender, sender.address))
        if (differs(space, one, sender, own))
          yield { kind: 'mail', client: one.client, sender: sender.address, ...one.facts, ...own.facts };
}

function each<T>(all: Iterable<T>, answer: (one: T) => string): string {
  return Array.from(all, answer).join('\n');
}

function canDiffer(space: Space, all: readonly { readonly isSame: boolean }[]): boolean {
  return all.some((one) => differs(space, one));
}

/** Those whose answers to some questions are the most different. */
function most<T>(all: readonly T[], count: number, answers: (one: T) => readonly string[]): readonly T[] {
  if (all.length <= count) return all;
  const kinds = new Map(all.map((one) => [one, new Set(answers(one)).size] as const));
  return [...all].sort((a, b) => kinds.get(b)! - kinds.get(a)!).slice(0, count);
}

/** Flags of the daemon affect only senders without a domain, and senders at this host. */
function factsFor(all: readonly SessionClass[], sender: string): readonly SessionClass[] {
  const host = sender.slice(sender.lastIndexOf('@') + 1);
  const hasDomain =
    sender.includes('@') && host.includes('.') && !host.startsWith('[') && !host.startsWith('localhost.');
  return hasDomain ? all.filter(({ facts }) => facts.daemonFlags === undefined) : all;
}

function* rcptQuestions(space: Space, asked: Comparison): Generator<Question> {
  const { classes } = space;
  const probes = [FRESH, `${FRESH}@localhost`, `x${FRESH}@${classes.far}`, ...probesOf(space)];
  const answers = (probe: Probe, recipient: string): string => asked.answers({ ...probe, kind: 'rcpt', recipient });
  const probed = (probe: Probe): string => each(probes, (recipient) => answers(probe, recipient));
  const all = circumstancesOf(space, asked, ({ client, facts }) =>
    [probed({ client, sender: '', ...facts }), claimed(space, asked, { client, ...facts })].join('\n'),
  );
  const bases = basesOf(space, all, probed);
  const telling = most(probes, MOST_TELLING, (recipient) =>
    bases.flatMap((base) =>
      probeSenders(space).map((sender) => answers({ client: base.client, ...base.facts, sender }, recipient)),
    ),
  );
  const ofSender: OfSender = (some, facts) =>
    each(some, (base) =>
      each(telling, (recipient) => answers({ client: base.client, ...base.facts, ...facts }, recipient)),
    );
  // all at once: the probes of the addresses have bounds of their own
  const claims = [...sendersOf(space, asked, bases, ofSender)];
  const senders = alike(asked, claims, ({ facts }) => ofSender(bases, facts));
  const sessions = alike(asked, joined(all, senders), ({ probe }) => probed(probe));
  const askers = [...joined(all, senders.slice(0, 1)), ...joined(all.slice(0, 1), senders.slice(1))];
  const brief = most(askers, MOST_BRIEF, ({ probe }) => probes.map((recipient) => answers(probe, recipient)));
  const about = (some: readonly Asker[]) => (recipient: string) => each(some, ({ probe }) => answers(probe, recipient));
  const recipients = addressesOf(
    classes.recipients,
    classes.far,
    { inFull: about(askers), inBrief: about(brief), alike: (some, answersOf) => alike(asked, some, answersOf) },
    canDiffer(space, sessions),
  );
  for (const session of sessions)
    for (const recipient of recipients)
      if (differs(space, session, recipient)) yield { ...session.probe, kind: 'rcpt', recipient: recipient.address };
}

interface Asker {
  readonly probe: Probe;
  readonly isSame: boolean;
}

/** Each client with each sender. */
function* joined(clients: readonly Circumstances[], senders: readonly SenderFacts[]): Generator<Asker> {
  for (const { client, facts, isSame } of clients)
    for (const sender of senders)
      yield { probe: { client, ...facts, ...sender.facts }, isSame: isSame && sender.isSame };
}

const NO_FACTS: readonly SessionClass[] = [{ facts: {}, isSame: true }];

/** Clients and sessions that differ. Each fact of a session affects a client independently, so each is tried alone first. */
function circumstancesOf(
  { classes, sessions }: Space,
  asked: Comparison,
  about: (one: Circumstances) => string,
): readonly Circumstances[] {
  const alone = [...NO_FACTS, ...sessions.recipient.flat()];
  const clients = alike(asked, classes.clients, (client) => each(circumstances([client], alone), about));
  return alike(asked, circumstances(clients, product(NO_FACTS, ...sessions.recipient)), about);
}

/** The answers to a sender at this host, which show whether the client may claim to be this host. */
function claimed({ senderCounts }: Space, asked: Comparison, question: Omit<Probe, 'sender'>): string {
  if (!senderCounts) return '';
  return asked.answers({ ...question, kind: 'rcpt', sender: `${FRESH}@localhost`, recipient: FRESH });
}

type Probe = Omit<Question, 'kind' | 'recipient'>;

interface SenderFacts {
  readonly facts: Pick<Question, 'sender'> & SessionClass['facts'];
  readonly isSame: boolean;
}

/** The answers to recipients after a sender, in some circumstances. */
type OfSender = (some: readonly Circumstances[], facts: SenderFacts['facts']) => string;

/** The null sender and, if senders count, each class of senders. */
function* sendersOf(
  space: Space,
  asked: Comparison,
  bases: readonly Circumstances[],
  ofSender: OfSender,
): Generator<SenderFacts> {
  yield { facts: { sender: '' }, isSame: true };
  if (!space.senderCounts) return;
  const { sender: own } = space.sessions;
  const addresses = addressesOf(
    space.classes.senders,
    space.classes.far,
    {
      inFull: (sender) => each(factsFor(own, sender), ({ facts }) => ofSender(bases, { sender, ...facts })),
      inBrief: (sender) => each(DOMAINS, (facts) => ofSender(bases.slice(0, 2), { sender, ...facts })),
      alike: (some, answersOf) => alike(asked, some, answersOf),
    },
    true,
  );
  for (const { address, isSame } of addresses)
    for (const fact of factsFor(own, address))
      yield { facts: { sender: address, ...fact.facts }, isSame: isSame && fact.isSame };
}

/** Circumstances that show the effect of a sender: those in which senders get the most different answers. */
function basesOf(
  space: Space,
  all: readonly Circumstances[],
  probed: (probe: Probe) => string,
): readonly Circumstances[] {
  if (!space.senderCounts) return all.slice(0, 1);
  return most(all, MOST_BASES, ({ client, facts }) =>
    probeSenders(space).map((sender) => probed({ client, ...facts, sender })),
  );
}

/** Recipients whom Spam: entries excuse, or do not. */
function probesOf({ excused }: Space): readonly string[] {
  return excused.map((subject) => {
    const at = subject.lastIndexOf('@');
    return decodeText(at < 0 ? `${FRESH}@${subject}` : subject.endsWith('@') ? subject.slice(0, -1) : subject);
  });
}

const NULL_SENDER: Address = { address: '', isSame: true };

function clientOf({ name, ptr, ...client }: ClientExample): Question['client'] {
  return {
    ...client,
    ...(name !== undefined && { name: decodeText(name) }),
    ...(ptr !== undefined && { ptr: decodeText(ptr) }),
  };
}
