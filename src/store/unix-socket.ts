/**
 * Unix sockets as files of an open directory. The kernel knows whether a process listens on one, and forgets it when
 * the process ends. So a socket file shows whether its maker lives, in any pid namespace.
 */
import type { ListenOptions, Server } from 'node:net';
import type { OpenDirectory } from './directory.ts';

/** Starts to listen. @throws the system's error */
export function listening(server: Server, options: ListenOptions & { readonly fd?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    server.listen(options);
  });
}

/** True if a process listens on a socket file; false for any other file. @throws the system's error */
export async function isListenedOn(directory: OpenDirectory, name: string): Promise<boolean> {
  // not by its name, which may be longer than the limit for a socket's path
  using socket = directory.pin(name);
  return socket?.stats.isSocket() === true && (await isConnected(socket.path));
}

async function isConnected(path: string): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      // its queue of connections is full
      else if (code === 'EAGAIN') resolve(true);
      else reject(Object.assign(new Error(`connect: ${code}`), { code }));
    });
  });
}
