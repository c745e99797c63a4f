/**
 * A TCP port of 127.0.0.1 for a program that must be given one. The system gives ports of its own range to all who ask for any, so
 * one of those may be taken again before the program has it; these are below that range, and each process of the tests begins
 * elsewhere.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

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
