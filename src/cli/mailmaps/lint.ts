/** `mailmaps lint`: a configuration -> findings with codes, places and proofs. Exit status 1 if there are any. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Feature } from '../../access/features.ts';
import { encodeText } from '../../core/bytes.ts';
import { CODE_NAMES, CODES } from '../../core/codes/codes.ts';
import type { Severity } from '../../core/codes/page.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OK } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import type { LintResult } from '../../review/lint/lint.ts';
import type { Io } from '../program/io.ts';
import { printable, printableBytes, printableLines } from '../program/printable.ts';
import { VERSION } from '../program/version.ts';
import { UsageError } from './error-status.ts';
import { append, whereOf } from './options.ts';
import { writeOutput } from './output-file.ts';
import { writeReport } from './report.ts';

interface LintSettings {
  readonly directory?: string;
  readonly cf?: string;
  readonly feature: readonly string[];
  readonly hostName?: string;
  readonly severity: Severity;
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly explain?: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly github?: boolean;
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly report?: string;
}

const STATUS_FOUND = 1;

/** Adds the sub-command; `finish` takes its exit status. */
export function addLint(program: Command, io: Io, finish: (status: number) => void): void {
  const codes = (value: string, before: readonly string[]): readonly string[] => [...before, ...value.split(',')];
  program
    .command('lint')
    .description('find mistakes in a configuration before it goes live')
    .option(
      '-d, --directory <dir>',
      'the configuration directory (default: "/etc/mail", by its sendmail.cf if there is one)',
    )
    .option('--cf <file>', 'a sendmail.cf, which names the files')
    .option('--feature <name>', 'a FEATURE() of the sendmail.mc; repeatable', append, [])
    .option('--host-name <name>', 'the name of this host ($j)')
    .addOption(
      new Option('--severity <least>', 'the lowest severity that is shown')
        .choices(['error', 'warning', 'info', 'style'])
        .default('warning'),
    )
    .option('--enable <codes>', 'show these codes with any severity; MM1 means all codes that begin with it', codes, [])
    .option('--disable <codes>', 'hide these codes', codes, [])
    .option('--baseline <file>', 'hide the findings that this file names')
    .option('--write-baseline <file>', 'write a file that names all present findings')
    .option('--explain <code>', 'print the reason for a code, with an example')
    .option('--list', 'print all codes')
    .option('--report <file>', 'write a page for people as well (HTML)')
    .option('--json', 'one JSON object')
    .option('--sarif', 'SARIF 2.1.0')
    .option('--github', 'annotations of GitHub Actions')
    .option('--fix', 'make the safe repairs')
    .option('--dry-run', 'with --fix: show the mended lines, and write nothing')
    .action(async (settings: LintSettings) => finish(await run(settings, io)));
}

async function run(settings: LintSettings, io: Io): Promise<number> {
  const { explain, lintGithub, lintJson, lintSarif, lintText } = await import('../../review/lint/format.ts');
  const say = (text: string): void => io.out(encodeText(text));
  if (settings.list) {
    for (const code of CODE_NAMES) say(`${code} ${CODES[code].severity.padEnd(7)} ${CODES[code].title}\n`);
    return EX_OK;
  }
  if (settings.explain !== undefined) {
    const page = explain(settings.explain);
    if (page === undefined) throw new UsageError(`there is no code ${settings.explain}; --list shows all`);
    say(page);
    return EX_OK;
  }
  for (const prefix of [...settings.enable, ...settings.disable])
    if (!CODE_NAMES.some((code) => code.startsWith(prefix)))
      throw new UsageError(`no code begins with ${prefix}; --list shows all`);
  if (settings.dryRun && !settings.fix) throw new UsageError('--dry-run goes with --fix');
  const { lint } = await import('../../review/lint/lint.ts');
  const options = {
    ...whereOf(settings),
    features: settings.feature as readonly Feature[],
    severity: settings.severity,
    enable: settings.enable,
    disable: settings.disable,
    ...(settings.hostName !== undefined && { hostName: settings.hostName }),
    ...(settings.baseline !== undefined && { baseline: new Set(readText(settings.baseline).split('\n')) }),
  };
  const look = (): LintResult => lint(options);
  const result = settings.fix ? await fixAll(look, settings.dryRun === true, io) : look();
  if (settings.writeBaseline !== undefined) {
    const known = result.baseline();
    writeOutput(settings.writeBaseline, known.map((each) => `${each}\n`).join(''));
    say(`${printable(settings.writeBaseline)}: ${known.length} findings\n`);
    return EX_OK;
  }
  if (settings.report !== undefined) {
    const { lintPage } = await import('../../review/report/pages.ts');
    await writeReport(settings.report, (draw) => lintPage(result, draw));
  }
  if (settings.json) say(lintJson(result));
  else if (settings.sarif) say(lintSarif(result, VERSION));
  else if (settings.github) say(printableLines(lintGithub(result)));
  else say(printableLines(lintText(result)));
  return result.findings.length === 0 ? EX_OK : STATUS_FOUND;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MapError('unreadable', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
  }
}

/** Most rounds of fixes: a mended line may have another fault. */
const MAX_ROUNDS = 10;

/** Mends the source files until no safe fix is left, or shows the fixes. Returns the findings of lint after that. */
async function fixAll(look: () => LintResult, isDryRun: boolean, io: Io): Promise<LintResult> {
  const { editsOf, mendFile } = await import('../../review/lint/mend.ts');
  const refused = new Set<string>();
  let result = look();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const files = result.files.filter((file) => !refused.has(file) && editsOf(file, result.findings).length > 0);
    if (files.length === 0) break;
    for (const file of files) {
      const edits = editsOf(file, result.findings);
      if (isDryRun) {
        for (const { line, replacement } of edits)
          io.out(changedLine(file, line, result.lineOf(file, line), replacement));
        continue;
      }
      try {
        await mendFile(file, result.textOf(file), edits);
        io.err(encodeText(`${printable(file)}: ${edits.length} ${edits.length === 1 ? 'line' : 'lines'} mended\n`));
      } catch (error) {
        if (!(error instanceof MapError)) throw error;
        refused.add(file);
        io.err(encodeText(`${printable(error.message)}\n`));
      }
    }
    if (isDryRun) break;
    result = look();
  }
  return result;
}

function changedLine(file: string, line: number, before = '', after: string): string {
  const text = [`-${before}`, ...after.split('\n').map((each) => `+${each}`)].map((each) => `${each}\n`).join('');
  return encodeText(`${printable(file)}:${line}\n`) + printableBytes(text);
}
