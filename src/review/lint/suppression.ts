/**
 * Findings that an administrator accepts: a comment directly above the entry, or anywhere for the whole file, with a reason.
 *
 *     # mailmaps: allow MM003 our partner sends and receives here
 *     # mailmaps: allow-file MM116 generated
 *
 * A suppression without a reason, or that suppresses nothing, is a finding (MM901).
 */
import { CODES, isCode } from '../../core/codes/codes.ts';
import type { SourceLines } from './context.ts';
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

/** @param isDisabled whether nobody asks for a code: then its suppressions may suppress nothing */
export function suppress(
  findings: readonly Finding[],
  sources: readonly SourceLines[],
  isDisabled: (code: string) => boolean,
): Finding[] {
  const all = sources.flatMap(suppressionsOf);
  const used = new Set<Suppression>();
  const left = findings.filter((finding) => {
    const by = all.find((suppression) => isCovered(finding, suppression));
    if (by !== undefined) used.add(by);
    return by === undefined;
  });
  if (isDisabled('MM901')) return left;
  const judged = all.filter((suppression) => !used.has(suppression) && !isDisabled(suppression.code));
  return [...left, ...judged.map(complaint)];
}

function suppressionsOf({ file, lines }: SourceLines): Suppression[] {
  return lines.flatMap((text, i) => {
    const [, word, code, reason] = COMMENT.exec(text) ?? [];
    if (code === undefined) return [];
    const below = lines.findIndex((line, at) => at > i && !line.startsWith('#'));
    return [{ file, line: i + 1, covers: word === 'allow' ? below + 1 : undefined, code, reason: reason!.trim() }];
  });
}

function isCovered(finding: Finding, { file, covers, code, reason }: Suppression): boolean {
  return (
    reason !== '' && finding.file === file && finding.code === code && (covers === undefined || covers === finding.line)
  );
}

function complaint({ file, line, code, reason }: Suppression): Finding {
  const noReason = reason === '' ? `allow ${code} needs a reason` : `allow ${code} suppresses nothing`;
  const text = isCode(code) ? noReason : `there is no code ${code}`;
  return { code: 'MM901', severity: CODES.MM901.severity, file, line, column: 1, length: 1, text };
}
