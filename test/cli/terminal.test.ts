/**
 * Hostile names and texts on a terminal: whatever a sub-command prints of its input, no control character and no mark that
 * reverses the direction of writing reaches the terminal.
 *
 * Each row runs as a process on a pseudo terminal, in a directory whose name and files are hostile.
 *
 * @module-tag slow
 */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { SMALL_CF } from '../small-cf.ts';

/** Sets the title of a terminal, turns the direction of writing, and ends with C1 characters, as UTF-8 and as a bare byte. */
const EVIL = Buffer.from('\x1b]0;evil\x07\u202e\u009b2J', 'utf8').toString('latin1').concat('\x9b');
/** The same without bytes that end a word, or that are no UTF-8: a host name or a file name. */
const WORD = Buffer.from('\x1b]0;evil\u202e\u009b2J', 'utf8').toString('latin1');
const HARM = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
/** Our own colors, and the end of a line as a terminal gets it. */
const OURS = /\x1b\[(?:1;3\d|0)m|\r(?=\n)/g;
const BIN = join(import.meta.dirname, '../../bin');

let above: string;
let directory: string;

beforeAll(() => {
  above = mkdtempSync(join(tmpdir(), 'mailmaps-terminal.'));
  directory = join(above, Buffer.from(WORD, 'latin1').toString());
  mkdirSync(join(directory, 'lists'), { recursive: true });
  mkdirSync(join(directory, 'old'));
  const log = (text: string): string => `Nov 30 10:10:44 mail sendmail[1]: 6AUAAitG030553: ${text}\n`;
  const files: Readonly<Record<string, string>> = {
    access: `From:${WORD}\tERROR:5.7.1:550 ${EVIL}\nTo:evil@here.example\tERROR:5.7.1:550 ${EVIL}\nConnect:192.0.2.1\t${EVIL}\nTo:${WORD} RELAY # ${EVIL}\n`,
    aliases: `${WORD}: ${EVIL}@here.example\nlist: :include:${directory}/lists/${WORD}\nevil: "|/bin/${EVIL}", /tmp/${WORD}\n: ${EVIL}\n`,
    mailertable: `evil.example\terror:5.1.1:550 ${EVIL}\n`,
    virtusertable: `evil@here.example\t${WORD}@there.example\n`,
    genericstable: `evil\t${WORD}@there.example\n`,
    'local-host-names': `here.example\n${WORD}\n`,
    'relay-domains': `${WORD}\n`,
    'old/access': `To:${WORD}2\tRELAY\n`,
    'mail.log': `${log('from=<evil@x.example>, size=1, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=evil.example [192.0.2.1]')}${log(`to=<"${WORD}"@y.example>, delay=00:00:00, mailer=esmtp, pri=1, stat=Sent`)}${EVIL}\n`,
    'policy.yaml': `expect:\n  - name: "evil\\e]0;\\u202e"\n    client: 192.0.2.1\n    recipient: "\\e]0;evil@here.example"\n    action: relay\n`,
    'bad.yaml': `expect:\n  - "evil\\e]0;\\u202e": 1\n`,
    'sendmail.cf': `${SMALL_CF}Kt text ${directory}/table\nDe${EVIL}\nC{evil}${WORD}\nSevil\nR$*\t$: $(t evil $) $&e\nQ${EVIL}\n`,
    table: `evil ${EVIL}\n`,
    'main.cf': `virtual_alias_maps = lmdb:${directory}/${WORD}, socketmap:unix:/${WORD}:evil\nalias_maps = ${EVIL}\n`,
    'master.cf': `${EVIL} unix - n n - 0 smtpd -o evil=${EVIL}\n`,
    [`lists/${WORD}`]: `${EVIL}\n${WORD}@here.example\n`,
    [`${WORD}.db`]: EVIL,
    typed: `check rcpt ${WORD}@far.example --client 192.0.2.1\nexpand evil\nroute ${WORD}@evil.example\n${EVIL}\n`,
    tested: `evil ${WORD}\n=S evil\n$=w\n/map t evil\n/parse ${WORD}@evil.example\n/${EVIL}\n.D{evil}${EVIL}\n`,
    questions: `{"kind":"rcpt","recipient":"\\u001b]0;evil","id":"\\u202e"}\n${EVIL}\n`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text, 'latin1');
  run(
    `for f in access mailertable virtusertable genericstable; do $B/makemap.cjs hash $f < $f; done; $B/newaliases.cjs -C /dev/null -oA$PWD/aliases`,
  );
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(path('key'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(
    path('trust'),
    `ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')} evil\n`,
  );
  run('$M publish -d old $FLEET --key key --state state -m "evil$E" --host-name h.example --force-lint');
  const report = {
    host: '\x1b]0;evil',
    generation: 7,
    at: new Date().toISOString(),
    version: '\u009b',
    problem: 'evil\u202e',
  };
  mkdirSync(join(above, 'engine/hosts'), { recursive: true });
  writeFileSync(join(above, 'engine/hosts/evil'), JSON.stringify(report));
});
afterAll(() => rmSync(above, { recursive: true }));

const path = (name: string): Buffer => Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name, 'latin1')]);

