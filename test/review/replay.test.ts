/** Replay: logs recorded from the real sendmail and Postfix become the questions that were asked when they were written. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import type { MailMapsOptions } from '../../src/config/options.ts';
import { Replay, type ReplayResult } from '../../src/review/replay/replay.ts';
import { runProgram } from '../cli/run-program.ts';
import { SMALL_CF } from '../small-cf.ts';

const DATA = join(import.meta.dirname, '../data/replay');
const SENDMAIL = readFileSync(join(DATA, 'sendmail.log'), 'latin1');
const POSTFIX = readFileSync(join(DATA, 'postfix.log'), 'latin1');

/** As the server that wrote sendmail.log had them. */
const ACCESS = [
  'Connect:192.0.2.9 REJECT',
  'From:spam@bad.example REJECT',
  'To:list@mail.oracle.test ERROR:5.7.1:"550 closed list"',
  'To:relayed.example RELAY',
  'Connect:198.51.100 RELAY',
  'From:gone.example DISCARD',
  'From:odd.example QUARANTINE:odd mail',
  'Connect:192.0.2.44 ERROR:4.7.1:"450 later"',
];

function configuration(access: readonly string[], features: readonly string[] = []): MailMapsOptions {
  return {
    directory: '/etc/mail',
    hostName: 'mail.oracle.test',
    users: () => undefined,
    features: ['blocklist_recipients', 'accept_unresolvable_domains', ...features] as never,
    texts: {
      access: access.map((line) => `${line}\n`).join(''),
      aliases: '',
      'relay-domains': '',
      'local-host-names': 'mail.oracle.test\nlocalhost\nhere.test\n',
    },
  };
}

function replayed(log: string, now: MailMapsOptions, old?: MailMapsOptions): ReplayResult {
  const replay = new Replay(now, old);
  for (const line of log.split('\n')) replay.line(line);
  return replay.end();
}

const without = (...lines: readonly string[]): string[] => ACCESS.filter((line) => !lines.includes(line));

it('asks the rules of a sendmail.cf', () => {
  const at = (rule: string): MailMapsOptions => ({
    ...{ cf: '/etc/mail/sendmail.cf', hostName: 'mx.example.com', users: () => undefined },
    texts: { 'sendmail.cf': `${SMALL_CF}Scheck_rcpt\n${rule}R$*\t$@ OK\n`, aliases: '' },
  });
  const refusing = at('R$*\t$#error $@ 5.7.1 $: "550 by its own rule"\n');
  expect(replayed(POSTFIX, refusing, at('')).groups).toContainEqual(
    expect.objectContaining({ after: expect.stringContaining('by its own rule') }),
  );
  expect(replayed(POSTFIX, refusing, refusing).groups).toEqual([]);
});

describe('a log of sendmail', () => {
  it('asks nothing new of the configuration that wrote it', () => {
    const result = replayed(SENDMAIL, configuration(ACCESS));
    // two recipients were aliases, and stand nowhere as the client named them
    expect(result).toMatchObject({ groups: [], undetermined: 2, questions: 21, unchanged: 19 });
  });

  it.each([
    [
      'a client',
      without('Connect:192.0.2.9 REJECT'),
      'accepts',
      1,
      { kind: 'relay', client: { address: '192.0.2.9' } },
    ],
    ['a sender', without('From:spam@bad.example REJECT'), 'accepts', 1, { kind: 'mail', sender: 'spam@bad.example' }],
    [
      'a local recipient',
      without(ACCESS[2]!),
      'accepts',
      1,
      { sender: 's@far.example', recipient: 'list@mail.oracle.test' },
    ],
    ['a relayed domain', without(ACCESS[3]!), 'refuses', 1, { recipient: 'c@relayed.example' }],
    [
      'a relayed network',
      without(ACCESS[4]!),
      'refuses',
      3,
      { client: { name: 'office.example' }, sender: 'boss@office.example' },
    ],
    ['what is thrown away', without(ACCESS[5]!), 'answers otherwise', 1, { sender: 'u@gone.example' }],
    ['what is held', without(ACCESS[6]!), 'answers otherwise', 2, { sender: 'u@odd.example' }],
    [
      'an open relay',
      [...ACCESS, 'To:elsewhere.example RELAY'],
      'opens relaying',
      2,
      { recipient: 'x@elsewhere.example' },
    ],
    [
      'a network of IPv6',
      [...ACCESS, 'Connect:IPv6:2001:db8 REJECT'],
      'refuses',
      1,
      { client: { address: 'IPv6:2001:db8:0:0:0:0:0:5' } },
    ],
    ['an alias', [...ACCESS, 'To:staff@mail.oracle.test REJECT'], 'refuses', 0, undefined],
  ])('shows a change of %s', (_what, access, effect, count, example) => {
    const groups = replayed(SENDMAIL, configuration(access)).groups.filter((group) => group.effect === effect);
    expect(groups.reduce((sum, group) => sum + group.count, 0)).toBe(count);
    if (example !== undefined) expect(groups[0]!.example).toMatchObject(example);
  });

  it('names the entry that decides, with its line', () => {
    const { groups } = replayed(SENDMAIL, configuration([...ACCESS, 'To:elsewhere.example RELAY']));
    expect(groups[0]!.because).toBe('To:elsewhere.example RELAY (access:9)');
  });

  it('compares the words of a refusal with those of an old configuration', () => {
    const now = [...without('From:spam@bad.example REJECT'), 'From:spam@bad.example ERROR:5.7.1:"550 no spam"'];
    expect(replayed(SENDMAIL, configuration(now)).groups).toEqual([]);
    expect(replayed(SENDMAIL, configuration(now), configuration(ACCESS)).groups).toMatchObject([
      { effect: 'answers otherwise', count: 1, after: expect.stringContaining('no spam') },
    ]);
  });
});

