/**
 * `mailmaps publish`, `follow`, `rollback` and `generations`: one edit on one host, and every host of the fleet has it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import { parseFleetAddress } from '../../publish/address.ts';
import { followOnce } from '../../publish/follow.ts';
import { type Published, type PublishOptions, publish, rollback } from '../../publish/publish.ts';
import { believe, parsePrivateKey, parseTrust, type Trust } from '../../publish/signature.ts';
import { stage } from '../../publish/stage.ts';
import { watch } from '../../publish/watch.ts';
import type { Io } from '../program/io.ts';
import { printable } from '../program/printable.ts';
import { VERSION } from '../program/version.ts';

interface FleetSettings {
  readonly fleet: string;
  readonly trust: string;
  readonly threshold: number;
}

interface PublishSettings extends FleetSettings {
  readonly key: readonly string[];
  readonly state: string;
  readonly message: string;
  readonly directory: string;
  readonly file: readonly string[];
  readonly expect?: number;
  readonly dryRun?: boolean;
}

interface FollowSettings extends FleetSettings {
  readonly into: string;
  readonly once?: boolean;
  readonly maxAge?: number;
}

type Finish = (status: number) => void;

/** Adds the sub-commands; `finish` takes their exit status. */
export function addFleet(program: Command, io: Io, finish: Finish): void {
  addPublishOptions(program.command('publish').description('give this directory to all hosts of a fleet'))
    .option('-d, --directory <dir>', 'the configuration directory', '/etc/mail')
    .option('--file <name>', 'publish this file too; repeatable', append, [])
    .option('--expect <generation>', 'publish only if the fleet is at this generation', count)
    .option('--dry-run', 'compile, and publish nothing')
    .action(async (settings: PublishSettings) => finish(await runPublish(settings, io)));
  addPublishOptions(
    program
      .command('rollback')
      .description('publish the files of an older generation again')
      .argument('<generation>', '', count),
  ).action(async (generation: number, settings: PublishSettings) => {
    await using engine = parseFleetAddress(settings.fleet).open();
    report(await rollback(engine, generation, publishOptions(settings)), settings, io);
    finish(EX_OK);
  });
  addFleetOptions(program.command('follow').description('keep this host at the newest generation of a fleet'))
    .requiredOption('--into <dir>', 'the directory that holds `current` and the generations')
    .option('--once', 'look once, and end')
    .option('--max-age <seconds>', 'report a generation that was published longer ago', count)
    .action(async (settings: FollowSettings) => finish(await runFollow(settings, io)));
  addFleetOptions(program.command('generations').description('the history of a fleet, verified'))
    .option('--json', 'a JSON object a line')
    .action(async (settings: FleetSettings & { readonly json?: boolean }) =>
      finish(await runGenerations(settings, io)),
    );
}

function addFleetOptions(command: Command): Command {
  return command
    .requiredOption('--fleet <address>', 'redis://host/FLEET, redis+sentinel://a,b,c/FLEET or file:///dir?fleet=FLEET')
    .requiredOption('--trust <file>', 'the public keys that may publish')
    .option('--threshold <n>', 'how many of them must sign', count, 1);
}

function addPublishOptions(command: Command): Command {
  return addFleetOptions(command)
    .requiredOption('--key <file>', 'a private Ed25519 key in PEM; repeatable', append, [])
    .option('--state <dir>', "the publisher's own copy", '/var/lib/mailmaps/publish')
    .option('-m, --message <text>', 'why', '');
}

const append = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number');
}

async function runPublish(settings: PublishSettings, io: Io): Promise<number> {
  const files = mkdtempSync(join(tmpdir(), 'mailmaps-publish.'));
  try {
    const names = await stage(settings.directory, files, settings.file);
    if (settings.dryRun) {
      say(io, `would publish ${names.join(', ')}`);
      return EX_OK;
    }
    await using engine = parseFleetAddress(settings.fleet).open();
    report(await publish(engine, files, publishOptions(settings)), settings, io);
    return EX_OK;
  } finally {
    rmSync(files, { recursive: true });
  }
}

function report({ generation, blocks }: Published, { fleet }: FleetSettings, io: Io): void {
  say(io, `generation ${generation} of ${parseFleetAddress(fleet).fleet} is published: ${blocks} new blocks`);
}

function publishOptions(settings: PublishSettings): PublishOptions {
  mkdirSync(settings.state, { recursive: true, mode: 0o700 });
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

async function runFollow(settings: FollowSettings, io: Io): Promise<number> {
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
    for (const note of notes) say(io, `warning: ${note}`);
    say(io, `generation ${generation}`);
    return notes.length === 0 ? EX_OK : EX_TEMPFAIL;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  await watch(
    engine,
    options,
    {
      onGeneration: (generation, fetched) => say(io, `generation ${generation} is in use: ${fetched} blocks fetched`),
      onProblem: (text) => say(io, `warning: ${text}`),
    },
    stop.signal,
  );
  return EX_OK;
}

async function runGenerations(settings: FleetSettings & { readonly json?: boolean }, io: Io): Promise<number> {
  const { open } = parseFleetAddress(settings.fleet);
  const trust = trustOf(settings);
  await using engine = open();
  for (let generation = await engine.head(); generation > 0; generation--) {
    const envelope = await engine.getManifest(generation);
    if (envelope === undefined) break;
    const { manifest } = believe(envelope, trust, Number.NEGATIVE_INFINITY);
    const { published, by, message, rollbackOf, files } = manifest;
    const line = settings.json
      ? JSON.stringify({
          generation,
          published,
          by,
          message,
          rollbackOf,
          files: files.map(({ name, size }) => ({ name, size })),
        })
      : `${generation}  ${published}  ${by}  ${message}${rollbackOf === null ? '' : `  (files of ${rollbackOf})`}`;
    say(io, line);
  }
  return EX_OK;
}

function say(io: Io, text: string): void {
  io.out(encodeText(`${printable(text)}\n`));
  io.flush?.();
}
