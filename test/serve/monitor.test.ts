/**
 * The reports of a server about itself: metrics, health, a log line per decision, and `--check`.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { playedWithin } from '../played-within.ts';
import { Peer, policyRequest } from './peer.ts';
import { PROGRAM, ServerProcess } from './server-process.ts';

const ACCESS = 'Connect:192.0.2.1\tREJECT\nTo:far.example\tRELAY\nConnect:192.0.2.9\tx<TMPF>\n';
const ASKED = {
  protocol_state: 'RCPT',
  client_address: '203.0.113.7',
  sender: 'a@b.example',
  recipient: 'x@far.example',
};

/** A worker must report within this time. */
const REPORT_MS = 3000;
/** Status times are coarse. */
const CLOCK_S = 0.1;

let directory: string;
let path: string;
let server: ServerProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-monitor.'));
  path = join(directory, 'socket');
  await makeMap([Buffer.from(ACCESS)], join(directory, 'access'));
  writeFileSync(join(directory, 'aliases'), 'postmaster: root\n');
  await makeAliases(join(directory, 'aliases'));
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  rmSync(directory, { recursive: true });
});

async function serve(service: 'socketmap' | 'policy', ...args: readonly string[]): Promise<string> {
  const listen = ['--listen', `unix:${path}`, '--metrics', '127.0.0.1:0'];
  server = await ServerProcess.start(service, '-d', directory, ...listen, ...args);
  return /http:\S+(?=\/metrics)/.exec(await server.line(/^mailmaps: metrics on http/))![0];
}

/** All metrics, as soon as every worker reports in time. */
async function metrics(base: string): Promise<string> {
  for (;;) {
    const answer = await fetch(`${base}/metrics`);
    const text = await answer.text();
    if (answer.status === 200) return text;
  }
}

/** One value of the metrics; undefined: there is none. */
async function metric(base: string, name: string): Promise<number | undefined> {
  const text = await metrics(base);
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** The status of an answer to a request that names this host. */
function statusFor(base: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(`${base}/metrics`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on('error', reject).end();
  });
}

it('metrics of a local address are for those who name one, not for a page that leads its own name there', async () => {
  const base = await serve('socketmap');
  const hosts = ['127.0.0.1:9477', 'localhost', '[::1]:80', 'evil.example', 'localhost.evil.example'];
  expect(await Promise.all(hosts.map((host) => statusFor(base, host)))).toEqual([200, 200, 200, 421, 421]);
});

describe.each<[string, readonly string[]]>([
  ['one process', []],
  ['two workers', ['--workers', '2']],
])('metrics of %s', (_what, workers) => {
  it('count requests, decisions, and what was read anew', async () => {
    const base = await serve('policy', ...workers);
    const peers = [await Peer.connect({ path }), await Peer.connect({ path })];
    for (const peer of peers) {
      await peer.askPolicy(ASKED);
      await peer.askPolicy({ ...ASKED, client_address: '192.0.2.1' });
    }
    expect(await metric(base, 'mailmaps_requests_total{service="policy",answer="OK"}')).toBe(2);
    expect(await metric(base, 'mailmaps_requests_total{service="policy",answer="REJECT"}')).toBe(2);
    expect(await metric(base, 'mailmaps_request_seconds_count{service="policy"}')).toBe(4);
    const decided = 'mailmaps_decisions_total{question="relay",action="reject",rule="access"}';
    const all = await metrics(base);
    expect(all).toContain(decided.slice(0, decided.indexOf(',rule')));
    await makeMap([Buffer.from(ACCESS)], join(directory, 'access'));
    await sleep(300);
    for (const peer of peers) await peer.askPolicy(ASKED);
    const read = await metric(base, `mailmaps_reloads_total{file="${join(directory, 'access.lmdb')}"}`);
    expect(read).toBe(workers.length === 0 ? 1 : 2);
    for (const peer of peers) await peer.end();
  });
});

