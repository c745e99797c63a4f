/**
 * `mailmaps doctor`: this machine -> the faults of its maps and of the programs that make and read them, with their remedies.
 * Changes nothing. Exit status 1 if there is any fault.
 */
import type { Command } from 'commander';
import type { Feature } from '../../access/features.ts';
import { encodeText } from '../../core/bytes.ts';
import { EX_OK } from '../../core/sysexits.ts';
import type { Io } from '../program/io.ts';
import { printableLines } from '../program/printable.ts';
import { append, type ConfigurationSettings, whereOf } from './options.ts';

interface DoctorSettings extends Pick<ConfigurationSettings, 'directory' | 'cf' | 'hostName'> {
  readonly feature: readonly string[];
  readonly postfix?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

const STATUS_FOUND = 1;

/** Adds the sub-command; `finish` takes its exit status. */
export function addDoctor(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('doctor')
    .description('find faults in the maps and programs of this machine')
    .option(
      '-d, --directory <dir>',
      'the configuration directory (default: "/etc/mail", by its sendmail.cf if there is one)',
    )
    .option('--cf <file>', 'a sendmail.cf, which names the files')
    .option('--feature <name>', 'a FEATURE() of the sendmail.mc; repeatable', append, [])
    .option('--host-name <name>', 'the name of this host ($j)')
    .option('--postfix <dir>', "Postfix's configuration directory", '/etc/postfix')
    .option('--list', 'print all codes')
    .option('--json', 'one JSON object')
    .action(async (settings: DoctorSettings) => finish(await run(settings, io)));
}

async function run(settings: DoctorSettings, io: Io): Promise<number> {
  const { CHECKS, diagnose } = await import('../../review/doctor/checks.ts');
  const say = (text: string): void => io.out(encodeText(text));
  if (settings.list) {
    for (const { code, severity, title } of CHECKS) say(`${code} ${severity.padEnd(7)} ${title}\n`);
    return EX_OK;
  }
  const { look } = await import('../../review/doctor/look.ts');
  const { doctorJson, doctorText } = await import('../../review/doctor/format.ts');
  const machine = await look({
    configuration: {
      ...(isNamed(settings) && whereOf(settings)),
      features: settings.feature as readonly Feature[],
      ...(settings.hostName !== undefined && { hostName: settings.hostName }),
    },
    path: io.env.PATH ?? '',
    ...(settings.postfix !== undefined && { postfix: settings.postfix }),
  });
  const found = diagnose(machine);
  say(settings.json ? doctorJson(machine, found) : printableLines(doctorText(machine, found)));
  return found.length === 0 ? EX_OK : STATUS_FOUND;
}

/** Without a name and without a sendmail.cf, the library's defaults count: they include /etc/aliases. */
function isNamed(settings: DoctorSettings): boolean {
  return settings.directory !== undefined || whereOf(settings).cf !== undefined;
}
