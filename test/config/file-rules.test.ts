/** Decisions by the rules of a sendmail.cf itself: their answers, whom they accept, and their reasons. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MapError } from '../../src/core/errors.ts';
import { formatReply, type MailMaps, type MailMapsOptions, makeMap, openMailMaps } from '../../src/index.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { SMALL_CF } from '../small-cf.ts';

const ADDRESSES = `${SMALL_CF}S4
R$+ < @ $+ >\t$: $1 @ $2
`;
const client = { address: '203.0.113.9', name: 'mx.far.example', helo: 'mx.far.example' };

function open(rules: string, texts: Readonly<Record<string, string>> = {}, options: MailMapsOptions = {}): MailMaps {
  return openMailMaps({ cf: '/etc/mail/my.cf', texts: { ...texts, 'my.cf': ADDRESSES + rules }, ...options });
}

function rcpt(maps: MailMaps, recipient = 'bob@far.example'): string {
  return formatReply(maps.checkRcpt(recipient, { client, sender: 'eve@far.example' }), recipient);
}

const NOT_NOW = '451 4.3.0 Temporary system failure. Please try again later.';
const DENIED = '550 5.7.1 <bob@far.example>... Relaying denied';
const TAKEN = '250 2.1.5 <bob@far.example>... Recipient ok';

describe('whom the rules of a file let in', () => {
  const ASKING = 'Scheck_rcpt\nR$*\t$: $(m x $: none $)\nRbad\t$#error $@ 5.7.1 $: "550 bad"\n';

  it.each([
    ['no ruleset check_rcpt', '', {}, TAKEN],
    ['an entry that refuses', `Km hash /etc/mail/m\n${ASKING}`, { m: 'x bad\n' }, '550 5.7.1 <bob@far.example>... bad'],
    ['no entry', `Km hash /etc/mail/m\n${ASKING}`, { m: 'y bad\n' }, TAKEN],
    ['a missing map', `Km hash /etc/mail/m\n${ASKING}`, {}, NOT_NOW],
    ['a missing text map', `Km text /etc/mail/m\n${ASKING}`, {}, NOT_NOW],
    ['a missing map with -o', `Km hash -o /etc/mail/m\n${ASKING}`, {}, TAKEN],
    ['a missing map with -t', `Km hash -t /etc/mail/m\n${ASKING}`, {}, TAKEN],
    ['a program', `Km program /bin/true\n${ASKING}`, {}, NOT_NOW],
    ['a socket', `Km socket unix:/run/x\n${ASKING}`, {}, NOT_NOW],
    ['an LDAP server', `Km ldap -k x -v y\n${ASKING}`, {}, NOT_NOW],
    ['a regular expression with a back reference', `Km regex (x)\\1\n${ASKING}`, {}, NOT_NOW],
    ['a DNS list that was not asked', `Km dns -R A -a. -t -T<TMP>\n${ASKING}`, {}, NOT_NOW],
    ['a map that is not there', ASKING, {}, '554 5.3.0 rewrite: map m not found'],
    ['a line that sendmail does not start with', 'Kbad hash\n', {}, NOT_NOW],
    ['an LDAP server with -o', `Km ldap -o -k x -v y\n${ASKING}`, {}, NOT_NOW],
    ['a program with -t', `Km program -t /bin/true\n${ASKING}`, {}, NOT_NOW],
    ['a class from a program', 'C{x}a\nF{x}|/bin/names\n', {}, NOT_NOW],
    ['a class from an LDAP server', 'F{x}-o @LDAP\n', {}, NOT_NOW],
    [
      'rules without end',
      `Scheck_rcpt\n${'R$*\t$1 x\n'.repeat(3)}`,
      {},
      /^554 5\.3\.5 Infinite loop in ruleset check_rcpt/,
    ],
    ['an exploding rule', 'Scheck_rcpt\nR$*\t$: $>e $>e $1\nSe\nR$*\t$1 $>e $>e $1\n', {}, /^(?:451|554) /],
  ] as const)('%s', (_, rules, texts, expected) => {
    using maps = open(rules, texts);
    if (typeof expected === 'string') expect(rcpt(maps)).toBe(expected);
    else expect(rcpt(maps)).toMatch(expected);
  });

  // Replies of sendmail 8.17.1.9 to EHLO and MAIL; it looks at the result alone.
  it.each([
    ['a ruleset that does not exist', '$: $>nosuch $1', 'ok'],
    ['rules without end', '$1', 'ok'],
    ['a map that is not there', '$: $(nomap $1 $)', 'ok'],
    ['a result that does not balance', '$: $(m x $)', 'ok'],
    ['a text that does not balance', '$#error $: $(m x $)', '553 5.3.0 <a>'],
    ['an error without a text', '$#error $@ 5.1.1', '554 5.3.5 buildaddr: no user'],
  ])('at connect, whatever the complaint: %s', (_what, right, expected) => {
    using maps = open(`Km hash /etc/mail/m\nScheck_relay\nR$*\t${right}\n`, { m: 'x\t<a\n' });
    const decision = maps.checkRelay(client);
    expect(decision.reply === undefined ? decision.action : formatReply(decision)).toBe(expected);
  });

  it.each([
    ['Connect:relay RELAY\n', TAKEN],
    ['relay relay\n', TAKEN],
    ['Connect:relay OK\n', DENIED],
    ['Connect:relayx RELAY\n', DENIED],
  ])('a client named relay, by an entry: %j', (access, reply) => {
    const rules = `Kaccess hash /etc/mail/access
Scheck_rcpt
R$*\t$: <$&{client_name}> <$(access Connect:$&{client_name} $: ? $)>
R<$*> <?>\t$: <$1> <$(access $1 $: ? $)>
R<$*> <RELAY>\t$@ RELAY
R<$*> <$*>\t$: $1
RRELAY\t$@ RELAY
R$*\t$#error $@ 5.7.1 $: "550 Relaying denied"
`;
    using maps = open(rules, { access });
    const session = { client: { ...client, name: 'relay' }, sender: 'eve@far.example' };
    expect(formatReply(maps.checkRcpt('bob@far.example', session), 'bob@far.example')).toBe(reply);
  });

  it.each([
    ['whose name is one of their words', 'relay', '', DENIED],
    ['whose name is one of their words, in capitals with a dot', 'RELAY.', '', DENIED],
    ['of such a name in class w', 'relay', 'Cwrelay\n', TAKEN],
    ['of such a name in class R', 'relay', 'CRrelay\n', TAKEN],
    ['of a name that ends in such a word', 'x.relay', '', DENIED],
    ['of another name', 'gate', '', DENIED],
  ])('client %s', (_what, name, lines, reply) => {
    const rules =
      'Scheck_rcpt\nR$*\t$: $| $&{client_name}\nR$| $=w\t$@ RELAY\nR$| $=R\t$@ RELAY\nR$| RELAY\t$@ RELAY\n';
    const maps = open(`${lines}${rules}R$*\t$#error $@ 5.7.1 $: "550 Relaying denied"\n`);
    const session = { client: { ...client, name }, sender: 'eve@far.example' };
    expect(formatReply(maps.checkRcpt('bob@far.example', session), 'bob@far.example')).toBe(reply);
  });

  it('nobody to a host whose name may be an alias, until DNS is asked', async () => {
    using maps = open('S3\nR$+ < @ $+ >\t$: $1 < @ $[ $2 $] >\n');
    const session = { client, sender: 'eve@far.example' };
    const { action, trace } = maps.checkRcpt('bob@www.example', session);
    expect(action).toBe('tempFail');
    expect(trace).toContainEqual({ kind: 'note', rule: 'DNS', text: 'www.example AAAA: not asked' });
    expect(maps.checkMail('eve@far.example', { client }).action).toBe('ok');
    const resolver = tableResolver({ 'www.example': { CNAME: 'host.example' }, 'host.example': { A: ['192.0.2.1'] } });
    const asked = await maps.ask({ kind: 'rcpt', recipient: 'bob@www.example', session }, { resolver });
    expect(asked.action).toBe('relay');
  });

  // what sendmail's `$[ [203.0.113.9] $]` finds, by the library's rules for names
  it.each([
    ['host.example', '550 5.0.0 host.example.'],
    ['a_b.example.', '550 5.0.0 a_b.example.'],
    ['[127.0.0.1]', '550 5.0.0 none'],
    ['a(b).example', '550 5.0.0 none'],
    ['-a.example', '550 5.0.0 none'],
  ])('an address whose PTR record is %s has a name only if it is one', async (name, reply) => {
    using maps = open('Scheck_mail\nR$*\t$#error $: "550 " $[ [203.0.113.9] $: none $]\n');
    const resolver = tableResolver({ '203.0.113.9': { PTR: [name] } });
    const asked = await maps.ask({ kind: 'mail', sender: 'eve@far.example', session: { client } }, { resolver });
    expect(formatReply(asked)).toBe(reply);
  });

  it('no sender by whose canonical name the rules may refuse, until DNS is asked', async () => {
    using maps = open(
      'S3\nR$+ < @ $+ >\t$: $1 < @ $[ $2 $] >\nScheck_mail\nR$*\t$: $>3 $1\nR$* < @ bad.example. >\t$#error $: "550 No"\n',
    );
    expect(maps.checkMail('eve@www.example', { client, senderDomain: 'OK' }).action).toBe('tempFail');
    const resolver = tableResolver({ 'www.example': { CNAME: 'bad.example' }, 'bad.example': { A: ['192.0.2.1'] } });
    const session = { client };
    const asked = await maps.ask({ kind: 'mail', sender: 'eve@www.example', session }, { resolver });
    expect(asked.action).toBe('reject');
  });

  it.each([
    ['eve@far.example', 'reject'],
    ['eve%far.example@example.com', 'reject'],
    ['far.example!eve@example.com', 'reject'],
    ['eve@example.com', 'ok'],
  ])('no sender whose domain does not exist, as the session states: %s', (sender, action) => {
    const rules = [
      'Kresolve host\nScheck_mail\nR< $* >\t$: $1\nR$+ ! $+ @ example.com\t$: $2 @ $1\nR$+ % $+ @ example.com\t$: $1 @ $2\n',
      'R$* @ example.com\t$@ OK\nR$+ @ $+\t$: $(resolve $2 $: NONE $)\nRNONE\t$#error $@ 5.1.8 $: "553 No such domain"\n',
    ].join('');
    using maps = open(rules);
    expect(maps.checkMail(sender, { client, senderDomain: 'PERM' }).action).toBe(action);
    expect(maps.checkMail(sender, { client, senderDomain: 'OK' }).action).toBe('ok');
  });

  const WITHOUT_END = `S4\nR$*\t$: $>e0 $1\n${Array.from(
    { length: 30 },
    (_, i) => `Se${i}\n${`R$*\t$: $>e${i + 1} $1\n`.repeat(2)}`,
  ).join('')}Se30\nR$*\t$1\n`;

  it('nobody where rules take too long', () => {
    using maps = open(WITHOUT_END);
    const reply = '451 4.3.0 the rulesets take too long';
    expect(rcpt(maps)).toBe(reply);
    expect(formatReply(maps.checkMail('eve@far.example', { client }))).toBe(reply);
    expect(maps.route('bob@far.example').kind).toBe('tempFail');
    expect(() => maps.rewrite('bob@far.example', { where: 'envelope', role: 'sender' })).toThrow(
      expect.objectContaining({ name: 'MapError', code: 'limit' }) as MapError,
    );
  });

  it.each([
    ['of a file that sendmail does not start with', 'Kbad hash\n'],
    ['whose map is missing', 'Km hash /etc/mail/m\nSgreet_pause\nR$*\t$: $(m GreetPause:x $: none $)\n'],
    [
      'behind a map that is missing',
      'Km hash /etc/mail/m\nKa hash /etc/mail/a\nSgreet_pause\nR$*\t$: $(m x $: none $)\nRnone\t$: $(a GreetPause: $)\n',
    ],
  ])('no setting is known %s', (_what, rules) => {
    using maps = open(rules, { a: '' });
    expect(maps.accessSetting('GreetPause', { address: '192.0.2.1' }).status).toBe('tempFail');
  });

  it.each([
    ['a NUL in a recipient', 'bob@far.example\0@example.com', '553 5.0.0 <bob@far.example'],
    ['a byte that sendmail shows as ?', 'bob@far.example\udc85@example.com', /^501 5\.1\.3 8-bit character /],
    ['a byte that ends sendmail’s text', 'bob@far.example\udcff@example.com', /^501 5\.1\.3 Syntax error /],
    [
      'a comment that ends in a local host',
      'bob@far.example(@example.com)',
      DENIED.replace('bob@far.example', 'bob@far.example(@example.com)'),
    ],
    ['a quote that does not end', '"bob@far.example\\"@example.com', /^553 5\.0\.0 .* Unbalanced '"'$/],
    ['a recipient of 300 bytes', `${'a'.repeat(300)}@example.com`, /^553 5\.1\.0 /],
    ['nothing', '', /^55/],
  ] as const)('nobody by %s', (_what, recipient, reply) => {
    using maps = open('Scheck_rcpt\nR< $+ @ example.com >\t$@ OK\nR$*\t$#error $@ 5.7.1 $: "550 Relaying denied"\n');
    if (typeof reply === 'string') expect(rcpt(maps, recipient)).toBe(reply);
    else expect(rcpt(maps, recipient)).toMatch(reply);
  });

  it('names the map that could not tell', () => {
    using maps = open('Km hash /etc/mail/m\nScheck_rcpt\nR$*\t$: $(m x $)\n');
    const { because, trace } = maps.checkRcpt('bob@far.example', { client });
    expect(because).toMatchObject({ rule: 'check_rcpt', key: 'x', at: { file: '/etc/mail/my.cf', line: 19 } });
    expect(trace).toContainEqual(expect.objectContaining({ kind: 'key', map: 'm', status: 'tempFail' }));
  });

  it('takes nothing from a class file that is missing', () => {
    expect(() => open('F{bad}/etc/mail/bad\n')).toThrow(/cannot open/);
  });

  it('asks DNS in ask()', async () => {
    using maps = open(
      'Km dns -R A -a.\nScheck_rcpt\nR$*\t$: $(m $&{client_addr}.list.example $: none $)\nRnone\t$@ OK\nR$*\t$#error $: "550 listed"\n',
    );
    const resolver = tableResolver({ '203.0.113.9.list.example': { A: ['127.0.0.2'] } });
    const session = { client, sender: 'eve@far.example' };
    const listed = await maps.ask({ kind: 'rcpt', recipient: 'bob@far.example', session }, { resolver });
    expect(formatReply(listed)).toBe('550 5.0.0 listed');
    const other = { ...session, client: { ...client, address: '203.0.113.8' } };
    expect((await maps.ask({ kind: 'rcpt', recipient: 'bob@far.example', session: other }, { resolver })).action).toBe(
      'relay',
    );
  });
});

describe('what the rules of a file see', () => {
  const SHOWN = (what: string): string => `Scheck_rcpt\nR$*\t$#error $: "550 " ${what}\n`;

  it.each([
    ['the recipient in brackets', '$1', '<bob@far.example>'],
    ['$f', '$&f', 'eve@far.example'],
    [
      'the sender by its parts',
      '$&{mail_addr} " " $&{mail_host} " " $&{mail_mailer}',
      'eve@far.example far.example esmtp',
    ],
    ['the recipient by its parts', '$&{rcpt_addr} " " $&{rcpt_mailer}', 'bob@far.example esmtp'],
    [
      'the client',
      '$&{client_addr} " " $&{client_name} " " $&{client_resolve} " " $&{client_ptr}',
      '203.0.113.9 mx.far.example OK mx.far.example',
    ],
    ['the session', '"" $&s " " $&{addr_type} " " $&_', 'mx.far.example e r mx.far.example[203.0.113.9]'],
  ] as const)('%s', (_, what, expected) => {
    using maps = open(SHOWN(what));
    expect(rcpt(maps)).toBe(`550 5.0.0 <bob@far.example>... ${expected}`);
  });

  it('no HELO at connect', () => {
    using maps = open('Scheck_relay\nR$* $| $*\t$#error $: "450 [" $1 "] " $2 " [" $&s "] [" $&r "]"\n');
    expect(formatReply(maps.checkRelay(client))).toBe('450 4.0.0 [mx.far.example] 203.0.113.9 [] []');
  });

  it('no address that the daemon refuses itself', () => {
    using maps = open('');
    const [bad, text] = [
      'a\x7f@far.example',
      'Syntax error in mailbox address "a?@far.example" (non-printable character)',
    ];
    expect(formatReply(maps.checkMail(bad, { client }), bad)).toBe(`501 5.1.7 ${text}`);
    expect(rcpt(maps, bad)).toBe(`501 5.1.3 ${text}`);
    expect(rcpt(maps, '|prog')).toBe('550 5.7.1 <|prog>... Cannot mail directly to programs');
    expect(rcpt(maps, '!\udc80(x')).toBe('553 5.0.0 <!');
    using dropping = open('Scheck_rcpt\nR$*\t$#discard\n');
    expect(rcpt(dropping, '|prog')).toBe('550 5.7.1 <|prog>... Cannot mail directly to programs');
  });

  it('a refusal, though a name server does not answer', async () => {
    using maps = open('S3\nR$+ < @ $+ >\t$: $1 < @ $[ $2 $] >\nRbad < @ $+ >\t$#error $@ 5.1.3 $: "553 Bad user"\n');
    const resolver = tableResolver({ 'temp.example': { rcode: 2 } });
    const said = async (sender: string): Promise<string> =>
      formatReply(await maps.ask({ kind: 'mail', sender, session: { client } }, { resolver }), sender);
    expect(await said('bad@temp.example')).toBe('553 5.1.3 <bad@temp.example>... Bad user');
    expect(await said('bob@temp.example')).toBe('250 2.1.0 <bob@temp.example>... Sender ok');
  });

  it.each([
    ['@ :include:/list', 'an address of its own', '250 2.1.5 <x@far.example>... Recipient ok'],
    [':include:/list', 'a list', '550 5.7.1 <x@far.example>... Cannot mail directly to :include:s'],
    ['@ |prog', 'a program', '550 5.7.1 <x@far.example>... Cannot mail directly to programs'],
  ])('a local user %s as %s', (user, _what, reply) => {
    using maps = openMailMaps({
      cf: '/etc/mail/my.cf',
      texts: { 'my.cf': `${ADDRESSES.replace('S0\n', `S0\nRx < @ far.example >\t$#local $: ${user}\n`)}` },
    });
    expect(rcpt(maps, 'x@far.example')).toBe(reply);
  });

  it('nothing of the question before', () => {
    using maps = open(
      'Kset macro\nScheck_rcpt\nR$*\t$: $&{seen} $| $1\nR$+ $| $*\t$#error $: "550 seen"\nR$*\t$: $(set {seen} $@ yes $)\n',
    );
    expect([rcpt(maps), rcpt(maps)]).toEqual([TAKEN, TAKEN]);
  });
});

describe('the reasons', () => {
  const RULES =
    'Kaccess hash -T<TMPF> /etc/mail/access\nScheck_mail\nR$*\t$: $>look $1\nR<REJECT> $*\t$#error $@ 5.7.1 $: "550 no"\nSlook\nR< $+ >\t<$(access From:$1 $: OK $)> $1\n';

  it('are the entry with its line, the rule that asked and the rule that decided', () => {
    using maps = open(RULES, { access: '# senders\nFrom:eve@far.example\tREJECT\n' });
    const decision = maps.checkMail('eve@far.example', { client });
    expect(decision.because).toEqual({
      rule: 'check_mail',
      key: 'From:eve@far.example',
      value: 'REJECT',
      source: { file: '/etc/mail/access', line: 2 },
      at: { file: '/etc/mail/my.cf', line: 20 },
    });
    expect(decision.trace).toContainEqual({
      kind: 'key',
      rule: 'look',
      map: 'access',
      key: 'From:eve@far.example',
      status: 'found',
      value: 'REJECT',
      source: { file: '/etc/mail/access', line: 2 },
      at: { file: '/etc/mail/my.cf', line: 22 },
    });
  });

  it('show the bytes of an address as test mode does', () => {
    using maps = open('Scheck_mail\nR$*\t$: $1 $| seen\n');
    const { trace } = maps.checkMail('é@far.example', { client });
    expect(trace.at(-1)).toMatchObject({ kind: 'rule', text: '< M-CM-) @ far . example > $| seen' });
  });

  it('of a route are the rule that chose the mailer', () => {
    using maps = open('');
    expect(maps.route('bob@example.com')).toMatchObject({
      kind: 'local',
      mailer: 'local',
      user: 'bob',
      because: { rule: '0', at: { line: 12 } },
    });
  });
});

describe('whose rules decide', () => {
  const REFUSING = 'Scheck_mail\nR$*\t$#error $: "550 own"\n';
  const said = (maps: MailMaps): string => formatReply(maps.checkMail('eve@far.example', { client }));

  it.each([
    ['its own by default', {}, '550 5.0.0 own'],
    ["its own with 'file'", { rules: 'file' }, '550 5.0.0 own'],
    ["ours with 'built-in'", { rules: 'built-in' }, '250 2.1.0 Sender ok'],
    ['ours where an option overrides the file', { access: false }, '250 2.1.0 Sender ok'],
  ] as const)('%s', (_, options, expected) => {
    using maps = open(REFUSING, {}, options);
    expect(said(maps)).toBe(expected);
  });

  it.each([
    [
      'an option that they cannot follow',
      REFUSING,
      { rules: 'file', features: ['blocklist_recipients'] },
      /^features cannot change/,
    ],
    ['no sendmail.cf', '', { rules: 'file', cf: undefined }, /needs a sendmail\.cf/],
  ] as const)("refuses 'file' with %s", (_, rules, options, expected) => {
    const given = { texts: { 'my.cf': ADDRESSES + rules }, cf: '/etc/mail/my.cf', ...options } as MailMapsOptions;
    expect(() => openMailMaps(given)).toThrow(
      expect.objectContaining({ name: 'MapError', message: expect.stringMatching(expected) }) as MapError,
    );
  });
});

describe('the files of a configuration', () => {
  const RULES = `Scheck_mail\nR< $+ >\t$: <$(senders $1 $: OK $)>\nR<REJECT>\t$#error $@ 5.7.1 $: "550 no"\n`;
  const said = (maps: MailMaps): string => formatReply(maps.checkMail('eve@far.example', { client }));

  it.each([
    ['LMDB', { format: '1.0' }],
    ['LMDB 0.9', { format: '0.9' }],
    ['CDB', { format: 'cdb' }],
  ] as const)('are followed: a map of %s that is made anew', async (_, how) => {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-file-rules.'));
    const name = join(directory, 'senders');
    const make = (text: string) => makeMap([Buffer.from(text)], name, how);
    try {
      writeFileSync(join(directory, 'my.cf'), `${ADDRESSES}Ksenders hash ${name}\n${RULES}`);
      using maps = openMailMaps({ cf: join(directory, 'my.cf'), reloadCheckMs: 0 });
      expect(said(maps)).toBe(NOT_NOW);
      await make('eve@far.example REJECT\n');
      expect(said(maps)).toBe('550 5.7.1 no');
      const before = maps.current();
      await make('adam@far.example REJECT\n');
      expect(said(maps)).toBe('250 2.1.0 Sender ok');
      expect(formatReply(before.checkMail('eve@far.example', { client }))).toBe('550 5.7.1 no');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

it('a complaint about a line is reported once, at the line that sendmail names', () => {
  using maps = open('O NoSuch=x\n y\n');
  const line = `${ADDRESSES}O NoSuch=x\n y\n`.split('\n').length - 1;
  const found = maps.problems.filter(({ code }) => code === 'MM701');
  expect(found).toMatchObject([{ line, text: 'readcf: unknown option name NoSuch' }]);
});
