/**
 * checkRelay, checkMail and checkRcpt against a real daemon on a real connection: the replies to whole sessions of random
 * clients, senders and recipients, hostile ones among them.
 */
import type { Checks } from '../../src/access/checks.ts';
import type { Decision } from '../../src/access/decision.ts';
import type { Client } from '../../src/core/session.ts';
import { replyLine } from '../access/answer.ts';
import { checksOf, fileRulingsOf } from '../machine.ts';
import { type Oracle, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { Files, SmtpQuery } from '../oracle/jobs.ts';
import { envelopeAddress } from './access-questions.ts';
import { accessWorld } from './access-world.ts';
import { type Comparison, type Difference, type Report, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';
import { isTooDeep } from './relay.ts';

/** Clients, with the name that the hosts file of the daemon gives them. */
const CLIENTS: readonly (readonly [string, string | undefined])[] = [
  ['192.0.2.7', 'h.a.example'],
  ['192.0.2.8', undefined],
  ['10.1.2.3', 'x.relay.test'],
  ['127.0.0.5', undefined],
  ['127.0.0.1', 'localhost'],
  ['2001:db8::5', 'y.relay.test'],
];
const NAMED = CLIENTS.flatMap(([address, name]) => (name && name !== 'localhost' ? `${address} ${name}\n` : []));
const HOSTS_FILE = `127.0.0.1 localhost mail.oracle.test mail\n${NAMED.join('')}`;
const HELOS = [
  'x.example',
  'x.example',
  'nodots',
  'mail',
  '[127.0.0.1]',
  'local.test',
  '[203.0.113.9]',
  'MAIL.oracle.test',
];
/** Sessions of one configuration, and recipients of a session. */
const SESSIONS = 8;
const RECIPIENTS = 4;

/** Bytes of an address from which on the daemon closes the connection (MAXLINE, 2048, less the command). */
const COMMAND_ROOM = 2000;

export interface Session {
  readonly client: Client;
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** An address; those whose brackets do not balance answer more than one line, and a line of its own each. */
function smtpAddress(r: Random): string {
  const address = envelopeAddress(r).replaceAll('>', '');
  return address.length < COMMAND_ROOM ? address : smtpAddress(r);
}

function anySession(r: Random): Session {
  const [address, name] = r.pick(CLIENTS);
  const client = { address, helo: r.pick(HELOS), ...(name !== undefined && { name }) };
  return { client, sender: smtpAddress(r), recipients: r.list(RECIPIENTS, () => smtpAddress(r)) };
}

export function spoken({ client, sender, recipients }: Session): SmtpQuery {
  const lines = [`EHLO ${client.helo}`, `MAIL FROM:<${sender}>`, ...recipients.map((rcpt) => `RCPT TO:<${rcpt}>`)];
  return { kind: 'smtp', clientAddr: client.address, lines };
}

const ACCEPTED = 'accepted';

/** The rules do not decide whether a user exists, and a carriage return in an entry is not sent by us. */
function theirs(reply: string | undefined): string | undefined {
  const isAccepted = /^250 2\.1\.[05] .*(Sender|Recipient) ok$|^550 5\.1\.1 .*User unknown$/s.test(reply ?? '');
  return isAccepted ? ACCEPTED : reply?.replaceAll('\r', ' ');
}

function ours(decision: Decision, address?: string): string {
  return decision.reply ? sevenBit(replyLine(decision, address)) : ACCEPTED;
}

/** One command of a session, and both replies. */
export interface Exchange {
  readonly asked: object;
  readonly theirs: string | undefined;
  readonly ours: string;
}

/** The commands of a session as far as both sides go on. */
export function* exchanges(
  checks: Checks,
  { client, sender, recipients }: Session,
  replies: readonly string[],
): Generator<Exchange> {
  const connected = checks.checkRelay(client);
  // a client that is refused learns it from the greeting, or in answer to its first command
  if (connected.reply) {
    const said = replies[0]!.startsWith('220') ? replies[2]! : replies[0]!;
    // what it says at connect goes through a format, in which %b is b
    yield { asked: { client }, theirs: theirs(said), ours: ours(connected).replaceAll('%b', 'b') };
    return;
  }
  const session = { client, sender };
  const sent = checks.checkMail(sender, session);
  const mail = { theirs: theirs(replies[2]), ours: ours(sent, sender) };
  yield { asked: { client, sender }, ...mail };
  if (mail.theirs !== ACCEPTED || mail.ours !== ACCEPTED) return;
  // once a message is to be dropped, the daemon does not even refuse files and lists
  let dropped = [connected, sent].some(({ action }) => action === 'discard');
  for (const [i, recipient] of recipients.entries()) {
    if (dropped) return;
    const decision = checks.checkRcpt(recipient, session);
    yield { asked: { client, sender, recipient }, theirs: theirs(replies[i + 3]), ours: ours(decision, recipient) };
    dropped = decision.action === 'discard';
  }
}

export function differenceOf(
  { asked, theirs: real, ours: mine }: Exchange,
  deep: boolean,
  world: object,
): Difference | undefined {
  const gaveUp = deep && /excessive recursion/.test(real ?? '');
  return real === mine || gaveUp ? undefined : { asked: { ...asked, ...world }, theirs: real, ours: mine };
}

/** Rules that answer in place of ours. */
type ChecksOf = (features: readonly string[], files: Files) => Checks;

function comparisonOf(name: string, more: (r: Random) => readonly string[], checksFor: ChecksOf): Comparison {
  return {
    name,
    shortCases: 60,
    run: (oracle, seed, cases, report) => compareSessions(oracle, seed, cases, report, { more, checksFor }),
  };
}

async function compareSessions(
  oracle: Oracle,
  seed: number,
  cases: number,
  report: Report,
  { more, checksFor }: { readonly more: (r: Random) => readonly string[]; readonly checksFor: ChecksOf },
): Promise<void> {
  for (let done = 0, round = 0; done < cases; round++) {
    const r = random(seed, round);
    const world = accessWorld(r);
    // senders' domains are the matter of another comparison; without an access map the daemon does not even greet
    const features = [...new Set([...world.features, 'accept_unresolvable_domains']), ...more(r)];
    const files = { ...world.files, access: world.files.access ?? '' };
    const sessions = r.list(SESSIONS, () => anySession(r));
    const job = { features, files: { ...files, hosts: HOSTS_FILE }, newaliases: false };
    const { results } = await oracle.ask({ ...job, queries: sessions.map(spoken) });
    const checks = checksFor(features, files);
    for (const [i, session] of sessions.entries()) {
      const replies = results[i]!.replies.map((lines) => lines.at(-1)!);
      const deep = isTooDeep(session.sender, ...session.recipients);
      for (const exchange of exchanges(checks, session, replies)) {
        report.compared(differenceOf(exchange, deep, { features, files }));
        done++;
      }
    }
  }
}

export const daemonComparison: Comparison = comparisonOf(
  'daemon',
  () => [],
  (features, files) => checksOf(features, files),
);

const SWITCH = 'hosts files\naliases files\npasswd files\n';

/** Rules of one's own, in places where sendmail-cf asks them. */
function localRules(r: Random): readonly string[] {
  if (r.chance(0.4)) return [];
  const rules = r.list(r.int(1, 4), () => `R${r.pick(LEFT)}\t${r.pick(RIGHT)}`);
  return [`m4:LOCAL_RULESETS\nSLocal_check_${r.pick(['relay', 'mail', 'rcpt'])}\n${rules.join('\n')}`];
}

const LEFT = [
  '$*',
  '$* a $*',
  '$+ @ $+',
  '$* . example $*',
  '< $+ >',
  '$* $| $*',
  '$* local $*',
  '$- . $+',
  '$* $=w $*',
];
const RIGHT = [
  ...[
    '$#error $@ 5.7.2 $: "550 5.7.3 mine"',
    '$#error $: 551 $&f and $&{client_addr}',
    '$#discard',
    '$#OK',
    '$@ RELAY',
  ],
  ...['$: $1', '$#error $@ quarantine $: held', '$#error $@ 4.1.0 $: "421 away"', '$: $>canonify $1', '$#error'],
  ...['$: $&{mail_addr} . $&{rcpt_addr}', '$: $(access From:$1 $: none $)', '$#error $: "450 "$&{client_name}" "$&s'],
];

/** The rules of the file that m4 made of the features, and rules of one's own. */
export const rulesDaemonComparison: Comparison = comparisonOf('rules-daemon', localRules, (features, files) =>
  fileRulingsOf(configuration(oracleDirectory, features), {
    ...files,
    'service.switch': SWITCH,
    '/etc/hosts': HOSTS_FILE,
  }),
);