/** Runs a shell line in the directory, in which `$M` is mailmaps, `$B` our programs, and `$E` hostile. */
function run(line: string): string {
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd: directory,
    env: {
      ...process.env,
      M: `${BIN}/mailmaps.cjs`,
      B: BIN,
      E: Buffer.from(WORD, 'latin1').toString(),
      FLEET: `--fleet file://${above}/engine?fleet=mx --trust trust`,
      ENGINE: `--fleet file://${above}/engine?fleet=mx`,
      TERM: 'xterm',
    },
    input: '',
    encoding: 'buffer',
  });
  return stdout.toString('utf8').replace(OURS, '');
}

type Row = readonly [command: string, line: string];

const QUESTION = '--client 192.0.2.1 --host-name h.example';
// biome-ignore format: one command a line
const ROWS: readonly Row[] = [
  ['check', `$M check rcpt evil@here.example -d . ${QUESTION} --feature blocklist_recipients --color always`],
  ['check', `$M check mail "$E@$E" -d "$PWD" --client-name "$E" ${QUESTION}`],
  ['check', `$M check rcpt "$E@evil.example" -d . ${QUESTION} --json`],
  ['check', '$M check features -d . --feature "evil$E"'],
  ['check', `$M check --batch -d . < questions`],
  ['expand', '$M expand -d . --host-name h.example evil list "$E"'],
  ['expand', '$M expand -d . --host-name h.example evil --graph dot'],
  ['expand', '$M expand -d . --host-name h.example evil --graph mermaid'],
  ['route', '$M route -d . --host-name h.example "$E@evil.example" evil@here.example'],
  ['route', '$M route -d . --host-name h.example "$E@evil.example" --graph dot'],
  ['rewrite', '$M rewrite -d . --host-name h.example --feature genericstable evil "$E@evil"'],
  ['vrfy', '$M vrfy -d . --host-name h.example evil "$E"'],
  ['expn', '$M expn -d . --host-name h.example evil list "$E"'],
  ['test', '$M test -d . --host-name h.example < typed'],
  ['bt', '$M bt --cf sendmail.cf < tested'],
  ['build', '$M build -d "$PWD" --dry-run --diff'],
  ['build', '$M build -d "$E/evil"'],
  ['cidr', '$M cidr access'],
  ['lint', '$M lint -d "$PWD" --severity style --host-name h.example'],
  ['lint', '$M lint -d . --github --severity style --host-name h.example'],
  ['lint', '$M lint -d . --json --severity style --host-name h.example'],
  ['lint', '$M lint -d . --fix --dry-run --host-name h.example'],
  ['lint', '$M lint --explain "evil$E"'],
  ['doctor', '$M doctor -d "$PWD" --postfix "$PWD"'],
  ['diff', '$M diff old "$PWD" --host-name h.example'],
  ['replay', '$M replay mail.log --new "$PWD" --host-name h.example'],
  ['verify', '$M verify policy.yaml -d "$PWD"'],
  ['verify', '$M verify policy.yaml -d "$PWD" --github'],
  ['verify', '$M verify bad.yaml'],
  ['import', '$M import -d "$PWD"'],
  ['import', '$M import "$PWD/evil$E.db"'],
  ['completion', '$M completion "evil$E"'],
  ['serve', '$M serve socketmap -d "$PWD/none" --check'],
  ['serve', '$M serve policy -d "$PWD" --listen "unix:$PWD/evil/x" --check'],
  ['serve', '$M serve table "$PWD/evil$E"'],
  ['help', '$M "evil$E"'],
  ['publish', '$M publish -d "$PWD" $FLEET --key key --state state --host-name h.example'],
  ['rollback', '$M rollback 1 $FLEET --key "evil$E"'],
  ['follow', '$M follow $FLEET --into "trust/evil$E" --once'],
  ['fleet-status', '$M fleet-status $ENGINE'],
  ['generations', '$M generations $FLEET'],
];
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.runIf(hasScript)('on a terminal nothing is harmful', () => {
  it.each(ROWS)('%s: %s', (_, line) => isHarmless(run(line)));
});

/** The word shows that the hostile text, or its name, is printed at all. */
function isHarmless(printed: string): void {
  expect(printed).toMatch(/evil/);
  expect(HARM.exec(printed)).toBeNull();
}

it('every sub-command has a row', async () => {
  const { runProgram } = await import('./run-program.ts');
  const { stdout } = await runProgram(main, ['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z-]+) [[<]/gm)].map(([, name]) => name);
  const rows = ROWS.map(([command]) => command);
  expect(commands.filter((name) => !rows.includes(name!))).toEqual([]);
  expect(commands.length).toBeGreaterThan(20);
});
