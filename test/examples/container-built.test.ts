/**
 * examples/container, built by buildah as its head says, and run: a server that checks itself over a read-only mount. No registry
 * is asked: the base image is made here, of Debian 13 and the Node and npm of this machine.
 *
 * @module-tag slow
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../oracle/programs.ts';

const hasTools =
  process.getuid?.() === 0 && (['buildah', 'mmdebstrap'] as const).every((name) => program(name) !== undefined);
const CONTAINERFILE = 'examples/container/Containerfile';
/** The user `node` of the image. */
const USER = 1000;

const BASE = `FROM scratch
ADD base.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
    && echo node:x:${USER}:${USER}::/tmp:/bin/sh >> /etc/passwd && echo node:x:${USER}: >> /etc/group
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
`;

describe.runIf(hasTools)('the image', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-container.'));
  const store = ['--root', join(directory, 'store'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot' };
  let container: string;

  const buildah = (cwd: string, ...args: readonly string[]): string =>
    execFileSync('buildah', [...store, ...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    const [base, context] = [join(directory, 'base'), join(directory, 'context')];
    for (const path of [base, context]) mkdirSync(path);
    const options = ['Apt::Install-Recommends "false"', 'Acquire::Retries "10"'];
    const quiet = ['--quiet', '--variant=essential', ...options.map((option) => `--aptopt=${option}`)];
    execFileSync(
      'mmdebstrap',
      [...quiet, '--include=libstdc++6', 'trixie', join(base, 'base.tar'), 'http://deb.debian.org/debian'],
      {
        stdio: 'ignore',
      },
    );
    cpSync(process.execPath, join(base, 'node'), { dereference: true });
    const modules = execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim();
    cpSync(join(modules, 'npm'), join(base, 'npm'), { recursive: true, dereference: true });
    cpSync('/etc/ssl/certs/ca-certificates.crt', join(base, 'ca.crt'));
    writeFileSync(join(base, 'Containerfile'), BASE);
    const [, from] = /^FROM (\S+)/m.exec(readFileSync(CONTAINERFILE, 'utf8'))!;
    buildah(base, 'build', '--quiet', '-f', 'Containerfile', '-t', from!, '.');
    execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', context]);
    cpSync(CONTAINERFILE, join(context, 'Containerfile'));
    buildah(context, 'build', '--quiet', '--pull-never', '-f', 'Containerfile', '-t', 'mailmaps', '.');
    container = buildah(context, 'from', '--pull-never', 'localhost/mailmaps').trim();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs a command as the user of the image, with these directories of this machine. */
  function inContainer(command: readonly string[], ...mounts: readonly string[]) {
    const volumes = mounts.flatMap((mount) => ['--volume', mount]);
    const args = [...store, 'run', '--user', 'node', ...volumes, container, '--', ...command];
    const { status, stdout, stderr } = spawnSync('buildah', args, { env, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  }

  it('serves maps that its user may read, and nothing else of this machine', () => {
    const [etc, sockets] = [join(directory, 'etc'), join(directory, 'sockets')];
    cpSync('examples/etc-mail', etc, { recursive: true });
    mkdirSync(sockets);
    chownSync(sockets, USER, USER);
    chmodSync(directory, 0o755);
    const { Entrypoint, Cmd } = JSON.parse(buildah('.', 'inspect', '--type', 'image', 'mailmaps')).OCIv1.config;
    const mounts = [`${etc}:/etc/mail`, `${sockets}:/run/mailmaps`];
    expect(inContainer(['makemap', '--version'])).toMatchObject({ status: 0 });
    chownSync(etc, USER, USER);
    expect(inContainer(['mailmaps', 'build'], ...mounts)).toMatchObject({
      status: 0,
      said: expect.stringMatching(/made/),
    });
    const server = [...Entrypoint, ...Cmd, '--check'];
    expect(inContainer(server, `${etc}:/etc/mail:ro`, `${sockets}:/run/mailmaps`)).toEqual({
      status: 0,
      said: expect.stringMatching(/^mailmaps: answered: action=DUNNO$/m),
    });
  });
});
