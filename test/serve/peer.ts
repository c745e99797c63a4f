/** A peer of a server under test, good or bad: it sends bytes and collects the replies. */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteString } from '../../src/core/bytes.ts';

export class Peer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = '';
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#wake?.();
    });
    socket.on('close', () => this.#wake?.());
  }

  /** Connects. Tries again while the system's queue for the socket is full. */
  static async connect(target: NetConnectOpts): Promise<Peer> {
    for (;;) {
      const socket = connect(target);
      try {
        await once(socket, 'connect');
        return new Peer(socket);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await sleep(5);
      }
    }
  }

  send(bytes: ByteString): void {
    this.socket.write(bytes, 'latin1');
  }

  /** The bytes so far, as soon as they match; all bytes, if the connection ends before. */
  async until(end: RegExp): Promise<ByteString> {
    while (!end.test(this.#received) && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const received = this.#received;
    this.#received = '';
    return received;
  }

  /** All bytes until the connection ends. */
  rest(): Promise<ByteString> {
    return this.until(/(?!)/);
  }

  /** The reply to one socketmap request. */
  async ask(map: string, key: ByteString): Promise<ByteString> {
    const request = `${map} ${key}`;
    this.send(`${request.length}:${request},`);
    const reply = await this.until(/^(\d+):.*,$/s);
    return reply.replace(/^\d+:(.*),$/s, '$1');
  }

  /** The action for one policy request. */
  async askPolicy(attributes: Readonly<Record<string, ByteString>>): Promise<ByteString> {
    this.send(policyRequest(attributes));
    return (await this.until(/\n\n$/)).replace(/^action=(.*)\n\n$/s, '$1');
  }

  end(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }
}

export function policyRequest(attributes: Readonly<Record<string, ByteString>>): ByteString {
  const all = { request: 'smtpd_access_policy', ...attributes };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')}\n`;
}
