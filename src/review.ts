/** The public face of review, `mailmaps/review`: named re-exports, no logic. */
export type { Finding, Fix, Severity, Witness } from './review/lint/finding.ts';
export { type LintOptions, type LintResult, lint } from './review/lint/lint.ts';
