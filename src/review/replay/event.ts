/** The words of replay: what a line of a mail log says about who sent what to whom, and how it went. */
import type { ByteString } from '../../core/bytes.ts';

/** How the name of a client was found: `unnamed` is FAIL or TEMP, `unknown` may be FORGED as well. */
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

/** How the server answered then. */
export interface Logged {
  readonly action: 'accepted' | 'refused' | 'refused for now' | 'discarded' | 'quarantined';
  readonly reply?: ByteString;
}

/** How far a client got: it connected, it named a sender, it named a recipient. */
export type Stage = 'relay' | 'mail' | 'rcpt';

export type LogEvent =
  /** An answer other than "accepted"; a sender that is absent stands in a later line of the same queue ID. */
  | {
      readonly kind: 'answer';
      readonly id?: ByteString;
      readonly stage: Stage;
      readonly client: LoggedClient;
      readonly auth: LoggedAuth;
      readonly sender?: ByteString;
      readonly recipient?: ByteString;
      readonly logged: Logged;
    }
  /** A message begins; the queue ID is new, whatever it named before. */
  | {
      readonly kind: 'client';
      readonly id: ByteString;
      readonly client: LoggedClient;
      readonly auth: LoggedAuth;
    }
  | { readonly kind: 'sender'; readonly id: ByteString; readonly sender: ByteString }
  /** As the client named them, before aliases. */
  | { readonly kind: 'recipients'; readonly id: ByteString; readonly recipients: readonly ByteString[] }
  /** A part of a message goes on under another queue ID. */
  | { readonly kind: 'clone'; readonly id: ByteString; readonly from: ByteString };
