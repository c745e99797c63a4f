/** The public face of review, `mailmaps/review`: named re-exports, no logic. */

export type { Code } from './core/codes/codes.ts';
export type { Severity } from './core/codes/page.ts';
export type { Difference } from './review/diff/comparison.ts';
export { type ChangedEntry, type DiffResult, diff } from './review/diff/diff.ts';
export type { ExpansionDifference } from './review/diff/expansions.ts';
export type { RewriteDifference, RouteDifference } from './review/diff/routes.ts';
export type { Edit, Finding, Witness } from './review/lint/finding.ts';
export { type LintOptions, type LintResult, lint } from './review/lint/lint.ts';
export type { Effect, Question } from './review/question.ts';
export type { ReplayGroup, ReplayResult } from './review/replay/replay.ts';
export { replay } from './review/replay/replay-lines.ts';
export {
  type Expectation,
  type Never,
  type Policy,
  type PolicyConfiguration,
  parsePolicy,
} from './review/verify/policy.ts';
export { type Verdict, type VerifyResult, verify } from './review/verify/verify.ts';
