/** `mailmaps verify FILE`: checks that a configuration meets a file of expectations. Exit status 1 if it does not. */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_OK } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import type { Io } from '../program/io.ts';
import { printableLines } from '../program/printable.ts';
import { writeOutput } from './output-file.ts';
import { writeReport } from './report.ts';

interface VerifySettings {
  readonly directory?: string;
  readonly json?: boolean;
  readonly github?: boolean;
  readonly junit?: string;
  readonly coverage?: boolean;
  readonly report?: string;
}

const STATUS_FAILED = 1;

/** Adds the sub-command; `finish` takes its exit status. */
export function addVerify(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('verify')
    .description('check a configuration against a file of expectations (YAML)')
    .argument('<file>', 'the expectations')
    .option('-d, --directory <dir>', 'the configuration directory, in place of the one that the file names')
    .option('--report <file>', 'write a page for people as well (HTML)')
    .option('--json', 'one JSON object')
    .option('--github', 'annotations of GitHub Actions')
    .option('--junit <file>', 'write a JUnit report as well')
    .option('--coverage', 'list the keys of the access map that no expectation needs')
    .action(async (file: string, settings: VerifySettings) => finish(await run(file, settings, io)));
}

async function run(file: string, settings: VerifySettings, io: Io): Promise<number> {
  const [{ parsePolicy }, { verify }, { verifyGithub, verifyJunit, verifyText }] = await Promise.all([
    import('../../review/verify/policy.ts'),
    import('../../review/verify/verify.ts'),
    import('../../review/verify/format.ts'),
  ]);
  const policy = parsePolicy(readText(file), file);
  const named = policy.configuration.directory;
  const directory = settings.directory ?? (named === undefined ? undefined : resolve(dirname(file), named));
  const configuration = { ...policy.configuration, ...(directory !== undefined && { directory }) };
  const result = verify({ ...policy, configuration });
  if (settings.junit !== undefined) writeOutput(settings.junit, verifyJunit(result, file));
  if (settings.report !== undefined) {
    const { verifyPage } = await import('../../review/report/pages.ts');
    await writeReport(settings.report, (draw) => verifyPage(result, file, draw));
  }
  const text = settings.json
    ? `${jsonText(result)}\n`
    : settings.github
      ? verifyGithub(result, file)
      : verifyText(result, file, settings.coverage === true);
  io.out(encodeText(printableLines(text)));
  return result.verdicts.every(({ holds }) => holds) ? EX_OK : STATUS_FAILED;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MapError('missing', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
  }
}
