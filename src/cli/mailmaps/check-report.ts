/** A Decision -> lines for people: the answer, what decided it, and the lookups before it, in order. */

import type { Because, Decision, KeyStep, TraceStep } from '../../access/decision.ts';
import { formatReply } from '../../access/reply.ts';
import type { FeatureInForce } from '../../config/features-in-force.ts';
import { printable } from '../program/printable.ts';

const GREEN = '32';
const YELLOW = '33';
const RED = '31';

export interface ReportOptions {
  /** The sender or recipient. */
  readonly address?: string;
  readonly color: boolean;
  /** All rules of a sendmail.cf that were applied; by default the one that decided. */
  readonly full?: boolean;
}

/** The report, with a final newline, safe to print on a terminal. */
export function describeDecision(decision: Decision, options: ReportOptions): string {
  const { word, color } = verdict(decision);
  const shown = options.color ? `\x1b[1;${color}m${word}\x1b[0m` : word;
  const trace = options.full ? decision.trace : decision.trace.filter((step) => matters(step, decision));
  const deciding = trace.findLastIndex((step) => decides(step, decision));
  const detail = decision.reply ? formatReply(decision, options.address) : decision.reason;
  const lines = [
    detail === undefined ? shown : `${shown}: ${printable(detail)}`,
    ...reason(decision),
    ...trace.map((step, i) => printable(`  ${describeStep(step, decision)}${i === deciding ? '   <- decides' : ''}`)),
  ];
  return `${lines.join('\n')}\n`;
}

/** `virtusertable hash -o /etc/mail/virtusertable   /etc/mail/sendmail.cf: line 207`, with a final newline. */
export function describeFeature({ name, argument, found, file, line, followed }: FeatureInForce): string {
  const what = argument === undefined ? name : `${name} ${argument}`;
  const where = found === 'options' ? 'named' : `${file}: line ${line}`;
  return `${printable(`${what}   ${where}${followed ? '' : '   not followed'}`)}\n`;
}

function verdict({ action }: Decision): { word: string; color: string } {
  switch (action) {
    case 'ok':
    case 'local':
      return { word: 'accepted', color: GREEN };
    case 'relay':
      return { word: 'relayed', color: GREEN };
    case 'reject':
      return { word: 'refused', color: RED };
    case 'tempFail':
      return { word: 'temporary failure', color: YELLOW };
    case 'discard':
      return { word: 'discarded', color: RED };
    case 'quarantine':
      return { word: 'quarantined', color: YELLOW };
  }
}

function reason({ because, final }: Decision): readonly string[] {
  const entry = because.key === undefined ? '' : `: ${because.key} ${because.value ?? 'cannot be looked up'}`;
  const place = because.key === undefined && because.at !== undefined ? '' : placeOf(because);
  return [printable(`because of ${because.rule}${entry}${place}${byRule(because)}${final ? ' (final)' : ''}`)];
}

/** `, /etc/mail/access:4`; a map without a source file has no line. */
export function placeOf({ source }: Pick<Because, 'source'>): string {
  if (source === undefined) return '';
  return source.line === undefined ? `, ${source.file}` : `, ${source.file}:${source.line}`;
}

/** The rule of a sendmail.cf that decided. */
export function byRule({ at }: Pick<Because, 'at'>): string {
  return at === undefined ? '' : `, by the rule at ${at.file}:${at.line}`;
}

/** Whether a step is shown: of the rules that were applied, only the one that decided. */
function matters(step: TraceStep, { because }: Decision): boolean {
  return step.kind !== 'rule' || (step.rule === because.rule && step.at?.line === because.at?.line);
}

/** Of steps with the same lookup, the last one decides. */
function decides(step: TraceStep, { because }: Decision): boolean {
  if (because.key !== undefined) return step.kind === 'key' && step.key === because.key && step.status !== 'notFound';
  return step.kind === 'class' && step.rule === because.rule && step.holds;
}

/** The place of the entry that decided is in the line above. */
function describeStep(step: TraceStep, { because }: Decision): string {
  switch (step.kind) {
    case 'key': {
      const place = step.key === because.key ? '' : placeOf(step);
      return `${step.map === undefined ? '' : `${step.map}: `}${step.key}   ${{ found: `${step.value ?? ''}${place}`, notFound: '-', tempFail: 'cannot tell' }[step.status]}${askedAt(step)}`;
    }
    case 'class': {
      const place = step.rule === because.rule ? '' : placeOf(step);
      return `${step.subject} in ${step.rule}?   ${step.holds ? `yes${place}` : 'no'}`;
    }
    case 'rule':
      return `${step.rule}${step.at === undefined ? '' : `, ${step.at.file}:${step.at.line}`}: ${step.text}`;
    case 'note':
      return `${step.rule}: ${step.text}`;
  }
}

/** The rule that asked. */
function askedAt({ rule, at }: KeyStep): string {
  return at === undefined ? '' : `   (${rule}, ${at.file}:${at.line})`;
}
