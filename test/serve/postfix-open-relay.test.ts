/**
 * The probes for open relays against a real Postfix that asks our servers, with examples/etc-mail: from strangers, over SMTP, with
 * deliveries. Nothing that they send leaves this host.
 *
 * @module-tag slow
 */
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMap } from '../../src/map/make-map.ts';
import { AMBIGUOUS } from '../faults/open-relay-ambiguous.ts';
import { PROBES } from '../faults/open-relay-probes.ts';
import { Postfix, type PostfixClient, postfixAvailable } from './postfix.ts';
import { ServerProcess } from './server-process.ts';

/** Deliveries: each is thrown away, and the log says where it would have gone. */
const DELIVERY = `qmgr unix n - n 300 1 qmgr
discard unix - - n - - discard
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
`;
/** The example's relay lists and tables (examples/serve/main.cf). Senders are not looked up: there is no DNS. */
const mainCf = (directory: string): readonly string[] => {
  const table = (name: string): string => `socketmap:unix:${directory}/socketmap:${name}`;
  return [
    'myhostname = mail.example.com',
    `mydestination = ${directory}/local-host-names, localhost`,
    'recipient_delimiter = +',
    `virtual_alias_maps = ${table('virtual_alias_maps')}, ${table('aliases')}`,
    `transport_maps = ${table('transport_maps')}`,
    `relay_domains = ${table('relay_domains')}`,
    `smtpd_relay_restrictions = permit_mynetworks, check_policy_service unix:${directory}/policy, reject_unauth_destination`,
    ...['local_transport = discard:stays', 'default_transport = discard:leaves', 'relay_transport = discard:leaves'],
    'smtpd_recipient_limit = 1000',
  ];
};
const STRANGERS: readonly PostfixClient[] = [
  { address: '203.0.113.9', name: 'host.far.example' },
  { address: '203.0.113.9', reverseName: 'mail.example.com' },
  { address: '2001:db8:bad::1' },
];
/** May relay, by the access map of the example. */
const FRIEND: PostfixClient = { address: '192.0.2.7' };
const SENDERS = ['stranger@far.example', 'alice@example.com', ''];
/** Mail for backup.example leaves with reason. */
const RECIPIENTS = [
  ...PROBES.map(([, recipient]) => recipient),
  ...AMBIGUOUS.filter((recipient) => !/backup\.example/.test(recipient)),
].filter((recipient) => !/[\0\r\n]/.test(recipient));

describe.runIf(postfixAvailable)('a Postfix that asks our servers', () => {
  let directory: string;
  let servers: readonly ServerProcess[];
  let postfix: Postfix;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mailmaps-relay-postfix.'));
    chmodSync(directory, 0o755);
    cpSync('examples/etc-mail', directory, { recursive: true });
    await makeMap([readFileSync(join(directory, 'access'))], join(directory, 'access'));
    await makeMap([Buffer.from('nobody:root\n')], join(directory, 'aliases'), { delimiter: ':' });
    const common = ['-d', directory, '--host-name', 'mail.example.com', '--socket-group', 'postfix'];
    servers = await Promise.all(
      ['policy', 'socketmap'].map((kind) =>
        ServerProcess.start(kind, ...common, '--listen', `unix:${join(directory, kind)}`),
      ),
    );
    postfix = await Postfix.start(mainCf(directory), DELIVERY);
  });
  afterAll(async () => {
    await postfix[Symbol.asyncDispose]();
    for (const server of servers) await server.stop();
    rmSync(directory, { recursive: true });
  });

  /** Sends one message to these recipients and to alice, and waits until it is delivered to those that were accepted. */
  async function send(client: PostfixClient, sender: string, recipients: readonly string[]): Promise<void> {
    const before = delivered().length;
    const asked = recipients.map((recipient) => `RCPT TO:<${recipient}>`);
    const replies = await postfix.session(client, [
      ...[`MAIL FROM:<${sender}>`, ...asked],
      ...['RCPT TO:<alice@example.com>', 'DATA', 'Subject: x\r\n\r\nx\r\n.'],
    ]);
    expect(replies.at(-1)).toMatch(/^250 2\.0\.0 Ok: queued as /);
    await expect.poll(() => delivered().slice(before).join()).toMatch(/removed$/);
  }

  /** The lines about recipients, and about messages that were delivered. */
  const delivered = (): readonly string[] => postfix.log.split('\n').filter((line) => /: removed$|status=/.test(line));
  const left = (): readonly string[] => delivered().filter((line) => !/status=sent \(stays\)|: removed$/.test(line));

  it.each(STRANGERS.flatMap((client) => SENDERS.map((sender) => ({ who: JSON.stringify(client), client, sender }))))(
    'relays nothing for $who with sender $sender',
    async ({ client, sender }) => {
      const before = left().length;
      await send(client, sender, RECIPIENTS);
      expect(left().slice(before)).toEqual([]);
    },
  );

  it('relays for whom the access map names', async () => {
    const before = left().length;
    await send(FRIEND, 'alice@example.com', ['victim@far.example']);
    expect(left().slice(before)).toEqual([expect.stringMatching(/to=<victim@far\.example>.*status=sent \(leaves\)/)]);
  });
});
