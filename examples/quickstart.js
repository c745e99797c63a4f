/**
 * Compiles a copy of examples/etc-mail and asks it what a mail server would ask, printing each command with its output.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
cpSync(join(here, 'etc-mail'), directory, { recursive: true });

/** Runs a program of this package in the copied directory. Refusals and unknown users (67) are answers; failures end the run. */
function show(program, args, input) {
  console.log(`\n$ ${[program, ...args].join(' ')}${input === undefined ? '' : ` < ${input}`}`);
  const run = spawnSync(process.execPath, [join(here, '../bin', `${program}.cjs`), ...args], {
    cwd: directory,
    input: input === undefined ? '' : readFileSync(join(directory, input)),
    encoding: 'utf8',
  });
  process.stdout.write(run.stdout + run.stderr);
  if (run.status === null || (run.status >= 64 && run.status !== 67))
    throw new Error(`${program} failed with status ${run.status}`);
}

try {
  show('makemap', ['hash', 'access'], 'access');
  show('makemap', ['-u', 'hash', 'access']);
  show('editmap', ['-q', 'hash', 'access', 'To:oldlist@example.com']);
  show('newaliases', ['-oAaliases']);
  show('praliases', ['-f', 'aliases', 'postmaster']);
  const stranger = [
    '--client',
    '203.0.113.9',
    '--client-name',
    'mx.stranger.example',
    '--sender',
    'eve@stranger.example',
  ];
  show('mailmaps', ['check', 'rcpt', 'bob@elsewhere.example', '-d', '.', ...stranger]);
  show('mailmaps', ['check', 'relay', '-d', '.', '--client', '203.0.113.66']);
  // users of this example, not of this machine
  writeFileSync(
    join(directory, 'passwd'),
    'alice:x:1001:1001::/home/alice:/bin/sh\nbob:x:1002:1002::/home/bob:/bin/sh\n',
  );
  show('mailmaps', ['expand', '-d', '.', '--passwd', 'passwd', 'postmaster', 'sales']);
  console.log('\nA name that is neither an alias nor a user is refused, with status 67:');
  show('mailmaps', ['expand', '-d', '.', '--passwd', 'passwd', 'nobody-here']);
} finally {
  rmSync(directory, { recursive: true });
}
