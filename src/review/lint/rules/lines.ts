/** Lines of the source files of maps that lose text, and files of the wrong kind. Defined by makemap(8). */
import type { LINE_CODES } from '../../../core/codes/lines.ts';
import { foldCase } from '../../../core/fold.ts';
import type { AccessEntry } from '../../../source/access-entry.ts';
import type { LintContext } from '../context.ts';
import type { Found } from '../finding.ts';
import type { RulesOf } from '../rule.ts';
import { placeOf } from '../rule.ts';
import { isMapSource } from '../warned.ts';

export const LINE_RULES: RulesOf<typeof LINE_CODES> = {
  *MM303({ access, tableEntries }: LintContext): Iterable<Found> {
    const first = new Map<string, AccessEntry>();
    for (const entry of [...access, ...tableEntries]) {
      const key = `${entry.file}\n${foldCase(entry.key)}`;
      const before = first.get(key);
      if (before === undefined) first.set(key, entry);
      else yield { ...placeOf(entry, 'key'), text: `${before.key} stands in line ${before.line}, and stays` };
    }
  },
  *MM307({ sources }: LintContext): Iterable<Found> {
    for (const { file, lines } of sources.filter(isMapSource)) {
      const entries = lines.filter((line) => /^[^#\s]/.test(line));
      const aliases = entries.filter((line) => /^[\w.+-]+:[ \t]+\S/.test(line));
      if (aliases.length < 2 || aliases.length < entries.length / 2) continue;
      const text = 'most lines look like aliases: compile this file with newaliases';
      yield { file, line: lines.indexOf(aliases[0]!) + 1, column: 1, length: aliases[0]!.length, text };
    }
  },
};