describe('metrics', () => {
  it('have one request a connection, whatever a peer sends', async () => {
    const base = await serve('policy', '--workers', '2');
    await playedWithin(REPORT_MS, async () => {
      const peer = await Peer.connect({ host: '127.0.0.1', port: Number(new URL(base).port) });
      peer.send('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(1000));
      const answers = await peer.rest();
      expect(answers.split('HTTP/1.1 200 OK')).toHaveLength(2);
      expect(answers).toContain('\r\n\r\nok\n');
    });
  });

  it('answer all of many who ask at once', async () => {
    const base = await serve('policy', '--workers', '2');
    await playedWithin(REPORT_MS, async () => {
      const pages = ['metrics', 'healthz'].flatMap((page) =>
        Array.from({ length: 40 }, () => fetch(`${base}/${page}`)),
      );
      expect((await Promise.all(pages)).map(({ status }) => status)).toEqual(pages.map(() => 200));
    });
    expect(server!.lines.join('\n')).not.toContain('Warning');
  });

  it('say when each map was made, and how old it is', async () => {
    const base = await serve('socketmap');
    for (const map of ['access.lmdb', 'aliases.lmdb']) {
      const modified = (await metric(base, `mailmaps_map_modified_seconds{map="${map}"}`))!;
      const asked = Date.now() / 1000;
      const age = (await metric(base, `mailmaps_map_age_seconds{map="${map}"}`))!;
      expect(age).toBeGreaterThanOrEqual(asked - modified - CLOCK_S);
      expect(age).toBeLessThanOrEqual(Date.now() / 1000 - modified + CLOCK_S);
    }
  });

  it('have no label that a peer could make up', async () => {
    const base = await serve('socketmap');
    const peer = await Peer.connect({ path });
    await peer.ask('access', 'a.example');
    for (let i = 0; i < 50; i++) await peer.ask(`no-such-map-${i}`, 'a');
    const all = await metrics(base);
    expect(all).not.toContain('no-such-map');
    expect(await metric(base, 'mailmaps_requests_total{service="socketmap",answer="TEMP"}')).toBe(50);
    expect(await metric(base, 'mailmaps_problems_total{code="missing"}')).toBe(50);
    await peer.end();
  });

  it('are not changed by looks at the health', async () => {
    const base = await serve('policy');
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect(await metric(base, 'mailmaps_request_seconds_count{service="policy"}')).toBeUndefined();
  });

  it.each<[string, string, number]>([
    ['GET', '/', 404],
    ['GET', '/metrics/x', 404],
    ['GET', '/__proto__', 404],
    ['POST', '/metrics', 405],
    ['HEAD', '/healthz', 200],
  ])('and health are all that there is: %s %s', async (method, page, status) => {
    const base = await serve('policy');
    const got = await new Promise<number>((resolve, reject) => {
      request(`${base}${page}`, { method }, (response) => resolve(response.resume().statusCode!))
        .on('error', reject)
        .end();
    });
    expect(got).toBe(status);
  });
});

describe('the health', () => {
  it('is bad while a map cannot be used, and good again after', async () => {
    const base = await serve('socketmap');
    const health = async (): Promise<[number, string]> => {
      const answer = await fetch(`${base}/healthz`);
      return [answer.status, await answer.text()];
    };
    expect(await health()).toEqual([200, 'ok\n']);
    writeFileSync(join(directory, 'damaged.lmdb'), 'x'.repeat(9000));
    expect(await health()).toEqual([503, expect.stringMatching(/damaged\.lmdb/)]);
    rmSync(join(directory, 'damaged.lmdb'));
    expect(await health()).toEqual([200, 'ok\n']);
  });
});

describe('--log decisions', () => {
  /** Starts a server whose output goes to a file, or to a pipe that nobody reads. */
  async function logging(to: 'file' | 'pipe'): Promise<string> {
    const file = join(directory, 'log');
    if (to === 'pipe') spawnSync('mkfifo', [file]);
    const output = openSync(file, to === 'pipe' ? 'r+' : 'w');
    const args = [PROGRAM, 'serve', 'policy', '-d', directory, '--listen', `unix:${path}`, '--log', 'decisions'];
    server = new ServerProcess(process.execPath, args, { output });
    await server.line(/serving/);
    return file;
  }

  it('writes a line of JSON for each', async () => {
    const file = await logging('file');
    const peer = await Peer.connect({ path });
    await peer.askPolicy(ASKED);
    await peer.askPolicy({ ...ASKED, client_address: '192.0.2.1', sender: 'x'.repeat(2000) });
    await peer.end();
    // a server that stops does not wait for a slow disk
    await expect.poll(() => readFileSync(file, 'utf8').split('\n').length).toBeGreaterThan(2);
    await server!.stop();
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const milliseconds = expect.any(Number);
    expect(lines).toEqual([
      expect.objectContaining({ ...ASKED, answer: 'OK', question: 'rcpt', action: 'relay', milliseconds }),
      expect.objectContaining({ answer: 'REJECT', sender: 'x'.repeat(256), action: 'reject', value: 'REJECT' }),
    ]);
  });

  it('delays no answer, and the end no longer than a moment, when nobody reads it', async () => {
    await logging('pipe');
    const peer = await Peer.connect({ path });
    const many = 20_000;
    peer.send(policyRequest(ASKED).repeat(many));
    let answers = 0;
    while (answers < many) answers += (await peer.until(/\n\n$/)).split('\n\n').length - 1;
    expect(answers).toBe(many);
    await peer.end();
    expect(await server!.stop()).toBe(0);
  });
});

describe('--check', () => {
  const check = (service: string, ...args: readonly string[]): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [PROGRAM, 'serve', service, '-d', directory, '--check', ...args], { encoding: 'utf8' });

  it.each<[string, string, RegExp]>([
    ['decisions', 'policy', /answered: action=DUNNO/],
    ['maps', 'socketmap', /answered: NOTFOUND\s.*\n.*answered: OK root/],
  ])('asks for %s, and ends', (_what, service, said) => {
    const { status, stderr } = check(service);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(said) });
  });

  it('uses the socket that is named, and removes it', () => {
    expect(check('policy', '--listen', `unix:${path}`)).toMatchObject({ status: 0 });
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });

  it('asks the server that has the socket', async () => {
    server = await ServerProcess.start('policy', '-d', directory, '--listen', `unix:${path}`);
    expect(check('policy', '--listen', `unix:${path}`)).toMatchObject({ status: 0 });
    const peer = await Peer.connect({ path });
    expect(await peer.askPolicy(ASKED)).toBe('OK');
    await peer.end();
  });

  it('fails when a map cannot be used', () => {
    writeFileSync(join(directory, 'damaged.lmdb'), 'x'.repeat(9000));
    expect(check('socketmap')).toMatchObject({
      status: 75,
      stderr: expect.stringMatching(/no good answer: TEMP .*damaged/),
    });
  });
});
