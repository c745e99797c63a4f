/**
 * A question about a client, a sender or a recipient -> the answer of a configuration as text, and the effect if another
 * configuration answers differently.
 */
import type { Decision } from '../access/decision.ts';
import { formatReply } from '../access/reply.ts';
import type { AddressFault } from '../address/problem.ts';
import type { InformedConfiguration } from '../config/configuration.ts';
import { type Fact, type Facts, type FactType, NO_FACTS } from '../core/facts.ts';
import { clientAddress } from '../core/ip-address.ts';
import type { Client, Session } from '../core/session.ts';
import type { Reviewed } from './sources.ts';

/** A configuration that can be asked. */
export type Asked = { readonly configuration: Pick<InformedConfiguration, 'put'> };

/** An absent name means that the address has none. */
export type AskedClient = Client;

/** Effects of a difference, the most dangerous first. */
export const EFFECTS = ['opens relaying', 'accepts', 'refuses', 'stops relaying', 'answers otherwise'] as const;
/** The effect of a difference on mail. */
export type Effect = (typeof EFFECTS)[number];

/** An answer of DNS that a question depends on. */
export interface DnsAnswer {
  readonly type: FactType;
  /** Without a final dot. */
  readonly name: string;
  readonly answer: Fact;
}

/** The facts of a session, as far as the question depends on them. */
export type SessionFacts = Pick<Session, 'authType' | 'authAuthen' | 'tls' | 'daemonFlags' | 'senderDomain'>;

/** A question in the form of the batch. */
export interface Question extends SessionFacts {
  readonly kind: 'relay' | 'mail' | 'rcpt';
  readonly client: AskedClient;
  readonly sender?: string;
  readonly recipient?: string;
  /** Absent: the answer does not depend on DNS. */
  readonly dns?: readonly DnsAnswer[];
}

export function decide({ configuration }: Asked, question: Question, facts: Facts = factsOf(question)): Decision {
  const { kind, client, sender = '', recipient = '', dns: _, ...rest } = question;
  if (kind === 'relay') return configuration.put({ kind, client }, facts);
  if (kind === 'mail') return configuration.put({ kind, sender, session: { client, ...rest } }, facts);
  return configuration.put({ kind, recipient, session: { client, sender, ...rest } }, facts);
}

function factsOf({ dns }: Question): Facts {
  if (dns === undefined) return NO_FACTS;
  return { get: (type, name) => dns.find((known) => known.type === type && known.name === name)?.answer };
}

/** The answer, with `...` for each name and address that was asked. */
export function shown(decision: Decision, { client, sender, recipient, tls }: Question): string {
  const { action, reply, reason } = decision;
  const word = action === 'relay' && !relays(decision) ? 'ok' : action;
  if (reply === undefined) return [word, reason].filter(Boolean).join(': ');
  const names = [
    client.name,
    client.ptr,
    ...addressesIn(client.address),
    client.helo,
    tls?.certIssuer,
    tls?.certSubject,
  ];
  const asked = [recipient, sender, ...names].filter((text) => text !== undefined);
  return [...new Set([...asked, ...asked.flatMap(partsOf)])]
    .filter((text) => text !== '')
    .sort((a, b) => b.length - a.length)
    .reduce(withoutWord, withoutAddress(decision));
}

/** An address as it was given, and as sendmail writes it. */
function addressesIn(address: string): string[] {
  return address === 'local' ? [address] : [address, ...[true, false].map((short) => clientAddress(address, short))];
}

/** Replaces a name by `...`, but not inside a longer name. */
function withoutWord(text: string, word: string): string {
  const isInside = (character: string | undefined): boolean => character !== undefined && /[\w-]/.test(character);
  let shorter = '';
  let from = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, from)) {
    const end = at + word.length;
    const isPart =
      isInside(text[end]) ||
      isInside(text[at - 1]) ||
      (text[at - 1] === '.' && isInside(text[at - 2])) ||
      (text[end] === '.' && isInside(text[end + 1]));
    shorter += text.slice(from, at) + (isPart ? word : '...');
    from = end;
  }
  return shorter + text.slice(from);
}

/** Faults whose replies quote the address. */
const QUOTING: ReadonlySet<AddressFault | undefined> = new Set<AddressFault>(['tooLong', 'eightBit', 'undeliverable']);

type Around = readonly [before: string, after: string];

/** Rules whose replies name an address or a host in the form that the rules give it, and the text around the name. */
const NAMING: ReadonlyMap<string, readonly Around[]> = new Map([
  ['sender domain', [['Domain of sender address ', ' does not ']]],
  ['unqualified sender', [['required for sender address ', '']]],
  ['redirect', [['please try ', '']]],
  ['relay_based_on_MX', [['MX records for recipient host ', '']]],
  [
    'badmx',
    [
      ['MX lookup failure for ', ''],
      ['MX record for host ', ''],
    ],
  ],
  [
    'rhsbl',
    [
      ['Mail from ', ' refused by blackhole site '],
      ['lookup failure of ', ' at '],
    ],
  ],
]);

