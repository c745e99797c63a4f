/** Lint of a sendmail.cf: files that it needs, suppressions in it, and proofs by its own rules. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { type LintOptions, lint } from '../../src/review/lint/lint.ts';
import { runProgram } from '../cli/run-program.ts';
import { SMALL_CF } from '../small-cf.ts';

const OPTIONS: LintOptions = { hostName: 'mail.here.test', users: () => undefined, cf: '/etc/mail/sendmail.cf' };

const found = (cf: string, files: Readonly<Record<string, string>> = {}, options: LintOptions = {}): string[] =>
  lint({ ...OPTIONS, texts: { 'sendmail.cf': cf, ...files }, ...options }).findings.map(
    ({ code, severity, file, line }) => `${severity} ${code} ${file.replace('/etc/mail/', '')}:${line}`,
  );

describe('a file that a sendmail.cf needs', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mailmaps-lint-cf.'));
    mkdirSync(join(directory, 'dir'));
    writeFileSync(join(directory, 'access'), 'com RELAY\n', { mode: 0o644 });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it.each([
    ['of class w', 'Fw%/none', ['error MM509 2', 'error MM002 1']],
    ['of class w, that is a directory', 'Fw%/dir', ['error MM509 2', 'error MM002 1']],
    ['of another class', 'F{Other}%/none', ['error MM509 2', 'error MM002 1']],
    ['of class R, with -o', 'FR-o %/none', ['error MM002 1']],
    ['of aliases', 'O AliasFile=%/none', ['warning MM509 2', 'error MM002 1']],
    // it lets no mail through, so nobody relays
    ['of a table', 'Kmailertable hash %/none', ['warning MM509 2']],
    ['of a table, with -o', 'Kmailertable hash -o %/none', ['error MM002 1']],
  ])('%s', async (_what, line, expected) => {
    const cf = join(directory, 'sendmail.cf');
    writeFileSync(cf, `Kaccess hash -o ${directory}/access\n${line.replace('%', directory)}\n`, { mode: 0o644 });
    const { rc, stdout } = await runProgram(main, ['lint', '--cf', cf, '--host-name', 'mail.here.test', '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { severity: string; code: string; line: number }[] };
    expect({ rc, found: findings.map(({ severity, code, line: at }) => `${severity} ${code} ${at}`) }).toEqual({
      rc: 1,
      found: expected,
    });
  });

  it('is found in texts, too', () =>
    expect(found('Fw/etc/mail/local-host-names\nFR-o /etc/mail/relay-domains\n')).toEqual([
      'error MM509 sendmail.cf:1',
    ]));
});

describe('a comment in a sendmail.cf', () => {
  it.each([
    ['suppresses a finding below it', '# mailmaps: allow MM702 names come from LDAP\nFR|/bin/names\n', []],
    ['suppresses a finding anywhere', '# mailmaps: allow-file MM702 generated\nV10\nFR|/bin/names\n', []],
    [
      'needs a reason',
      '# mailmaps: allow MM702\nFR|/bin/names\n',
      ['warning MM901 sendmail.cf:1', 'warning MM702 sendmail.cf:2'],
    ],
    [
      'that suppresses nothing is found',
      '# mailmaps: allow MM702 old\nFR-o /etc/mail/relay-domains\n',
      ['warning MM901 sendmail.cf:1'],
    ],
  ])('%s', (_what, cf, expected) => expect(found(cf)).toEqual(expected));
});

const RULES = `${SMALL_CF}Kaccess hash -o /etc/mail/access\nScheck_rcpt\n`;
const DENIED = 'R$*\t$#error $@ 5.7.1 $: "550 Relaying denied"\n';
const BY_NAME = 'R$*\t$: $(access $&{client_name} $: NO $)\nRRELAY\t$@ OK\n';

describe('a proof where a sendmail.cf has rules of its own', () => {
  it.each([
    ['that let everybody in', 'R$*\t$@ OK\n', '', ['error MM001 sendmail.cf:1']],
    ['that let nobody in', DENIED, 'Connect:81 RELAY\ncom RELAY\n', []],
    // the rules ask for the whole name, so the name that the standard rules would find is no proof
    ['that ask for whole names', BY_NAME + DENIED, 'Connect:com RELAY\n', []],
  ])('%s', (_what, rules, access, expected) =>
    expect(found(RULES + rules, { access }).filter((each) => each.includes('MM0'))).toEqual(expected),
  );

  it('comes from the standard rules if they are asked for', () =>
    expect(found(RULES + DENIED, { access: 'com RELAY\n' }, { rules: 'built-in' })).toEqual([]));
});

it('of many entries of one kind all are found, though only some are asked about', () => {
  const lines = Array.from({ length: 1500 }, (_, i) => `d${i}.example\tRELAY`);
  const others = ['d1499.example\tREJECT', 'Connect:d1400.example\tREJECT', 'To:d1401.example\tOK'];
  const { findings } = lint({
    directory: '/etc/mail',
    hostName: 'mail.here.test',
    texts: { access: `${[...lines, ...others].join('\n')}\n` },
  });
  const relaying = findings.filter(({ code }) => code === 'MM003');
  expect(relaying.map(({ line }) => line)).toEqual(lines.map((_, i) => i + 1).filter((line) => line !== 1401));
  expect(relaying.filter(({ witness }) => witness !== undefined).length).toBeLessThan(1100);
});
