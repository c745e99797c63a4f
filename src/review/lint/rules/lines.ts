/** Lines that makemap does not take, or takes otherwise than they look. Defined by makemap(8). */
import type { ByteString } from '../../../core/bytes.ts';
import { foldCase, trimEndBytes } from '../../../core/fold.ts';
import { MAX_LINE } from '../../../source/makemap-input.ts';
import type { LintContext, SourceLines } from '../context.ts';
import { exampleOf, type Found, placeOf, type Rule } from '../rule.ts';

interface LineRule extends Omit<Rule, 'check' | 'bad' | 'good'> {
  readonly bad: string;
  readonly good: string;
}

/** A rule about each line of the source files of maps. */
function lineRule(about: LineRule, say: (line: ByteString, number: number) => Partial<Found> | undefined): Rule {
  return {
    ...about,
    bad: exampleOf(about.bad, 'access'),
    good: exampleOf(about.good, 'access'),
    *check({ sources }) {
      for (const { file, lines } of sources.filter(isMapSource)) {
        for (const [i, line] of lines.entries()) {
          const said = say(line, i + 1);
          if (said !== undefined) yield { file, line: i + 1, column: 1, length: line.length, text: '', ...said };
        }
      }
    },
  };
}

const isMapSource = ({ kind }: SourceLines): boolean => kind === 'access' || kind === 'table';

/** UTF-8 of characters that look like blanks, or like nothing: no-break and thin spaces, zero width, the byte order mark. */
const INVISIBLE = /\xc2[\x85\xa0\xad]|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xa0]|\xe3\x80\x80|\xef\xbb\xbf/;
const TYPOGRAPHIC = /\xe2\x80[\x90-\x9f]|\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]/;

export const LINE_RULES: readonly Rule[] = [
  lineRule(
    {
      code: 'MM301',
      severity: 'error',
      title: 'a key has no value',
      why: 'makemap leaves the line out.',
      bad: 'From:a.example',
      good: 'From:a.example\tREJECT',
    },
    (line) =>
      /^[^#\s]+[ \t\r\v\f]*$/.test(line) ? { text: 'the key has no value: makemap leaves it out' } : undefined,
  ),
  lineRule(
    {
      code: 'MM302',
      severity: 'error',
      title: 'a line begins with a blank',
      why: 'makemap refuses it. Postfix takes it for a continuation, sendmail has none here.',
      bad: ' From:a.example\tREJECT',
      good: 'From:a.example\tREJECT',
    },
    (line) =>
      /^[ \t\r\v\f]+\S/.test(line) ? { text: 'the line begins with a blank: makemap leaves it out' } : undefined,
  ),
  {
    code: 'MM303',
    severity: 'warning',
    title: 'a key comes twice',
    why: 'The first stays in the map.',
    bad: { files: { access: 'From:a.example\tOK\nfrom:A.example\tREJECT\n' } },
    good: { files: { access: 'From:a.example\tOK\n' } },
    *check({ access }: LintContext) {
      const first = new Map<string, (typeof access)[number]>();
      for (const entry of access) {
        const before = first.get(foldCase(entry.key));
        if (before === undefined) first.set(foldCase(entry.key), entry);
        else yield { ...placeOf(entry, 'key'), text: `${before.key} stands in line ${before.line}, and stays` };
      }
    },
  },
  lineRule(
    {
      code: 'MM304',
      severity: 'warning',
      title: 'a line ends in a carriage return',
      why: 'The file was written on another system. sendmail takes the return for a blank here, other programs do not.',
      bad: 'From:a.example\tREJECT\r',
      good: 'From:a.example\tREJECT',
    },
    (line, number) =>
      line.endsWith('\r')
        ? { text: `line ${number} ends in a carriage return`, fix: { replacement: trimEndBytes(line) } }
        : undefined,
  ),
  lineRule(
    {
      code: 'MM305',
      severity: 'error',
      title: 'a line is too long',
      why: 'makemap refuses it.',
      bad: `From:a.example\t${'x'.repeat(MAX_LINE)}`,
      good: 'From:a.example\tREJECT',
    },
    (line) =>
      line.length > MAX_LINE ? { text: `the line has ${line.length} bytes; makemap takes ${MAX_LINE}` } : undefined,
  ),
  {
    code: 'MM307',
    severity: 'warning',
    title: 'the file looks like an aliases file',
    why: 'Aliases have a colon behind their names and are compiled by newaliases.',
    bad: { files: { access: 'postmaster: root\nabuse: postmaster\nroot: alice\n' } },
    good: { files: { access: 'From:a.example\tREJECT\n' } },
    *check({ sources }) {
      for (const { file, lines } of sources.filter(isMapSource)) {
        const entries = lines.filter((line) => /^[^#\s]/.test(line));
        const aliases = entries.filter((line) => /^[\w.+-]+:[ \t]+\S/.test(line));
        if (aliases.length < 2 || aliases.length < entries.length / 2) continue;
        const text = 'most lines look like aliases: compile this file with newaliases';
        yield { file, line: lines.indexOf(aliases[0]!) + 1, column: 1, length: aliases[0]!.length, text };
      }
    },
  },
  lineRule(
    {
      code: 'MM308',
      severity: 'warning',
      title: 'a character is not what it looks like',
      why: 'A no-break space is part of a word, a typographic quote quotes nothing, a byte order mark begins the first key.',
      bad: 'From:a.example\u00a0REJECT',
      good: 'From:a.example\tREJECT',
    },
    (line) => {
      if (line.startsWith('#')) return undefined;
      const found = INVISIBLE.exec(line) ?? TYPOGRAPHIC.exec(line);
      if (found === null) return undefined;
      const name = Buffer.from(found[0], 'latin1').toString('utf8').codePointAt(0)!.toString(16).toUpperCase();
      return { column: found.index + 1, length: found[0].length, text: `the line holds U+${name.padStart(4, '0')}` };
    },
  ),
];
