/**
 * The types of an expansion: its recipients, its errors, and its steps. Strings are byte strings in this directory and text at
 * the public face; the shapes are the same.
 */

import type { RouteRule } from '../address/rule-names.ts';
import type { Source } from '../core/source.ts';
import type { RouteStep } from '../core/trace-step.ts';

/** How an address that is to be expanded is read. */
export const EXPANDED = ['list', 'recipient'] as const;

/** How an address is expanded. */
export interface ExpandHow {
  /**
   * `'list'`, the default: as `sendmail -bv` reads its argument. Commas separate addresses; blanks do, if there are no commas,
   * semicolons and brackets. `'recipient'`: as the daemon reads RCPT, one address without its brackets, which may hold both.
   */
  readonly as?: (typeof EXPANDED)[number];
}

/** One final recipient. */
export type DeliveryTarget = UserTarget | AddressTarget | ProgramTarget | FileTarget;

interface Sent {
  /** The envelope sender that an owner- alias gives to this recipient; absent: that of the message. */
  readonly owner?: string;
}
export interface UserTarget extends Sent {
  readonly kind: 'user';
  readonly name: string;
  /** The text after the `+`, or the address that mailertable sent here; absent: none. */
  readonly detail?: string;
  /** The local mailer, if it is not `local`. */
  readonly mailer?: string;
}
export interface AddressTarget extends Sent {
  readonly kind: 'address';
  readonly localPart: string;
  readonly domain: string;
  /** The mailer and the host from a table or a relay; absent: the domain's own hosts. */
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
  /** The command for the shell, without the `|` and without quotes. */
  readonly command: string;
  /** Why the restricted shell refuses it; absent: it is allowed, or there is no restricted shell. */
  readonly refused?: string;
}
export interface FileTarget extends RunAs {
  readonly kind: 'file';
  readonly path: string;
}

/** The kinds of {@link ExpansionError}, and the meaning of each. */
export const EXPANSION_ERRORS = {
  unknownUser: 'the name is neither an alias nor a user',
  loop: 'aliases lead only to each other, or are nested too deep',
  include: 'a list of addresses cannot be opened',
  syntax: 'the text is not an address',
  notAllowed: 'a program, file or list where none is allowed',
  forward: 'a user has no home for a .forward; files of ForwardPath elsewhere are still read',
  owner: 'the owner- alias of a list is not an address; its name becomes the envelope sender',
  tempFail: 'an alias map, the user database, a list or a .forward cannot answer now: try again later',
  limit: 'a limit that protects the process was reached; the answer is incomplete',
} as const;

/** Why an address cannot get mail. docs/aliases.md has the meaning of each code. */
export type ExpansionErrorCode = keyof typeof EXPANSION_ERRORS;

/** An address that cannot get mail. */
export interface ExpansionError {
  readonly code: ExpansionErrorCode;
  /** The rejected address, as written; absent: the error is about the whole list. */
  readonly address?: string;
  /** The line that `sendmail -bv` prints: file and line, address, reason. */
  readonly text: string;
  /** The reply to an SMTP client. */
  readonly reply: { readonly code: number; readonly enhanced: string; readonly text: string };
  /** The exit status that sendmail remembers for it, from sysexits; absent: none. */
  readonly status?: number;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** For a loop: the names that lead to each other, or down to the last level. */
  readonly path?: readonly string[];
}

/** How an address was reached. */
export type ExpansionVia =
  | { readonly kind: 'asked' }
  /** `map` counts the alias maps from 0. */
  | { readonly kind: 'alias'; readonly key: string; readonly map: number }
  /** A `maildrop` entry of UserDatabaseSpec. */
  | { readonly kind: 'userDatabase' }
  /** `user+detail` was looked up in a shorter form. */
  | { readonly kind: 'detail' }
  /** A relay takes the local name: LUSER_RELAY, MAIL_HUB or LOCAL_RELAY. */
  | { readonly kind: 'relay'; readonly rule: RouteRule }
  | { readonly kind: 'include' | 'forward'; readonly file: string; readonly line: number }
  /** A file of ForwardPath itself, which exists and is not followed. */
  | { readonly kind: 'forwardFile'; readonly file: string };

/** The fate of one address during an expansion. */
export type ExpansionOutcome =
  /** It gets the mail. */
  | 'delivered'
  /** Replaced by the addresses that it leads to. */
  | 'expanded'
  /** Equal to an address that is already on the list. */
  | 'duplicate'
  /** Leads back to an address above it, and was dropped. */
  | 'loop'
  /** See the errors. */
  | 'failed'
  /** A .forward that is not followed; the mail goes to the user, or where the next file of ForwardPath says. */
  | 'passedOver';

/** One address, or one .forward that is not followed. Steps are in reading order, each after the step that led to it. */
export interface ExpansionStep {
  /** The index of the step that led to this one; absent for a requested address. */
  readonly parent?: number;
  readonly depth: number;
  readonly address: string;
  readonly via: ExpansionVia;
  readonly outcome: ExpansionOutcome;
  /** Why it failed, or why the .forward is not followed. */
  readonly reason?: string;
  /** The tables and classes that were asked for it, in order; absent: none. The steps of very large expansions are not kept. */
  readonly asked?: readonly RouteStep[];
  /** The place of the entry that led to it: an alias, a line of a list or .forward, or the relay in a sendmail.cf. */
  readonly source?: Source | undefined;
  /** The recipient that it is or stands for, as an index into `recipients`. */
  readonly recipient?: number;
}

/** Who gets mail for an address, and how each was reached. */
export interface Expansion {
  /** In reading order, each once. */
  readonly recipients: readonly DeliveryTarget[];
  /** If there is a `tempFail` or `limit`, the recipients are incomplete. */
  readonly errors: readonly ExpansionError[];
  /** The envelope sender that the owner- alias of the address gives; absent: that of the message. */
  readonly owner?: string;
  readonly trace: readonly ExpansionStep[];
}
