/** Verdicts -> text for people, JUnit XML, and the annotations of GitHub. */

import { ownField } from '../../core/own-field.ts';
import type { Verdict, VerifyResult } from './verify.ts';

/** Shown if an expectation that holds may have an exception. */
export const SAMPLED =
  'Sampled: rules, entries or features decide whose effect is not known. Statements about any address are checked with samples.';

export function verifyText({ verdicts, untouched, isSampled }: VerifyResult, file: string, coverage: boolean): string {
  const failed = verdicts.filter(({ holds }) => !holds);
  const lines = [
    ...failed.map(({ line, name, why }) => `${file}:${line}: ${name}\n    ${why}`),
    ...(coverage ? untouched.map((key) => `not asked for: ${key}`) : []),
    `${verdicts.length - failed.length} hold, ${failed.length} do not`,
    ...(isSampled ? [SAMPLED] : []),
  ];
  return `${lines.join('\n')}\n`;
}

export function verifyJunit({ verdicts }: Pick<VerifyResult, 'verdicts'>, file: string): string {
  const failures = verdicts.filter(({ holds }) => !holds).length;
  const cases = verdicts.map((verdict) => junitCase(verdict, file));
  const counts = `tests="${verdicts.length}" failures="${failures}" errors="0" skipped="0" time="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mailmaps verify" ${counts}>`,
    `<testsuite name="${xml(file)}" ${counts}>`,
    `${cases.join('')}</testsuite>`,
    '</testsuites>\n',
  ].join('\n');
}

function junitCase({ name, line, holds, why = '' }: Verdict, file: string): string {
  const head = `  <testcase name="${xml(name)}" classname="mailmaps.verify" time="0" file="${xml(file)}" line="${line}"`;
  return holds ? `${head}/>\n` : `${head}><failure message="${xml(why)}"/></testcase>\n`;
}

function xml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .toWellFormed()
    .replace(/[&<>"]/g, (character) => ownField(escapes, character)!)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '?')
    .replace(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`);
}

export function verifyGithub({ verdicts }: VerifyResult, file: string): string {
  const value = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const lines = verdicts.filter(({ holds }) => !holds);
  return lines
    .map(({ line, name, why = '' }) => `::error file=${property(file)},line=${line}::${value(`${name}: ${why}`)}\n`)
    .join('');
}
