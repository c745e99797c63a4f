/**
 * The real sendmail uses our socket map instead of its own maps. test/conformance/socketmap.ts compares the two on
 * random maps and questions; here are a daemon's sessions, aliases, and the effect of a map that cannot be used.
 *
 * @module-tag slow
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { type Oracle, openOracle, oracleAvailable } from '../oracle/client.ts';
import type { Job, Query } from '../oracle/jobs.ts';
import { ServerProcess } from './server-process.ts';

const ACCESS = `Connect:192.0.2.1\tREJECT
Connect:192.0.2.2\tERROR:4.7.1:"450 Come later"
Connect:192.0.2.9\tx<TMPF>
Connect:192.0.2.10\tRELAY
From:spam.example\tREJECT
From:odd.example\t"550 \xe9 odd"
From:no.example\tREJECT # no
To:far.example\tRELAY
To:bob@localhost\tERROR:5.2.1:"550 Bob is gone"
`;
const ALIASES = `list: alice, bob
deep: list, carol
program: "|/bin/cat"
remote: x@far.example
lost: nobody-here
`;
const SENDERS = ['a@b.example', 'x@spam.example', 'x@odd.example', 'x@no.example', ''];
const RECIPIENTS = ['alice@localhost', 'bob@localhost', 'x@far.example', 'x@other.example'];
const CLIENTS = ['192.0.2.1', '192.0.2.2', '192.0.2.7', '192.0.2.9', '192.0.2.10', '2001:db8::7'];

describe.runIf(oracleAvailable)('a real sendmail with a socket map', () => {
  let directory: string;
  let path: string;
  let server: ServerProcess;
  let oracle: Oracle;

  beforeAll(async () => {
    // sendmail refuses sockets below directories that all users may write to
    directory = mkdtempSync('/run/mailmaps-sendmail.');
    path = join(directory, 'socket');
    await makeMap([Buffer.from(ACCESS, 'latin1')], join(directory, 'access'));
    writeFileSync(join(directory, 'aliases'), ALIASES);
    await makeAliases(join(directory, 'aliases'));
    writeFileSync(join(directory, 'damaged.lmdb'), 'x'.repeat(9000));
    server = await ServerProcess.start('socketmap', '-d', directory, '--listen', `unix:${path}`);
    oracle = await openOracle();
  });

  afterAll(async () => {
    await oracle.close();
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  const served = (name = 'access'): { cf: string } => ({
    cf: `Kaccess socket -T<TMPF> unix:${path}`.replace('Kaccess', `K${name}`),
  });
  const ask = async (job: Job): Promise<readonly unknown[]> => (await oracle.ask(job)).results;

  it.each(CLIENTS)('answers a client at %s as with its own access.db', async (clientAddr) => {
    const queries: Query[] = SENDERS.map((sender) => ({
      kind: 'smtp',
      clientAddr,
      lines: ['EHLO h.example', `MAIL FROM:<${sender}>`, ...RECIPIENTS.map((recipient) => `RCPT TO:<${recipient}>`)],
    }));
    // the greeting has the time in it
    const replies = (results: readonly unknown[]): unknown[] =>
      results.map((result) => (result as { replies: readonly unknown[] }).replies.slice(1));
    const own = replies(await ask({ files: { access: ACCESS }, queries }));
    expect(replies(await ask({ files: { access: '' }, queries, ...served() }))).toEqual(own);
    expect(JSON.stringify(own)).toMatch(/Recipient ok|Access denied|Come later|Temporary system failure/);
  });

  it.each(['missing', 'damaged'])('fails for now while a map is %s', async (map) => {
    const lookups: Query[] = [{ kind: 'bt', lines: [`/map ${map} a.example`] }];
    const [ran] = (await ask({ queries: lookups, ...served(map) })) as [{ stdout: string }];
    expect(ran.stdout).toMatch(/no match \(75\)/);
    await server.line(new RegExp(`${map}\\.lmdb`));
  });

  it.each<[string, string]>([
    ['a list', 'list'],
    ['a list of lists', 'deep'],
    ['an address elsewhere', 'remote'],
    ['nobody', 'lost'],
    ['no alias', 'alice'],
    ['a program', 'program'],
  ])('expands %s by the alias map as with its own', async (_what, address) => {
    const queries: Query[] = [{ kind: 'verify', address }];
    const own = await ask({ files: { aliases: ALIASES }, queries });
    const options = { AliasFile: `socket:unix:${path}` };
    expect(await ask({ options, newaliases: false, queries })).toEqual(own);
  });
});
