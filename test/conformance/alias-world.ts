/**
 * Random worlds for alias expansion: alias files, :include: lists, .forward files, users, owners, modes and options,
 * hard on what leads back to itself, on odd spellings and on files that are not safe.
 */
import type { FileSpec } from '../oracle/jobs.ts';
import type { Random } from './random.ts';

export interface AliasWorldSpec {
  readonly features: readonly string[];
  readonly files: Readonly<Record<string, FileSpec>>;
  readonly options: Readonly<Record<string, string>>;
  readonly asked: readonly (string | readonly string[])[];
}

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin'];
const OWNERS = [0, 0, 0, 8, 2001, 2005, 5999];
const MODES = [
  '0644',
  '0644',
  '0644',
  '0664',
  '0666',
  '0646',
  '0600',
  '0640',
  '0604',
  '0444',
  '0044',
  '0400',
  '0755',
  '0000',
];
const FOLDER_MODES = ['0755', '0755', '0775', '0777', '1777', '1775', '0757', '0711', '0700', '0750', '0744', '0555'];
const BLAMELESS = [
  ...['Include', 'Forward'].flatMap((what) => [
    `GroupWritable${what}File`,
    `WorldWritable${what}File`,
    `GroupWritable${what}FileSafe`,
    `${what}FileInGroupWritableDirPath`,
    `${what}FileInUnsafeDirPath`,
    `${what}FileInUnsafeDirPathSafe`,
    `Linked${what}FileInWritableDir`,
  ]),
  'GroupWritableDirPathSafe',
  'TrustStickyBit',
];
/** Spellings that need the whole address parser. */
const ODD = [
  ...['Al Ice <alice>', '"A, B" <bob>', 'alice (c, d)', '(x) carol', '<dave>', '"alice"', 'alice%remote.example'],
  ...[
    'remote!alice',
    '@r.example:alice@localhost',
    'a@b@c',
    '@x',
    'alice@',
    'list:;',
    'bob@x..y',
    'bob@.x',
    '<alice,bob>',
  ],
  ...[
    'a"b',
    'unbal)',
    '<unbal',
    '(unbal',
    'alice # c',
    'alice;bob',
    'list: alice',
    'g: bob;',
    'alice:bob',
    './x',
    '~/x',
  ],
  ...[
    "'|x'",
    '\\\\|x',
    'error:5.1.1:550 x',
    '\\\\alice',
    '"\\alice"',
    'al\\ice',
    'alice bob',
    'a b',
    '"a b"',
    '"a.b"',
    'A.B',
  ],
  ...[
    '|/bin/x y',
    '| /bin/x',
    '|"/bin/x a, b"',
    '"|/bin/x \\"q r\\" s"',
    '"|/bin/x, y"',
    '/tmp/x y',
    '"/tmp/x y"',
    '/dev/null',
  ],
  ...[
    ':INCLUDE:/etc/mail/i0',
    ': include : /etc/mail/i1',
    '":include:/etc/mail/i2"',
    ':include: /etc/mail/i3',
    ':include:list',
  ],
  ...[
    'alice@mail',
    'bob@[127.0.0.1]',
    'bob@[192.0.2.1]',
    'x@remote.example.',
    'X@Remote.Example',
    'alice@local.test',
    'x@sub.local.test',
  ],
  ...[
    'alice@localhost.',
    'alice%localhost',
    'alice%far.example@localhost',
    'localhost!alice',
    'bob!alice',
    'a.b.c!alice',
    '<>',
    '""',
  ],
  ...[
    'alice+',
    '+x',
    'alice++x',
    'alice+x+*',
    '\\alice+x',
    '"alice+x"',
    '+x+y',
    'alice+*',
    'postmaster',
    'MAILER-DAEMON',
    'Frank',
    'frank',
  ],
  ...[
    'alice..bob',
    '.alice',
    'alice.',
    'alice\t',
    'alice@local.test+x',
    '-x',
    'alice,,',
    'x@y,',
    'alice\r',
    '\xe9@\xe9.example',
    '\xfc',
  ],
];

/** What can be asked for: arguments of a program are text. */
const ODD_ASCII = ODD.filter((spelling) => /^[\x01-\x7f]*$/.test(spelling));

/** One world with some ten questions. */
export function aliasWorld(r: Random): AliasWorldSpec {
  const names = r.list(r.int(2, 7), (i) => `a${i}`);
  const kinds = { lists: r.chance(0.6), details: r.chance(0.5), odd: r.chance(0.4), unsafe: r.chance(0.4) };
  const list = (...lengths: number[]): string =>
    r.list(r.pick(lengths), () => item(r, names, kinds)).join(r.pick([', ', ', ', ',', ' , ', ',,']));
  const asked = [
    ...names,
    ...USERS,
    ...(kinds.details ? [...USERS, ...names].flatMap((n) => [`${n}+x`, `${n}+w`, `${n}+`]) : []),
  ];
  const two = r.chance(0.15);
  const aliasFile = (): string => aliases(r, names, kinds.details, list);
  return {
    features: [
      'accept_unresolvable_domains',
      'blocklist_recipients',
      ...(two ? ['define:ALIAS_FILE=/etc/mail/aliases,/etc/mail/aliases2'] : []),
      ...(kinds.details && r.chance(0.15) ? ['preserve_local_plus_detail'] : []),
    ],
    options: {
      MaxAliasRecursion: r.pick(['10', '10', '10', '1', '2', '3', '4', '5']),
      ...(r.chance(0.1)
        ? { ForwardPath: r.pick(['', '/etc/mail/fwd/$u', '$z/.forward+$h:$z/.forward', '$z/.f.$w:$z/.forward']) }
        : {}),
      ...(kinds.unsafe && r.chance(0.5) ? { DontBlameSendmail: r.sample(BLAMELESS, r.int(1, 4)).join(',') } : {}),
    },
    files: {
      aliases: aliasFile(),
      ...(two ? { aliases2: aliasFile() } : {}),
      'local-host-names': 'local.test\n',
      ...(kinds.lists ? listFiles(r, kinds.unsafe, list) : {}),
    },
    asked: r.list(10, () => (r.chance(0.8) ? question(r, asked, kinds.odd) : r.list(r.int(2, 3), () => r.pick(asked)))),
  };
}

