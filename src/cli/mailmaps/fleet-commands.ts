/** `mailmaps publish`, `rollback`, `follow`, `generations` and `fleet-status`: their work, loaded when one of them runs. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Feature } from '../../access/features.ts';
import { encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import { parseFleetAddress } from '../../publish/address.ts';
import type { FoundReport } from '../../publish/engine.ts';
import { believedAs, checkOut, followOnce } from '../../publish/follow.ts';
import type { Manifest } from '../../publish/manifest.ts';
import { type Published, type PublishOptions, publish, rollback, synchronize } from '../../publish/publish.ts';
import { retrying } from '../../publish/retry.ts';
import { parsePrivateKey, parseTrust, type Trust } from '../../publish/signature.ts';
import { stage } from '../../publish/stage.ts';
import { watch } from '../../publish/watch.ts';
import { diff } from '../../review/diff/diff.ts';
import { diffText } from '../../review/diff/format.ts';
import { lintText } from '../../review/lint/format.ts';
import { lint } from '../../review/lint/lint.ts';
import { makeScratch } from '../../store/scratch.ts';
import type { Io } from '../program/io.ts';
import { printable, printableLines } from '../program/printable.ts';
import { VERSION } from '../program/version.ts';
import { ServeLog } from './serve/log.ts';

export interface FleetSettings {
  readonly json?: boolean;
  readonly fleet: string;
  readonly trust: string;
  readonly threshold: number;
}

export interface PublishSettings extends FleetSettings {
  readonly key: readonly string[];
  readonly state: string;
  readonly message: string;
  readonly directory: string;
  readonly file: readonly string[];
  readonly expect?: number;
  readonly dryRun?: boolean;
  readonly forceLint?: boolean;
  readonly feature?: readonly string[];
  readonly hostName?: string;
}

export interface FollowSettings extends FleetSettings {
  readonly into: string;
  readonly once?: boolean;
  readonly maxAge?: number;
  readonly report?: string;
}

/** Milliseconds that a publisher waits for an engine that is away: a failover takes seconds. */
const RETRY_MS = 30_000;

/** Exit status 1: refused by lint, or because strangers could relay. */
const STATUS_REFUSED = 1;

export async function runPublish(settings: PublishSettings, io: Io): Promise<number> {
  using scratch = makeScratch('mailmaps-publish.');
  const files = scratch.path;
  try {
    const names = await stage(settings.directory, files, settings.file);
    await using engine = retrying(parseFleetAddress(settings.fleet).open(), RETRY_MS);
    const options = publishOptions(settings);
    const head = await synchronize(engine, options);
    const review = reviewOf(files, head === 0 ? undefined : join(settings.state, 'current'), settings, io);
    if (review === undefined) return STATUS_REFUSED;
    if (settings.dryRun) {
      say(io, `would publish ${names.join(', ')}`);
      return EX_OK;
    }
    report(await publish(engine, files, { ...options, review, expect: settings.expect ?? head }), settings, io);
    return EX_OK;
  } catch (error) {
    if (!(error instanceof MapError) || error.code !== 'busy') throw error;
    io.err(encodeText(`mailmaps: ${printable(error.message)}\n`));
    return EX_UNAVAILABLE;
  }
}

/** Lints the new files and compares them with those of the head. Undefined: they are refused, and the reason is printed. */
function reviewOf(files: string, head: string | undefined, settings: PublishSettings, io: Io): string[] | undefined {
  const { feature = [], hostName } = settings;
  const hosts = { features: feature as readonly Feature[], ...(hostName !== undefined && { hostName }) };
  const linted = lint({ directory: files, ...hosts, severity: 'error', users: () => undefined, disable: ['MM403'] });
  if (linted.findings.length > 0) say(io, lintText(linted).trimEnd().replaceAll(files, settings.directory));
  if (linted.findings.length > 0 && !settings.forceLint) return undefined;
  if (head === undefined) return [];
  const compared = diff({ directory: head, ...hosts }, { directory: files, ...hosts });
  const text = diffText(compared).trimEnd();
  say(io, text);
  return compared.openRelay === undefined ? text.split('\n').slice(0, MOST_REVIEW_LINES) : undefined;
}

/** Lines of the review that a manifest keeps. */
const MOST_REVIEW_LINES = 200;

function report({ generation, blocks }: Published, { fleet }: FleetSettings, io: Io): void {
  say(io, `generation ${generation} of ${parseFleetAddress(fleet).fleet} is published: ${blocks} new blocks`);
}

function publishOptions(settings: PublishSettings): PublishOptions {
  return {
    fleet: parseFleetAddress(settings.fleet).fleet,
    trust: trustOf(settings),
    keys: settings.key.map((file) => parsePrivateKey(readText(file))),
    state: settings.state,
    by: `${userInfo().username}@${hostname()}`,
    message: settings.message,
    tool: `mailmaps ${VERSION}`,
    ...(settings.expect !== undefined && { expect: settings.expect }),
  };
}

function trustOf({ trust, threshold }: FleetSettings): Trust {
  return parseTrust(readText(trust), trust, threshold);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MapError('unreadable', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
  }
}

