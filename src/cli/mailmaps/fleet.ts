/**
 * `mailmaps publish`, `follow`, `rollback`, `generations` and `fleet-status`: an edit on one host reaches every host of the
 * fleet.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { Io } from '../program/io.ts';
import type { FleetSettings, FollowSettings, PublishSettings } from './fleet-commands.ts';
import { append } from './options.ts';

type Commands = typeof import('./fleet-commands.ts');

const commands = (): Promise<Commands> => import('./fleet-commands.ts');

const FLEET_HELP = 'redis://host/FLEET, redis+sentinel://a,b,c/FLEET or file:///dir?fleet=FLEET';

type Finish = (status: number) => void;

/** Adds the sub-commands; `finish` takes their exit status. */
export function addFleet(program: Command, io: Io, finish: Finish): void {
  addPublishOptions(program.command('publish').description('give this directory to all hosts of a fleet'))
    .option('-d, --directory <dir>', 'the configuration directory', '/etc/mail')
    .option('--file <name>', 'publish this file too; repeatable', append, [])
    .option('--expect <generation>', 'publish only if the fleet is at this generation', count)
    .option('--feature <name>', 'a FEATURE() of the hosts, for the review; repeatable', append, [])
    .option('--host-name <name>', 'the name of a host ($j), for the review (default: the name of this one)')
    .option('--dry-run', 'compile and review, and publish nothing')
    .option('--force-lint', 'publish although lint finds errors')
    .action(async (settings: PublishSettings) => finish(await (await commands()).runPublish(settings, io)));
  addPublishOptions(
    program
      .command('rollback')
      .description('publish the files of an older generation again')
      .argument('<generation>', '', count),
  ).action(async (generation: number, settings: PublishSettings) =>
    finish(await (await commands()).runRollback(generation, settings, io)),
  );
  addFleetOptions(program.command('follow').description('keep this host at the newest generation of a fleet'))
    .requiredOption('--into <dir>', 'the directory that holds `current` and the generations')
    .option('--once', 'look once, and end')
    .option('--max-age <seconds>', 'report a generation that was published longer ago', count)
    .option('--report <host>', 'report the generation of this host to the engine, under this name')
    .action(async (settings: FollowSettings) => finish(await (await commands()).runFollow(settings, io)));
  program
    .command('fleet-status')
    .description('list the generation of each host')
    .requiredOption('--fleet <address>', FLEET_HELP)
    .option('--json', 'a JSON object a line')
    .action(async (settings: FleetSettings) => finish(await (await commands()).runStatus(settings, io)));
  addFleetOptions(program.command('generations').description('list the history of a fleet, verified'))
    .option('--json', 'a JSON object a line')
    .action(async (settings: FleetSettings) => finish(await (await commands()).runGenerations(settings, io)));
}

function addFleetOptions(command: Command): Command {
  return command
    .requiredOption('--fleet <address>', FLEET_HELP)
    .requiredOption('--trust <file>', 'the public keys that may publish')
    .option('--threshold <n>', 'the number of keys that must sign', count, 1);
}

function addPublishOptions(command: Command): Command {
  return addFleetOptions(command)
    .requiredOption('--key <file>', 'a private Ed25519 key in PEM; repeatable', append, [])
    .option('--state <dir>', "the publisher's own copy", '/var/lib/mailmaps/publish')
    .option('-m, --message <text>', 'the reason', '');
}

function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number');
}
