/**
 * Questions with tables, and a configuration -> the answers in one line each, as test/data/tables-more.json records them. The
 * answer of a session holds the replies to its commands, that of a delivery the envelopes and the headers.
 */
import type { Decision } from '../../src/access/decision.ts';
import { formatReply } from '../../src/access/reply.ts';
import type { AskOptions } from '../../src/config/ask.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import { OpenSession } from '../../src/config/smtp-session.ts';
import { encodeText } from '../../src/core/bytes.ts';
import { MapError } from '../../src/core/errors.ts';
import { type CheckQuery, ours as ofDecision, questionOf, sessionOf } from '../access/answer.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { ofExpansion, ofSendmail, throughTables, type Verified } from '../alias/answer.ts';
import type {
  DeliverQuery,
  DnsTable,
  Query,
  RewriteQuery,
  RouteQuery,
  RulesetQuery,
  SmtpQuery,
  VerifyQuery,
} from '../oracle/jobs.ts';
import { ours as ofRoute } from '../route/answer.ts';

export const HOSTS = '127.0.0.1 localhost mail.oracle.test mail\n::1 localhost ip6-localhost\n';

/** A configuration, and what DNS says. */
export interface Asked {
  readonly configuration: Configuration;
  readonly dns: DnsTable;
}

export async function answerOf(question: Query, { configuration, dns }: Asked): Promise<string> {
  const options = { resolver: tableResolver(dns, HOSTS) };
  switch (question.kind) {
    case 'route':
      return routeOf(question, configuration, options);
    case 'rewrite':
      return formOf(question, configuration, options);
    case 'verify':
      return expansionOf(question, configuration, options);
    case 'relay':
    case 'mail':
    case 'rcpt':
      return decisionOf(question, configuration, options);
    case 'ruleset':
      return rulesetOf(question, configuration);
    case 'smtp':
      return sessionAnswers(question, configuration, options);
    case 'deliver':
      return deliveryOf(question, configuration, options);
    default:
      throw new Error(`no answer to ${question.kind}`);
  }
}

async function routeOf({ address, daemonFlags = '' }: RouteQuery, configuration: Configuration, options: AskOptions) {
  return ofRoute(await configuration.ask({ kind: 'route', address, daemonFlags }, options), address);
}

async function formOf(question: RewriteQuery, configuration: Configuration, options: AskOptions): Promise<string> {
  const { address, mailer, in: where, role, daemonFlags = '' } = question;
  try {
    return (await configuration.ask({ kind: 'rewrite', address, mailer, where, role, daemonFlags }, options)).address;
  } catch (error) {
    if (error instanceof MapError && error.code === 'badInput') return `none ${error.message}`;
    throw error;
  }
}

async function expansionOf({ address }: VerifyQuery, configuration: Configuration, options: AskOptions) {
  if (typeof address !== 'string') throw new Error('one address at a time');
  return JSON.stringify(throughTables(ofExpansion(await configuration.ask({ kind: 'expand', address }, options))));
}

async function decisionOf(question: CheckQuery, configuration: Configuration, options: AskOptions): Promise<string> {
  const over = limitOver(question, configuration);
  if (over !== undefined) return over;
  return ofDecision(await configuration.ask(questionOf(question), options), question).replace(/ final$/, '');
}

/** The daemon counts the connections of a client; the access map says how many it may have. */
const COUNTED = [
  ['ratecontrol', 'client_rate', 'ClientRate', 'Connection rate limit exceeded.'],
  ['conncontrol', 'client_connections', 'ClientConn', 'Too many open connections.'],
] as const;

/** The refusal of a client with more connections than it may have, where nothing before it decides. */
function limitOver(question: CheckQuery, configuration: Configuration): string | undefined {
  const { clientAddr: address = '', macros = {} } = question;
  const features = new Map<string, string>();
  for (const { name, argument = '' } of configuration.features)
    features.set(name, (features.get(name) ?? '') + argument);
  for (const [feature, macro, tag, text] of COUNTED) {
    const argument = features.get(feature);
    const count = macros[`{${macro}}`];
    if (argument === undefined || count === undefined || question.kind !== asksAt(argument, features)) continue;
    const isExempt = !argument.includes('nodelay') && isNamed(decisionNow(question, configuration));
    const limit = configuration.accessSetting(tag, { address });
    if (isExempt || limit.status !== 'found' || limit.value === '0') continue;
    const isOver = !/^\d+$/.test(limit.value) || Number(count) > Number(limit.value);
    if (isOver) return `${argument.includes('terminate') ? '421' : '452'} 4.3.2 ${text}`;
  }
  return undefined;
}

