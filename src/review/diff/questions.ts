/**
 * Classes of clients, senders, recipients and sessions -> every question whose answer can differ.
 *
 * The product of all classes is large. A client, its session and its sender affect the decision about a recipient only through
 * the verdicts about themselves. A few probes show these verdicts; of all that get equal answers, one represents the others.
 */
import { type ByteString, decodeText } from '../../core/bytes.ts';
import type { Question } from '../question.ts';
import { FRESH } from '../table-address.ts';
import type { Class, Classes, ClientExample, Mailbox } from './classes.ts';
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
const MOST_PROBES = 100_000;
/** Most hosts behind which a percent hack is tried. */
const MOST_BEHIND = 40;
const MOST_EXCUSED = 40;
/** Most circumstances under which senders are distinguished. */
const MOST_BASES = 12;

/** The most classes of each part where the rules of a file decide: they take a thousand times as long. */
const MOST_SAMPLED = 12;

/** A part of the questions: those whose classes differ first. */
export function sampled({ classes, sessions, ...space }: Space): Space {
  const some = <T extends { readonly isSame: boolean }>(all: readonly T[], most = MOST_SAMPLED): readonly T[] =>
    [...all.filter(({ isSame }) => !isSame), ...all.filter(({ isSame }) => isSame)].slice(0, most);
  const { clients, senders, recipients } = classes;
  return {
    ...space,
    classes: { clients: some(clients), senders: some(senders), recipients: some(recipients, 3 * MOST_SAMPLED) },
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

const PROBE_SENDERS: readonly string[] = [`${FRESH}@${FRESH}.invalid`, `${FRESH}@localhost`, FRESH, ''];

function* mailQuestions(space: Space, asked: Comparison): Generator<Question> {
  const { classes, sessions } = space;
  const all = alike(asked, circumstances(classes.clients, sessions.connection), ({ client, facts }) =>
    PROBE_SENDERS.map((sender) => asked.answers({ kind: 'mail', client, sender, ...facts })).join('\n'),
  );
  for (const one of all)
    for (const sender of [NULL_SENDER, ...classes.senders])
      for (const own of sessions.sender)
        if (differs(space, one, sender, own) && mayHave(own, sender.example))
          yield {
            ...{ kind: 'mail', client: one.client, sender: addressOf(sender.example) },
            ...one.facts,
            ...own.facts,
          };
}

/** Flags of the daemon affect only senders without a domain, and senders at this host. */
function mayHave({ facts: { daemonFlags } }: SessionClass, { host }: Mailbox): boolean {
  return daemonFlags === undefined || !host.includes('.') || host.startsWith('[') || host.startsWith('localhost.');
}

function* rcptQuestions(space: Space, asked: Comparison): Generator<Question> {
  const probes = [FRESH, `${FRESH}@localhost`, `x${FRESH}@${FRESH}.invalid`, ...probesOf(space)];
  const probed = (question: Probe): string =>
    probes.map((recipient) => asked.answers({ ...question, kind: 'rcpt', recipient })).join('\n');
  const about = ({ client, facts }: Circumstances): string =>
    [probed({ client, sender: '', ...facts }), claimed(space, asked, { client, ...facts })].join('\n');
  const all = circumstancesOf(space, asked, about);
  const senders = alike(asked, sendersOf(space), (sender) =>
    all
      .slice(0, MOST_BASES)
      .map(({ client, facts }) => probed({ client, ...facts, ...sender.facts }))
      .join('\n'),
  );
  const sessions = alike(asked, joined(all, senders), ({ probe }) => probed(probe));
  const askers = [...joined(all, senders.slice(0, 1)), ...joined(all.slice(0, 1), senders)];
  const recipients = alike(asked, addressesOf(space), ({ address }) =>
    askers.map(({ probe }) => asked.answers({ ...probe, kind: 'rcpt', recipient: address })).join('\n'),
  );
  for (const session of sessions)
    for (const recipient of recipients)
      if (differs(space, session, recipient)) yield { ...session.probe, kind: 'rcpt', recipient: recipient.address };
}

/** Each client with each sender. */
function* joined(
  clients: readonly Circumstances[],
  senders: readonly SenderFacts[],
): Generator<{ readonly probe: Probe; readonly isSame: boolean }> {
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
  const clients = alike(asked, classes.clients, (client) => [...circumstances([client], alone)].map(about).join('\n'));
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

/** The null sender and, if senders count, each class of senders. */
function* sendersOf({ classes, sessions, senderCounts }: Space): Generator<SenderFacts> {
  yield { facts: { sender: '' }, isSame: true };
  if (!senderCounts) return;
  for (const sender of classes.senders)
    for (const own of sessions.sender)
      if (mayHave(own, sender.example))
        yield {
          facts: { sender: addressOf(sender.example), ...own.facts },
          isSame: sender.isSame && own.isSame,
        };
}

/** Recipients whom Spam: entries excuse, or do not. */
function probesOf({ excused }: Space): readonly string[] {
  return excused.slice(0, MOST_EXCUSED).map((subject) => {
    const at = subject.lastIndexOf('@');
    return decodeText(at < 0 ? `${FRESH}@${subject}` : subject.endsWith('@') ? subject.slice(0, -1) : subject);
  });
}

interface Recipient {
  readonly address: string;
  readonly isSame: boolean;
}

/** Each address as it is, behind this host as a percent hack, and behind the hosts that change. */
function addressesOf(space: Space): readonly Recipient[] {
  const { recipients } = space.classes;
  const hosts = recipients.filter(({ example: { local, host } }) => local === FRESH && isName(host));
  const changing = hosts.filter((host) => differs(space, host)).slice(0, MOST_BEHIND);
  const behind = (host: string, { local, host: at }: Mailbox): string => decodeText(`${local}%${at}@${host}`);
  return [
    ...recipients.map(({ example, isSame }) => ({ address: addressOf(example), isSame })),
    ...recipients.flatMap(({ example, isSame }) =>
      isName(example.host) && !/[%!]/.test(example.local) ? [{ address: behind('localhost', example), isSame }] : [],
    ),
    ...changing.flatMap(({ example: { host } }) =>
      hosts.map(({ example }) => ({ address: behind(host, example), isSame: false })),
    ),
  ];
}

function isName(host: ByteString): boolean {
  return host !== '' && !host.startsWith('[');
}

const NULL_SENDER: Class<Mailbox> = { observed: '', isSame: true, example: { local: '', host: '' } };

/** `''` is the null sender. */
function addressOf({ local, host }: Mailbox): string {
  return decodeText(host === '' ? local : `${local}@${host}`);
}

function clientOf({ name, ptr, ...client }: ClientExample): Question['client'] {
  return {
    ...client,
    ...(name !== undefined && { name: decodeText(name) }),
    ...(ptr !== undefined && { ptr: decodeText(ptr) }),
  };
}
