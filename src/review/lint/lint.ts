/**
 * A configuration -> findings, in the order of files and lines: runs every rule, and removes findings that are suppressed or in
 * the baseline. No source file makes a rule throw.
 */
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Decision } from '../../access/decision.ts';
import type { RoutingTable } from '../../address/routing.ts';
import { TABLE_NAMES } from '../../address/routing.ts';
import type { Expansion } from '../../alias/expansion.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { CODE_NAMES, CODES, type Code } from '../../core/codes/codes.ts';
import { SEVERITIES, type Severity } from '../../core/codes/page.ts';
import { MapError } from '../../core/errors.ts';
import { foldCase } from '../../core/fold.ts';
import { withoutPasswords } from '../../core/passwords.ts';
import { decide, type Question } from '../question.ts';
import { type Reviewed, reviewed } from '../sources.ts';
import { withoutClashes } from './clash.ts';
import { type LintContext, lintContext } from './context.ts';
import type { Finding, Found } from './finding.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { suppress } from './suppression.ts';
import { NOTHING_FOUND } from './witness.ts';

/** The configuration that `lint` looks at, and the findings that it leaves out. */
export interface LintOptions extends MailMapsOptions {
  /** The lowest severity that is returned; default `warning`. */
  readonly severity?: Severity;
  /** Codes, or beginnings of codes, that are left out. */
  readonly disable?: readonly string[];
  /** Codes, or beginnings of codes, that are returned even with a lower severity. */
  readonly enable?: readonly string[];
  /** Findings that were there before, as `fingerprint` of a result names them. */
  readonly baseline?: ReadonlySet<string>;
}

/** The findings of `lint`. */
export interface LintResult {
  readonly findings: readonly Finding[];
  /** The number of findings that are not shown because of their severity. */
  readonly hidden: number;
  /** The files that were looked at. */
  readonly files: readonly string[];
  /** A name for a finding that stays the same while lines move: for a baseline. */
  readonly fingerprint: (finding: Finding) => string;
  /** Names of all findings, also of those in the baseline: the baseline of now. */
  readonly baseline: () => readonly string[];
  /** The text of a file that was checked, in bytes. */
  readonly textOf: (file: string) => string;
  /** A line of one of the files, in bytes. */
  readonly lineOf: (file: string, line: number) => string | undefined;
  /** The answer to the question of a witness, with its trace. */
  readonly decision: (asked: Question) => Decision;
  /** The recipients of the alias of a line; undefined: the line has no alias. */
  readonly expansion: (file: string, line: number) => NamedExpansion | undefined;
}

/** The recipients of mail for a name. */
export interface NamedExpansion {
  readonly name: string;
  readonly expansion: Expansion;
}

/**
 * Looks at a configuration.
 *
 * @throws MapError and TypeError as `openMailMaps`; `missing` for a directory without a source file
 */
export function lint(options: LintOptions = {}): LintResult {
  const { severity = 'warning', disable = [], enable = [], baseline = new Set<string>(), ...configuration } = options;
  const subject = reviewed(configuration, { withMissing: true });
  const asked = hasOtherRules(subject, configuration)
    ? reviewed(configuration, { withFileRules: true, withMissing: true, cf: subject.cf })
    : subject;
  const context = contextOf(subject, asked, configuration);
  if (context.sources.length === 0 && configuration.cf === undefined)
    throw new MapError('missing', `${context.directory} has no source file: nothing to look at`, {
      file: context.directory,
    });
  const isDisabled = (code: string): boolean => disable.some((prefix) => code.startsWith(prefix));
  const found = CODE_NAMES.flatMap((code) => (isDisabled(code) ? [] : findingsOf(code, context)));
  const all = suppress(withoutClashes(found, context), context.sources, isDisabled);
  const fresh = baseline.size === 0 ? all : all.filter((finding) => !baseline.has(fingerprint(finding, context)));
  const isShown = (finding: Finding): boolean =>
    SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(severity) ||
    enable.some((prefix) => finding.code.startsWith(prefix));
  const shown = fresh.filter(isShown);
  const files = context.sources.map(({ file }) => file);
  return {
    findings: shown.sort(byPlace(files)),
    hidden: fresh.length - shown.length,
    files,
    fingerprint: (finding) => fingerprint(finding, context),
    baseline: () => [...new Set(all.filter(isShown).map((finding) => fingerprint(finding, context)))].sort(),
    textOf: (file) => context.sources.find((source) => source.file === file)?.text ?? '',
    lineOf: (file, line) => {
      const text = context.sources.find((source) => source.file === file)?.lines[line - 1];
      return text === undefined ? undefined : withoutPasswords(text);
    },
    decision: (question) => decide(asked, question, NOTHING_FOUND),
    expansion: (file, line) => {
      const alias = context.aliases.find((one) => one.file === file && one.line <= line && line <= one.last);
      const name = alias && decodeText(alias.name);
      return name === undefined ? undefined : { name, expansion: context.configuration.expand(name) };
    },
  };
}

