/**
 * The words of a relay decision: who asks, what was decided, and why. Texts are byte strings in this folder and plain
 * text at the public face; the shapes are the same.
 */

/** An SMTP reply without its `<address>... ` prefix; `formatReply` puts it together. */
export interface Reply {
  readonly code: number;
  /** RFC 3463 status, `''` for the few codes that have none. */
  readonly enhanced: string;
  readonly text: string;
  /** Whether the address stands in front; absent: as for every reply of this code. */
  readonly prefixed?: boolean;
  /** What is shown of the address, where that is not all of it. */
  readonly shown?: string;
}

/** What decided: a rule, and the map entry when there was one. */
export interface Because {
  /** sendmail's name for the rule, or the class or feature that decided. */
  readonly rule: string;
  readonly key?: string;
  readonly value?: string;
  /** Where the entry stands in the text that its map was made of; absent where that is not at hand. */
  readonly source?: Source;
}

/** A line of a text, counted from 1. */
export interface Source {
  readonly file: string;
  readonly line: number;
}

/** A key asked of the access map. */
export interface KeyStep {
  readonly kind: 'key';
  readonly rule: string;
  readonly key: string;
  readonly status: 'found' | 'notFound' | 'tempFail';
  readonly value?: string;
  /** Where the entry that was found stands, as in {@link Because}. */
  readonly source?: Source;
}

/** One step on the way: a key asked of the access map, a class or other test, or a remark. */
export type TraceStep =
  | KeyStep
  | { readonly kind: 'class'; readonly rule: string; readonly subject: string; readonly holds: boolean }
  | { readonly kind: 'note'; readonly rule: string; readonly text: string };

/** What every decision has. */
interface Decided {
  /** What was asked. */
  readonly question: 'relay' | 'mail' | 'rcpt';
  /** sendmail's `$#`: no later check may change it. */
  readonly final: boolean;
  readonly because: Because;
  readonly trace: readonly TraceStep[];
  /** What a refused client hears; absent when nothing is refused. */
  readonly reply?: Reply;
  /** Why the message is held. */
  readonly reason?: string;
}

export type Decision =
  /** The client or the sender is accepted. */
  | (Decided & { readonly action: 'ok'; readonly reply?: never; readonly reason?: never })
  /** The recipient is accepted and delivered here. */
  | (Decided & { readonly action: 'local'; readonly reply?: never; readonly reason?: never })
  /** The recipient is accepted and sent on. */
  | (Decided & { readonly action: 'relay'; readonly reply?: never; readonly reason?: never })
  /** Refused, for good or for now. */
  | (Decided & { readonly action: 'reject' | 'tempFail'; readonly reply: Reply; readonly reason?: never })
  /** Accepted and dropped. */
  | (Decided & { readonly action: 'discard'; readonly reply?: never; readonly reason?: never })
  /** Accepted and held. */
  | (Decided & { readonly action: 'quarantine'; readonly reason: string; readonly reply?: never });

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
  | 'AuthInfo';

/** The other side, for a setting; for TLS_Rcpt `name` is the recipient's address. */
export interface Peer {
  readonly name?: string;
  readonly address?: string;
}

/** The entry that holds for a peer. */
export type Setting =
  | { readonly status: 'found'; readonly key: string; readonly value: string; readonly trace: readonly TraceStep[] }
  | { readonly status: 'notFound'; readonly trace: readonly TraceStep[] }
  | { readonly status: 'tempFail'; readonly key: string; readonly trace: readonly TraceStep[] };
