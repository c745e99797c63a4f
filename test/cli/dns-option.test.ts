/**
 * `--dns`: the commands ask the system's name servers for what an answer needs. Whole processes of the built programs, with a
 * resolv.conf of ours in the place of the system's.
 *
 * @module-tag slow
 */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DnsServer } from '../oracle/dns.ts';

const MAILMAPS = join(import.meta.dirname, '../../bin/mailmaps.cjs');
const SCRIPT = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
const canMount =
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', '--propagation', 'private', 'true']).status === 0;

let directory: string;
let dns: DnsServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-dns.'));
  cpSync('examples/etc-mail', directory, { recursive: true });
  writeFileSync(join(directory, 'access'), 'To:real.example RELAY\n');
  writeFileSync(join(directory, 'mailertable'), 'real.example esmtp:[inside.example]\n');
  dns = await DnsServer.start(0);
  dns.answerFrom({ 'www.example': { CNAME: 'real.example' }, 'real.example': { A: ['192.0.2.1'] } });
  writeFileSync(join(directory, 'resolv.conf'), `nameserver ${dns.address}\n`);
  spawnSync(process.execPath, [MAILMAPS, 'build', '-d', directory]);
});
afterAll(() => {
  dns.close();
  rmSync(directory, { recursive: true });
});

const ARGUMENTS = ['--host-name', 'mail.here.example', '--feature', 'canonify'];

/** The output of a command, after its status if that is not 0. */
function run(args: readonly string[], input = ''): Promise<string> {
  const command = ['-m', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', join(directory, 'resolv.conf')];
  const all = [...command, process.execPath, MAILMAPS, ...args, '-d', directory, ...ARGUMENTS];
  return new Promise((resolve) => {
    const child = execFile('unshare', all, (error, stdout) => resolve(`${error?.code ?? ''}${stdout}`));
    child.stdin?.end(input);
  });
}

const RCPT = ['check', 'rcpt', 'bob@www.example', '--client', '203.0.113.9', '--sender', 'eve@real.example'];

describe.runIf(canMount)('--dns', () => {
  it('decides by the canonical name', async () => {
    expect(await run(RCPT)).toMatch(/^1refused/);
    expect(await run([...RCPT, '--dns'])).toMatch(/^relayed/);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['route', ['route', 'bob@www.example'], '[inside.example]'],
    ['rewrite', ['rewrite', 'bob@www.example'], 'bob@real.example'],
    ['expand', ['expand', 'bob@www.example'], 'bob@real.example'],
  ])('%s', async (_, args, shown) => {
    expect(await run(args)).not.toContain(shown);
    expect(await run([...args, '--dns'])).toContain(shown);
  });

  it('holds for a batch and a session', async () => {
    const question = '{"kind":"route","address":"bob@www.example"}\n';
    expect(await run(['route', '--batch', '--dns'], question)).toContain('[inside.example]');
    expect(await run(['test'], 'route --dns bob@www.example\n')).toContain('[inside.example]');
  });
});
