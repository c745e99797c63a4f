/**
 * Findings that an administrator accepts: a comment directly above the entry, or anywhere for the whole file, with a reason.
 *
 *     # mailmaps: allow MM003 our partner sends and receives here
 *     # mailmaps: allow-file MM116 generated
 *
 * A suppression without a reason, or that suppresses nothing, is a finding (MM901).
 */
import { CODES, isCode } from '../../core/codes/codes.ts';
import type { SourceLines } from '../source-text.ts';
import type { Finding } from './finding.ts';

interface Suppression {
  readonly file: string;
  readonly line: number;
  /** The first line below the comments; undefined: the whole file. */
  readonly covers: number | undefined;
  readonly code: string;
  readonly reason: string;
}

const COMMENT = /^# ?mailmaps: ?(allow|allow-file) (MM\d{3})\b(.*)$/s;

/** @param isDisabled whether a code is off; its suppressions are then no finding if they suppress nothing */
export function suppress(
  findings: readonly Finding[],
  sources: readonly SourceLines[],
  isDisabled: (code: string) => boolean,
): Finding[] {
  const all = sources.flatMap(suppressionsOf);
  const byCode = new Map<string, Suppression[]>();
  for (const suppression of all) {
    if (suppression.reason === '') continue;
    const key = `${suppression.code} ${suppression.file}`;
    if (suppression.covers !== undefined) byCode.set(`${key}:${suppression.covers}`, [suppression]);
    else byCode.set(key, [suppression]);
  }
  const used = new Set<Suppression>();
  const left = findings.filter(({ code, file, line }) => {
    const key = `${code} ${file}`;
    const by = [...(byCode.get(`${key}:${line}`) ?? []), ...(byCode.get(key) ?? [])];
    for (const suppression of by) used.add(suppression);
    return by.length === 0;
  });
  if (isDisabled('MM901')) return left;
  const judged = all.filter((suppression) => !used.has(suppression) && !isDisabled(suppression.code));
  return [...left, ...judged.map(complaint)];
}

function suppressionsOf({ file, lines }: SourceLines): Suppression[] {
  const found: Suppression[] = [];
  // From below, so that each comment knows the entry under it.
  let entry = lines.length;
  for (let i = lines.length - 1; i >= 0; i--) {
    const text = lines[i]!;
    const [, word, code, reason] = COMMENT.exec(text) ?? [];
    if (!text.startsWith('#')) entry = i;
    if (code === undefined) continue;
    found.push({ file, line: i + 1, covers: word === 'allow' ? entry + 1 : undefined, code, reason: reason!.trim() });
  }
  return found.reverse();
}

function complaint({ file, line, code, reason }: Suppression): Finding {
  const noReason = reason === '' ? `allow ${code} needs a reason` : `allow ${code} suppresses nothing`;
  const text = isCode(code) ? noReason : `there is no code ${code}`;
  return { code: 'MM901', severity: CODES.MM901.severity, file, line, column: 1, length: 1, text };
}