function question(r: Random, asked: readonly string[], odd: boolean): string {
  if (odd && r.chance(0.3)) return r.pick(ODD_ASCII);
  return r.pick(asked);
}

function item(r: Random, names: readonly string[], kinds: { lists: boolean; details: boolean; odd: boolean }): string {
  if (kinds.odd && r.chance(0.3)) return r.pick(ODD);
  const user = (): string => r.pick(USERS);
  return r.weighted<() => string>([
    [45, () => r.pick(names)],
    [25, user],
    [6, () => `\\${user()}`],
    [4, () => `nosuch${r.int(0, 1)}`],
    [5, () => `${user()}@remote.example`],
    [4, () => `${capital(r.pick([...USERS, ...names]))}${r.pick(['', '@localhost'])}`],
    [5, () => r.pick(['"|/bin/x"', '"|/bin/y z"', '/etc/mail/f1', '/etc/mail/f2'])],
    [kinds.details ? 6 : 0, () => r.pick([...names, ...USERS, 'nosuch']) + r.pick(['+x', '+y', '+', '+x+z'])],
    [kinds.lists ? 8 : 0, () => `:include:/etc/mail/${r.pick(['', '', 'd/'])}i${r.int(0, 4)}`],
  ])();
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function aliases(
  r: Random,
  names: readonly string[],
  details: boolean,
  list: (...lengths: number[]) => string,
): string {
  const lines: string[] = [];
  const add = (name: string, chance: number, ...lengths: number[]): void => {
    if (r.chance(chance)) lines.push(`${name}: ${list(...lengths)}\n`);
  };
  for (const name of names) add(name, 0.9, 1, 1, 1, 2, 2, 3, 4);
  for (const user of USERS) add(user, 0.3, 1, 1, 2, 3);
  for (const name of details ? [...names, ...USERS] : [])
    for (const detail of ['+x', '+*']) add(name + detail, 0.18, 1, 1, 2);
  for (const name of names)
    if (r.chance(0.1)) lines.push(`owner-${name}: ${r.pick(['bob', 'bob, carol', 'x@r.example'])}\n`);
  return lines.join('');
}

function listFiles(r: Random, unsafe: boolean, list: (...lengths: number[]) => string): Record<string, FileSpec> {
  const files: Record<string, FileSpec> = {};
  const text = (max: number): string => r.list(r.int(0, max), () => `${line(r, list)}\n`).join('');
  for (const folder of ['', 'd/']) {
    for (let i = 0; i < 5; i++) if (r.chance(0.7)) files[`${folder}i${i}`] = modes(r, unsafe, text(3));
  }
  if (unsafe) {
    if (r.chance(0.5)) files.d = { dir: 1, mode: r.pick(FOLDER_MODES), uid: r.pick(OWNERS), gid: r.pick([0, 8, 2001]) };
    if (r.chance(0.3)) files.i0 = { link: r.pick(['/etc/mail/d/i0', 'd/i1', '/etc/mail/none', '/etc/mail', 'i0']) };
    if (r.chance(0.2)) files['d/i3'] = { link: r.pick(['/etc/mail/i1', '../i2', 'i4']) };
    if (r.chance(0.3))
      files.group = `root:x:0:\nmail:x:8:\nusers:x:2001:${r.pick(['mail', 'bob,mail', 'alice', ''])}\n`;
  }
  for (const user of USERS) {
    if (unsafe && r.chance(0.15)) files[`home/${user}`] = { dir: 1, mode: r.pick(FOLDER_MODES) };
    for (const name of ['.forward', '.forward.mail', '.forward+x']) {
      if (r.chance(name === '.forward' ? 0.35 : 0.05)) files[`home/${user}/${name}`] = modes(r, unsafe, text(2));
    }
  }
  return files;
}

function line(r: Random, list: (...lengths: number[]) => string): string {
  return r.chance(0.12) ? r.pick(['# c', '', '  ', ' #x', 'alice #@# c', '#@# x', 'bob\r']) : list(1, 1, 2);
}

function modes(r: Random, unsafe: boolean, text: string): FileSpec {
  if (!unsafe || r.chance(0.5)) return text;
  const owner = r.chance(0.5) ? { uid: r.pick(OWNERS), gid: r.pick([0, 8, 2001]) } : {};
  return { text, mode: r.pick(MODES), ...owner };
}
