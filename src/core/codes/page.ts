/** The description of a code: its severity, its reason, and an example of each outcome, which are its test and its page. */

/** From worst to least. */
export const SEVERITIES = ['error', 'warning', 'info', 'style'] as const;
/** The severity of a finding. */
export type Severity = (typeof SEVERITIES)[number];

/** A configuration in a few lines: files by their usual names. */
export interface Example {
  readonly files: Readonly<Record<string, string>>;
  /** FEATURE() names. */
  readonly features?: readonly string[];
  /** The directory of the restricted shell. */
  readonly restrictedShell?: string;
  /** A command after the maps are made. */
  readonly after?: string;
}

export interface Page {
  readonly severity: Severity;
  /** A short description of the fault, without names. */
  readonly title: string;
  /** Why it matters: one or two sentences. */
  readonly why: string;
  readonly bad: Example;
  readonly good: Example;
}
