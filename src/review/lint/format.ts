/** Findings -> text for people, JSON, SARIF 2.1.0, and the annotations of GitHub. */

import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { CODE_NAMES, CODES, type Code, isCode } from '../../core/codes/codes.ts';
import type { Example } from '../../core/codes/page.ts';
import { jsonText } from '../../core/json-text.ts';
import { ownField } from '../../core/own-field.ts';
import { withoutPasswords } from '../../core/passwords.ts';
import type { Edit, Finding } from './finding.ts';
import type { LintResult } from './lint.ts';
import { WARNED } from './warned.ts';

export function lintText({ findings, hidden, files, lineOf }: LintResult): string {
  const parts = findings.map((finding) => findingText(finding, lineOf(finding.file, finding.line)));
  const count = (severity: string): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return `${number} ${severity}${number === 1 ? '' : 's'}`;
  };
  const left = hidden > 0 ? `, ${hidden} not shown (--severity style)` : '';
  const summary = `${count('error')}, ${count('warning')}${left} in ${files.length} files`;
  return [...parts, summary, ''].join('\n');
}

function findingText(finding: Finding, source?: ByteString): string {
  const { file, line, column, severity, code, text, help, witness } = finding;
  const lines = [`${file}:${line}:${column}: ${severity} ${code} ${text}`];
  if (source !== undefined) {
    const number = String(line).padStart(5);
    const { start, length } = charactersOf(finding, source);
    lines.push(
      `${number} | ${source.replaceAll('\t', ' ')}`,
      `      | ${' '.repeat(start)}${'^'.repeat(Math.max(1, length))}${help ? ` ${help}` : ''}`,
    );
  } else if (help !== undefined) lines.push(`  help: ${help}`);
  if (witness !== undefined) lines.push(`  asked: ${witness.question}  ->  ${witness.answer}`);
  return decodeText(lines.join('\n'));
}

/** The place in a line in characters (UTF-16 code units), from 0: columns of findings are bytes. */
function charactersOf({ column, length }: Finding, source: ByteString): { start: number; length: number } {
  const before = source.slice(0, column - 1);
  return {
    start: decodeText(before).length,
    length: decodeText(source.slice(before.length, before.length + length)).length,
  };
}

export function lintJson({ findings, hidden, files }: LintResult): string {
  const shown = findings.map(({ fix, ...finding }) => (isShowable(fix) ? { ...finding, fix } : finding));
  return `${jsonText(JSON.parse(decodeText(JSON.stringify({ findings: shown, hidden, files }))))}\n`;
}

const LEVELS = { error: 'error', warning: 'warning', info: 'note', style: 'note' } as const;

/** Severities of codes about relaying, for GitHub: 7 and more is high, 9 and more critical. */
const SECURITY: Readonly<Record<string, string>> = { error: '9.1', warning: '6.5', info: '3.1', style: '1.0' };

/** SARIF 2.1.0: one run, with the rules that found something. */
export function lintSarif(result: LintResult, version: string): string {
  const found = new Set(result.findings.map(({ code }) => code));
  const codes = CODE_NAMES.filter((code) => found.has(code));
  const driver = { name: 'mailmaps', version, rules: codes.map(sarifRule) };
  const results = result.findings.map((finding) => sarifResult(finding, codes.indexOf(finding.code), result));
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', results };
  const $schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return `${jsonText({ $schema, version: '2.1.0', runs: [run] })}\n`;
}

function sarifRule(code: Code): unknown {
  const { title, why, severity } = CODES[code];
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: explain(code) },
    defaultConfiguration: { level: LEVELS[severity] },
    ...(code < 'MM1' && { properties: { 'security-severity': ownField(SECURITY, severity), tags: ['security'] } }),
  };
}

function sarifResult(finding: Finding, ruleIndex: number, { fingerprint, lineOf }: LintResult): unknown {
  const { code, severity, file, line, text, help, witness, fix } = finding;
  const { start, length } = charactersOf(finding, lineOf(file, line) ?? '');
  const artifactLocation = { uri: sarifUri(file) };
  const words = [text, ...(help ? [help] : []), ...(witness ? [`Asked: ${witness.question}: ${witness.answer}`] : [])];
  const region = { startLine: line, startColumn: start + 1, endColumn: start + 1 + length };
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: decodeText(words.join('. ')) },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    partialFingerprints: { primaryLocationLineHash: fingerprint(finding) },
    ...(fix &&
      isShowable(fix) && { fixes: [{ artifactChanges: [{ artifactLocation, replacements: fix.map(replacement) }] }] }),
  };

  function replacement({ line: at, replacement: now }: Edit): unknown {
    const end = decodeText(lineOf(file, at) ?? '').length + 1;
    const deletedRegion = { startLine: at, startColumn: 1, endLine: at, endColumn: end };
    return { deletedRegion, insertedContent: { text: decodeText(now) } };
  }
}

/** A fix of an entry with a password is left out: it would show it. */
function isShowable(fix: readonly Edit[] | undefined): boolean {
  return fix === undefined || fix.every(({ replacement }) => withoutPasswords(replacement) === replacement);
}

function sarifUri(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split(sep).map(encodeURIComponent).join('/');
}

/** `::error file=...,line=...::text`, a line a finding. */
export function lintGithub({ findings }: LintResult): string {
  const value = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const lines = findings.map(({ severity, file, line, column, code, text }) => {
    const level = severity === 'error' || severity === 'warning' ? severity : 'notice';
    return `::${level} file=${property(file)},line=${line},col=${column},title=${code}::${value(text)}\n`;
  });
  return decodeText(lines.join(''));
}

/** The page of a code: reason and examples; undefined for an unknown code. */
export function explain(code: string): string | undefined {
  if (!isCode(code)) return undefined;
  const { severity, title, why, bad, good } = CODES[code];
  const isWarned = (WARNED as readonly string[]).includes(code);
  return [
    `${code} (${severity}): ${title}`,
    '',
    why,
    ...(isWarned ? ['The programs and the library that read the file warn of it too.'] : []),
    '',
    'Found:',
    ...exampleLines(bad),
    'Not found:',
    ...exampleLines(good),
    '',
  ].join('\n');
}

function exampleLines({ files, features, restrictedShell, after }: Example): string[] {
  return [
    ...Object.entries(files).map(([file, text]) => `  ${file}:\n${text.trimEnd().replace(/^/gm, '    ')}`),
    ...(features ? [`  with ${features.join(', ')}`] : []),
    ...(restrictedShell ? [`  with the restricted shell in ${restrictedShell}`] : []),
    ...(after ? [`  after: ${after}`] : []),
  ];
}
