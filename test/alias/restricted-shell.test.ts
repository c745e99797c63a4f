/** Recorded answers of smrsh (test/data/restricted-shell.json), compared with our rule. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { refusedByRestrictedShell, type ShellCommand } from '../../src/alias/restricted-shell.ts';

const { directory, cases } = JSON.parse(
  readFileSync(new URL('../data/restricted-shell.json', import.meta.url), 'utf8'),
) as {
  readonly directory: Readonly<Record<string, ShellCommand>>;
  readonly cases: readonly (readonly [commandLine: string, refused: string | null])[];
};

it.each(cases)('%j', (commandLine, refused) => {
  expect(refusedByRestrictedShell(commandLine, (name) => directory[name] ?? 'missing')).toBe(refused ?? undefined);
});
