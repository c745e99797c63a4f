/**
 * Random items of alias values, lists and .forward files: names, programs, files, lists, and spellings that need the whole
 * address parser.
 */
import { randomAddress } from './address-generator.ts';
import type { Random } from './random.ts';

export const USERS: readonly string[] = ['alice', 'bob', 'carol', 'dave', 'erin'];

/** The odd things in a world. */
export interface Kinds {
  readonly lists: boolean;
  readonly details: boolean;
  readonly odd: boolean;
  readonly unsafe: boolean;
}

/** Spellings that need the whole address parser. */
export const ODD: readonly string[] = [
  ...['Al Ice <alice>', '"A, B" <bob>', 'alice (c, d)', '(x) carol', '<dave>', '"alice"', 'alice%remote.example'],
  ...['remote!alice', '@r.example:alice@localhost', 'a@b@c', '@x', 'alice@', 'list:;', 'bob@x..y', 'bob@.x'],
  ...['<alice,bob>', 'a"b', 'unbal)', '<unbal', '(unbal', 'alice # c', 'alice;bob', 'list: alice', 'g: bob;'],
  ...['alice:bob', './x', '~/x', "'|x'", '\\\\|x', 'error:5.1.1:550 x', '\\\\alice', '"\\alice"', 'al\\ice'],
  ...[
    'alice.anders',
    'Bob_Burns',
    '"carol cole"',
    'frank.fox',
    '\\alice.anders',
    'dave dunn',
    'alice.anders+x',
    'Erin-Else',
  ],
  ...['alice bob', 'a b', '"a b"', '"a.b"', 'A.B', '|/bin/x y', '| /bin/x', '|"/bin/x a, b"'],
  ...['"|/bin/x \\"q r\\" s"', '"|/bin/x, y"', '/tmp/x y', '"/tmp/x y"', '/dev/null', ':INCLUDE:/etc/mail/i0'],
  ...[': include : /etc/mail/i1', '":include:/etc/mail/i2"', ':include: /etc/mail/i3', ':include:list'],
  ...['alice@mail', 'bob@[127.0.0.1]', 'bob@[192.0.2.1]', 'x@remote.example.', 'X@Remote.Example'],
  ...['alice@local.test', 'x@sub.local.test', 'alice@localhost.', 'alice%localhost', 'localhost!alice', 'bob!alice'],
  ...['alice%far.example@localhost', 'a.b.c!alice', '<>', '""', 'alice+', '+x', 'alice++x', 'alice+x+*'],
  ...['\\alice+x', '"alice+x"', '+x+y', 'alice+*', 'postmaster', 'MAILER-DAEMON', 'Frank', 'frank', 'alice..bob'],
  ...['.alice', 'alice.', 'alice\t', 'alice@local.test+x', '-x', 'alice,,', 'x@y,', 'alice\r', '\xe9@\xe9.example'],
  ...['\xfc', 'alice ((c) d)', 'alice (c \\) d)', '(a (b (c))) bob (e)', 'g: alice, bob; , carol', 'g: a0, h: bob;;'],
  ...['<@x.example,@y.example:alice@localhost>', '@x.example,@y.example:bob@z.example', '"|p, q", "|p, q"'],
  ...['"|/bin/x \'a, b\'"', '"|p" (c)', '|p,q', '"|p', '"/f,g"', '"/f', 'Alice <alice> Bob <bob>', '"bob\\"', 'bob\\'],
  ...['ALICE@VIRTUAL.TEST', 'a0@virtual.test.', 'bob@Virtual.Test', '"a0"@localhost', '"a0@virtual.test"', 'a0 @ mail'],
  ...['a0@mail.oracle.test', 'A0@MAIL', '"bob@far.example"@mail', 'a0%mail@mail', 'a0+x@localhost', 'nosuch@mail'],
  ...[
    '\\a0',
    '\\a0@mail',
    '\\nosuch',
    'a\\0',
    '"\\a0"',
    '\\\\a0',
    '\\"a0\\"',
    'alias-x',
    'a.b',
    'owner-a0',
    'owner-owner',
  ],
  ...[
    'root',
    'daemon',
    'nobody',
    'erin+x',
    '!',
    '%',
    '@',
    'a!',
    '!a',
    'a%',
    '%a',
    'bob%mail',
    'mail!bob',
    'bob@uu.uucp',
  ],
  ...[':include:/etc/mail/i1 (c)', ':include:"/etc/mail/i1"', ':include:/etc/mail/i1@localhost', ':include:'],
  ...[':include:/etc/mail//i1', ':include:/etc/mail/d/../i1', ':include:/etc/mail/./d/./i2', ':include:/etc/mail/i1/'],
  ...[':include:/etc/mail/d', ':include:/dev/null', ':include:/etc/mail/pipe', ':include:/etc/mail/hard'],
  ...[':include:/etc/mail/i1 x', '":include:/etc/mail/a b"', ':include:~/x', ':include:$HOME', ':include:../i1'],
  ...[`:include:/etc/mail/${'x'.repeat(240)}`, `${'x'.repeat(250)}@y.example`, 'x'.repeat(300), `|${'p'.repeat(260)}`],
  ...['alice@localhost, bob@localhost', 'alice;', ';alice', 'alice ; bob', 'a0:', ':a0', 'a0::b', 'a0@b:c', '[a0]'],
  ...['error:nouser x', 'error: x', '"error:5.7.1:550 x"', 'error', 'error@mail', '*file*:/x', 'prog:x', 'local:alice'],
  ...['|', '"|"', '| ', '/', '"/"', '//tmp//x', '/etc/mail/', '/tmp/x (c)', '"/tmp/x" (c)', '<"/tmp/x">', '<|/bin/x>'],
  ...[
    '"|IFS=\' \' && exec /bin/x -f- || exit 75 #alice"',
    '| "/bin/x alice"',
    '"| /bin/x"',
    '"|/bin/x \\\\ y"',
    '|/bin/x\\ y',
  ],
  ...[
    '\\alice, "|/bin/vacation alice"',
    'j\xc3\xbcrgen',
    'J\xc3\xbcrg <alice>',
    '"J\xc3\xbcrg, A" <bob>',
    'alice@m\xc3\xbcnchen.example',
  ],
  ...[
    ':include:/dev/zero',
    ':include:/dev/full',
    ':include:/etc/mail/',
    ':include:./i0',
    ':include:d/i1',
    ':include:i2',
  ],
  ...[
    ':include:d/../i1',
    ':include:./',
    ':include:/',
    ':include://etc//mail//i0',
    ':include:/etc/mail/l/i1',
    ':include:/etc/mail/i0/x',
  ],
  ...[
    'undisclosed-recipients:;',
    'g:alice;bob',
    'g: <alice>, "b" <bob>;',
    'g:;,alice',
    'a: b: alice;;',
    'g: :include:/etc/mail/i1;',
  ],
  ...[
    'alice@mail.oracle.test.',
    'alice@MAIL.ORACLE.TEST',
    'alice@[IPv6:::1]',
    'alice@127.0.0.1',
    'alice@#127',
    'alice@mail.local.test',
  ],
  ...['=?utf-8?q?x?= <alice>', 'alice <>', '<> alice', '<<alice>>', '"" <alice>', '<"alice">', '<\\alice>', "o'x"],
  ...[
    'alice@localhost@localhost',
    'alice@[127.0.0.1]:mail',
    '\x7f',
    'a\x01b',
    '\x80',
    '\xa0',
    'a\xffb',
    '\xef\xbb\xbfalice',
  ],
];

