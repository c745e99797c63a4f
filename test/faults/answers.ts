/**
 * Questions that a hostile client or a careless administrator can cause, with addresses, clients and maps of every kind. Each
 * gets an answer or a MapError that refuses the question. Every line to a client is one line; no output for people can move
 * their cursor; the source of a picture holds no code but ours.
 */
import fc from 'fast-check';

import type { Decision } from '../../src/access/decision.ts';
import type { Feature } from '../../src/access/features.ts';
import { formatReply } from '../../src/access/reply.ts';
import type { AliasContext } from '../../src/alias/context.ts';
import { expand } from '../../src/alias/expand.ts';
import type { Expansion } from '../../src/alias/expansion.ts';
import { answerExpn, answerVrfy } from '../../src/alias/smtp.ts';
import { describeDecision } from '../../src/cli/mailmaps/check-report.ts';
import { expansionGraph } from '../../src/cli/mailmaps/expansion-graph.ts';
import { expansionText } from '../../src/cli/mailmaps/expansion-text.ts';
import { textOf } from '../../src/config/text-and-bytes.ts';
import { parsePasswd, userDatabase } from '../../src/config/users.ts';
import { MapError } from '../../src/core/errors.ts';
import { foldCase } from '../../src/core/fold.ts';
import type { Session } from '../../src/core/session.ts';
import { type ChecksOptions, checksOver } from '../access/checks-over.ts';
import { lookupIn } from '../lookup-in.ts';
import type { Family } from './fault.ts';
import { fuzz } from './fuzz.ts';
import { hostileText } from './hostile-text.ts';

const HOSTS = new Set(['localhost', 'mail.test', 'mail', '[127.0.0.1]']);

// biome-ignore format: words of a kind on a line
const ADDRESS = hostileText(
  ['a', 'Bob', 'far.example', 'mail.test', 'localhost', '[192.0.2.1]', '@', '@', '%', '!', '.', ':', ',', '<', '>', '"', '\\', '+', '\r\n', '\x1b[2J', '\x9b', '\xc2\x9b31m', '__proto__', '|', '/'],
  ['alice@far.example', '"a\r\nb"@far.example', 'a%b@mail.test', '__proto__@constructor', 'x\x80\r\n250 ok@h.example', `${'x'.repeat(300)}@far.example`],
);

// biome-ignore format: words of a kind on a line
const KEYS = ['connect:192.0.2', 'connect:far.example', 'from:far.example', 'from:a@', 'to:far.example', 'to:mail.test', 'far.example', 'spam:a@', '__proto__', 'constructor', '192.0.2.7', 'to:bob@far.example'];
// biome-ignore format: words of a kind on a line
const VALUE = hostileText(
  ['REJECT', 'OK', 'RELAY', 'ERROR:', '5.7.1:', '550 ', '421 ', '"', '\\', '(', ')', '<TMPF>', 'QUARANTINE:', 'DISCARD', 'SKIP', '\r\n', '\x1b', '\x9b', '.'],
  ['ERROR:5.7.1:"550 go\r\naway"', 'QUARANTINE:\x1b[2Jspam', '550 no\r\n250 yes', 'RELAY', 'OK', 'REJECT'],
);
// biome-ignore format: features of a kind on a line
const FEATURES: readonly Feature[] = ['blocklist_recipients', 'relay_entire_domain', 'relay_hosts_only', 'relay_mail_from', 'relay_local_from', 'delay_checks', 'delay_checks:friend', 'require_rdns', 'block_bad_helo', 'access_db:skip', 'access_db:relaytofulladdress', 'nopercenthack:reject', 'nouucp:nospecial', 'loose_relay_check', 'accept_unqualified_senders'];

const field = fc.option(
  hostileText(['far.example', 'mail.test', '.', '-', '[', ']', 'x'], ['host.far.example', '[192.0.2.7]']),
  { nil: undefined },
);
const clientAddress = fc.oneof(
  fc.constantFrom('', '192.0.2.7', '2001:db8::5', 'IPv6:::1', '::ffff:192.0.2.7', '127.0.0.1', '0'),
  ADDRESS,
);

interface Question {
  readonly entries: readonly (readonly [string, string])[];
  readonly features: readonly Feature[];
  readonly address: string;
  readonly sender: string | undefined;
  readonly client: { readonly address: string; readonly name: string | undefined; readonly helo: string | undefined };
  readonly resolve: 'OK' | 'FAIL' | 'FORGED' | 'TEMP';
}

const question: fc.Arbitrary<Question> = fc.record({
  entries: fc.array(fc.tuple(fc.constantFrom(...KEYS), VALUE), { maxLength: 6 }),
  features: fc.subarray([...FEATURES], { maxLength: 5 }),
  address: ADDRESS,
  sender: fc.option(ADDRESS, { nil: undefined }),
  client: fc.record({ address: clientAddress, name: field, helo: field }),
  resolve: fc.constantFrom('OK', 'FAIL', 'FORGED', 'TEMP'),
});

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** The replies made of values here are longer than a line of makemap's input. */
const MOST_OF_A_REPLY = 20_000;

/** Runs a question; undefined when it was refused as one. */
function answered<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof MapError && error.code === 'badInput') return undefined;
    throw error;
  }
}

/** C0 and C1 control characters and DEL, as bytes of a line or as text. */
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

