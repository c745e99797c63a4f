/**
 * `serve --check`: opens everything as for serving, asks one question over each socket, and prints the answers. A socket on
 * which a server already listens is asked as it is; if none is given, a temporary one is made.
 */
import type { NetConnectOpts, Server } from 'node:net';
import { join } from 'node:path';
import { MapError } from '../../../core/errors.ts';
import { EX_OK, EX_TEMPFAIL } from '../../../core/sysexits.ts';
import { type ListenAddress, openListener, type SocketAccess } from '../../../serve/listen.ts';
import { probeOver } from '../../../serve/probe.ts';
import { makeScratch } from '../../../store/scratch.ts';
import type { ServeLog } from './log.ts';
import type { Worker } from './worker.ts';

/** Asks the questions. Returns the exit status. @throws MapError for a socket that cannot be opened */
export async function check(
  worker: Worker,
  addresses: readonly ListenAddress[],
  access: SocketAccess,
  log: ServeLog,
): Promise<number> {
  using scratch = makeScratch('mailmaps-check.');
  const own: ListenAddress = { kind: 'unix', path: join(scratch.path, 'socket') };
  let isGood = true;
  try {
    for (const address of addresses.length > 0 ? addresses : [own]) {
      const target = await open(worker, address, access);
      for (const probe of worker.answers.probes()) {
        const probed = await probeOver(target, probe);
        log.line(`${probed.isGood ? 'answered' : 'no good answer'}: ${probed.reply}`);
        isGood &&= probed.isGood;
      }
    }
  } finally {
    await worker.stop();
  }
  return isGood ? EX_OK : EX_TEMPFAIL;
}

async function open(worker: Worker, address: ListenAddress, access: SocketAccess): Promise<NetConnectOpts> {
  try {
    const { server } = await openListener(address, access);
    worker.service.serve(server);
    return targetOf(address, server);
  } catch (error) {
    if (error instanceof MapError && error.code === 'busy') return targetOf(address, undefined);
    throw error;
  }
}

function targetOf(address: ListenAddress, server: Server | undefined): NetConnectOpts {
  if (address.kind === 'unix') return { path: address.path };
  const bound = server?.address();
  if (typeof bound === 'string') return { path: bound };
  if (bound) return { host: bound.address, port: bound.port };
  throw new MapError('busy', 'a socket that cannot be asked');
}
