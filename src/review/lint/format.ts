/** Findings -> text for people, JSON, SARIF 2.1.0, and the annotations of GitHub. */
import { decodeText } from '../../core/bytes.ts';
import { CODE_NAMES, CODES, isCode } from '../../core/codes/codes.ts';
import type { Example } from '../../core/codes/page.ts';
import type { Finding } from './finding.ts';
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

function findingText(
  { file, line, column, severity, code, text, length, help, witness }: Finding,
  source?: string,
): string {
  const lines = [`${file}:${line}:${column}: ${severity} ${code} ${text}`];
  if (source !== undefined) {
    const number = String(line).padStart(5);
    lines.push(
      `${number} | ${source.replaceAll('\t', ' ')}`,
      `      | ${' '.repeat(column - 1)}${'^'.repeat(Math.max(1, length))}${help ? ` ${help}` : ''}`,
    );
  } else if (help !== undefined) lines.push(`  help: ${help}`);
  if (witness !== undefined) lines.push(`  asked: ${witness.question}  ->  ${witness.answer}`);
  return decodeText(lines.join('\n'));
}

export function lintJson({ findings, hidden, files }: LintResult): string {
  return `${decodeText(JSON.stringify({ findings, hidden, files }))}\n`;
}

const LEVELS = { error: 'error', warning: 'warning', info: 'note', style: 'note' } as const;

/** SARIF 2.1.0: one run, with the rules that found something. */
export function lintSarif({ findings, fingerprint }: LintResult, version: string): string {
  const found = new Set(findings.map(({ code }) => code));
  const rules = CODE_NAMES.filter((code) => found.has(code)).map((code) => [code, CODES[code]] as const);
  const driver = {
    name: 'mailmaps',
    version,
    rules: rules.map(([code, { title, why, severity }]) => ({
      id: code,
      shortDescription: { text: title },
      fullDescription: { text: why },
      defaultConfiguration: { level: LEVELS[severity] },
    })),
  };
  const results = findings.map((finding) => ({
    ruleId: finding.code,
    level: LEVELS[finding.severity],
    message: { text: finding.help === undefined ? finding.text : `${finding.text}. ${finding.help}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(finding.file) },
          region: {
            startLine: finding.line,
            startColumn: finding.column,
            endColumn: finding.column + Math.max(1, finding.length),
          },
        },
      },
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprint(finding) },
  }));
  const $schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return `${decodeText(JSON.stringify({ $schema, version: '2.1.0', runs: [{ tool: { driver }, results }] }))}\n`;
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

/** The page of a code: reason and examples; undefined for a code that there is not. */
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
