/** A server in the test process, for tests that change its configuration. */

import type { Protocol } from '../../src/serve/conversation.ts';
import { openListener } from '../../src/serve/listen.ts';
import { MapDirectory } from '../../src/serve/map-directory.ts';
import { Service, type ServiceOptions } from '../../src/serve/service.ts';
import { socketmapProtocol } from '../../src/serve/socketmap.ts';

/** Serves a protocol on a unix socket until it is disposed of. */
export async function served(
  protocol: Protocol,
  path: string,
  options: Partial<ServiceOptions> = {},
): Promise<AsyncDisposable> {
  const service = new Service(protocol, { idleMs: 60_000, onProblem: () => undefined, ...options });
  const { server } = await openListener({ kind: 'unix', path }, { mode: 0o666 });
  service.serve(server);
  return { [Symbol.asyncDispose]: () => service.stop() };
}

/** Serves the maps of a directory. */
export function servedMaps(directory: string, path: string): Promise<AsyncDisposable> {
  const maps = new MapDirectory(directory);
  return served(
    socketmapProtocol((name, key) => maps.lookup(name, key), { onProblem: () => undefined }),
    path,
  );
}
