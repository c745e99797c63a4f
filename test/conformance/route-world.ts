/**
 * Random configurations with every table of /etc/mail, and random addresses for them: domains and users that the tables,
 * the classes and the addresses share, so that most questions meet an entry.
 */
import { randomAddress } from './address-generator.ts';
import type { Random } from './random.ts';

export interface RouteWorld {
  readonly features: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

const VIRTUAL = ['v.example', 'w.example', 'sub.v.example', 'virt', 'V.Example', 'x-y.test'] as const;
const LOCAL = ['local.test', 'l2.test', 'mail.oracle.test', 'mail', 'localhost', 'sub.local.test'] as const;
const FAR = [
  'far.example',
  'a.far.example',
  'b.a.far.example',
  'c.b.a.far.example',
  'FAR.Example',
  'nodots',
  'example',
  'other.test',
  'x.other.test',
  'md.example',
  'sub.md.example',
  'g.example',
  'sub.g.example',
  'n.example',
  'm.example',
] as const;
const ODD = [
  '[192.0.2.1]',
  '[127.0.0.1]',
  '[IPv6:2001:db8::1]',
  'host.uucp',
  'uhost.UUCP',
  'bit.BITNET',
  'far.example.REDIRECT',
  'alice.redirect',
  'dec.DECNET',
  'f.FAX',
  'localhost.uucp',
  'localhost.oracle.test',
  'far.example.',
  'v.example.',
  'REDIRECT',
  'UUCP',
  '*LOCAL*',
  '[192.0.2.1]:25',
  '[v.example]',
  '[IPv6:::1]',
  '[ipv6:2001:DB8::1]',
  '192.0.2.1',
  '[mail]',
  'v.example..',
  'local.test.',
  'a_b.example',
  '-x.example',
  'xn--bcher-kva.example',
  'b\xfccher.example',
  'a.b.host.UUCP',
  'sub.far.example.redirect',
  'x.decnet',
] as const;
const USERS = ['alice', 'bob', 'Bob', 'carol', 'root', 'a.b', 'x', 'info', 'luser'] as const;
const DETAILS = ['+x', '+y', '+', '+x+y', '++', '+*', '+X'] as const;
const ODD_USERS = [
  '"alice"',
  '"a b"',
  '\\alice',
  'a%b',
  'far!x',
  '+x',
  '++',
  '*',
  '|prog',
  '/file',
  '"a@b"',
  'b\\c',
  'a=b',
  ':include:/x',
  '"a+x"',
  '"+x"',
  '"a\\"b"',
  'a.',
  '.a',
  'a..b',
  "o'x",
  'j\xfcrgen',
  'a@b',
  'a%b%c',
  'v.example!x',
  '(c)alice',
  'alice(c)',
  'al ice',
  '$x',
  '&',
] as const;

export function host(r: Random): string {
  return r.pick<string>(
    r.weighted<readonly string[]>([
      [4, VIRTUAL],
      [3, LOCAL],
      [6, FAR],
      [1.2, ODD],
    ]),
  );
}

/** A name, now and then with a detail. */
export function tableUser(r: Random): string {
  const name = r.chance(0.92) ? r.pick(USERS) : r.pick(ODD_USERS);
  return r.chance(0.25) ? name + r.pick(DETAILS) : name;
}

/** An address in brackets, of which some may be missing, or too many. */
function bracketed(r: Random): string {
  const depth = r.chance(0.8) ? r.int(1, 4) : r.int(80, 120);
  const ends = r.chance(0.5) ? depth : r.int(0, depth);
  const inner = r.pick([`${tableUser(r)}@${host(r)}`, tableUser(r), `@${host(r)}`, '']);
  return `${r.pick(['', 'x ', `${tableUser(r)}@`, '"q r"'])}${'<'.repeat(depth)}${inner}${'>'.repeat(ends)}${r.pick(['', '', ' y'])}`;
}

/** An address to ask for. */
export function routeAddress(r: Random): string {
  return r.weighted<() => string>([
    [10, () => `${tableUser(r)}@${host(r)}`],
    [2, () => tableUser(r)],
    [1, () => `${tableUser(r)}%${host(r)}@${host(r)}`],
    [0.7, () => `${host(r)}!${tableUser(r)}`],
    [0.3, () => `@${host(r)}:${tableUser(r)}@${host(r)}`],
    [0.5, () => `Full Name <${tableUser(r)}@${host(r)}>`],
    [0.2, () => `"Name, Full" <${tableUser(r)}@${host(r)}> (comment)`],
    [0.2, () => `${host(r)}!${host(r)}!${tableUser(r)}`],
    [0.2, () => `@${host(r)},@${host(r)}:${tableUser(r)}@${host(r)}`],
    [0.2, () => `${tableUser(r)}%${host(r)}%${host(r)}@${host(r)}`],
    [0.2, () => `${host(r)}!${tableUser(r)}%${host(r)}@${host(r)}`],
    [0.1, () => `list: ${tableUser(r)}@${host(r)};`],
    [0.1, () => `${'n'.repeat(r.int(1, 250))}@${host(r)}`],
    [0.1, () => `${tableUser(r)}@${'h'.repeat(r.int(1, 230))}.example`],
    [0.3, () => `${tableUser(r)}@${host(r)}, ${tableUser(r)}`],
    [0.3, () => bracketed(r)],
    [0.2, () => `${tableUser(r)}@${r.pick(ODD)}@${r.pick(ODD)}`],
    [1, () => randomAddress(r)],
    [0.1, () => `${tableUser(r)}@${'a.'.repeat(r.int(30, 70))}test`],
    [0.3, () => `${'n'.repeat(r.int(40, 130))}@${r.pick(VIRTUAL)}`],
    [0.3, () => `${tableUser(r)}@${'h'.repeat(r.int(20, 63))}.${'i'.repeat(r.int(20, 63))}.${r.pick(FAR)}`],
  ])();
}

/** Ends of lines as people leave them: blanks, carriage returns, remarks. */
const ENDS = ['', ' ', '\r', ' # remark', '\t\t', ' (remark)', '\x0b'] as const;

/** Lines of a map, each key once. */
function table(r: Random, count: number, line: () => readonly [key: string, value: string]): string {
  const lines = new Map<string, string>();
  const untidy = r.chance(0.15) ? 0.3 : 0;
  for (let n = 0; n < count; n += 1) {
    const [key, value] = line();
    if (/^[^\s#"\\]+$/.test(key)) lines.set(key.toLowerCase(), `${value}${r.chance(untidy) ? r.pick(ENDS) : ''}`);
  }
  return [...lines].map(([key, value]) => `${spelled(r, key)}${r.pick(['\t', '\t', ' ', ' \t '])}${value}\n`).join('');
}

/** Keys are folded, so case does not matter. */
function spelled(r: Random, key: string): string {
  return r.weighted([
    [8, key],
    [1, key.toUpperCase()],
    [1, key.replace(/[a-z]+/g, (run) => run[0]!.toUpperCase() + run.slice(1))],
  ]);
}

/** Flags of a K line; the configuration is then stated by its sendmail.cf. */
const FLAGS = ['-f', '-a.X', '-N', '-O', '-m', '-o', '-T<TMPF>'] as const;

function virtualKey(r: Random): string {
  const of = r.chance(0.75) ? r.pick(VIRTUAL) : r.pick(LOCAL);
  return r.weighted<() => string>([
    [5, () => `${r.pick(USERS)}@${of}`],
    [2, () => `${r.pick(USERS)}${r.pick(['+x', '++', '+*', '+', '+x+y'])}@${of}`],
    [3, () => `@${of}`],
    [1, () => `${r.pick(['++', '+*'])}@${of}`],
    [0.3, () => `${r.pick(['+x', '*', 'a%b', 'far!x', 'a@b', 'a.', "o'x", 'alice+x+y', 'alice+', '[x]'])}@${of}`],
    [0.2, () => `${r.pick(USERS)}@${r.pick(['[192.0.2.1]', '[127.0.0.1]', 'far.example', 'v.example.'])}`],
    [0.1, () => r.pick(USERS)],
  ])();
}

const ERRORS = [
  'error:nouser 550 5.1.1 No such user',
  'error:nouser No such user',
  'error:5.7.0:550 Go away',
  'error:5.1.1:no code',
  'error:4.2.2:450 later',
  'error:tempfail 451 4.3.0 wait',
  'error:nohost:550 No host',
  'error:550 5.1.2 text',
  'error:nouser',
  'error:',
  'ERROR:NoUser 550 upper %1',
  'error:5.7.1:"550 quoted, text"',
  'error:nouser 551 moved',
  'error:2.0.0:250 fine',
  'error:5.1.1:',
  'error:one two three',
  'error:5.1:550 x',
] as const;

/** Values of comments alone, which have no token. */
const NO_TOKENS = ['(c)', '()', '(a) (b)', '((c))'] as const;

function virtualValue(r: Random): string {
  return r.weighted<() => string>([
    [4, () => r.pick(USERS) + (r.chance(0.15) ? r.pick(DETAILS) : '')],
    [5, () => `${r.pick(USERS)}@${host(r)}`],
    [3, () => `%1@${host(r)}`],
    [1.5, () => `%1%3@${host(r)}`],
    [0.7, () => `${r.pick(['%1', 'x%2', 'y%3', '%1-%2', '%0', 'a%%b', '%4x', '%x'])}`],
    [0.5, () => `${r.pick(['%1.%1.%1', '%1-%1-%1', '%0.%0', 'y'.repeat(r.int(240, 300))])}@${host(r)}`],
    [0.3, () => r.pick(NO_TOKENS)],
    [2, () => r.pick(ERRORS)],
    [0.5, () => `${r.pick(USERS)}%${host(r)}`],
    [0.5, () => `${host(r)}!${r.pick(USERS)}`],
    [
      0.8,
      () =>
        r.pick([
          'alice, bob',
          'alice bob',
          '|/bin/true',
          '/tmp/file',
          ':include:/etc/mail/none',
          '\\alice',
          'local:alice',
          'esmtp:far.example',
          'DISCARD',
          'alice@',
          '@far.example',
          'a@b@c.test',
          'x@a..b',
          'Full <alice@far.example>',
          'alice (c)',
          '"a b"@far.example',
          '"a b"',
          '.',
          '@',
          '!',
          'group: alice;',
          '<>',
          'a<b',
          '(c)',
          'alice@far.example.',
        ]),
    ],
  ])();
}

function mailerKey(r: Random): string {
  const name = r.pick<string>(
    r.chance(0.8)
      ? FAR
      : r.chance(0.5)
        ? VIRTUAL
        : [...LOCAL, 'host.uucp', 'bit.BITNET', 'test', 'far.example.REDIRECT'],
  );
  return r.weighted<() => string>([
    [4, () => name],
    [4, () => `.${name}`],
    [0.8, () => '.'],
    [0.5, () => `.${name.slice(name.indexOf('.') + 1)}`],
    [0.2, () => `${name}.`],
  ])();
}

function way(r: Random): string {
  return r.weighted<() => string>([
    [
      3,
      () =>
        `${r.pick(['esmtp', 'relay', 'smtp', 'smtp8', 'dsmtp', 'ESMTP', 'Relay'])}:${r.pick(['gate.example', '[gate.example]', '[192.0.2.9]', 'Gate.Example.', 'gate', '[g1]:[g2]', 'g1.example:g2.example', '[IPv6:2001:db8::9]', 'local.test'])}`,
    ],
    [1, () => `esmtp:${r.pick(['%1', '[%1]', '%1.gate.example', '%2.gate.example', '%0', '%1@gate.example', '%3x'])}`],
    [0.7, () => `esmtp:${r.pick(USERS)}@gate.example`],
    [
      0.5,
      () =>
        `${r.pick(['esmtp:', 'local:', 'error:5.1.2:', 'error:', 'error:nohost:', ''])}${r.pick(['%1.%1.%1', '%1.%1@%1.%1', '550 %1.%1.%1', 'z'.repeat(r.int(240, 300))])}`,
    ],
    [0.2, () => r.pick(NO_TOKENS)],
    [1, () => `local:${r.pick(['', 'bob', 'bob@far.example', 'bob+tag', 'luser', 'a b', '"a b"'])}`],
    [1, () => r.pick(ERRORS)],
    [
      0.8,
      () =>
        r.pick([
          'nosuch:host',
          'discard:',
          'prog:/bin/true',
          '*file*:/tmp/x',
          '*include*:/etc/mail/none',
          'esmtp:',
          ':',
          'esmtp',
          'esmtp: gate',
          'esmtp:gate extra',
          '"esmtp:gate"',
          'relay:a@b@gate.example',
          'error:x',
          '[gate]:x',
        ]),
    ],
    [
      1,
      () =>
        r.pick([
          'gate.example',
          '[gate.example]',
          'local.test',
          'mail.oracle.test',
          'a.far.example',
          'nodots',
          '[192.0.2.9]',
        ]),
    ],
  ])();
}

function relayHost(r: Random): string {
  return r.pick([
    'smart.example',
    '[smart.example]',
    'smtp:smart.example',
    'relay:[smart]',
    'relay:s1:s2',
    'relay:bob@smart.example',
    'local:bob',
    'error:5.1.2:550 no outside mail',
    'error:nohost:550 none',
    'error:none at all',
    'local.test',
    'esmtp:[192.0.2.8]',
    'nosuch:x',
    'smart.example.',
    'smtp:[IPv6:2001:db8::9]',
    'mail.oracle.test',
    'esmtp:a.example:b.example',
    'local:',
    'relay:',
  ]);
}

function domainValue(r: Random): string {
  return r.chance(0.85)
    ? r.pick<string>([...VIRTUAL, ...LOCAL, ...FAR, 'new.example'])
    : r.pick([
        'new.example.',
        'a@b.test',
        'two words.test',
        'far.example:x',
        '[192.0.2.5]',
        '[IPv6:2001:db8::5]',
        '[192.0.2.6]',
        '[127.0.0.1]',
        'nodots',
        'x.uucp',
        'b.BITNET',
        'x.REDIRECT',
      ]);
}

/** Words of a class, in the sendmail.mc or in a file with the lines of a person. */
function classWords(r: Random, files: Record<string, string>, macro: string, words: readonly string[]): string {
  if (r.chance(0.8)) return `${macro}:${words.join(' ')}`;
  const name = macro.toLowerCase();
  const odd = (): string =>
    r.pick(['', '# remark', ' ', '#x', '\r', '  indented.example', 'two words', 'a.example # remark']);
  const lines = words.flatMap((word) => [
    word + (r.chance(0.2) ? r.pick([' ', '\r', ' # remark', '\t']) : ''),
    ...(r.chance(0.3) ? [odd()] : []),
  ]);
  files[name] = `${lines.join('\n')}${r.pick(['\n', ''])}`;
  return `${macro}_FILE:/etc/mail/${name}`;
}

/** A list of features of which each is there with its own likelihood. */
function chosen(
  r: Random,
  features: readonly (readonly [likelihood: number, feature: () => string | readonly string[]])[],
): string[] {
  return features.flatMap(([likelihood, feature]) => {
    if (!r.chance(likelihood)) return [];
    const made = feature();
    return typeof made === 'string' ? [made] : [...made];
  });
}

const ONE_LEVEL = 'define:_VIRTUSER_STOP_ONE_LEVEL_RECURSION_=1';

/** FEATURE(nullclient): one hub for everything. */
function nullClient(r: Random): RouteWorld {
  const more = r.sample(
    ['always_add_domain', 'EXPOSED_USER:root', 'local_no_masquerade', 'LOCAL_USER:alice'],
    r.int(0, 2),
  );
  // it names its mailers at once, so what follows it has no effect on them
  const features = ['accept_unresolvable_domains', 'no_access_db', ...more, 'nullclient:hub.example'];
  return { features, files: { 'local-host-names': 'local.test\n' } };
}

/** @param relays with relays of local names, which count after aliases */
export function routeWorld(r: Random, relays = false): RouteWorld {
  if (r.chance(0.02)) return nullClient(r);
  const files: Record<string, string> = {
    'local-host-names': `local.test\nl2.test\n${r.chance(0.2) ? 'sub.local.test\nREDIRECT\n' : ''}`,
  };
  const map = (feature: string, file: string, count: number, line: () => readonly [string, string]) => (): string => {
    files[file] = table(r, r.int(1, count), line);
    return r.chance(0.05) ? `${feature}:hash ${r.pick(FLAGS)} /etc/mail/${file}` : feature;
  };
  const features = chosen(r, [
    [0.7, map('virtusertable', 'virtusertable', 25, () => [virtualKey(r), virtualValue(r)])],
    [
      0.75,
      () => {
        const names = r.sample(VIRTUAL, r.int(1, 4));
        return r.chance(0.2)
          ? classWords(r, files, 'VIRTUSER_DOMAIN', names)
          : names.map((name) => `VIRTUSER_DOMAIN:${name}`);
      },
    ],
    [0.2, () => 'virtuser_entire_domain'],
    [0.15, () => r.pick(['define:_NO_VIRTUSER_RECURSION_=1', ONE_LEVEL])],
    [0.65, map('mailertable', 'mailertable', 15, () => [mailerKey(r), way(r)])],
    [
      0.2,
      map('domaintable', 'domaintable', 8, () => [
        r.pick<string>([...FAR, ...VIRTUAL, ...LOCAL, 'localhost', 'mail.oracle.test.', 'alice.redirect']),
        domainValue(r),
      ]),
    ],
    [0.1, map('bitdomain', 'bitdomain', 4, () => [r.pick(['bit', 'x', 'far.example']), domainValue(r)])],
    [0.1, map('uucpdomain', 'uudomain', 4, () => [r.pick(['host', 'uhost', 'far', 'localhost']), domainValue(r)])],
    [0.35, () => `define:SMART_HOST=${relayHost(r)}`],
    [0.15, () => `define:MAIL_HUB=${relayHost(r)}`],
    [0.15, () => `define:LOCAL_RELAY=${relayHost(r)}`],
    [0.1, () => 'stickyhost'],
    ...(relays ? relayFeatures(r) : []),
    [0.12, () => `define:BITNET_RELAY=${relayHost(r)}`],
    [0.12, () => `define:UUCP_RELAY=${relayHost(r)}`],
    [0.05, () => `define:DECNET_RELAY=${relayHost(r)}`],
    [0.05, () => `define:FAX_RELAY=${relayHost(r)}`],
    [0.2, () => 'redirect'],
    [0.25, () => classWords(r, files, 'LOCAL_USER', r.sample([...USERS, 'a.b+x'], r.int(1, 3)))],
    [0.1, () => 'nopercenthack:nospecial'],
    [0.1, () => 'nouucp:nospecial'],
    [0.1, () => 'define:confSMTP_MAILER=smtp8'],
    [0.1, () => 'define:confRELAY_MAILER=smtp'],
    [0.05, () => ['mailer:procmail']],
    [0.05, () => ['define:confLOCAL_MAILER=cyrusv2', 'mailer:cyrusv2']],
    ...maskingFeatures(r, files, map),
  ]);
  // the rules that stop at an entry for itself need a map that only comes with the access map
  const access = features.includes(ONE_LEVEL) ? [] : ['no_access_db'];
  return { features: ['accept_unresolvable_domains', ...access, ...features], files };
}

function relayFeatures(r: Random): readonly (readonly [number, () => string | readonly string[]])[] {
  const preserves = r.chance(0.15) ? ['preserve_luser_host'] : [];
  return [
    [0.3, () => [`define:LUSER_RELAY=${relayHost(r)}`, ...preserves]],
    [0.15, () => 'preserve_local_plus_detail'],
  ];
}

type MapMaker = (feature: string, file: string, count: number, line: () => readonly [string, string]) => () => string;

const MASKED = [
  'md.example',
  'sub.md.example',
  'v.example',
  'far.example',
  'local.test',
  'example',
  'g.example',
] as const;

/** The features that decide the form of addresses outside. */
function maskingFeatures(
  r: Random,
  files: Record<string, string>,
  map: MapMaker,
): readonly (readonly [number, () => string | readonly string[]])[] {
  const words = (macro: string, all: readonly string[]): string =>
    classWords(r, files, macro, r.sample(all, r.int(1, 3)));
  return [
    [0.5, () => `MASQUERADE_AS:${r.pick(['m.example', 'm.example.', 'local.test', 'nodots', 'm.example'])}`],
    [0.3, () => words('MASQUERADE_DOMAIN', MASKED)],
    [0.2, () => words('MASQUERADE_EXCEPTION', MASKED)],
    [0.3, () => words('EXPOSED_USER', USERS)],
    [0.3, () => 'masquerade_envelope'],
    [0.2, () => 'masquerade_entire_domain'],
    [0.2, () => 'limited_masquerade'],
    [0.3, () => 'allmasquerade'],
    [0.2, () => 'local_no_masquerade'],
    [0.4, () => r.pick(['always_add_domain', 'always_add_domain', 'always_add_domain:add.example'])],
    [0.5, map('genericstable', 'genericstable', 20, () => [genericKey(r), genericValue(r)])],
    [
      0.5,
      () =>
        words('GENERICS_DOMAIN', [
          'g.example',
          'v.example',
          'local.test',
          'mail.oracle.test',
          'far.example',
          'nodots',
          'mail',
        ]),
    ],
    [0.2, () => 'generics_entire_domain'],
  ];
}

function genericKey(r: Random): string {
  const name = r.pick(USERS) + (r.chance(0.3) ? r.pick(['+x', '+*', '+', '+x+y']) : '');
  return r.weighted<() => string>([
    [4, () => name],
    [4, () => `${name}@${host(r)}`],
    [1.5, () => `@${host(r)}`],
  ])();
}

function genericValue(r: Random): string {
  return r.weighted<() => string>([
    [0.5, () => r.pick(NO_TOKENS)],
    [3, () => `First.Last@${host(r)}`],
    [3, () => r.pick(['First.Last', 'Alice.A', 'root', 'bob'])],
    [1, () => `%1@${host(r)}`],
    [0.5, () => r.pick(['%1', 'x%1', '%0', 'a+%1'])],
    [
      0.7,
      () =>
        r.pick([
          'alice@',
          '@far.example',
          '"A B" <alice@far.example>',
          'alice b',
          'far!alice',
          'a@b@c.test',
          'error:nouser 550 no',
          '"a b"@far.example',
          'alice%far.example',
          'x@localhost',
          '@',
          'alice@far.example.',
          'group: a;',
        ]),
    ],
  ])();
}
