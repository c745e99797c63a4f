/**
 * One connection of a peer: its bytes go into a conversation, and the replies go back, in order.
 *
 * Limits: a peer that sends many requests at once takes turns with the others. While a peer does not read its answers, no more
 * of its requests are read. Unsent bytes stay below the socket's high-water mark plus one piece, and held-memory.ts bounds the
 * bytes that all peers together hold.
 * Errors: nothing that a peer sends throws. The connection ends when the peer has ended it and has its answers, when it breaks
 * the protocol, or is silent for too long; earlier if a request stays incomplete or answers stay unread.
 */
import type { Socket } from 'node:net';
import type { ByteString } from '../core/bytes.ts';
import { type Conversation, ProtocolError } from './conversation.ts';
import type { HeldMemory, Holder } from './held-memory.ts';

export interface ConnectionOptions {
  /** Longest silence of a peer between two requests. */
  readonly idleMs: number;
  /** Called with the reason when we end a connection. */
  readonly onProblem: (text: string) => void;
  /** Milliseconds, by which turns are measured; default `performance.now`. */
  readonly clock?: () => number;
}

/** Time for a request to arrive completely, and for its answer to be read. */
const EXCHANGE_MS = 60_000;
/** A turn ends after about this many bytes of answers. */
const WRITE_AT = 16 * 1024;
/** Requests of one peer that are answered before other peers get their turn. */
const TURN_REQUESTS = 32;
/** A turn ends after the request that exceeds this time, so one peer delays the others by one expensive question. */
const TURN_MS = 5;
/** Time for a peer to read its last answers and close, at the end of service. */
const FAREWELL_MS = 2_000;

const now = (): number => performance.now();

export class Connection implements Holder {
  readonly #socket: Socket;
  readonly #conversation: Conversation;
  readonly #options: ConnectionOptions;
  readonly #memory: HeldMemory;
  #timer: NodeJS.Timeout | undefined;
  /** True while the timer runs for an incomplete request or unread answers. */
  #isPressed = false;
  #isBlocked = false;
  /** A reply is being made; later requests wait for it. */
  #isWaiting = false;
  #isEnding = false;
  /** The peer has sent its last request, and may wait for answers. */
  #isPeerDone = false;

  constructor(socket: Socket, conversation: Conversation, options: ConnectionOptions, memory: HeldMemory) {
    this.#memory = memory;
    this.#socket = socket;
    this.#conversation = conversation;
    this.#options = options;
    // otherwise the socket would end before later answers
    socket.allowHalfOpen = true;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('end', () => this.#takeEnd());
    socket.on('drain', () => this.#unblock());
    // the peer is gone; 'close' follows
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      memory.note(this, 0);
    });
    this.#startTimer(options.idleMs);
  }

  /** Answers the requests that have arrived completely, then ends the connection. */
  stop(): void {
    this.#isEnding = true;
    this.#startTimer(FAREWELL_MS);
    if (!this.#isBlocked && !this.#isWaiting) this.#socket.end();
  }

  giveUp(): void {
    this.#isEnding = true;
    this.#options.onProblem('all peers together hold too much; the one that holds most was disconnected');
    this.#socket.destroy();
  }

  #note(): void {
    if (!this.#socket.destroyed) this.#memory.note(this, this.#conversation.held + this.#socket.writableLength);
  }

  #take(chunk: Buffer): void {
    if (this.#isEnding) return;
    this.#conversation.push(chunk.toString('latin1'));
    this.#answer();
  }

  #takeEnd(): void {
    this.#isPeerDone = true;
    if (!this.#isBlocked && !this.#isWaiting) this.#socket.end();
  }

  #unblock(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#answer();
    this.#goOn();
  }

  /** Reads on after all requests that have arrived were answered, or ends. */
  #goOn(): void {
    if (this.#isBlocked || this.#isWaiting) return;
    this.#socket.resume();
    if (this.#isEnding || this.#isPeerDone) this.#socket.end();
  }

  #answer(): void {
    try {
      this.#watch(this.#answerAll());
      this.#note();
    } catch (error) {
      const isTheirs = error instanceof ProtocolError;
      this.#options.onProblem(isTheirs ? error.message : `internal error: ${(error as Error).stack}`);
      this.#isEnding = true;
      this.#startTimer(FAREWELL_MS);
      this.#socket.destroySoon();
    }
  }

  /** True if there was a request to answer. */
  #answerAll(): boolean {
    const { clock = now } = this.#options;
    const end = clock() + TURN_MS;
    let answered = 0;
    let out: ByteString = '';
    try {
      while (!this.#isBlocked && !this.#isWaiting) {
        const reply = this.#conversation.next();
        if (reply === undefined) {
          const { pending } = this.#conversation;
          if (pending !== undefined) this.#await(pending);
          break;
        }
        out += reply;
        answered++;
        if (answered === TURN_REQUESTS || out.length >= WRITE_AT || clock() > end) this.#giveWay();
      }
    } finally {
      if (out !== '') this.#send(out);
    }
    return answered > 0;
  }

  /** Lets other peers be served, and goes on after them. */
  #giveWay(): void {
    this.#isWaiting = true;
    this.#socket.pause();
    setImmediate(() => this.#resume(''));
  }

  #await(reply: Promise<ByteString>): void {
    this.#isWaiting = true;
    this.#socket.pause();
    reply.then(
      (bytes) => this.#resume(bytes),
      (error: Error) => {
        this.#options.onProblem(`internal error: ${error.stack}`);
        this.#socket.destroy();
      },
    );
  }

  #resume(bytes: ByteString): void {
    this.#isWaiting = false;
    if (this.#socket.destroyed) return;
    if (bytes !== '') this.#send(bytes);
    if (!this.#isBlocked) this.#answer();
    this.#goOn();
  }

  #send(bytes: ByteString): void {
    if (this.#socket.write(bytes, 'latin1')) return;
    this.#isBlocked = true;
    this.#socket.pause();
  }

  /**
   * Restarts the timer: after an answer with the idle time, and at the start of an incomplete exchange with its time.
   */
  #watch(answered: boolean): void {
    const isPressed = this.#isBlocked || this.#conversation.isPartial;
    if (this.#isEnding || !(answered || isPressed !== this.#isPressed)) return;
    this.#isPressed = isPressed;
    const { idleMs } = this.#options;
    this.#startTimer(isPressed ? Math.min(idleMs, EXCHANGE_MS) : idleMs);
  }

  #startTimer(ms: number): void {
    clearTimeout(this.#timer);
    // what came while this process was held up is read first, and may restart the timer
    const timer = setTimeout(() => setImmediate(() => timer === this.#timer && this.#expire()), ms);
    this.#timer = timer;
  }

  #expire(): void {
    if (this.#isPressed) this.#options.onProblem(this.#isBlocked ? 'answers are not read' : 'an incomplete request');
    this.#socket.destroy();
  }
}
