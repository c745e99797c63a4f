/**
 * Examples as their READMEs install them, from the package that npm would publish.
 *
 * @module-tag slow
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmtpClient } from './relay-host.ts';

const QUIET = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
const run = promisify(execFile);
let directory: string;
let tarball: string;

beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'mailmaps-installed.')));
  if (!existsSync('dist/index.js')) execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', directory], {
    encoding: 'utf8',
  });
  tarball = join(directory, (JSON.parse(packed) as [{ filename: string }])[0].filename);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  return (await run('npm', [...args], { cwd })).stdout;
}

/** Copies an example. The package is not published yet: it comes from the tarball. */
function copyExample(name: string, copy: string): void {
  cpSync(`examples/${name}`, copy, { recursive: true });
  const manifest = join(copy, 'package.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"^0.1.0"', JSON.stringify(`file:${tarball}`)));
}

describe('the program in TypeScript', () => {
  it('is installed, started and tested as its README says', async () => {
    const copy = join(directory, 'typescript');
    copyExample('typescript', copy);
    await npm(copy, 'install', ...QUIET);
    const etc = join(directory, 'etc');
    mkdirSync(etc);
    writeFileSync(join(etc, 'relay-domains'), 'backup.example\n');
    const said = await npm(
      copy,
      'start',
      '--silent',
      '--',
      etc,
      '203.0.113.9',
      'bob@far.example',
      'bob@backup.example',
    );
    expect(said.split('\n')).toEqual([
      expect.stringMatching(/^550 5\.7\.1 <bob@far\.example>\.\.\. Relaying denied\..* \(reject by /),
      expect.stringMatching(/^250 2\.1\.5 .*\(relay by /),
      'reject: 1, relay: 1',
      '',
    ]);
    expect(await npm(copy, 'test', '--silent')).toMatch(/^# pass 1$/m);
  });
});

describe('the relay host on smtp-server', () => {
  it('is installed and started as its README says, and answers', async () => {
    const copy = join(directory, 'smtp-server');
    copyExample('smtp-server', copy);
    await npm(copy, 'install', ...QUIET);
    await npm(copy, 'run', '--silent', 'build');
    const etc = join(directory, 'relay-etc');
    mkdirSync(etc);
    writeFileSync(join(etc, 'relay-domains'), 'backup.example\n');
    const args = ['start', '--silent', '--', '--directory', etc, '--spool', join(copy, 'spool'), '--port', '0'];
    const server = spawn('npm', args, { cwd: copy, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
      const client = new SmtpClient(Number(/^listening on (\d+)$/.exec(line)?.[1]), '127.0.0.2');
      const replies = [await client.reply()];
      for (const say of [
        'EHLO here.example',
        'MAIL FROM:<>',
        'RCPT TO:<bob@backup.example>',
        'RCPT TO:<bob@far.example>',
      ])
        replies.push(await client.say(say));
      client.end();
      expect(replies.map((reply) => reply.slice(0, 3))).toEqual(['220', '250', '250', '250', '550']);
    } finally {
      process.kill(-server.pid!);
      await once(server, 'close');
    }
  });
});

describe('the plugin for Haraka', () => {
  it('is there after another npm install', async () => {
    const host = join(directory, 'haraka');
    mkdirSync(host);
    writeFileSync(join(host, 'package.json'), '{"name":"host","private":true}');
    await npm(host, 'install', ...QUIET, tarball);
    cpSync(join(host, 'node_modules/mailmaps/examples/haraka'), join(host, 'haraka-plugin-mailmaps'), {
      recursive: true,
    });
    await npm(host, 'install', ...QUIET, './haraka-plugin-mailmaps');
    await npm(host, 'install', ...QUIET);
    const script = "const plugin = require('haraka-plugin-mailmaps'); console.log(typeof plugin.register)";
    expect((await run(process.execPath, ['--eval', script], { cwd: host })).stdout).toBe('function\n');
  });
});
