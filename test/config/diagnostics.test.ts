/** The messages that subscribers of node:diagnostics_channel get from an open directory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiagnosticsMessages, type MailMaps, MapError, openMailMaps, subscribe } from '../../src/index.ts';

let directory: string;
let maps: MailMaps;
const stop: (() => void)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-diagnostics.'));
  writeFileSync(join(directory, 'relay-domains'), 'a.example\n');
  maps = openMailMaps({ directory, hostName: 'mail.here.example', reloadCheckMs: 0 });
});
afterEach(() => {
  for (const end of stop.splice(0)) end();
  maps.close();
  rmSync(directory, { recursive: true });
});

function listen<N extends keyof DiagnosticsMessages>(name: N): DiagnosticsMessages[N][] {
  const heard: DiagnosticsMessages[N][] = [];
  stop.push(subscribe(name, (message) => void heard.push(message)));
  return heard;
}

const client = { address: '203.0.113.9', name: 'mx.stranger.example' };
const took = { milliseconds: expect.toSatisfy((ms: number) => ms > 0) };

describe('subscribe', () => {
  it('ends with the function that it gives', () => {
    const heard = listen('mailmaps:decision');
    maps.checkRelay(client);
    stop.pop()!();
    maps.checkRelay(client);
    expect(heard.length).toBe(1);
  });

  it.each([
    ['a channel that does not exist', 'mailmaps:decisions', () => undefined],
    ['no listener', 'mailmaps:decision', undefined],
  ])('refuses %s', (_what, name, listener) => {
    expect(() => subscribe(name as 'mailmaps:decision', listener as never)).toThrow(TypeError);
  });
});

describe('diagnostics', () => {
  it('report every decision as it was answered, in order', () => {
    const heard = listen('mailmaps:decision');
    const answers = [
      maps.checkRelay(client),
      maps.checkMail('eve@stranger.example', { client }),
      maps.checkRcpt('x@a.example', { client, sender: 'eve@stranger.example' }),
    ];
    expect(heard).toEqual(
      ['203.0.113.9', 'eve@stranger.example', 'x@a.example'].map((subject, i) => ({
        subject,
        decision: answers[i],
        ...took,
      })),
    );
  });

  it('report expansions', () => {
    const heard = listen('mailmaps:expansion');
    const expansion = maps.expand('nobody-of-that-name');
    expect(heard).toEqual([{ address: 'nobody-of-that-name', expansion, ...took }]);
  });

  it('report reloads and problems', () => {
    const reloads = listen('mailmaps:reload');
    const problems = listen('mailmaps:problem');
    writeFileSync(join(directory, 'relay-domains'), 'b.example\n');
    for (let look = 0; look < 2; look++) maps.isLocal('x');
    rmSync(join(directory, 'relay-domains'));
    maps.isLocal('x');
    expect(reloads).toEqual([{ path: join(directory, 'relay-domains'), ...took }]);
    expect(problems).toEqual([{ error: expect.any(MapError) }]);
  });

  it('do not report what was refused with an exception', () => {
    const heard = listen('mailmaps:decision');
    expect(() => maps.checkRcpt('\ud800', { client })).toThrow(MapError);
    expect(heard).toEqual([]);
  });
});
