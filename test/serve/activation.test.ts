/**
 * Sockets that systemd opens: by systemd-socket-activate if it is installed, and by our own launcher, which passes
 * descriptors as systemd does.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMap } from '../../src/map/make-map.ts';
import { inheritedSockets } from '../../src/serve/listen.ts';
import { Peer } from './peer.ts';
import { PROGRAM, ServerProcess } from './server-process.ts';

const hasActivate = spawnSync('systemd-socket-activate', ['--version']).status === 0;
const UNIX = { kind: 'inherited', fd: 3, name: 'socketmap' };

let directory: string;
let path: string;
let server: ServerProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-activation.'));
  path = join(directory, 'socket');
  await makeMap([Buffer.from('a.example OK\n')], join(directory, 'access'));
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  rmSync(directory, { recursive: true });
});

describe('the sockets of the environment', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly object[]]>([
    ['none', {}, []],
    ['one', { LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: 'socketmap' }, [UNIX]],
    [
      'two',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'socketmap:tcp' },
      [UNIX, { ...UNIX, fd: 4, name: 'tcp' }],
    ],
    ['one without a name', { LISTEN_PID: '7', LISTEN_FDS: '1' }, [{ ...UNIX, name: 'unknown' }]],
    ["another process's", { LISTEN_PID: '8', LISTEN_FDS: '1' }, []],
    ['a number that is none', { LISTEN_PID: '7', LISTEN_FDS: 'x' }, []],
    ['a negative number', { LISTEN_PID: '7', LISTEN_FDS: '-1' }, []],
    ['nothing', { LISTEN_PID: '7', LISTEN_FDS: '0' }, []],
  ])('%s', (_what, env, expected) => {
    expect(inheritedSockets(env, 7)).toEqual(expected);
  });
});

async function answers(target: NetConnectOpts): Promise<void> {
  const peer = await Peer.connect(target);
  expect(await peer.ask('access', 'a.example')).toBe('OK OK');
  await peer.end();
}

describe('a server whose socket is passed on', () => {
  it('serves it', async () => {
    const launcher = join(directory, 'launcher.mjs');
    writeFileSync(
      launcher,
      `import { createServer } from 'node:net';
       import { spawn } from 'node:child_process';
       const socket = createServer().listen(0, '127.0.0.1', () => {
         console.error('tcp:127.0.0.1:' + socket.address().port);
         const command = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=maps exec "$@"';
         const args = ['-c', command, 'sh', process.execPath, ...process.argv.slice(2)];
         const child = spawn('sh', args, { stdio: ['ignore', 'ignore', 'inherit', socket._handle.fd] });
         socket.close();
         process.on('SIGTERM', () => child.kill());
         child.on('exit', (status) => { process.exitCode = status; });
       });`,
    );
    server = new ServerProcess(process.execPath, [launcher, PROGRAM, 'serve', 'socketmap', '-d', directory]);
    expect(await server.line(/serving/)).toMatch(/on socket 3 \(maps\)$/);
    await answers({ host: '127.0.0.1', port: server.port });
    expect(await server.stop()).toBe(0);
  });

  it.runIf(hasActivate)('is started by the first connection (systemd-socket-activate)', async () => {
    const command = [process.execPath, PROGRAM, 'serve', 'socketmap', '-d', directory];
    server = new ServerProcess('systemd-socket-activate', ['-l', path, '--fdname=maps', ...command]);
    // the file exists before anybody listens
    await expect.poll(() => answers({ path }).then(() => 'answered')).toBe('answered');
    expect(await server.line(/serving/)).toMatch(/on socket 3 \(maps\)$/);
    await answers({ path });
    expect(await server.stop()).toBe(0);
    // the file belongs to systemd
    expect(existsSync(path)).toBe(true);
  });
});