function decisionNow(question: CheckQuery, configuration: Configuration): Decision {
  const session = sessionOf(question);
  return question.kind === 'rcpt'
    ? configuration.checkRcpt(question.rcpt, session)
    : configuration.checkRelay(session.client);
}

/** A client with an entry of its own is not counted. */
function isNamed({ trace }: Decision): boolean {
  return trace.some((step) => step.kind === 'key' && step.key.startsWith('Connect:') && step.status === 'found');
}

/** The question at which a limit counts: with delay_checks at RCPT, unless it says `nodelay`. */
function asksAt(argument: string, features: ReadonlyMap<string, string>): string {
  return features.has('delay_checks') && !argument.includes('nodelay') ? 'rcpt' : 'relay';
}

function rulesetOf({ rulesets, input, macros = {} }: RulesetQuery, configuration: Configuration): string {
  const peer = { name: macros['{server_name}'] ?? '', address: macros['{server_addr}'] ?? '' };
  switch (rulesets.split(',').at(-1)) {
    case 'check_compat': {
      const [sender = '', recipient = ''] = input.split(' $| ');
      return compatOf(configuration.checkCompat(sender, recipient));
    }
    case 'authinfo':
      return settingOf(configuration, 'AuthInfo', peer);
    case 'queuegroup':
      return settingOf(configuration, 'QGRP', { name: input });
    case 'greet_pause':
      return settingOf(configuration, 'GreetPause', { name: 'h.example', address: '192.0.2.1' });
    case 'tls_server':
      return settingOf(configuration, 'TLS_Srv', peer);
    default:
      throw new Error(`no answer to the ruleset ${rulesets}`);
  }
}

function compatOf(decision: Decision): string {
  if (decision.reply !== undefined) return formatReply(decision);
  return decision.action === 'discard' ? 'discard' : 'accepted';
}

function settingOf(configuration: Configuration, ...[tag, peer]: Parameters<Configuration['accessSetting']>): string {
  const setting = configuration.accessSetting(tag, peer);
  return setting.status === 'found' ? setting.value.replaceAll(' ', '') : setting.status;
}

/** The replies to MAIL, RCPT, VRFY and EXPN. */
async function sessionAnswers(question: SmtpQuery, configuration: Configuration, options: AskOptions): Promise<string> {
  const { clientAddr: address = '127.0.0.1' } = question;
  const client = address === '127.0.0.1' ? { address, name: 'localhost' } : ({ address, resolve: 'FAIL' } as const);
  const session = new OpenSession(client, () => configuration);
  await session.ask({ kind: 'connect' }, options);
  const replies: string[] = [];
  for (const line of question.lines) {
    const [, command = '', argument = ''] = /^(\w+) ?(.*)$/.exec(line.replace(/ (?:FROM|TO):<(.*)>$/, ' $1')) ?? [];
    if (command === 'EHLO') session.helo(argument);
    if (command === 'RSET') session.reset();
    if (command === 'MAIL') replies.push(...(await session.ask({ kind: 'mail', sender: argument }, options)).lines);
    if (command === 'RCPT') replies.push(...(await session.ask({ kind: 'rcpt', recipient: argument }, options)).lines);
    if (command === 'VRFY') replies.push(...session.vrfy(argument).lines.slice(-1));
    if (command === 'EXPN') replies.push(...session.expn(argument).lines.slice(-1));
  }
  return replies.join(' / ');
}

/** Mail from the command line: its names are completed. */
const SUBMITTED = 'c u';
const SENDERS = /^(?:From|Reply-To|Sender|Errors-To|Resent-From|Disposition-Notification-To): /;

