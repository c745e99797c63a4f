/**
 * The kinds of sendmail's complaints -> the status of the daemon's reply to a command.
 * Source: sendmail 8.17 itself.
 */

/**
 * `longAddress`: an address of too many bytes; `mailbox`: characters that no mailbox has; `unbalanced`: a quote, bracket or
 * parenthesis without its partner; `tokens`: too many tokens, or one that is too long; `room`: a text without room for its
 * tokens; `rulesets`: rulesets that do not end, do not exist, or choose no mailer; `rewriting`: the right side of a rule;
 * `waiting`: mail waits, and nothing is refused; `classFile`: a class file that cannot be opened; `hostName`: this host, and not
 * the file.
 */
export type ComplaintKind =
  | 'other'
  | 'longAddress'
  | 'mailbox'
  | 'unbalanced'
  | 'tokens'
  | 'room'
  | 'rulesets'
  | 'rewriting'
  | 'waiting'
  | 'classFile'
  | 'hostName';

/** Code, enhanced status, and whether the address of the command is shown before the text. */
export type ComplaintStatus = readonly [code: number, enhanced: string, prefixed: boolean];

const STATUSES: Readonly<Record<ComplaintKind, ComplaintStatus | undefined>> = {
  other: [554, '5.0.0', false],
  longAddress: [553, '5.1.0', true],
  mailbox: [501, '5.1.3', false],
  unbalanced: [553, '5.0.0', false],
  tokens: [553, '5.1.0', false],
  room: [553, '5.1.1', false],
  rulesets: [554, '5.3.5', false],
  rewriting: [554, '5.3.0', false],
  waiting: undefined,
  classFile: [554, '5.0.0', false],
  hostName: [554, '5.0.0', false],
};

/** A complaint without its place and cause. */
export interface Complaint {
  readonly kind: ComplaintKind;
  readonly text: string;
}

/** A complaint as it is printed: `text` includes the cause; the line of the file is separate. */
export interface Printed extends Complaint {
  /** Undefined: the complaint is not about a line. */
  readonly line?: number;
}

/** Undefined: the complaint refuses nothing. */
export function statusOf(kind: ComplaintKind): ComplaintStatus | undefined {
  return STATUSES[kind];
}