export async function runRollback(generation: number, settings: PublishSettings, io: Io): Promise<number> {
  await using engine = parseFleetAddress(settings.fleet).open();
  report(await rollback(retrying(engine, RETRY_MS), generation, publishOptions(settings)), settings, io);
  return EX_OK;
}

export async function runFollow(settings: FollowSettings, io: Io): Promise<number> {
  const { fleet, open } = parseFleetAddress(settings.fleet);
  const options = {
    fleet,
    trust: trustOf(settings),
    directory: settings.into,
    ...(settings.maxAge !== undefined && { maxAgeSeconds: settings.maxAge }),
  };
  await using engine = open();
  if (settings.once) {
    const { generation, notes } = await followOnce(engine, options);
    for (const note of notes) sayLine(io, `warning: ${note}`);
    say(io, `generation ${generation}`);
    return notes.length === 0 ? EX_OK : EX_TEMPFAIL;
  }
  // no generation waits for the reader of the log
  const log = new ServeLog(io);
  const stop = new AbortController();
  let reported = '';
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  await watch(
    engine,
    options,
    {
      onGeneration: (generation, fetched) => log.line(`generation ${generation} is in use: ${fetched} blocks fetched`),
      onProblem: (text) => log.line(`warning: ${text}`),
      onLook: async (generation, problem) => {
        const status = printable(`STATUS=generation ${generation}${problem && `: ${problem}`}`);
        if (status !== reported) await notifySystemd(io.env.NOTIFY_SOCKET, ['READY=1', status]);
        reported = status;
        if (settings.report === undefined) return;
        const at = new Date().toISOString();
        await engine.report({ host: settings.report, generation, at, version: VERSION, ...(problem && { problem }) });
      },
    },
    stop.signal,
  );
  await notifySystemd(io.env.NOTIFY_SOCKET, ['STOPPING=1']);
  return EX_OK;
}

/** Notifies systemd of the unit's state, through systemd-notify: Node has no datagrams on unix sockets (sd_notify). */
async function notifySystemd(socket: string | undefined, state: readonly string[]): Promise<void> {
  if (socket === undefined) return;
  await new Promise<void>((resolve) => {
    execFile('systemd-notify', [`--pid=${process.pid}`, ...state], { timeout: 5000 }, () => resolve());
  });
}

/** Prints the generation of each host. Returns 1 if any is behind, or its report cannot be read. */
export async function runStatus(settings: FleetSettings, io: Io): Promise<number> {
  await using engine = parseFleetAddress(settings.fleet).open();
  const head = await engine.head();
  const reports = [...(await engine.reports())].sort((a, b) => (a.host < b.host ? -1 : 1));
  for (const report of reports) sayLine(io, settings.json ? jsonText({ ...report, head }) : statusLine(report, head));
  const unread = reports.filter((report) => 'unread' in report).length;
  const behind = reports.filter((report) => 'generation' in report && report.generation !== head).length;
  if (!settings.json) {
    const more = unread === 0 ? '' : `, ${unread} cannot be read`;
    say(io, `generation ${head}: ${reports.length} hosts report, ${behind} are behind${more}`);
  }
  return behind + unread === 0 ? EX_OK : 1;
}

function statusLine(report: FoundReport, head: number): string {
  if ('unread' in report) return `${report.host} has a report that cannot be read: ${report.unread}`;
  const { host, generation, at, version, problem } = report;
  const state = generation === head ? 'has' : 'is behind with';
  return `${host} ${state} generation ${generation} (${at}, mailmaps ${version})${problem ? `: ${problem}` : ''}`;
}

/** Writes the files of one generation into a directory. */
export async function checkOutGeneration(settings: FleetSettings, generation: number, into: string): Promise<void> {
  const { fleet, open } = parseFleetAddress(settings.fleet);
  await using engine = open();
  await checkOut(engine, { fleet, trust: trustOf(settings) }, generation, into);
}

export async function runGenerations(settings: FleetSettings, io: Io): Promise<number> {
  const { fleet, open } = parseFleetAddress(settings.fleet);
  const trust = trustOf(settings);
  await using engine = open();
  let parent: string | null | undefined;
  for (let generation = await engine.head(); generation > 0; generation--) {
    const envelope = await engine.getManifest(generation);
    if (envelope === undefined) break;
    const { manifest, id } = believedAs(generation, envelope, { fleet, trust });
    if (parent !== undefined && parent !== id)
      throw new MapError('unsafe', `the manifest of generation ${generation} does not belong into this chain`);
    parent = manifest.parent;
    sayLine(io, settings.json ? jsonText(listed(manifest)) : historyLine(manifest));
  }
  return EX_OK;
}

function listed({ generation, published, by, message, rollbackOf, files, review }: Manifest): object {
  return {
    generation,
    published,
    by,
    message,
    rollbackOf,
    files: files.map(({ name, size }) => ({ name, size })),
    review,
  };
}

function historyLine({ generation, published, by, message, rollbackOf }: Manifest): string {
  return `${generation}  ${published}  ${by}  ${message}${rollbackOf === null ? '' : `  (files of ${rollbackOf})`}`;
}

/** One line, whatever text of others is in it. */
function sayLine(io: Io, text: string): void {
  say(io, printable(text));
}

function say(io: Io, text: string): void {
  io.out(encodeText(`${printableLines(text)}\n`));
  io.flush?.();
}