async function deliveryOf(
  question: DeliverQuery & { readonly headers?: readonly string[] },
  configuration: Configuration,
  options: AskOptions,
): Promise<string> {
  const { rcpt, sender = '<>', headers = [] } = question;
  const ways = new Map<string, { readonly mailer: string; readonly host: string; readonly users: string[] }>();
  for (const address of typeof rcpt === 'string' ? [rcpt] : rcpt) {
    const { recipients } = await configuration.ask({ kind: 'expand', address }, options);
    for (const target of recipients) {
      const isUser = target.kind === 'user';
      if (!isUser && target.kind !== 'address') continue;
      if (
        configuration.checkCompat(sender, isUser ? target.name : `${target.localPart}@${target.domain}`).action !== 'ok'
      )
        continue;
      const mailer = target.mailer ?? (isUser ? 'local' : 'esmtp');
      const host = isUser ? '' : (target.host ?? target.domain);
      const user = isUser ? target.name : `${target.localPart}@${target.domain}`;
      const way = ways.get(`${mailer} ${host}`) ?? { mailer, host, users: [] };
      ways.set(`${mailer} ${host}`, { ...way, users: [...new Set([...way.users, user])] });
    }
  }
  const form = (address: string, mailer: string, where: 'envelope' | 'header', role: 'sender' | 'recipient') =>
    formOf({ kind: 'rewrite', address, mailer, in: where, role, daemonFlags: SUBMITTED }, configuration, options);
  const lines: string[] = [];
  for (const { mailer, host, users } of ways.values()) {
    const from = sender === '<>' ? '' : await form(sender, mailer, 'envelope', 'sender');
    lines.push(`${mailer} ${host} ${from} ${users.sort().join(' ')}`);
    for (const header of headers) {
      const [, name = '', text = ''] = /^([\w-]+: )(.*)$/.exec(header) ?? [];
      if (name === 'Bcc: ') continue;
      const role = SENDERS.test(name) ? 'sender' : /^(?:To|Cc): $/.test(name) ? 'recipient' : undefined;
      const forms = role && (await Promise.all(text.split(', ').map((each) => form(each, mailer, 'header', role))));
      lines.push(`${mailer} ${name}${forms?.join(', ') ?? text}`);
    }
  }
  return lines.sort().join('\n');
}

/** A recorded answer in the form of {@link answerOf}. */
export function recorded(question: Query, answer: string): string {
  switch (question.kind) {
    case 'route':
      return /^TEMP /.test(answer) ? 'temp' : answer.replace(/ \[[^\] ]+\]$/, '').replace(/ MESSAGES .*$/s, '');
    case 'rewrite':
      return answer.replace(/ MESSAGES .*$/s, '');
    case 'verify':
      return expansionLine(verified(answer));
    case 'ruleset': {
      if (/^\d{3} |^DISCARD/.test(answer)) return answer.replace('DISCARD', 'discard');
      if (/check_compat$/.test(question.rulesets)) return 'accepted';
      return / \(final\)$/.test(answer) ? answer.replace(/^OK | \(final\)$|(?<=") (?=")/g, '') : 'notFound';
    }
    case 'relay':
    case 'mail':
    case 'rcpt':
      return answer.startsWith('OK') ? 'accepted' : encodeText(answer.trimEnd());
    case 'smtp': {
      const replies = answer.split(' / ').slice(1);
      return replies.filter((_, i) => /^(?:MAIL|RCPT|VRFY|EXPN)/.test(question.lines[i]!)).join(' / ');
    }
    case 'deliver':
      return delivered(answer);
    default:
      return answer;
  }
}

export function expansionLine(answer: Verified): string {
  return JSON.stringify(throughTables(ofSendmail(answer)));
}

function verified(answer: string): Verified {
  const [, rc = '', rest = ''] = /^rc (\d+)(.*)$/s.exec(answer.replace(/ STDERR .*$/s, '')) ?? [];
  const parts = rest.split(/ (?=[|!] )/);
  const recipients = parts.flatMap((part) => {
    const [, mailer = '', host, user = ''] = /^\| (.*?)(?:@(.*?))?: (.*)$/s.exec(part) ?? [];
    return mailer === '' ? [] : [{ mailer, user, ...(host !== undefined && { host }) }];
  });
  const errors = parts.filter((part) => part.startsWith('! ')).map((part) => part.slice(2));
  return { rc: Number(rc), recipients, errors };
}

type Delivery = readonly [mailer: string, sender: string, host: string, rcpts: readonly string[]];

/** Bounces are not deliveries of the message. */
function delivered(answer: string): string {
  const [sent = '', headers = '[]'] = answer.split(' HEADERS ');
  const envelopes = sent.replace(/^rc \d+ /, '').replace(/ (?:OUT|ERR) ".*$/s, '');
  const deliveries = (JSON.parse(envelopes) as Delivery[]).filter(([, sender]) => !sender.startsWith('MAILER-DAEMON'));
  const messages = (JSON.parse(headers) as (readonly string[])[]).filter(
    (lines) => !lines.some((line) => line.includes('MAILER-DAEMON>')),
  );
  return [
    ...deliveries.map(([mailer, sender, host, rcpts]) => `${mailer} ${host} ${sender} ${[...rcpts].sort().join(' ')}`),
    ...messages.flatMap(([mailer = '', ...lines]) => lines.map((line) => `${mailer} ${line}`)),
  ]
    .sort()
    .join('\n');
}
