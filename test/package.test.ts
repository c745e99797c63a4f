/**
 * The package that npm would publish: its files, and that every program answers when installed globally, linked, or run by npx.
 *
 * @module-tag slow
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from './oracle/programs.ts';

const { version, bin, man } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  bin: Readonly<Record<string, string>>;
  man: readonly string[];
};
const PROGRAMS = Object.keys(bin);
/** The program of a user of the library. */
const USER = `import * as review from 'mailmaps/review';
import { makeMap, MapError, openMailMaps, openMap, type Decision, type MailMaps } from 'mailmaps';
const maps: MailMaps = openMailMaps('/etc/mail');
const decision: Decision = maps.checkRcpt('a@b', { client: { address: '192.0.2.1' } });
export const action: string = decision.action;
export const size: number = openMap('/etc/mail/access').size;
export const reviewing = review;
void makeMap([new Uint8Array(1)], 'x');
new MapError('missing', 'x');
`;
/** Not in use by other tests, which run programs of this dist meanwhile. */
const REMOVED: readonly string[] = ['dist/removed/with/depth.js', 'dist/access/removed.d.ts', 'dist/removed.js'];
const project = resolve('.');
const run = promisify(execFile);

async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  return (await run('npm', [...args, ...quiet], { cwd })).stdout;
}

describe('the package', () => {
  let directory: string;
  let tarball: string;
  let files: readonly string[];

  beforeAll(async () => {
    // in an old clone there are files of sources that were removed
    for (const file of REMOVED) mkdirSync(dirname(file), { recursive: true });
    for (const file of REMOVED) writeFileSync(file, '');
    execFileSync('npm', ['run', existsSync('dist/programs/mailmaps.cjs') ? 'build:library' : 'build'], {
      stdio: 'pipe',
    });
    execFileSync('npm', ['run', '--silent', 'prepack'], { stdio: 'pipe' });
    directory = mkdtempSync(join(tmpdir(), 'mailmaps-package.'));
    const [packed] = JSON.parse(await npm(project, 'pack', '--json', '--pack-destination', directory)) as [
      { filename: string; files: readonly { path: string }[] },
    ];
    tarball = join(directory, packed.filename);
    files = packed.files.map(({ path }) => path);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'COMPATIBILITY.md',
    'dist/index.js',
    'dist/index.d.ts',
    'examples/etc-mail/access',
    'dist/sbom.cdx.json',
    'dist/completions/mailmaps.bash',
    'dist/completions/_mailmaps',
    'dist/completions/mailmaps.fish',
    ...Object.values(bin),
    ...PROGRAMS.map((name) => `dist/programs/${name}.cjs`),
    ...man.map((page) => page.replace(/^\.\//, '')),
  ])('holds %s', (file) => {
    expect(files).toContain(file);
  });

  it('holds no file of a removed source', () => {
    expect(files.filter((file) => REMOVED.includes(file))).toEqual([]);
    expect(existsSync('dist/removed')).toBe(false);
  });

  it('holds nothing else than it should', () => {
    const expected = /^(bin|dist|docs|examples)\/|^(package\.json|LICENSE|[A-Z]+\.md)$/;
    expect(
      files.filter(
        (file) => !expected.test(file) || /\.(ts|map|lmdb|tgz)$/.test(file.replace(/\.d\.ts$|^examples\/.*\.ts$/, '')),
      ),
    ).toEqual([]);
  });

  it('has types that stand by themselves', () => {
    expect(files.filter((file) => /^dist\/.*\.d\.ts$/.test(file))).toEqual(['dist/index.d.ts', 'dist/review.d.ts']);
  });

  it.each([
    ['5.2', [], ''],
    ['5.2', [], '--strict --module nodenext'],
    ['5.2', ['@types/node@20'], ''],
    ['7', [], ''],
    ['7', [], '--strict --exactOptionalPropertyTypes --module nodenext'],
    ['7', ['@types/node@20'], '--strict'],
  ])('is typed for TypeScript %s with %j, with an empty tsconfig and %s', async (version, packages, options) => {
    const user = join(directory, `typescript-${version}-${packages.length}`);
    const compiler = join(user, 'node_modules/.bin/tsc');
    if (!existsSync(compiler)) {
      mkdirSync(user);
      writeFileSync(join(user, 'package.json'), '{"name":"user","private":true,"type":"module"}');
      writeFileSync(join(user, 'tsconfig.json'), '{}');
      writeFileSync(join(user, 'user.ts'), USER);
      await npm(user, 'install', `typescript@${version}`, ...packages, tarball);
    }
    const asked = ['--noEmit', '-p', '.', ...options.split(' ').filter((word) => word !== '')];
    const said = await run(compiler, asked, { cwd: user }).then(
      () => '',
      (error: { readonly stdout: string }) => error.stdout,
    );
    expect(said).toBe('');
  });

  it.each([
    ['18.20.4', 69],
    ['20.18.1', 69],
    ['20.19.0', 0],
  ])('asked of Node %s, a program ends with %i', async (version, status) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
    const script = `${pretend}; process.argv.splice(1, 0, 'x', '--version'); require('./bin/makemap.cjs')`;
    const run = spawnSync(process.execPath, ['--eval', script, '--', '--version'], { cwd: project, encoding: 'utf8' });
    expect(run.status).toBe(status);
    if (status !== 0)
      expect(run.stderr).toMatch(new RegExp(`^mailmaps needs Node 20.19 or newer; this is Node ${version} .*\n$`));
  });

  it('answers when installed globally', async () => {
    const prefix = join(directory, 'global');
    await npm(directory, 'install', '--global', '--prefix', prefix, tarball);
    await answersVersion(PROGRAMS.map((name) => [join(prefix, 'bin', name)]));
  });

  it('answers when linked', async () => {
    const prefix = join(directory, 'linked');
    await npm(directory, 'install', '--global', '--prefix', prefix, project);
    await answersVersion(PROGRAMS.map((name) => [join(prefix, 'bin', name)]));
  });

  it('answers through npx, and is imported by its name', async () => {
    const user = join(directory, 'user');
    mkdirSync(user);
    writeFileSync(join(user, 'package.json'), '{"name":"user","private":true,"type":"module"}');
    await npm(user, 'install', tarball);
    await answersVersion(
      PROGRAMS.map((name) => ['npx', '--no', '--', name]),
      user,
    );
    const script = "import * as m from 'mailmaps'; console.log(typeof m.MapError);";
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: user });
    expect(stdout).toBe('function\n');
  });
});

async function answersVersion(commands: readonly (readonly string[])[], cwd?: string): Promise<void> {
  // once a week npx tells of a new npm
  const env = { ...process.env, NPM_CONFIG_UPDATE_NOTIFIER: 'false' };
  for (const [file, ...args] of commands) {
    const { stdout, stderr } = await run(file!, [...args, '--version'], { cwd, env });
    expect({ program: [file, ...args], stdout }).toMatchObject({ stdout: expect.stringContaining(version) });
    // npx prints messages about its own configuration there
    expect(stderr.replace(/^npm warn .*\n/gm, '')).toBe('');
  }
}

const manual = program('man');

describe.runIf(manual)('the manual pages', () => {
  it.each(man)('%s is without warnings', async (page) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MAN_KEEP_FORMATTING: '' };
    const { stdout, stderr } = await run(manual!, ['--warnings', '-l', page], { env });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^NAME$/m);
    expect(stdout).toMatch(/^SYNOPSIS$/m);
  });
});