describe('a log of Postfix', () => {
  const entries = [
    'To:relayed.example RELAY',
    'Connect:198.51.100 RELAY',
    'Connect:192.0.2.9 REJECT',
    'From:spam@bad.example REJECT',
  ];

  it('asks what its clients asked, before aliases', () => {
    expect(replayed(POSTFIX, configuration(entries))).toMatchObject({ groups: [], questions: 11, undetermined: 0 });
    const { groups } = replayed(POSTFIX, configuration([...entries, 'To:staff@here.test REJECT']));
    expect(groups).toMatchObject([{ effect: 'refuses', count: 1, example: { recipient: 'staff@here.test' } }]);
  });

  it('tells by the end of a session that nobody was authenticated in it', () => {
    const result = replayed(POSTFIX, configuration(entries, ['trust_auth_mech:PLAIN']));
    expect(result).toMatchObject({ groups: [], undetermined: 0, unchanged: 11 });
  });

  it('cannot tell without that whether a refused client would have been trusted', () => {
    const log = POSTFIX.replace(/^.* disconnect from .*$/gm, '');
    const result = replayed(log, configuration(entries, ['trust_auth_mech:PLAIN']));
    expect(result).toMatchObject({ groups: [], undetermined: 4 });
    const both = configuration(entries, ['trust_auth_mech:PLAIN']);
    expect(replayed(POSTFIX, both, both)).toMatchObject({ groups: [], undetermined: 0 });
  });
});

/** As the servers that wrote the logs with TLS and AUTH had them. */
const SECURED = [
  'CERTISSUER:/CN=ca SUBJECT',
  'CERTSUBJECT:/CN=carol RELAY',
  'To:list@here.test REJECT',
  'From:spam@bad.example REJECT',
];
const TRUSTED = ['trust_auth_mech:PLAIN LOGIN'];

describe('a log with TLS and AUTH', () => {
  const log = (name: string): string => readFileSync(join(DATA, name), 'latin1');
  const counts = (text: string, access: readonly string[], features: readonly string[]): object => {
    const { questions, unchanged, undetermined, groups } = replayed(text, configuration(access, features));
    const differing = groups.map(({ effect, count, example }) => [effect, count, example.authType, example.tls]);
    return { questions, unchanged, undetermined, differing };
  };
  const carol = { verify: 'OK', certIssuer: '/CN=ca', certSubject: '/CN=carol' };

  it.each([
    // one recipient is a member of an alias too, and does not stand there as the client named it;
    // by default sendmail logs no names of certificates, and not which recipient an alias replaced
    [
      'sendmail',
      'sendmail-tls.log',
      SECURED,
      TRUSTED,
      { questions: 15, unchanged: 10, undetermined: 5, differing: [] },
    ],
    ['sendmail, LogLevel 14', 'sendmail-tls-14.log', SECURED, TRUSTED, { undetermined: 1, differing: [] }],
    [
      'sendmail, a mechanism less',
      'sendmail-tls-14.log',
      SECURED,
      ['trust_auth_mech:LOGIN'],
      { undetermined: 1, differing: [['refuses', 2, 'PLAIN', expect.anything()]] },
    ],
    [
      'sendmail, a mechanism more',
      'sendmail-tls-14.log',
      SECURED,
      ['trust_auth_mech:PLAIN LOGIN CRAM-MD5'],
      { undetermined: 1, differing: [['opens relaying', 1, 'CRAM-MD5', expect.anything()]] },
    ],
    [
      'sendmail, a certificate less',
      'sendmail-tls-14.log',
      SECURED.filter((line) => !line.includes('carol')),
      TRUSTED,
      { undetermined: 1, differing: [['refuses', 1, undefined, carol]] },
    ],
    [
      'Postfix',
      'postfix-tls.log',
      ['Connect:192.0.2.9 REJECT'],
      ['trust_auth_mech:PLAIN LOGIN CRAM-MD5'],
      { undetermined: 0, differing: [] },
    ],
  ])('%s', (_server, name, access, features, expected) => {
    expect(counts(log(name), access, features)).toMatchObject(expected);
  });
});