/** Whether the sendmail.cf decides by rules that are not those of its features. Proofs then come from these rules. */
function hasOtherRules({ cf }: Reviewed, { rules }: MailMapsOptions): boolean {
  return rules !== 'built-in' && cf !== undefined && cf.foreign.length > 0;
}

/** @param asked the same, with the decisions of the server */
function contextOf(subject: Reviewed, asked: Reviewed, options: MailMapsOptions): LintContext {
  const { settings, configuration, rules, missing, cf } = subject;
  const { checks } = asked;
  const forwards = subject.forwards();
  const texts = [
    ...(cf === undefined ? [] : [{ kind: 'cf' as const, file: cf.file, text: cf.text }]),
    ...subject.texts,
    ...forwards.flatMap((forward) => ('source' in forward ? forward.source : [])),
  ];
  const { access, aliases, route, restrictedShell } = settings;
  const inMemory = options.texts !== undefined;
  const tables = Object.values(route.tables);
  return lintContext(texts, {
    rules,
    checks,
    features: settings.features,
    directory: subject.directory,
    hasCf: options.cf !== undefined,
    tables: new Set(Object.keys(route.tables).map((table) => TABLE_NAMES[table as RoutingTable])),
    maps: inMemory ? [] : [access, ...aliases, ...tables].filter((map) => typeof map === 'object'),
    compressedAddresses: options.cf === undefined ? undefined : settings.compressedAddresses,
    configuration,
    knowsUsers: options.users !== undefined || !inMemory,
    ...(restrictedShell !== undefined && { restrictedShell }),
    missing,
    forwards,
    ownProblems: asked === subject ? [] : asked.configuration.problems,
    ...(cf !== undefined && { queueGroups: queueGroupsIn(cf.text) }),
  });
}

/** The names of Q lines, folded. sendmail always has the queue group `mqueue`. */
function queueGroupsIn(cf: ByteString): readonly string[] {
  const named = [...cf.matchAll(/^Q([^\s,]+)/gm)].map(([, name]) => foldCase(name!));
  return ['mqueue', ...named];
}

/** The findings of a code: of the programs' warnings, and of its rule. */
function findingsOf(code: Code, context: LintContext): Finding[] {
  const rule: Rule | undefined = (RULES as Partial<Record<Code, Rule>>)[code];
  const all: Found[] = [...(context.warnings.get(code) ?? []), ...(rule?.(context) ?? [])];
  return all.map(({ severity = CODES[code].severity, ...found }) => ({ code, severity, ...found }));
}

function byPlace(files: readonly string[]): (a: Finding, b: Finding) => number {
  return (a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    (a.code < b.code ? -1 : 1);
}

/**
 * A name for a finding that stays the same while lines move: code, file below the directory, and the text of the line; of a
 * finding about the whole file, its own text.
 */
function fingerprint(
  { code, file, line, column, length, text }: Finding,
  { sources, directory }: Pick<LintContext, 'sources' | 'directory'>,
): string {
  const isWhole = column === 1 && length === 1;
  const about = isWhole ? text : (sources.find((source) => source.file === file)?.lines[line - 1] ?? text);
  const hash = createHash('sha256').update(`${relative(directory, file)}\n${about.trim()}`);
  return `${code}:${hash.digest('hex').slice(0, 16)}`;
}