/** The words of an entry are kept. */
function withoutAddress(decision: Decision): string {
  const { because, trace } = decision;
  const reply = `refused: ${formatReply(decision)}`;
  const naming = NAMING.get(because.rule);
  if (naming !== undefined) return naming.reduce(withoutName, reply);
  if (because.key !== undefined || !QUOTING.has(because.fault)) return reply;
  const isOfTable = trace.some((step) => step.kind === 'key' && step.status === 'found');
  return isOfTable ? reply : reply.replace(/".*"/s, '"..."');
}

function withoutName(text: string, [before, after]: Around): string {
  const at = text.indexOf(before);
  if (at < 0) return text;
  const from = at + before.length;
  const end = after === '' ? text.length : text.indexOf(after, from);
  return end < 0 ? text : `${text.slice(0, from)}...${text.slice(end)}`;
}

/** The hosts of an address, and its UUCP form. */
function partsOf(address: string): string[] {
  const at = address.lastIndexOf('@');
  const [local, host] = [address.slice(0, at), address.slice(at + 1).replace(/^\[(.*)\]$/, '$1')];
  const inner = local.lastIndexOf('%');
  const bang = /^([^!@]+)!(.+)$/.exec(local === '' ? host : local);
  return [
    host,
    ...(bang === null ? [] : [`${bang[2]}@${bang[1]}`, bang[1]!]),
    ...(inner < 0 ? [] : [local.slice(inner + 1)]),
    ...(/\.uucp$/i.test(host) ? [`${host.slice(0, -'.uucp'.length)}!${local}`] : []),
  ];
}

export const refuses = ({ action }: Decision): boolean => action === 'reject' || action === 'tempFail';
/** Whether the recipient is on another host: sendmail's rules also answer RELAY for recipients on this host. */
export const relays = ({ action, because }: Decision): boolean =>
  action === 'relay' && because?.rule !== 'local recipient';

export function effectOf(before: Decision, after: Decision): Effect {
  if (relays(after) && !relays(before)) return 'opens relaying';
  if (relays(before) && !relays(after)) return 'stops relaying';
  if (refuses(before) && !refuses(after)) return 'accepts';
  if (!refuses(before) && refuses(after)) return 'refuses';
  return 'answers otherwise';
}

/** For people. */
export function questionText(question: Question): string {
  const { kind, client, sender, recipient } = question;
  const who = `client ${client.address}${client.name === undefined ? '' : ` (${client.name})`}`;
  const asked = [
    who,
    ...sessionWords(question),
    ...(kind === 'relay' ? [] : [`MAIL FROM:<${sender ?? ''}>`]),
    ...(kind === 'rcpt' ? [`RCPT TO:<${recipient ?? ''}>`] : []),
    ...(question.dns ?? []).map(dnsText),
  ];
  return asked.join(', ');
}

/** Facts that are not the usual ones, as words. */
function sessionWords({ client, authType, tls, daemonFlags, senderDomain }: Question): string[] {
  return [
    ...(client.resolve === 'FORGED' ? [`forged name${client.ptr === undefined ? '' : ` ${client.ptr}`}`] : []),
    ...(client.resolve === 'TEMP' ? ['name lookup fails'] : []),
    ...(client.helo === undefined ? [] : [`HELO ${client.helo}`]),
    ...(authType === undefined ? [] : [`AUTH ${authType}`]),
    ...(tls === undefined ? [] : [`TLS verify=${tls.verify}`]),
    ...(tls?.certIssuer === undefined ? [] : [`issuer ${tls.certIssuer}`]),
    ...(tls?.certSubject === undefined ? [] : [`subject ${tls.certSubject}`]),
    ...(daemonFlags === undefined ? [] : [`daemon flags ${daemonFlags}`]),
    ...(senderDomain === undefined || senderDomain === 'OK'
      ? []
      : [`the sender's domain ${senderDomain === 'PERM' ? 'does not exist' : 'cannot be looked up'}`]),
  ];
}

function dnsText({ type, name, answer }: DnsAnswer): string {
  const words = { notFound: 'none', tempFail: 'no answer', found: '' };
  return `DNS ${type} ${name}: ${answer.status === 'found' ? answer.records.join(' ') : words[answer.status]}`;
}

/** Features by which a decision about a recipient depends on the sender. */
const OF_SENDERS = /^(?:delay_checks|relay_mail_from|relay_local_from)/;

/** Whether a decision about a recipient may depend on the sender. */
export function senderCounts({ settings: { decidingFile, features } }: Pick<Reviewed, 'settings'>): boolean {
  return decidingFile !== undefined || features.some((feature) => OF_SENDERS.test(feature));
}
