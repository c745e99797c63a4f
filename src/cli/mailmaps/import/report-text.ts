/** The result of an import -> lines for people. */
import type { Difference } from '../../../map/compare.ts';
import type { ImportReport } from '../../../map/import.ts';
import { printable } from '../../program/printable.ts';
import type { Change } from './references.ts';
import type { TextCheck } from './text-check.ts';

/** The report about one file. */
export interface Imported extends ImportReport {
  /** The source file was changed after the map was made; undefined: there is no source file. */
  readonly textIsNewer: boolean | undefined;
  readonly check?: TextCheck;
  readonly changes: readonly Change[];
}

/** Most differences that are printed; `--json` has all. */
const MOST_SHOWN = 20;

export function importText(imported: Imported): string {
  return [...head(imported), ...checked(imported), ...changed(imported)].map((line) => `${printable(line)}\n`).join('');
}

function head({ file, what, maker, path, read, records, problems, textIsNewer }: Imported): string[] {
  const counts = read === records ? `${records} records` : `${records} of ${read} records`;
  return [
    `${file}: ${what}, made by ${maker}: ${counts} -> ${path}`,
    ...problems.map(({ text }) => `  warning: ${text}`),
    ...(textIsNewer
      ? [`  warning: its source file was changed after it was made; makemap or newaliases makes a map of that`]
      : []),
  ];
}

function checked({ check }: Imported): string[] {
  if (check === undefined) return [];
  const { text, differences, errors } = check;
  const bad = errors > 0 ? [`  ${text} has ${errors} bad lines`] : [];
  if (differences.length === 0) return [...bad, `  ${text} compiles to the same records`];
  const more = differences.length > MOST_SHOWN ? [`    and ${differences.length - MOST_SHOWN} more`] : [];
  const shown = differences.slice(0, MOST_SHOWN).map(difference);
  return [...bad, `  ${text} compiles to other records, ${differences.length} keys differ:`, ...shown, ...more];
}

function difference({ key, ours, theirs }: Difference): string {
  if (theirs === undefined) return `    ${key}: only in the text (${ours})`;
  if (ours === undefined) return `    ${key}: only in the map (${theirs})`;
  return `    ${key}: ${ours} in the text, ${theirs} in the map`;
}

function changed({ changes }: Imported): string[] {
  return changes.flatMap((change) => [
    `  change ${change.file} line ${change.line}:`,
    `    - ${change.old}`,
    `    + ${change.new}`,
  ]);
}