const REFUSED =
  'ruleset=check_rcpt, arg1=<x@elsewhere.example>, relay=good.example [192.0.2.1], reject=550 5.7.1 Relaying denied';
const ID = '6AUAAitG030553';

/** As `journalctl -o json` writes it. */
const JOURNAL = {
  __REALTIME_TIMESTAMP: '1796033444123456',
  PRIORITY: '6',
  SYSLOG_IDENTIFIER: 'sm-mta',
  SYSLOG_PID: '30553',
  _HOSTNAME: 'mail',
  MESSAGE: `${ID}: ${REFUSED}`,
};

describe('a line', () => {
  const asks = (line: string, features: readonly string[] = []): Partial<ReplayResult> => {
    const { questions, undetermined, understood } = replayed(line, configuration(ACCESS, features));
    return { questions, undetermined, understood };
  };

  it.each([
    ['of RFC 3164', `Nov 30 10:10:44 mail sendmail[30553]: ${ID}: ${REFUSED}`],
    ['with a one-digit day', `Nov  3 10:10:44 mail sm-mta[30553]: ${ID}: ${REFUSED}`],
    ['with a priority', `<22>Nov 30 10:10:44 mail sendmail[30553]: ${ID}: ${REFUSED}`],
    ['with an ISO time', `2026-11-30T10:10:44.123456+01:00 mail sm-mta[30553]: ${ID}: ${REFUSED}`],
    ['of RFC 5424', `<22>1 2026-11-30T10:10:44Z mail sendmail 30553 - - ${ID}: ${REFUSED}`],
    ['with structured data', `<22>1 2026-11-30T10:10:44Z mail sendmail 30553 - [a@1 b="]\\""] ${ID}: ${REFUSED}`],
    ['of the journal', JSON.stringify(JOURNAL)],
    ['of the journal, in bytes', JSON.stringify({ ...JOURNAL, MESSAGE: [...Buffer.from(JOURNAL.MESSAGE)] })],
    ['of the journal, without its time', JSON.stringify({ ...JOURNAL, __REALTIME_TIMESTAMP: undefined })],
  ])('%s is understood', (_form, line) => {
    expect(asks(line)).toEqual({ questions: 1, undetermined: 0, understood: 1 });
  });

  it.each([
    ['of another program', `Nov 30 10:10:44 mail sshd[1]: ${ID}: ${REFUSED}`],
    ['with a shortened address', `Nov 30 10:10:44 mail sendmail[1]: ${ID}: ${REFUSED.replace('x@', 'x...@')}`],
    ['that is cut', `Nov 30 10:10:44 mail sendmail[1]: ${ID}: ${REFUSED.slice(0, 60)}`],
    ['that is empty', ''],
    ['of the journal, too long', JSON.stringify({ ...JOURNAL, MESSAGE: null })],
    ['of the journal, with odd fields', JSON.stringify({ ...JOURNAL, MESSAGE: [300, {}], SYSLOG_IDENTIFIER: 5 })],
    ['of the journal, that is cut', JSON.stringify(JOURNAL).slice(0, -4)],
    ['of brackets', `${'['.repeat(500)}]: `.repeat(100)],
  ])('%s is passed over', (_form, line) => {
    expect(asks(line)).toEqual({ questions: 0, undetermined: 0, understood: 0 });
  });

  it('without its sender is undetermined where the sender counts', () => {
    const line = `Nov 30 10:10:44 mail sendmail[30553]: ${ID}: ${REFUSED}`;
    expect(asks(line, ['relay_mail_from'])).toMatchObject({ questions: 1, undetermined: 1 });
    const sender = `Nov 30 10:10:44 mail sendmail[30553]: ${ID}: from=<a@b.example>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, relay=good.example [192.0.2.1]`;
    expect(asks(`${line}\n${sender}`, ['relay_mail_from'])).toMatchObject({ questions: 1, undetermined: 0 });
  });

  it('without its sender is not taken for one with the null sender', () => {
    const refused = (id: string): string => `Nov 30 10:10:44 mail sendmail[1]: ${id}: ${REFUSED}`;
    const sender = `Nov 30 10:10:44 mail sendmail[1]: ${ID}: from=<>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, relay=good.example [192.0.2.1]`;
    const log = [refused(ID), sender, refused(ID.replace('3', '4'))].join('\n');
    expect(asks(log, ['relay_mail_from'])).toMatchObject({ questions: 2, undetermined: 1 });
  });

  it.each([
    ['sendmail', `sendmail[1]: ${ID}: ${REFUSED.replace('192.0.2.1', '192.0.2')}`],
    ['sendmail, IPv6', `sendmail[1]: ${ID}: ${REFUSED.replace('192.0.2.1', 'IPv6:2001:db8:1')}`],
    ['Postfix', 'postfix/smtpd[1]: connect from good.example[0]'],
    [
      'Postfix, a refusal',
      'postfix/smtpd[1]: NOQUEUE: reject: CONNECT from good.example[1.2]: 554 5.7.1 no; proto=SMTP',
    ],
  ])('with a client that has no IP address is passed over: %s', (_server, line) => {
    expect(asks(`Nov 30 10:10:44 mail ${line}`)).toEqual({ questions: 0, undetermined: 0, understood: 0 });
  });

  it('with an odd address cannot feign another', () => {
    const odd = '<"x>, relay=trusted.example [198.51.100.7], reject="@elsewhere.example>';
    const line = REFUSED.replace('<x@elsewhere.example>', odd);
    expect(asks(`Nov 30 10:10:44 mail sendmail[1]: ${ID}: ${line}`)).toMatchObject({ questions: 1 });
    expect(replayed(`Nov 30 10:10:44 mail sendmail[1]: ${ID}: ${line}`, configuration(ACCESS)).groups).toEqual([]);
  });
});

