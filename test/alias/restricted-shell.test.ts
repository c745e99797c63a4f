/** Recorded answers of smrsh (test/data/restricted-shell.json), compared with our rule. */
import { expect, it } from 'vitest';
import { refusedByRestrictedShell, type ShellCommand } from '../../src/alias/restricted-shell.ts';
import { readData } from '../read-data.ts';

const { directory, cases } = readData<{
  readonly directory: Readonly<Record<string, ShellCommand>>;
  readonly cases: readonly (readonly [commandLine: string, refused: string | null])[];
}>('restricted-shell');

it.each(cases)('%j', (commandLine, refused) => {
  expect(refusedByRestrictedShell(commandLine, (name) => directory[name] ?? 'missing')).toBe(refused ?? undefined);
});
