/**
 * A configuration -> findings, in the order of files and lines: runs every rule, and removes findings that are suppressed or in
 * the baseline. No source file makes a rule throw.
 */
import { createHash } from 'node:crypto';
import type { MailMapsOptions } from '../../config/options.ts';
import { reviewed } from '../sources.ts';
import { type LintContext, lintContext } from './context.ts';
import { fileFindings } from './files.ts';
import { type Finding, SEVERITIES, type Severity } from './finding.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { suppress } from './suppression.ts';

export interface LintOptions extends MailMapsOptions {
  /** The least severity that is given; `warning`. */
  readonly severity?: Severity;
  /** Codes, or beginnings of codes, that are left out. */
  readonly disable?: readonly string[];
  /** Codes, or beginnings of codes, that are given whatever their severity. */
  readonly enable?: readonly string[];
  /** Findings that were there before, as `fingerprint` of a result names them. */
  readonly baseline?: ReadonlySet<string>;
}

export interface LintResult {
  readonly findings: readonly Finding[];
  /** How many were left out because their severity is below the least. */
  readonly hidden: number;
  /** The files that were looked at. */
  readonly files: readonly string[];
  /** A name for a finding that stays the same while lines move: for a baseline. */
  readonly fingerprint: (finding: Finding) => string;
  /** A line of one of the files, in bytes. */
  readonly lineOf: (file: string, line: number) => string | undefined;
}

/**
 * Looks at a configuration.
 *
 * @throws MapError and TypeError as `openMailMaps`
 */
export function lint(options: LintOptions = {}): LintResult {
  const { severity = 'warning', disable = [], enable = [], baseline = new Set<string>(), ...configuration } = options;
  const { settings, texts, configuration: compiled } = reviewed(configuration);
  const context = lintContext(texts, {
    features: settings.features,
    tables: new Set(Object.keys(settings.route.tables).map((table) => TABLE_NAMES.get(table) ?? table)),
    compressedAddresses: settings.compressedAddresses,
    configuration: compiled,
    knowsUsers: configuration.users !== undefined || configuration.texts === undefined,
  });
  const isEnabled = ({ code }: { readonly code: string }): boolean =>
    !disable.some((prefix) => code.startsWith(prefix));
  const known = RULES.filter(isEnabled);
  const all = suppress(
    [
      ...known.flatMap((rule) => findingsOf(rule, context)),
      ...(configuration.texts === undefined ? fileFindings(settings, texts) : []).filter(isEnabled),
    ],
    context.sources,
  );
  const fresh = all.filter((finding) => !baseline.has(fingerprint(finding, context)));
  const shown = fresh.filter(
    (finding) =>
      SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(severity) ||
      enable.some((prefix) => finding.code.startsWith(prefix)),
  );
  const files = context.sources.map(({ file }) => file);
  return {
    findings: shown.sort(byPlace(files)),
    hidden: fresh.length - shown.length,
    files,
    fingerprint: (finding) => fingerprint(finding, context),
    lineOf: (file, line) => context.sources.find((source) => source.file === file)?.lines[line - 1],
  };
}

/** Names of maps in a sendmail.cf -> those of their FEATUREs. */
const TABLE_NAMES: ReadonlyMap<string, string> = new Map([
  ['virtuser', 'virtusertable'],
  ['generics', 'genericstable'],
]);

function findingsOf(rule: Rule, context: LintContext): Finding[] {
  return [...rule.check(context)].map(({ severity = rule.severity, ...found }) => ({
    code: rule.code,
    severity,
    ...found,
  }));
}

function byPlace(files: readonly string[]): (a: Finding, b: Finding) => number {
  return (a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    (a.code < b.code ? -1 : 1);
}

/** A name for a finding that stays the same while lines move: code, file, and the text of the line. */
function fingerprint({ code, file, line }: Finding, { sources }: Pick<LintContext, 'sources'>): string {
  const text = sources.find((source) => source.file === file)?.lines[line - 1] ?? '';
  return `${code}:${createHash('sha256').update(`${file}\n${text.trim()}`).digest('hex').slice(0, 16)}`;
}