it('a queue ID of Postfix that is used again is another message', () => {
  const lines = POSTFIX.split('\n');
  const entries = configuration(['To:relayed.example RELAY', 'Connect:198.51.100 RELAY']);
  const once = replayed(POSTFIX, entries).questions;
  expect(replayed([...lines, ...lines].join('\n'), entries).questions).toBe(2 * once);
});

it('a message that waits is counted once', () => {
  const lines = SENDMAIL.split('\n');
  const sent = lines.filter((line) => /: to=</.test(line));
  const once = replayed(SENDMAIL, configuration(ACCESS)).questions;
  expect(replayed([...lines, ...sent, ...sent].join('\n'), configuration(ACCESS)).questions).toBe(once);
});

describe('mailmaps replay', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-replay.'));
  afterAll(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'access'), [...ACCESS, 'To:elsewhere.example RELAY', ''].join('\n'));
  writeFileSync(join(directory, 'local-host-names'), 'mail.oracle.test\n');
  writeFileSync(join(directory, 'aliases'), '');
  writeFileSync(join(directory, 'log.gz'), gzipSync(SENDMAIL));
  writeFileSync(join(directory, 'cut.gz'), gzipSync(SENDMAIL).subarray(0, 900));
  writeFileSync(join(directory, 'other.log'), 'Nov 30 10:10:44 mail sshd[1]: hello\n');
  const features = ['--feature', 'blocklist_recipients', '--host-name', 'mail.oracle.test'];
  const run = (log: string, stdin = '') =>
    runProgram(main, ['replay', log, '--new', directory, ...features, '--json'], { stdin });

  it.each([
    ['plain', join(DATA, 'sendmail.log'), ''],
    ['compressed', join(directory, 'log.gz'), ''],
    ['from standard input', '-', SENDMAIL],
  ])('reads a log, %s', async (_how, log, stdin) => {
    const { rc, stdout } = await run(log, stdin);
    expect(rc).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ lines: 79, groups: [{ effect: 'opens relaying', count: 2 }] });
  });

  it.each([
    ['without a line of a mail server', 'other.log', 65, 'no line is one of sendmail or Postfix'],
    ['that is missing', 'none.log', 66, 'none.log cannot be read: No such file or directory'],
    ['that is cut', 'cut.gz', 65, 'compressed data is damaged'],
  ])('refuses a log %s', async (_what, log, status, said) => {
    const { rc, stderr } = await run(join(directory, log));
    expect({ rc, stderr }).toEqual({ rc: status, stderr: expect.stringContaining(said) });
  });

  it.each([
    ['replay', [join(DATA, 'sendmail.log'), '--new']],
    ['diff', [directory]],
  ])('%s refuses a configuration that does not exist', async (command, before) => {
    const { rc, stderr } = await runProgram(main, [command, ...before, join(directory, 'none')], { stdin: '' });
    expect({ rc, stderr }).toEqual({ rc: 66, stderr: expect.stringContaining('none cannot be read: No such file') });
  });
});
