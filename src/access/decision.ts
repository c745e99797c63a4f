/**
 * The words of a relay decision: who asks, what was decided, and why. Texts are byte strings in this folder and plain
 * text at the public face; the shapes are the same.
 */

export type Action = 'ok' | 'relay' | 'reject' | 'tempFail' | 'discard' | 'quarantine';

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
  /** Where the entry stands, when the caller of the rules knows it. */
  readonly source?: string;
}

/** A key asked of the access map. */
export interface KeyStep {
  readonly kind: 'key';
  readonly rule: string;
  readonly key: string;
  readonly status: 'found' | 'notFound' | 'tempFail';
  readonly value?: string;
}

/** One step on the way: a key asked of the access map, a class or other test, or a remark. */
export type TraceStep =
  | KeyStep
  | { readonly kind: 'class'; readonly rule: string; readonly subject: string; readonly holds: boolean }
  | { readonly kind: 'note'; readonly rule: string; readonly text: string };

export interface Decision {
  /** What was asked. */
  readonly question: 'relay' | 'mail' | 'rcpt';
  readonly action: Action;
  /** What a refused client is told; absent when nothing is refused. */
  readonly reply?: Reply;
  /** Why the message is held, for `quarantine`. */
  readonly reason?: string;
  /** sendmail's `$#`: no later check may change it. */
  readonly final: boolean;
  readonly because?: Because;
  readonly trace: readonly TraceStep[];
}

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
