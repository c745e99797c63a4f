/**
 * `mailmaps`: one sub-command for each task for which sendmail has no separate program. Its own errors go to standard error
 * after `mailmaps: `, with a status of sysexits.
 */
import { Command, CommanderError, Help } from 'commander';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OK, EX_USAGE } from '../../core/sysexits.ts';
import type { Io, Program } from '../program/io.ts';
import { printable, printableLines } from '../program/printable.ts';
import { VERSION } from '../program/version.ts';
import { addBt } from './bt.ts';
import { addBuild } from './build.ts';
import { addCheck } from './check.ts';
import { addCidr } from './cidr.ts';
import { addCompletion } from './completion.ts';
import { addDiff } from './diff.ts';
import { addDoctor } from './doctor.ts';
import { messageOf, statusOf } from './error-status.ts';
import { addExamples } from './examples.ts';
import { addExpand } from './expand-command.ts';
import { addFleet } from './fleet.ts';
import { addImport } from './import/command.ts';
import { addLint } from './lint.ts';
import { addReplay } from './replay.ts';
import { addRewrite, addRoute, addVrfyAndExpn } from './route.ts';
import { addServe } from './serve/command.ts';
import { addTest } from './test-session.ts';
import { addVerify } from './verify.ts';

/** Runs a sub-command. */
export const main: Program = async (argv, io) => {
  let status = EX_OK;
  const program = commands(io, (result) => {
    status = result;
  });
  try {
    await program.parseAsync(argv.map(decodeText), { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EX_OK : EX_USAGE;
    if (!(error instanceof MapError)) throw error;
    io.err(encodeText(`mailmaps: ${printable(messageOf(error))}\n`));
    return statusOf(error);
  }
};

function commands(io: Io, finish: (status: number) => void): Command {
  const program = new Command('mailmaps')
    .description('ask a sendmail configuration, review it, serve it, and give it to other hosts')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => io.out(encodeText(text)),
      writeErr: (text) => io.err(encodeText(text)),
      outputError: (text, write) => write(printableLines(text.replace(/^error: /, 'mailmaps: '))),
    })
    .configureHelp({
      // the default of a repeatable option is an empty list, which tells a reader nothing
      optionDescription: (option) => new Help().optionDescription(option).replace(' (default: [])', ''),
    })
    .exitOverride();
  program.commandsGroup('Ask a configuration:');
  addCheck(program, io, finish);
  addExpand(program, io, finish);
  addRoute(program, io, finish);
  addRewrite(program, io, finish);
  addVrfyAndExpn(program, io, finish);
  addTest(program, io, finish);
  addBt(program, io, finish);
  program.commandsGroup('Review it before it goes live:');
  addLint(program, io, finish);
  addDiff(program, io, finish);
  addVerify(program, io, finish);
  addReplay(program, io, finish);
  addDoctor(program, io, finish);
  program.commandsGroup('Make maps:');
  addBuild(program, io, finish);
  addImport(program, io, finish);
  addCidr(program, io, finish);
  program.commandsGroup('Serve and distribute:');
  addServe(program, io, finish);
  addFleet(program, io, finish);
  program.commandsGroup('Others:').helpCommand('help [command]', 'print the help of a command');
  addCompletion(program, io, finish);
  addExamples(program);
  return program;
}