/** One element of a comma list. */
export function listItem(r: Random, names: readonly string[], kinds: Kinds): string {
  if (kinds.odd && r.chance(0.3)) return r.chance(0.75) ? r.pick(ODD) : randomAddress(r);
  const user = (): string => r.pick(USERS);
  return r.weighted<() => string>([
    [45, () => r.pick(names)],
    [25, user],
    [6, () => `\\${user()}`],
    [4, () => `nosuch${r.int(0, 1)}`],
    [5, () => `${user()}@remote.example`],
    [4, () => `${capital(r.pick([...USERS, ...names]))}${r.pick(['', '@localhost', '@VIRTUAL.test'])}`],
    // whether programs are allowed tells how far a file is believed
    [kinds.unsafe ? 15 : 5, () => r.pick(['"|/bin/x"', '"|/bin/y z"', '/etc/mail/f1', '/etc/mail/f2'])],
    [kinds.details ? 6 : 0, () => r.pick([...names, ...USERS, 'nosuch']) + r.pick(['+x', '+y', '+', '+x+z', '+*'])],
    [
      kinds.lists ? (kinds.unsafe ? 15 : 8) : 0,
      () => `:include:/etc/mail/${r.pick(['', '', 'd/', 'd/e/'])}i${r.int(0, 4)}`,
    ],
  ])();
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
