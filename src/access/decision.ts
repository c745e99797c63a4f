/**
 * The types of a relay decision: the question, the action, and the reason. Texts are byte strings in this directory
 * and plain text at the public face; the shapes are the same.
 */
import type { AddressFault } from '../address/problem.ts';
import type { Ruleset } from '../address/rule-names.ts';
import type { Source } from '../core/source.ts';
import type { AppliedRule, ClassStep, Remark } from '../core/trace-step.ts';
import type { DecisionRule } from './rule-names.ts';

/** An SMTP reply without its prefix `<address>... `; `formatReply` adds it. */
export interface Reply {
  readonly code: number;
  /** RFC 3463 status, or `''` for the few codes that have none. */
  readonly enhanced: string;
  readonly text: string;
  /** Whether the address stands before the text; absent: the usual for this code. */
  readonly prefixed?: boolean;
  /** The part of the address that the prefix shows, if it is not all of it. */
  readonly shown?: string;
}

/** The reason of a decision: a rule, and the map entry if there was one. */
export interface Because {
  /** One of our rules; with the rules of a sendmail.cf, the name of its ruleset. */
  readonly rule: DecisionRule | Ruleset;
  readonly key?: string;
  readonly value?: string;
  /** The fault of the address, if that is the reason. */
  readonly fault?: AddressFault;
  /**
   * The place of the entry, of the word of a class, or of the feature; absent without one. Where a rule of a sendmail.cf decides
   * without an entry, the place of the rule.
   */
  readonly source?: Source | undefined;
  /** The deciding rule of a sendmail.cf, where its own rules decide. */
  readonly at?: Source;
}

/**
 * A lookup in the access map, or in a table that an address led to: `rule` is then its name; or in another map of a sendmail.cf.
 */
export interface KeyStep {
  readonly kind: 'key';
  readonly rule: string;
  /** The map, by the name of its K line, where the rules of a sendmail.cf ask. */
  readonly map?: string;
  readonly key: string;
  readonly status: 'found' | 'notFound' | 'tempFail';
  readonly value?: string;
  /** The value as a table holds it, if `value` was made from it. */
  readonly entry?: string;
  /** The place of the entry that was found. */
  readonly source?: Source | undefined;
  /** The rule of a sendmail.cf that asked. */
  readonly at?: Source;
}

/** One step of a decision: a lookup in a map, a test of a class, a rule that was applied, or a remark. */
export type TraceStep = KeyStep | ClassStep | AppliedRule | Remark;

/** The fields of every decision. */
interface Decided {
  /** The question. */
  readonly question: 'relay' | 'mail' | 'rcpt' | 'compat';
  /** sendmail's `$#`: no later check may change it. */
  readonly final: boolean;
  readonly because: Because;
  readonly trace: readonly TraceStep[];
  /** The reply to a refused client; absent if nothing is refused. */
  readonly reply?: Reply;
  /** The reason for holding the message, for `quarantine`. */
  readonly reason?: string;
}

/** The answer of `checkRelay`, `checkMail` and `checkRcpt`, by its action. */
export type Decision =
  /** The client or the sender is accepted. */
  | (Decided & { readonly action: 'ok'; readonly reply?: never; readonly reason?: never })
  /** The recipient is accepted and delivered here. */
  | (Decided & { readonly action: 'local'; readonly reply?: never; readonly reason?: never })
  /** The recipient is accepted and sent on. */
  | (Decided & { readonly action: 'relay'; readonly reply?: never; readonly reason?: never })
  /** The client, sender or recipient is refused, permanently or temporarily. */
  | (Decided & { readonly action: 'reject' | 'tempFail'; readonly reply: Reply; readonly reason?: never })
  /** The message is accepted and discarded. */
  | (Decided & { readonly action: 'discard'; readonly reply?: never; readonly reason?: never })
  /** The message is accepted and held. */
  | (Decided & { readonly action: 'quarantine'; readonly reason: string; readonly reply?: never });

/** The outcome of a decision. */
export type Action = Decision['action'];

/** Tags that are not about relaying. */
export type AccessTag =
  | 'GreetPause'
  | 'ClientRate'
  | 'ClientConn'
  | 'SRV_Features'
  | 'CLT_Features'
  | 'Try_TLS'
  | 'TLS_Srv'
  | 'TLS_Clt'
  | 'TLS_Rcpt'
  | 'AuthInfo'
  | 'QGRP';

/** The other host, for a setting; for TLS_Rcpt and QGRP `name` is the recipient's address. */
export interface Peer {
  readonly name?: string;
  readonly address?: string;
}

/** The entry that applies to a peer. */
export type Setting =
  | {
      readonly status: 'found';
      readonly key: string;
      readonly value: string;
      readonly trace: readonly TraceStep[];
      /** The place of the entry. */
      readonly source?: Source | undefined;
    }
  | { readonly status: 'notFound'; readonly trace: readonly TraceStep[] }
  | { readonly status: 'tempFail'; readonly key: string; readonly trace: readonly TraceStep[] };
