/**
 * Open-relay probes against examples/etc-mail: every recipient of the table, from strangers of every kind, with every
 * sender. Where the real sendmail runs, it is asked the same over SMTP with the same files, and must agree to the letter; so
 * must the rules of its own sendmail.cf, run by our engine.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { formatReply, type MailMaps, makeMap, openMailMaps, type Session } from '../../src/index.ts';
import { sevenBit } from '../conformance/comparison.ts';
import { openOracle, oracleAvailable, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { Family, Round } from './fault.ts';
import { AMBIGUOUS } from './open-relay-ambiguous.ts';
import { PROBES, SENDERS } from './open-relay-probes.ts';

const EXAMPLE = join(process.cwd(), 'examples/etc-mail');
const FILES = ['access', 'local-host-names', 'relay-domains'];
const FEATURES = ['accept_unresolvable_domains', 'blocklist_recipients'] as const;
/** The name of the machine that the real sendmail sees. */
const HOST_NAME = 'mail.oracle.test';

/** Strangers: unknown ones, ones with uncertain names, and ones that pretend to be this host. */
const STRANGERS: readonly Session['client'][] = [
  { address: '203.0.113.9' },
  { address: '203.0.113.9', name: 'host.far.example' },
  { address: '203.0.113.9', name: 'mail.example.com', resolve: 'FORGED', helo: 'mail.example.com' },
  { address: '203.0.113.9', name: 'x.backup.example', resolve: 'FORGED' },
  { address: '203.0.113.9', name: 'localhost', resolve: 'TEMP', helo: 'localhost' },
  { address: '203.0.113.9', name: 'notexample.com', ptr: 'mail.example.com', helo: '[127.0.0.1]' },
  { address: '::ffff:203.0.113.9' },
  { address: 'IPv6:2001:db8:bad::1' },
  { address: '198.51.100.9' },
  { address: '192.0.20.2', name: '192.0.2.example' },
  { address: '127.0.0.2' },
  { address: '1.192.0.2' },
];

async function openExample(directory: string): Promise<MailMaps> {
  cpSync(EXAMPLE, directory, { recursive: true });
  await makeMap([readFileSync(join(directory, 'access'))], join(directory, 'access'));
  return openMailMaps({ directory, aliases: [], hostName: HOST_NAME, features: FEATURES });
}

/** The same files under the rules of the sendmail.cf that m4 writes for them. */
function openFileRules(directory: string): MailMaps {
  const cf = join(directory, 'sendmail.cf');
  const text = configuration(oracleDirectory, FEATURES).replaceAll('/etc/mail/', `${directory}/`);
  writeFileSync(cf, text, 'latin1');
  return openMailMaps({ cf, rules: 'file', aliases: [], hostName: HOST_NAME });
}

function probe(maps: MailMaps, round: Round): void {
  for (const [trick, bytes, outcome] of PROBES) {
    const recipient = decodeText(bytes);
    for (const sender of SENDERS) {
      for (const client of STRANGERS) {
        const decision = maps.checkRcpt(recipient, { client, sender });
        const stays = decision.action === 'local';
        const got = decision.reply ? 'refused' : stays ? 'stays' : 'relayed';
        if (got === outcome) round.held();
        else round.broke({ tried: { trick, recipient, sender, client, outcome }, got: decision });
      }
    }
  }
}

/** A bracket within RCPT ends the address, and our questions have the address alone. */
const ASKED = [...PROBES.map(([, recipient]) => recipient), ...AMBIGUOUS.filter((each) => !/[<>]/.test(each))];

/** Says the same over SMTP, and compares the replies. */
async function compare(maps: MailMaps, round: Round): Promise<void> {
  const oracle = await openOracle();
  const clientAddr = '203.0.113.9';
  const senders = round.long ? SENDERS.filter((sender) => sender.includes('@')) : ['stranger@far.example'];
  try {
    const { results } = await oracle.ask({
      features: FEATURES,
      newaliases: false,
      files: Object.fromEntries(FILES.map((name) => [name, readFileSync(join(EXAMPLE, name), 'latin1')])),
      queries: senders.flatMap((sender) =>
        ASKED.map((recipient) => ({
          kind: 'smtp' as const,
          clientAddr,
          lines: ['EHLO host.far.example', `MAIL FROM:<${sender}>`, `RCPT TO:<${recipient}>`],
        })),
      ),
    });
    for (const [i, { replies }] of results.entries()) {
      const sender = senders[Math.floor(i / ASKED.length)]!;
      const recipient = decodeText(ASKED[i % ASKED.length]!);
      const session = { client: { address: clientAddr }, sender };
      const mail = maps.checkMail(sender, session);
      const theirs = said(replies[mail.reply ? 2 : 3]!.at(-1)!);
      const rcpt = maps.checkRcpt(recipient, session);
      const ours = mail.reply ? formatReply(mail, sender) : rcpt.reply ? formatReply(rcpt, recipient) : ACCEPTED;
      if (sevenBit(encodeText(ours)) === theirs) round.held();
      else round.broke({ tried: { recipient, sender }, got: { theirs, ours } });
    }
    round.figure(`${results.length} asked of sendmail over SMTP as well`);
  } finally {
    await oracle.close();
  }
}

const ACCEPTED = 'accepted here';

/** Replies about the existence of a mailbox, which are not about relaying. */
function said(reply: string): string {
  return /^250 2\.1\.5 |^550 5\.1\.1 .*User unknown$/.test(reply) ? ACCEPTED : reply;
}

export const openRelay: Family = {
  name: 'open-relay',
  promise: 'with the example configuration a stranger relays nothing, and sendmail answers the same',
  async run(round) {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-relay.'));
    try {
      using maps = await openExample(directory);
      probe(maps, round);
      round.figure(`${PROBES.length} tricks, ${SENDERS.length} senders, ${STRANGERS.length} strangers`);
      if (!oracleAvailable) return;
      await compare(maps, round);
      using byFile = openFileRules(directory);
      probe(byFile, round);
      await compare(byFile, round);
      round.figure('all of it by the rules of the sendmail.cf, too');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
