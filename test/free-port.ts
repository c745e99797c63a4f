/**
 * A TCP port of 127.0.0.1 for a program that must be given one. The system gives ports of its own range to all who ask for any, so
 * one of those may be taken again before the program has it; these are below that range, and each process of the tests begins
 * elsewhere. And one port for a server that listens over UDP and TCP.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const FIRST = 10_000;
const COUNT = 20_000;
/** More than a process of the tests needs. */
const APART = 97;

let next = (process.pid * APART) % COUNT;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % COUNT);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/**
 * Listens on a port of 127.0.0.1 over TCP, and over UDP with the socket that it gives. A port that the system gives for UDP may be taken
 * for TCP: then it tries others.
 *
 * @param port 0 takes any that is free
 */
export async function listenOnBoth(tcp: Server, port: number): Promise<Socket> {
  for (;;) {
    const udp = createSocket('udp4').bind(port, '127.0.0.1');
    try {
      await once(udp, 'listening');
      await once(tcp.listen(udp.address().port, '127.0.0.1'), 'listening');
      return udp;
    } catch (error) {
      udp.close();
      if (port !== 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
