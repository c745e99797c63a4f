/**
 * The interface of the protocols: bytes go in as they arrive, and one reply comes out for each complete request.
 *
 * Limits: a conversation does no I/O and knows neither sockets nor time. The bytes that it holds of an incomplete
 * request are bounded.
 */
import type { ByteString } from '../core/bytes.ts';

/** One connection's side of a protocol. */
export interface Conversation {
  /** Takes the bytes that arrived. */
  push(bytes: ByteString): void;
  /**
   * The reply to the next complete request; undefined: none has arrived, or its reply is {@link pending}.
   *
   * @throws ProtocolError if the bytes cannot be a request; nothing can be read after it
   */
  next(): ByteString | undefined;
  /** The reply to a request that needs DNS first; the requests after it wait. */
  readonly pending?: Promise<ByteString> | undefined;
  /** True if part of a request is held. */
  readonly isPartial: boolean;
  /** Bytes of requests that are held. */
  readonly held: number;
}

/** Starts a conversation for a new connection. */
export type Protocol = () => Conversation;

/** The peer breaks the protocol, or exceeds a limit: the connection ends. */
export class ProtocolError extends Error {}
