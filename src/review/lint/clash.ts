/**
 * Findings -> the same, without the fixes that would give a line the key of another line. Of two entries with one key only the
 * first counts, so such a fix would choose between their values.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { accessEntries } from '../../source/access-entry.ts';
import type { LintContext } from './context.ts';
import type { Finding } from './finding.ts';

/** A key in a line of a file. */
interface Keyed {
  readonly file: string;
  readonly line: number;
  readonly key: ByteString;
}

export function withoutClashes(
  found: readonly Finding[],
  { access, tableEntries }: Pick<LintContext, 'access' | 'tableEntries'>,
): readonly Finding[] {
  const fixed = found.flatMap(keysAfter);
  if (fixed.length === 0) return found;
  const before = linesByKey([...access, ...tableEntries]);
  const all = linesByKey([...access, ...tableEntries, ...fixed]);
  const clashes = (after: Keyed): boolean =>
    !before.get(nameOf(after))?.has(after.line) && all.get(nameOf(after))!.size > 1;
  return found.map((finding) => {
    const { fix: _, ...unmended } = finding;
    return keysAfter(finding).some(clashes) ? unmended : finding;
  });
}

/** The keys of the lines that the fix of a finding makes. */
function keysAfter({ file, fix = [] }: Finding): Keyed[] {
  return fix.flatMap(({ line, replacement }) =>
    accessEntries(replacement.split('\n')).map(({ key }) => ({ file, line, key })),
  );
}

/** The lines that have each key. */
function linesByKey(keys: readonly Keyed[]): ReadonlyMap<string, ReadonlySet<number>> {
  const lines = new Map<string, Set<number>>();
  for (const each of keys) {
    const name = nameOf(each);
    lines.set(name, (lines.get(name) ?? new Set()).add(each.line));
  }
  return lines;
}

function nameOf({ file, key }: Keyed): string {
  return `${file}\n${foldCase(key)}`;
}