function decisionsHold({ entries, features, address, sender, client, resolve }: Question): void {
  const options: ChecksOptions = {
    lookup: lookupIn(new Map(entries)),
    isLocal: (word) => HOSTS.has(word),
    isRelay: (word) => word === 'relay.example',
    hostName: 'mail.test',
    features,
  };
  const { name, helo } = client;
  const session: Session = {
    client: {
      address: client.address,
      resolve,
      ...(name !== undefined && { name }),
      ...(helo !== undefined && { helo }),
    },
    ...(sender !== undefined && { sender }),
  };
  const checks = answered(() => checksOver(options));
  if (checks === undefined) return;
  for (const ask of [
    () => checks.checkRelay(session.client),
    () => checks.checkMail(address, session),
    () => checks.checkRcpt(address, session),
  ]) {
    const decision = answered(ask);
    if (decision !== undefined) decisionHolds(decision, address);
  }
}

function decisionHolds(decision: Decision, address: string): void {
  const line = formatReply(decision, address);
  must(!/[\r\n\0]/.test(line), `a reply of more than a line: ${JSON.stringify(line)}`);
  must(/^\d{3} /.test(line) && line.length < MOST_OF_A_REPLY, `no reply: ${JSON.stringify(line)}`);
  const described = describeDecision(textOf(decision), { address: textOf(address), color: false });
  for (const shown of described.split('\n'))
    must(!CONTROL.test(shown), `control characters for people: ${JSON.stringify(shown)}`);
}

const MEMBERS = hostileText(
  // biome-ignore format: words of a kind on a line
  ['a', 'b', 'alice', 'owner-a', ', ', ',', '\\alice', '"|prog x"', '/var/mail/x', ':include:/l', '@far.example', '+x', '"', '(', '<', '\r\n', '\x1b]0;x\x07', '\x9b', '"];evil', '`', '|', '__proto__', 'a+b'],
  ['a, b, alice', 'alice@far.example, "|/bin/x \x1b[2J", /tmp/f', ':include:/list, b', '"]; click n0 \\"x', 'b+c, \\b'],
);
const ALIASES = ['a', 'b', 'owner-a', 'c', '__proto__', 'alice', 'a+*'];
const USERS = userDatabase(parsePasswd('alice:x:1:1:Al\x1b[2J Ice,x:/home/alice:/bin/sh\nb:x:2:2:B\r:/home/b:\n'));

interface Mailing {
  readonly aliases: readonly (readonly [string, string])[];
  readonly list: string;
  readonly address: string;
}
const mailing: fc.Arbitrary<Mailing> = fc.record({
  aliases: fc.array(fc.tuple(fc.constantFrom(...ALIASES), MEMBERS), { maxLength: 5 }),
  list: MEMBERS,
  address: fc.oneof(fc.constantFrom(...ALIASES), ADDRESS),
});

function expansionsHold({ aliases, list, address }: Mailing): void {
  const text = list.replaceAll(', ', '\n');
  const world: AliasContext = {
    aliases: [lookupIn(new Map(aliases))],
    files: {
      readInclude: () => ({ status: 'opened', text, uid: 0, gid: 0, unsafe: false, ownerCertain: true }),
      readForward: (path) =>
        path.includes('alice')
          ? { status: 'opened', text, uid: 1, gid: 1, unsafe: true, ownerCertain: false }
          : { status: 'refused', reason: 'No such file or directory' },
    },
    users: USERS,
    rules: { hostName: 'mail.test', isLocal: (host) => HOSTS.has(foldCase(host)) },
    options: {
      maxAliasRecursion: 10,
      forwardPath: '$z/.forward',
      defaultUser: { uid: 8, gid: 8 },
    },
  };
  const expansion = expand(address, world);
  must(
    new Set(expansion.recipients.map((each) => JSON.stringify(each))).size === expansion.recipients.length,
    'a recipient twice',
  );
  for (const line of [...answerExpn(address, world), ...answerVrfy(address, world)]) {
    must(!/[\r\n\0]/.test(line), `a reply of more than a line: ${JSON.stringify(line)}`);
  }
  picturesHold(textOf(expansion));
}

function picturesHold(expansion: Expansion): void {
  for (const shown of expansionText(expansion).split('\n')) {
    must(!CONTROL.test(shown), `control characters for people: ${JSON.stringify(shown)}`);
  }
  const dot = expansionGraph(expansion, 'dot').replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  must(/^digraph expansion \{\n(?:[\w\s=\->[\]";]*\n)*\}\n$/.test(dot), `not our graph: ${JSON.stringify(dot)}`);
  const mermaid = expansionGraph(expansion, 'mermaid').replace(/"[^"\n]*"/g, '""');
  must(
    /^flowchart LR\n(?: {2}\w+(?:\(\[""\]\)|\[""\]| -->(?:\|""\|)? \w+)\n)*$/.test(mermaid),
    `not our flowchart: ${JSON.stringify(mermaid)}`,
  );
}

const SHORT = 4000;
const LONG = 60_000;

export const answers: Family = {
  name: 'answers',
  promise: 'any question over any map has an answer; replies are one line, and what is shown to people is harmless',
  async run(round) {
    const runs = round.long ? LONG : SHORT;
    fuzz(round, 'decisions', question, runs, decisionsHold);
    fuzz(round, 'expansions', mailing, runs, expansionsHold);
  },
};
