/** `mailmaps lint`: a configuration -> findings with codes, places and proofs. Exit status 1 if there are any. */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Feature } from '../../access/features.ts';
import { encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OK } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import type { Finding, Severity } from '../../review/lint/finding.ts';
import type { Io } from '../program/io.ts';
import { printable } from '../program/printable.ts';
import { VERSION } from '../program/version.ts';
import { UsageError } from './error-status.ts';
import { whereOf } from './options.ts';
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
    .option('--cf <file>', 'a sendmail.cf that says where everything is')
    .option('--feature <name>', 'a FEATURE() of the sendmail.mc; repeatable', codes, [])
    .option('--host-name <name>', 'the name of this host ($j)')
    .addOption(
      new Option('--severity <least>', 'the least severity that is shown')
        .choices(['error', 'warning', 'info', 'style'])
        .default('warning'),
    )
    .option('--enable <codes>', 'show these whatever their severity; MM1 stands for all that begin so', codes, [])
    .option('--disable <codes>', 'leave these out', codes, [])
    .option('--baseline <file>', 'leave out the findings that this file names')
    .option('--write-baseline <file>', 'write a file that names all findings of now')
    .option('--explain <code>', 'why a code matters, with an example')
    .option('--list', 'all codes')
    .option('--report <file>', 'write a page for people as well (HTML)')
    .option('--json', 'one JSON object')
    .option('--sarif', 'SARIF 2.1.0')
    .option('--github', 'annotations of GitHub Actions')
    .option('--fix', 'mend what can be mended safely')
    .action(async (settings: LintSettings) => finish(await run(settings, io)));
}

async function run(settings: LintSettings, io: Io): Promise<number> {
  const { explain, lintGithub, lintJson, lintSarif, lintText } = await import('../../review/lint/format.ts');
  const { RULES } = await import('../../review/lint/rules.ts');
  const say = (text: string): void => io.out(encodeText(text));
  if (settings.list) {
    const { FILE_CODES } = await import('../../review/lint/files.ts');
    const all = [...RULES, ...FILE_CODES].sort((a, b) => (a.code < b.code ? -1 : 1));
    for (const { code, severity, title } of all) say(`${code} ${severity.padEnd(7)} ${title}\n`);
    return EX_OK;
  }
  if (settings.explain !== undefined) {
    const page = explain(settings.explain);
    if (page === undefined) throw new UsageError(`there is no code ${settings.explain}; --list shows all`);
    say(page);
    return EX_OK;
  }
  const { lint } = await import('../../review/lint/lint.ts');
  const result = lint({
    ...whereOf(settings),
    features: settings.feature as readonly Feature[],
    severity: settings.severity,
    enable: settings.enable,
    disable: settings.disable,
    ...(settings.hostName !== undefined && { hostName: settings.hostName }),
    ...(settings.baseline !== undefined && { baseline: new Set(readText(settings.baseline).split('\n')) }),
  });
  if (settings.writeBaseline !== undefined)
    writeFileSync(settings.writeBaseline, result.findings.map(result.fingerprint).join('\n'));
  if (settings.report !== undefined)
    writeReport(settings.report, (await import('../../review/report/pages.ts')).lintPage(result));
  if (settings.fix) for (const file of result.files) fixFile(file, result.findings, say);
  if (settings.json) say(lintJson(result));
  else if (settings.sarif) say(lintSarif(result, VERSION));
  else if (settings.github) say(lintGithub(result));
  else say(printedLines(lintText(result)));
  return result.findings.length === 0 ? EX_OK : STATUS_FOUND;
}

/** Makes text safe for a terminal: control characters of a file are not printed. */
function printedLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MapError('unreadable', `${file} cannot be read: ${systemText(error)}`, { file, cause: error });
  }
}

/** Replaces the lines of a file that have a fix; the first fix of a line counts. */
function fixFile(file: string, findings: readonly Finding[], say: (text: string) => void): void {
  const fixes = new Map<number, string | undefined>();
  for (const finding of findings)
    if (finding.file === file && finding.fix !== undefined && !fixes.has(finding.line))
      fixes.set(finding.line, finding.fix.replacement);
  if (fixes.size === 0) return;
  const lines = readFileSync(file, 'latin1').split('\n');
  const mended = lines.flatMap((line, i) => {
    if (!fixes.has(i + 1)) return [line];
    const replacement = fixes.get(i + 1);
    return replacement === undefined ? [] : [replacement];
  });
  const beside = `${file}.mailmaps-fix`;
  writeFileSync(beside, mended.join('\n'), { encoding: 'latin1', flag: 'wx', mode: statSync(file).mode & 0o777 });
  renameSync(beside, file);
  say(`${file}: ${fixes.size} lines mended\n`);
}
