/** The types of replay: the facts in a line of a mail log about client, sender, recipients and result. */
import type { ByteString } from '../../core/bytes.ts';

/** The result of the lookup of a client's name: `unnamed` is FAIL or TEMP, `unknown` may be FORGED as well. */
export type NameState = 'OK' | 'FORGED' | 'unnamed' | 'unknown';

export interface LoggedClient {
  readonly address: ByteString;
  /** The name that DNS gave, confirmed or not. */
  readonly name?: ByteString;
  readonly nameState: NameState;
  readonly helo?: ByteString;
}

/** `none`, the SASL mechanism, `some` for one that the log does not name, `unknown`. */
export type LoggedAuth = ByteString;

/** `none`: no TLS; `some`: TLS with an unknown result; or its result. */
export type LoggedTls = 'none' | 'some' | 'unknown' | Handshake;

/** The result of a handshake, in sendmail's words; a name of the client's certificate is absent if the log does not have it. */
export interface Handshake {
  readonly verify: ByteString;
  readonly issuer?: ByteString;
  readonly subject?: ByteString;
}

/** The server's answer at the time. */
export interface Logged {
  readonly action: 'accepted' | 'refused' | 'refused for now' | 'discarded' | 'quarantined';
  readonly reply?: ByteString;
}

/** The last step of a client: it connected, it named a sender, it named a recipient. */
export type Stage = 'relay' | 'mail' | 'rcpt';

/** An answer with its question; sender and recipient are absent if the log does not have them. */
export interface LoggedAnswer {
  readonly stage: Stage;
  readonly client: LoggedClient;
  readonly auth: LoggedAuth;
  readonly tls: LoggedTls;
  readonly sender?: ByteString;
  readonly recipient?: ByteString;
  readonly logged: Logged;
}

/** A question with its answer at the time. */
export interface LoggedQuestion extends LoggedAnswer {
  readonly time: ByteString;
}

export type TakeQuestion = (question: LoggedQuestion) => void;

export type LogEvent =
  /** An answer other than "accepted"; an absent sender is in a later line with the same queue ID. */
  | (LoggedAnswer & { readonly kind: 'answer'; readonly id?: ByteString })
  /** Start of a message; the queue ID is new, even if another message had it before. */
  | {
      readonly kind: 'client';
      readonly id: ByteString;
      readonly client: LoggedClient;
      readonly auth: LoggedAuth;
      readonly tls: LoggedTls;
      /** The number of accepted recipients; absent: the log does not have it. */
      readonly recipients?: number;
    }
  | { readonly kind: 'sender'; readonly id: ByteString; readonly sender: ByteString }
  /** As the client named them, before aliases. */
  | { readonly kind: 'recipients'; readonly id: ByteString; readonly recipients: readonly ByteString[] }
  /** The message left the queue: no further line is about it. */
  | { readonly kind: 'removed'; readonly id: ByteString }
  /** A connection to a process: its start, or a further fact about it. */
  | {
      readonly kind: 'session';
      /** Of the client; absent: that of the process now. */
      readonly address?: ByteString;
      /** Its end will be logged too. */
      readonly begins?: boolean;
      readonly auth?: LoggedAuth;
      readonly tls?: Handshake;
    }
  /** The end of a connection. True: nobody authenticated in it, or it had no TLS. */
  | { readonly kind: 'sessionEnd'; readonly noAuth: boolean; readonly noTls: boolean }
  /** A part of a message goes on under another queue ID. */
  | { readonly kind: 'clone'; readonly id: ByteString; readonly from: ByteString };
