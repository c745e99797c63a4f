/**
 * `mailmaps route`, `rewrite`, `vrfy` and `expn`: an address -> where its mail goes, its form outside, and the answers to
 * SMTP's VRFY and EXPN.
 *
 * Exit status of `route`: 0 deliverable, 1 refused, 75 temporary failure; of `vrfy` and `expn`: 0 for 2yz replies, 75 for 4yz,
 * 1 for others.
 */
import { type Command, Option } from 'commander';
import type { MailMaps } from '../../config/mailmaps.ts';
import { encodeText } from '../../core/bytes.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import type { RewriteHow } from '../../route/rewrite.ts';
import type { Io } from '../program/io.ts';
import { printable } from '../program/printable.ts';
import { answerTo } from './answer.ts';
import { runBatch } from './batch.ts';
import { UsageError } from './error-status.ts';
import { GRAPH_LANGUAGES } from './expand-command.ts';
import { addDnsOption, addMailOptions, type MailSettings, openSettings } from './options.ts';
import { type GraphLanguage, routeGraph } from './route-graph.ts';
import { answerOf, rewrittenText, routeText } from './route-text.ts';

export const WHERE_WORDS = ['envelope', 'header'] as const;
export const ROLE_WORDS = ['sender', 'recipient'] as const;

const EX_REFUSED = 1;

type Finish = (status: number) => void;

export interface RouteSettings extends MailSettings {
  readonly graph?: GraphLanguage;
}

export type RewriteSettings = RouteSettings & Partial<RewriteHow>;

/** Adds the sub-commands; `finish` takes their exit status. */
export function addRoute(program: Command, io: Io, finish: Finish): void {
  const command = addDnsOption(
    subCommand(program, 'route', 'say where mail for an address goes, and by which entries'),
  );
  command.addOption(graphOption());
  run(command, io, finish, writeRoute);
}

function graphOption(): Option {
  return new Option('--graph <language>', 'print the source of a picture').choices(GRAPH_LANGUAGES);
}

/** Writes the route of one address. */
export async function writeRoute(maps: MailMaps, address: string, settings: RouteSettings, io: Io): Promise<number> {
  const { graph, json } = settings;
  const route = await answerTo(maps, { kind: 'route', address }, settings);
  const drawn = graph && routeGraph(address, route, answerOf(address, route), graph);
  io.out(encodeText(json ? `${jsonText(route)}\n` : (drawn ?? routeText(address, route))));
  if (!('reply' in route)) return EX_OK;
  return route.kind === 'tempFail' ? EX_TEMPFAIL : EX_REFUSED;
}

export function addRewrite(program: Command, io: Io, finish: Finish): void {
  const command = addDnsOption(subCommand(program, 'rewrite', 'say what an address looks like when a mailer gets it'))
    .option('--mailer <name>', 'the mailer (default: the one for other hosts)')
    .addOption(new Option('--where <part>', 'the place of the address').choices(WHERE_WORDS).default('envelope'))
    .addOption(new Option('--role <role>', 'the role of the address').choices(ROLE_WORDS).default('sender'))
    .addOption(graphOption());
  run(command, io, finish, writeRewritten);
}

/** Writes one address as a mailer gets it. */
export async function writeRewritten(
  maps: MailMaps,
  address: string,
  settings: RewriteSettings,
  io: Io,
): Promise<number> {
  const { mailer, where = 'envelope', role = 'sender', graph, json } = settings;
  const how = { where, role, ...(mailer !== undefined && { mailer }) };
  const made = await answerTo(maps, { kind: 'rewrite', address, ...how }, settings);
  const drawn = graph && routeGraph(address, made, made.address, graph);
  io.out(encodeText(json ? `${jsonText(made)}\n` : (drawn ?? rewrittenText(made))));
  return EX_OK;
}

export function addVrfyAndExpn(program: Command, io: Io, finish: Finish): void {
  const vrfy = subCommand(program, 'vrfy', 'say what SMTP answers to VRFY', 'name');
  run<MailSettings>(vrfy, io, finish, (maps, name, { json }) => writeLines(maps.answerVrfy(name), json, io));
  const expn = subCommand(program, 'expn', 'say what SMTP answers to EXPN', 'name');
  run<MailSettings>(expn, io, finish, (maps, name, { json }) => writeLines(maps.answerExpn(name), json, io));
}

function subCommand(program: Command, name: string, description: string, argument = 'address'): Command {
  return addMailOptions(
    program
      .command(name)
      .description(description)
      .argument(`[${argument}...]`, `one or more ${argument === 'address' ? 'addresses' : 'names'}`),
  );
}

/** The status of the first address whose status is not 0. */
function run<S extends MailSettings>(
  command: Command,
  io: Io,
  finish: Finish,
  answer: (maps: MailMaps, address: string, settings: S, io: Io) => number | Promise<number>,
): void {
  command.action(async (addresses: string[]) => {
    const settings = command.opts<S>();
    using maps = openSettings(settings, io);
    if (settings.batch) {
      finish(await runBatch(maps, settings, io));
      return;
    }
    if (addresses.length === 0) throw new UsageError(`${command.name()} needs an address`);
    const statuses: number[] = [];
    for (const address of addresses) statuses.push(await answer(maps, address, settings, io));
    finish(statuses.find((status) => status !== EX_OK) ?? EX_OK);
  });
}

function writeLines(lines: readonly string[], json: boolean | undefined, io: Io): number {
  io.out(encodeText(json ? `${jsonText(lines)}\n` : `${lines.map(printable).join('\n')}\n`));
  const code = lines.at(-1)?.[0];
  if (code === '2') return EX_OK;
  return code === '4' ? EX_TEMPFAIL : EX_REFUSED;
}
