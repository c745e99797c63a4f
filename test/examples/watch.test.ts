/**
 * examples/watch: the rules and the board by promtool, their metrics against those of a running server, and the recipe for
 * the library over node:diagnostics_channel.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import * as client from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toOpenTelemetry, toPrometheus } from '../../examples/watch/telemetry.js';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { Peer } from '../serve/peer.ts';
import { ServerProcess } from '../serve/server-process.ts';

const EXAMPLE = 'examples/watch';
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

interface Board {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

/** The queries of the board, with values for Grafana's variables. */
const questions = (JSON.parse(readFileSync(join(EXAMPLE, 'board.json'), 'utf8')) as Board).panels
  .flatMap(({ targets }) => targets.map(({ expr }) => expr))
  .map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'));

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-watch.'));
  await makeMap([Buffer.from('Connect:192.0.2.1\tREJECT\n')], join(directory, 'access'));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe.runIf(hasPromtool)('promtool', () => {
  const promtool = (...args: readonly string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: EXAMPLE, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  it.each<readonly string[]>([
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('%s %s %s', (...args) => {
    expect(promtool(...args)).toMatchObject({ status: 0, said: expect.stringMatching(/SUCCESS/) });
  });

  it('understands the questions of the board', () => {
    const file = join(directory, 'board.yml');
    const rules = questions.map((expr, i) => ({ record: `board:question:${i}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules }] }));
    expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 });
  });
});

it('asks for metrics that a server has', async () => {
  const path = join(directory, 'socket');
  const args = ['policy', '-d', directory, '--listen', `unix:${path}`, '--metrics', '127.0.0.1:0'];
  const server = await ServerProcess.start(...args);
  try {
    const peer = await Peer.connect({ path });
    await peer.askPolicy({ protocol_state: 'RCPT', client_address: '192.0.2.1', recipient: 'a@b.example' });
    await peer.end();
    const url = /http:\S+/.exec(await server.line(/metrics on/))![0];
    const text = await (await fetch(url)).text();
    if (hasPromtool) {
      const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
      expect(checked.stderr).not.toMatch(/error/i);
    }
    const exported = new Set([...text.matchAll(/^mailmaps_\w+/gm)].map(([name]) => name));
    const asked = `${questions.join('\n')}\n${readFileSync(join(EXAMPLE, 'alerts.yml'), 'utf8')}`;
    const names = new Set([...asked.matchAll(/\bmailmaps_\w+/g)].map(([name]) => name));
    expect(names.size).toBeGreaterThan(5);
    // or the first problem would have no increase
    expect(text).toMatch(/^mailmaps_problems_total\{code="damaged"\} 0$/m);
    expect([...names].filter((name) => !exported.has(name))).toEqual([]);
  } finally {
    await server.stop();
  }
});

/** Two decisions, an expansion that fails, a file that is read anew and one that cannot be used. */
async function useLibrary(): Promise<void> {
  using maps = openMailMaps({ directory, reloadCheckMs: 0, localHostNames: ['here.example'] });
  maps.checkRelay({ address: '192.0.2.1' });
  maps.checkRelay({ address: '192.0.2.2' });
  maps.expand('no-such-user-here');
  await makeMap([Buffer.from('Connect:192.0.2.1\tREJECT\n')], join(directory, 'access'));
  maps.isLocal('here.example');
  writeFileSync(join(directory, 'access.lmdb'), 'x'.repeat(9000));
  maps.isLocal('here.example');
  rmSync(join(directory, 'access.lmdb'));
  await makeMap([Buffer.from('Connect:192.0.2.1\tREJECT\n')], join(directory, 'access'));
}

describe('the recipe', () => {
  it('counts with prom-client', async () => {
    const registry = new client.Registry();
    const end = toPrometheus(client, registry);
    await useLibrary();
    end();
    const text = await registry.metrics();
    expect(text).toMatch(/mailmaps_decisions_total\{question="relay",action="reject",rule="[^"]+"\} 1/);
    expect(text).toMatch(/mailmaps_decisions_total\{question="relay",action="ok",rule="[^"]*"\} 1/);
    expect(text).toMatch(/mailmaps_expansions_total\{outcome="[^"]+"\} 1/);
    expect(text).toContain(`mailmaps_reloads_total{file="${join(directory, 'access.lmdb')}"} 1`);
    expect(text).toMatch(/mailmaps_problems_total\{code="\w+"\} 1/);
    expect(text).toContain('mailmaps_answer_seconds_count{kind="relay"} 2');
  });

  it('counts nothing after its end', async () => {
    const registry = new client.Registry();
    toPrometheus(client, registry)();
    await useLibrary();
    expect(await registry.metrics()).not.toMatch(/^mailmaps_\w+\{/m);
  });

  it('counts with OpenTelemetry', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const end = toOpenTelemetry(provider.getMeter('mailmaps'));
    await useLibrary();
    end();
    await provider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    await provider.shutdown();
    const values = Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => ({
          ...attributes,
          value: typeof value === 'number' ? value : value.count,
        })),
      ]),
    );
    expect(values).toMatchObject({
      'mailmaps.decisions': [
        { question: 'relay', action: 'reject', value: 1 },
        { question: 'relay', action: 'ok', value: 1 },
      ],
      'mailmaps.expansions': [{ value: 1 }],
      'mailmaps.reloads': [{ file: join(directory, 'access.lmdb'), value: 1 }],
      'mailmaps.problems': [{ value: 1 }],
      'mailmaps.answer.duration': [
        { kind: 'relay', value: 2 },
        { kind: 'expand', value: 1 },
      ],
    });
  });
});
