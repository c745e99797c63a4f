/**
 * One connection of a peer: what it sends goes into a conversation, what comes out goes back, in order.
 *
 * Bounded: a peer that does not read its answers is not read from; what is unsent stays below the socket's own mark and
 * one more piece, and what all peers together make us hold is bounded too (held-memory.ts). A connection ends when its peer does, when it does not speak the protocol, when it is silent for too
 * long, and sooner when it leaves a request half sent or its answers unread. Nothing that a peer sends throws.
 */
import type { Socket } from 'node:net';
import type { ByteString } from '../core/bytes.ts';
import { type Conversation, ProtocolError } from './conversation.ts';
import type { HeldMemory, Holder } from './held-memory.ts';

export interface ConnectionOptions {
  /** How long a peer may be silent between two requests. */
  readonly idleMs: number;
  /** Told why a connection was ended by us. */
  readonly onProblem: (text: string) => void;
}

/** How long a request may take to arrive whole, and its answer to be taken. */
const EXCHANGE_MS = 60_000;
/** Answers are handed to the system in pieces of about this many bytes. */
const WRITE_AT = 16 * 1024;
/** How long a peer may take, at the end of service, to take its last answers and close. */
const FAREWELL_MS = 2_000;

export class Connection implements Holder {
  readonly #socket: Socket;
  readonly #conversation: Conversation;
  readonly #options: ConnectionOptions;
  readonly #memory: HeldMemory;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the timer runs for something half done. */
  #isPressed = false;
  #isBlocked = false;
  #isEnding = false;

  constructor(socket: Socket, conversation: Conversation, options: ConnectionOptions, memory: HeldMemory) {
    this.#memory = memory;
    this.#socket = socket;
    this.#conversation = conversation;
    this.#options = options;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('drain', () => this.#unblock());
    // the peer went away: 'close' follows
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(this.#timer);
      memory.note(this, 0);
    });
    this.#startTimer(options.idleMs);
  }

  /** Answers what has arrived whole, and no more. */
  stop(): void {
    this.#isEnding = true;
    this.#startTimer(FAREWELL_MS);
    if (!this.#isBlocked) this.#socket.end();
  }

  giveUp(): void {
    this.#isEnding = true;
    this.#options.onProblem('all peers together hold too much; the one that holds most was cut off');
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

  #unblock(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#answer();
    if (this.#isBlocked) return;
    this.#socket.resume();
    if (this.#isEnding) this.#socket.end();
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

  /** Whether there was anything to answer. */
  #answerAll(): boolean {
    let answered = false;
    let out: ByteString = '';
    try {
      while (!this.#isBlocked) {
        const reply = this.#conversation.next();
        if (reply === undefined) break;
        answered = true;
        out += reply;
        if (out.length >= WRITE_AT) {
          this.#send(out);
          out = '';
        }
      }
    } finally {
      if (out !== '') this.#send(out);
    }
    return answered;
  }

  #send(bytes: ByteString): void {
    if (this.#socket.write(bytes, 'latin1')) return;
    this.#isBlocked = true;
    this.#socket.pause();
  }

  /** The peer has its time for the next request anew, or, from the beginning of something half done, for that. */
  #watch(answered: boolean): void {
    const isPressed = this.#isBlocked || this.#conversation.isPartial;
    if (this.#isEnding || !(answered || isPressed !== this.#isPressed)) return;
    this.#isPressed = isPressed;
    const { idleMs } = this.#options;
    this.#startTimer(isPressed ? Math.min(idleMs, EXCHANGE_MS) : idleMs);
  }

  #startTimer(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isPressed) this.#options.onProblem(this.#isBlocked ? 'answers are not read' : 'half a request');
      this.#socket.destroy();
    }, ms);
  }
}
