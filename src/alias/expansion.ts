/**
 * What an expansion answers: who gets the mail, what went wrong, and who led to whom. Texts are byte strings in this folder
 * and plain text at the public face; the shapes are the same.
 */

/** One final recipient. */
export type DeliveryTarget = UserTarget | AddressTarget | ProgramTarget | FileTarget;

interface Sent {
  /** The envelope sender that an owner- alias gives to this recipient; absent: the message's own. */
  readonly owner?: string;
}
export interface UserTarget extends Sent {
  readonly kind: 'user';
  readonly name: string;
  /** What follows the `+`, or the address that mailertable sent here; absent without. */
  readonly detail?: string;
  /** The local mailer, where it is another than `local`. */
  readonly mailer?: string;
}
export interface AddressTarget extends Sent {
  readonly kind: 'address';
  readonly localPart: string;
  readonly domain: string;
  /** The mailer and the host that a table or a relay names; absent: the domain's own hosts. */
  readonly mailer?: string;
  readonly host?: string;
}
interface RunAs extends Sent {
  /** The alias, list or user that named it. */
  readonly from: string;
  /** The user that it runs as; absent: DefaultUser. */
  readonly user?: string;
}
export interface ProgramTarget extends RunAs {
  readonly kind: 'program';
  /** What the shell is given, without the `|` and without quotes. */
  readonly command: string;
  /** Why the restricted shell would not run it; absent: it would, or no restricted shell was asked for. */
  readonly refused?: string;
}
export interface FileTarget extends RunAs {
  readonly kind: 'file';
  readonly path: string;
}

export type ExpansionErrorCode =
  /** Neither an alias nor a user. */
  | 'unknownUser'
  /** Aliases lead only to one another, or are nested too deep. */
  | 'loop'
  /** A list of addresses could not be opened. */
  | 'include'
  /** Not an address. */
  | 'syntax'
  /** A program, file or list where none is allowed. */
  | 'notAllowed'
  /** A user has no home for a .forward; what ForwardPath names elsewhere is read all the same. */
  | 'forward'
  /** The owner- alias of a list is no address: its name is the envelope sender. */
  | 'owner'
  /** An alias map or the user database could not be asked, or a list or .forward not be opened, for now: try again later. */
  | 'tempFail'
  /** A limit that protects the process was reached; the answer is incomplete. */
  | 'limit';

export interface ExpansionError {
  readonly code: ExpansionErrorCode;
  /** The address that is at fault, as it was written; absent when it is the whole. */
  readonly address?: string;
  /** The line that `sendmail -bv` prints: file and line, address, reason. */
  readonly text: string;
  /** What an SMTP client is told. */
  readonly reply: { readonly code: number; readonly enhanced: string; readonly text: string };
  /** The exit status that sendmail remembers for it, from sysexits; absent: it has none of its own. */
  readonly status?: number;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** For a loop: the names that lead to one another, or down to the last level. */
  readonly path?: readonly string[];
}

/** Through what an address was reached. */
export type ExpansionVia =
  | { readonly kind: 'asked' }
  /** `map` counts the alias maps from 0. */
  | { readonly kind: 'alias'; readonly key: string; readonly map: number }
  /** `user+detail` looked up as something shorter. */
  | { readonly kind: 'detail' }
  /** LUSER_RELAY, MAIL_HUB or LOCAL_RELAY takes it. */
  | { readonly kind: 'relay' }
  | { readonly kind: 'include' | 'forward'; readonly file: string; readonly line: number }
  /** A file of ForwardPath itself, which is there and is not followed. */
  | { readonly kind: 'forwardFile'; readonly file: string };

export type ExpansionOutcome =
  /** It gets the mail. */
  | 'delivered'
  /** Replaced by what it leads to. */
  | 'expanded'
  /** Equal to an address that is on the list already. */
  | 'duplicate'
  /** It leads back to an address on the way to it, and was dropped. */
  | 'loop'
  /** See the errors. */
  | 'failed'
  /** A .forward that is not followed; the user gets the mail, or what the next file of ForwardPath names. */
  | 'passedOver';

/** One address that was looked at, or the path of a .forward that is not followed. Steps are in reading order, every one after the step that led to it. */
export interface ExpansionStep {
  /** The index of the step that led to this one; absent for what was asked. */
  readonly parent?: number;
  readonly depth: number;
  readonly address: string;
  readonly via: ExpansionVia;
  readonly outcome: ExpansionOutcome;
  /** Why it failed, or why the .forward is not followed. */
  readonly reason?: string;
  /** The recipient that it is or stands for, as an index into `recipients`. */
  readonly recipient?: number;
}

export interface Expansion {
  /** In reading order, each once. */
  readonly recipients: readonly DeliveryTarget[];
  /** With a `tempFail` or `limit` among them, the recipients are not all that there are. */
  readonly errors: readonly ExpansionError[];
  /** The envelope sender that the owner- alias of the address gives; absent: the message's own. */
  readonly owner?: string;
  readonly trace: readonly ExpansionStep[];
}
