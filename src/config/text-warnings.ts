/**
 * Entries that a followed text or a list loses silently -> `problem` events with file and line. Each warning is reported once,
 * and only the first few of a file: a list that somebody else wrote must not fill a server's log.
 */
import { decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { FileReader } from '../core/list-file.ts';
import type { FollowEvents } from '../files/following.ts';
import { listFindings } from '../source/warnings/aliases.ts';
import type { PlacedFinding } from '../source/warnings/finding.ts';

/** Most warnings that are reported for one file. */
const REPORTED = 20;
/** Most files that are remembered. Then all are forgotten, and their warnings are reported again. */
const REMEMBERED = 1000;

/** Takes the warnings about a file; known ones are ignored. */
export type ReportFindings = (file: string, findings: readonly PlacedFinding[]) => void;

export function findingReporter(onProblem: FollowEvents['onProblem']): ReportFindings {
  const known = new Map<string, string>();
  return (file, findings) => {
    const found = findings.map(({ line, code }) => `${line} ${code}`).join();
    if ((known.get(file) ?? '') === found) return;
    if (known.size >= REMEMBERED) known.clear();
    known.set(file, found);
    for (const problem of problemsOf(file, findings)) onProblem(problem);
  };
}

function problemsOf(file: string, findings: readonly PlacedFinding[]): MapError[] {
  const problems = findings
    .slice(0, REPORTED)
    .map(
      ({ line, text, code }) =>
        new MapError('badInput', `${file}: line ${line}: ${decodeText(text)} [${code}]`, { file, line }),
    );
  const more = findings.length - REPORTED;
  return more > 0
    ? [...problems, new MapError('badInput', `${file}: and ${more} more such lines`, { file })]
    : problems;
}

/** Reads lists and reports their warnings. Warnings about a .forward are not reported: it belongs to its user. */
export function withListWarnings(files: FileReader, report: ReportFindings): FileReader {
  return {
    readForward: (path, reader) => files.readForward(path, reader),
    readInclude(path, reader) {
      const file = files.readInclude(path, reader);
      if (file.status === 'opened') report(decodeText(path), listFindings(file.text));
      return file;
    },
  };
}
