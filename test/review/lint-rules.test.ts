/** Lint: further cases of a rule, beside the examples of its page: what each finds, and in which lines. */
import { describe, expect, it } from 'vitest';
import type { LocalUser } from '../../src/alias/context.ts';
import type { Code } from '../../src/core/codes/codes.ts';
import { lint } from '../../src/review/lint/lint.ts';

const PEOPLE: readonly string[] = ['alice', 'bob', 'root'];
const users = (name: string): LocalUser | undefined =>
  PEOPLE.includes(name) ? { name, home: `/home/${name}`, shell: '/bin/sh', uid: 1000, gid: 1000 } : undefined;

interface Files {
  readonly [name: string]: readonly string[];
}

/** `file:line`, of one code; the features are those of the tables among the files, and more. */
function placesOf(code: Code, files: Files, features: readonly string[]): string[] {
  const tables = Object.keys(files).filter((name) => /table$/.test(name));
  const texts = Object.fromEntries(Object.entries(files).map(([name, lines]) => [name, `${lines.join('\n')}\n`]));
  const { findings } = lint({
    directory: '/etc/mail',
    hostName: 'mail.here.test',
    severity: 'style',
    users,
    features: [...tables, ...features] as never,
    texts: { access: '', aliases: '', 'local-host-names': 'here.test\n', 'relay-domains': '', ...texts },
  });
  return findings
    .filter((finding) => finding.code === code)
    .map(({ file, line, severity }) => `${severity} ${file.replace('/etc/mail/', '')}:${line}`);
}

type Row = readonly [what: string, files: Files, places: readonly string[], features?: readonly string[]];

