/**
 * What the two protocols have in common: bytes go in as they arrive, replies come out, one for each whole request.
 * A conversation does no I/O and knows neither sockets nor time; what it holds of an unfinished request is bounded.
 */
import type { ByteString } from '../core/bytes.ts';

/** One connection's side of a protocol. */
export interface Conversation {
  /** Takes what arrived. */
  push(bytes: ByteString): void;
  /**
   * The reply to the next whole request; undefined: none has arrived.
   *
   * @throws ProtocolError for what cannot be a request; nothing more can be read after it
   */
  next(): ByteString | undefined;
  /** Whether part of a request is held. */
  readonly isPartial: boolean;
  /** Bytes of requests that are held. */
  readonly held: number;
}

/** Begins a conversation for a new connection. */
export type Protocol = () => Conversation;

/** The other side does not speak the protocol, or asks for more than a limit allows: the connection ends. */
export class ProtocolError extends Error {}
