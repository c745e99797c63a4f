/**
 * `code-cache.cjs DIRECTORY`: the bundled programs in it -> their code, compiled by the V8 that builds the package. Each program runs
 * once in a scratch directory, because V8 keeps only functions that were called.
 */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const PROGRAMS = resolve(process.argv.splice(2, 1)[0]);
const ACCESS = 'a.example\tRELAY\n';

/** A usual run of each program. */
const RUNS = [
  ['makemap', ['hash', 'access'], ACCESS],
  ['editmap', ['-q', 'hash', 'access', 'a.example']],
  ['newaliases', ['-oA', 'aliases']],
  ['praliases', ['-f', 'aliases']],
  ['mailmaps', ['check', '-d', '.', '--client', '192.0.2.1', '--sender', 'a@a.example', 'rcpt', 'b@b.example']],
];

if (process.argv[2] === undefined) compileAll();
else runAndKeep(process.argv.splice(2, 1)[0]);

function compileAll() {
  const scratch = mkdtempSync(join(tmpdir(), 'mailmaps-build-'));
  writeFileSync(join(scratch, 'access'), ACCESS);
  writeFileSync(join(scratch, 'aliases'), 'postmaster: root\n');
  for (const [name, args, input = ''] of RUNS) {
    const file = join(PROGRAMS, `${name}.cjs`);
    const source = readFileSync(file);
    const digest = createHash('sha256').update(source).digest('hex').slice(0, 16);
    writeFileSync(file, Buffer.concat([Buffer.from(`//${digest}\n`), source]));
    const { stderr } = spawnSync(process.execPath, [__filename, PROGRAMS, name, ...args], {
      cwd: scratch,
      input,
      encoding: 'utf8',
    });
    if (!readdirSync(PROGRAMS).some((each) => each.startsWith(`${name}.${digest}.`)))
      throw new Error(`${name}: ${stderr}`);
  }
  rmSync(scratch, { recursive: true });
}

function runAndKeep(name) {
  const { script, code } = require('../bin/start.cjs')(name, PROGRAMS);
  process.on('exit', () => writeFileSync(code, script.createCachedData()));
}
