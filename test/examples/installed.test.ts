/**
 * Examples as their READMEs install them, from the package that npm would publish.
 *
 * @module-tag slow
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  return (await run('npm', [...args], { cwd })).stdout;
}

describe('the program in TypeScript', () => {
  it('is installed, started and tested as its README says', { timeout: 240_000 }, async () => {
    const copy = join(directory, 'typescript');
    cpSync('examples/typescript', copy, { recursive: true });
    const manifest = join(copy, 'package.json');
    // the package is not published yet
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"^0.1.0"', JSON.stringify(`file:${tarball}`)));
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

describe('the plugin for Haraka', () => {
  it('is there after another npm install', { timeout: 240_000 }, async () => {
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