const ROWS: Readonly<Partial<Record<Code, readonly Row[]>>> = {
  MM010: [
    ['a member of an alias', { aliases: ['bob: bob@old.here.test'] }, ['info local-host-names:1']],
    ['a name in genericstable', { genericstable: ['bob@old.here.test b@here.test'] }, ['info local-host-names:1']],
    ['a value of domaintable', { domaintable: ['short.test long.here.test'] }, ['info local-host-names:1']],
    ['a client', { access: ['Connect:pc.here.test REJECT'] }, []],
    ['a name that is relayed to', { access: ['To:branch.here.test RELAY'] }, []],
  ],
  MM111: [
    ['Compat: without compat_check', { access: ['Compat:a@b.test<@>c@d.test DISCARD'] }, ['info access:1']],
    ['Compat: with it', { access: ['Compat:a@b.test<@>c@d.test DISCARD'] }, [], ['compat_check']],
    ['GreetPause: without greet_pause', { access: ['GreetPause:192.0.2.1 0'] }, ['info access:1'], ['nouucp:reject']],
    ['RELAY to an address', { access: ['To:bob@far.example RELAY'] }, ['warning access:1'], ['nouucp:reject']],
    [
      'RELAY to an address, with its feature',
      { access: ['To:b@far.example RELAY'] },
      [],
      ['access_db:relaytofulladdress'],
    ],
    [
      'RELAY to an address as an exception',
      { access: ['To:b@far.example RELAY', 'To:far.example REJECT'] },
      [],
      ['blocklist_recipients'],
    ],
  ],
  MM115: [
    ['a network, by Connect:', { access: ['10.1 RELAY', 'Connect:10.1 REJECT'] }, ['warning access:1']],
    ['a network, by From:', { access: ['10.1 RELAY', 'From:10.1 REJECT'] }, []],
    ['IPv6', { access: ['Connect:IPv6:2001:db8 OK', 'ipv6:2001:DB8 OK'] }, ['warning access:2']],
    ['an address, by both', { access: ['a@b.test OK', 'From:a@b.test OK', 'To:a@b.test OK'] }, ['warning access:1']],
    ['an address, by one', { access: ['a@b.test OK', 'From:a@b.test OK'] }, []],
    ['a host, by two', { access: ['b.test OK', 'From:b.test OK', 'To:b.test OK'] }, []],
  ],
  MM001: [
    ['the network of one stranger', { access: ['203.0.113 RELAY', 'Connect:stranger-a1b2.invalid RELAY'] }, []],
    ['the names of all strangers', { access: ['Connect:invalid RELAY'] }, ['error access:1']],
  ],
  MM005: [['the network of one stranger', { access: ['203.0.113 RELAY', 'From:bob@here.test RELAY'] }, []]],
  MM002: [
    [
      'a registry',
      { 'relay-domains': ['co.uk', 'com.br', 'co.at'] },
      [1, 2, 3].map((line) => `error relay-domains:${line}`),
    ],
    ['a domain like one', { 'relay-domains': ['co.de', 'x.co.uk', 'net.de'] }, []],
    ['with a dot', { 'relay-domains': ['.org'] }, ['error relay-domains:1']],
  ],
  MM007: [['with a dot', { 'relay-domains': ['172.'] }, ['warning relay-domains:1']]],
  MM008: [['with a dot', { 'relay-domains': ['84.', '10.'] }, ['warning relay-domains:1']]],
  MM011: [
    ['by To:', { access: ['To:gmx.de RELAY'] }, ['warning access:1']],
    ['refused as a sender', { access: ['From:gmail.com REJECT'] }, []],
  ],
  MM206: [
    ['a code that accepts', { access: ['From:a.test ERROR:"250 ok"'] }, ['error access:1']],
    ['without a status', { access: ['From:a.test ERROR:"550 no"'] }, []],
  ],
  MM214: [
    [
      'a time',
      { access: ['GreetPause:192.0.2.1 5s', 'ClientRate: 10', 'ClientConn:192.0.2 many'] },
      ['warning access:1', 'warning access:3'],
    ],
    ['Try_TLS:', { access: ['Try_TLS:a.test NOO', 'Try_TLS:b.test NO'] }, ['warning access:1']],
  ],
  MM203: [
    ['an address', { access: ['To:bob@far.example OK'] }, ['warning access:1']],
    ['an address of a refused domain', { access: ['To:bob@far.example OK', 'To:far.example REJECT'] }, []],
    ['an address of a refused user', { access: ['To:bob@far.example OK', 'To:bob@ REJECT'] }, []],
    ['below a key without a tag', { access: ['To:a.far.example OK', 'far.example REJECT'] }, []],
    ['beside a key without a tag', { access: ['To:far.example OK', 'far.example REJECT'] }, []],
    ['a user', { access: ['To:bob@ OK'] }, ['warning access:1']],
    ['a user of refused hosts', { access: ['To:bob@ OK', 'To:here.test REJECT'] }, []],
    ['a network in a refused one', { access: ['To:10.1 OK', 'To:10 REJECT'] }, []],
  ],
  MM204: [
    ['a network without a tag', { access: ['192.0.2 OK'] }, ['info access:1']],
    ['a host without a tag', { access: ['far.example OK'] }, []],
  ],
  MM403: [
    ['an address here', { aliases: ['sales: bbo@here.test'] }, ['warning aliases:1']],
    ['an address here that is an alias', { aliases: ['sales: shop@here.test', 'shop: bob'] }, []],
    [
      'an address here that virtusertable knows',
      { aliases: ['sales: x@here.test'], virtusertable: ['x@here.test bob'] },
      [],
    ],
    ['an address elsewhere', { aliases: ['sales: bbo@far.example'] }, []],
    [
      'a line of a .forward',
      { aliases: ['sales: bob'], '/home/bob/.forward': ['\\bob', 'bbo'] },
      ['warning /home/bob/.forward:2'],
    ],
    [
      'a line of a list',
      { aliases: ['crew: :include:/srv/crew'], '/srv/crew': ['bob', 'bbo', '# bbb'] },
      ['warning /srv/crew:2'],
    ],
    [
      'a line of a list in a list',
      { aliases: ['a: :include:/srv/a'], '/srv/a': ['bob', ':include:/srv/b'], '/srv/b': ['bbo'] },
      ['warning /srv/b:1'],
    ],
  ],
  MM408: [
    [
      'in a list',
      { aliases: ['crew: :include:/srv/crew'], '/srv/crew': ['b@far.example # left'] },
      ['warning /srv/crew:1'],
    ],
  ],
  MM409: [
    [
      'in a .forward',
      { aliases: ['a: bob'], '/home/bob/.forward': ['|/usr/bin/vacation bob'] },
      ['error /home/bob/.forward:1'],
    ],
  ],
  MM410: [
    ['a program and a name', { aliases: ['x: "|/bin/true" bob'] }, ['warning aliases:1']],
    ['a phrase', { aliases: ['x: "Bob B." <bob>'] }, []],
  ],
  MM412: [
    ['in a list', { aliases: ['a: :include:/srv/a'], '/srv/a': ['bob', ':include:/srv/none'] }, ['warning /srv/a:2']],
  ],
  MM423: [
    ['semicolons', { aliases: ['a: alice; bob'] }, ['warning aliases:1']],
    ['an address without a domain', { aliases: ['a: bob@'] }, ['warning aliases:1']],
    ['two dots', { aliases: ['a: bob@far..example'] }, ['warning aliases:1']],
    ['an open quote', { aliases: ['a: "|/bin/true'] }, ['warning aliases:1']],
    [
      'a path from the home',
      { aliases: ['a: ~/archive', 'b: mail/archive'] },
      ['warning aliases:1', 'warning aliases:2'],
    ],
    ['a list without its first colon', { aliases: ['a: include:/srv/a'] }, ['warning aliases:1']],
    ['itself, and no user', { aliases: ['nobody-here: nobody-here'] }, ['warning aliases:1']],
    ['itself, a user', { aliases: ['bob: bob, alice', 'alice: \\alice'] }, []],
    [
      'a phrase',
      { aliases: ['a: Bob B. <bob@far.example>', 'b: "|/bin/true -x", /var/mail/b, "a b"@far.example'] },
      [],
    ],
    ['a line of a list', { aliases: ['a: :include:/srv/a'], '/srv/a': ['bob', 'alice; bob'] }, ['warning /srv/a:2']],
  ],
  MM405: [
    ['/dev/null through another name', { aliases: ['abuse: bin', 'bin: /dev/null'] }, ['warning aliases:1']],
    ['a name that nobody has', { aliases: ['root: boss', 'boss: bosss'] }, ['warning aliases:1']],
    ['nobody and /dev/null', { aliases: ['postmaster: bosss, /dev/null'] }, ['warning aliases:1']],
    ['one of two that nobody has', { aliases: ['root: alice, bosss'] }, []],
    ['a program', { aliases: ['abuse: "|/usr/bin/rt"'] }, ['info aliases:1']],
    ['a program and a person', { aliases: ['abuse: "|/usr/bin/rt", bob'] }, []],
    ['a file', { aliases: ['abuse: /var/mail/abuse'] }, []],
  ],
  MM417: [
    ['through another name', { aliases: ['decode: run', 'run: "|/usr/bin/uudecode"'] }, ['warning aliases:1']],
    ['to a person', { aliases: ['uudecode: root'] }, ['info aliases:1']],
  ],
  MM503: [
    [
      'a virtual domain without an entry',
      { 'virtuser-domains': ['a.test', 'b.test'], virtusertable: ['@a.test bob'] },
      ['warning virtuser-domains:2'],
    ],
    [
      'a virtual domain that mailertable sends on',
      { 'virtuser-domains': ['b.test'], virtusertable: ['@here.test bob'], mailertable: ['b.test esmtp:[gw.test]'] },
      [],
    ],
  ],
  MM510: [
    [
      'a program and a file',
      { virtusertable: ['a@here.test "|/bin/true"', 'b@here.test /dev/null'] },
      ['warning virtusertable:1', 'warning virtusertable:2'],
    ],
    ['a comment', { virtusertable: ['a@here.test bob # boss'] }, ['warning virtusertable:1']],
    ['a refusal', { virtusertable: ['a@here.test error:5.1.1:550 no such user'] }, []],
    ['genericstable', { genericstable: ['bob a@here.test, b@here.test'] }, ['warning genericstable:1']],
  ],
  MM602: [['a wildcard', { mailertable: ['*.far.test esmtp:gw.test'] }, ['warning mailertable:1']]],
  MM603: [['its own address', { mailertable: ['far.test esmtp:[127.0.0.1]'] }, ['error mailertable:1']]],
  MM607: [
    ['an address', { domaintable: ['a@old.test new.test'] }, ['warning domaintable:1']],
    [
      'a value that is one',
      { domaintable: ['old.test a@new.test', 'old2.test @new.test'] },
      ['warning domaintable:1', 'warning domaintable:2'],
    ],
    ['a name', { domaintable: ['old.test new', 'short.test new.test'] }, []],
  ],
  MM608: [
    ['an open bracket', { mailertable: ['a.test esmtp:[192.0.2.1'] }, ['warning mailertable:1']],
    ['a URL', { mailertable: ['a.test relay://gw.test'] }, ['warning mailertable:1']],
    ['no host', { mailertable: ['a.test esmtp:'] }, ['warning mailertable:1']],
    [
      'several hosts',
      { mailertable: ['a.test esmtp:gw.test:[IPv6:2001:db8::1]:gw2.test.', '.b.test esmtp:%1.gw.test'] },
      [],
    ],
    ['other mailers', { mailertable: ['a.test error:5.1.2:550 no such host', 'b.test local:bob'] }, []],
  ],
  MM508: [
    ['an address here', { virtusertable: ['info@here.test bbo@here.test'] }, ['warning virtusertable:1']],
    [
      'a name through another entry',
      { virtusertable: ['a@here.test b@here.test', 'b@here.test bbo'] },
      ['warning virtusertable:1', 'warning virtusertable:2'],
    ],
    ['a detail of a user', { virtusertable: ['a@here.test bob+shop'] }, []],
    ['the same name', { virtusertable: ['@here.test %1'] }, []],
    ['an alias', { virtusertable: ['a@here.test sales'], aliases: ['sales: bob'] }, []],
  ],
};

describe.each(Object.entries(ROWS))('%s', (code, rows) => {
  for (const [what, files, places, features = []] of rows)
    it(what, () => expect(placesOf(code as Code, files, features)).toEqual(places));
});
