/** The classes and tables behind a route, a rewriting and an expansion, each with its place, in each form of a configuration. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Feature } from '../../src/access/features.ts';
import { type MailMaps, makeMap, openMailMaps, type Rewritten, type Route } from '../../src/index.ts';

const TEXTS: Readonly<Record<string, string>> = {
  'local-host-names': '\nlocal.example\n',
  'virtuser-domains': '# ours\nv.example\n',
  'generics-domains': 'g.example\n',
  masqueraded: '\n\nm.example\n',
  exceptions: 'x.m.example\n',
  exposed: '\nroot\n',
  locals: 'postmaster\n',
  virtusertable: 'a@v.example\tb@far.example\n',
  genericstable: 'c\tC.C@g.example\n',
};

/** The macros of sendmail.mc that read a class from a file, and the class in a sendmail.cf. */
const FILES: readonly (readonly [macro: string, letter: string, file: string])[] = [
  ['MASQUERADE_DOMAIN', 'M', 'masqueraded'],
  ['MASQUERADE_EXCEPTION', 'N', 'exceptions'],
  ['EXPOSED_USER', 'E', 'exposed'],
  ['LOCAL_USER', 'L', 'locals'],
];

/** Lines of a sendmail.cf: each class has its words there, and this is the line of each. */
const CF = [
  'V10',
  'Djmx.example',
  'DMout.example',
  'Kvirtuser hash /etc/mail/virtusertable',
  'Kgenerics hash /etc/mail/genericstable',
  'Cwlocal.example',
  'C{VirtHost}v.example',
  'CGg.example',
  'CMm.example',
  'CNx.m.example',
  'CEroot',
  'CLpostmaster',
  '',
];

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-classes.'));
  for (const [name, text] of Object.entries(TEXTS)) {
    writeFileSync(join(directory, name), text);
    if (name.endsWith('table')) await makeMap([Buffer.from(text)], join(directory, name));
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

const featuresIn = (of: string): Feature[] =>
  [
    'MASQUERADE_AS:out.example',
    'masquerade_entire_domain',
    ...FILES.map(([macro, , file]) => `${macro}_FILE:${of}/${file}`),
  ] as Feature[];

const FORMS: Readonly<Record<string, () => MailMaps>> = {
  texts: () => openMailMaps({ texts: TEXTS, hostName: 'mx.example', features: featuresIn('/etc/mail') }),
  directory: () => openMailMaps({ directory, hostName: 'mx.example', features: featuresIn(directory) }),
  'sendmail.cf': () =>
    openMailMaps({
      cf: '/etc/mail/sendmail.cf',
      texts: { ...TEXTS, 'sendmail.cf': CF.join('\n') },
      features: ['masquerade_entire_domain'] as Feature[],
      rules: 'built-in',
    }),
};

type Asked = readonly ['route' | 'rewrite', string];

/** The question, the class, the tested name, and the file and line of its word; by a sendmail.cf, the line there. */
const CLASSES: readonly (readonly [
  asked: Asked,
  rule: string,
  subject: string,
  file: string,
  line: number,
  cf: number,
])[] = [
  [['route', 'x@local.example'], 'class w', 'local.example', 'local-host-names', 2, 6],
  [['route', 'a@v.example'], 'VIRTUSER_DOMAIN', 'v.example', 'virtuser-domains', 2, 7],
  [['route', 'postmaster'], 'LOCAL_USER', 'postmaster', 'locals', 1, 12],
  [['rewrite', 'c@g.example'], 'GENERICS_DOMAIN', 'g.example', 'generics-domains', 1, 8],
  [['rewrite', 'c@m.example'], 'MASQUERADE_DOMAIN', 'm.example', 'masqueraded', 3, 9],
  [['rewrite', 'c@x.m.example'], 'MASQUERADE_EXCEPTION', 'x.m.example', 'exceptions', 1, 10],
  [['rewrite', 'root@m.example'], 'EXPOSED_USER', 'root', 'exposed', 2, 11],
];

function ask(maps: MailMaps, [kind, address]: Asked): Route | Rewritten {
  return kind === 'route' ? maps.route(address) : maps.rewrite(address, { where: 'header', role: 'sender' });
}

describe.each(Object.entries(FORMS))('%s', (form, open) => {
  it.each(CLASSES)('%j: %s', (asked, rule, subject, file, line, cf) => {
    using maps = open();
    const source =
      form === 'sendmail.cf'
        ? { file: '/etc/mail/sendmail.cf', line: cf }
        : { file: join(form === 'directory' ? directory : '/etc/mail', file), line };
    const steps = JSON.parse(JSON.stringify(ask(maps, asked).trace));
    expect(steps).toContainEqual({ kind: 'class', rule, subject, holds: true, source });
  });

  it.each<[asked: Asked, rule: string]>([
    [['route', 'x@local.example'], 'class w'],
    [['rewrite', 'root@m.example'], 'EXPOSED_USER'],
    [['rewrite', 'c@x.m.example'], 'MASQUERADE_EXCEPTION'],
  ])('%j: the class that decided has a place: %s', (asked, rule) => {
    using maps = open();
    const { because } = ask(maps, asked);
    expect([because.rule, because.source?.line]).toEqual([rule, expect.any(Number)]);
  });

  it('an address of an expansion has the tables and classes that it was asked for in', () => {
    using maps = open();
    const [step] = JSON.parse(JSON.stringify(maps.expand('a@v.example').trace));
    const of = form === 'directory' ? directory : '/etc/mail';
    const word =
      form === 'sendmail.cf'
        ? { file: '/etc/mail/sendmail.cf', line: 7 }
        : { file: join(of, 'virtuser-domains'), line: 2 };
    const entry = { key: 'a@v.example', value: 'b@far.example', source: { file: join(of, 'virtusertable'), line: 1 } };
    expect(step.asked).toEqual([
      { kind: 'class', rule: 'class w', subject: 'v.example', holds: false },
      { kind: 'class', rule: 'VIRTUSER_DOMAIN', subject: 'v.example', holds: true, source: word },
      { kind: 'table', table: 'virtusertable', status: 'found', ...entry },
      { kind: 'class', rule: 'class w', subject: 'far.example', holds: false },
      { kind: 'class', rule: 'VIRTUSER_DOMAIN', subject: 'far.example', holds: false },
    ]);
  });

  it('a name that ends in a word has the word, and a test that fails is a step, each once', () => {
    using maps = open();
    const { trace } = ask(maps, ['rewrite', 'c@deep.m.example']);
    const tests = trace.flatMap((step) => (step.kind === 'class' ? [[step.rule, step.holds, step.word]] : []));
    expect(tests).toEqual([
      ['GENERICS_DOMAIN', false, undefined],
      ['MASQUERADE_EXCEPTION', false, undefined],
      ['MASQUERADE_DOMAIN', true, 'm.example'],
      ['EXPOSED_USER', false, undefined],
    ]);
  });
});

describe('bytes that are not ASCII come back as text', () => {
  const open = (virtusertable: string): MailMaps =>
    openMailMaps({
      texts: { 'local-host-names': '', virtusertable, 'virtuser-domains': 'v.example\n' },
      hostName: 'mx.example',
    });

  it.each([
    ['a@v.example', 'a@v.example\tjürgen@far.example\n'],
    ['jürgen@v.example', '@v.example\t%1@far.example\n'],
  ])('%s', (address, virtusertable) => {
    using maps = open(virtusertable);
    const { trace, ...route } = maps.route(address);
    expect(route).toMatchObject({ user: 'jürgen@far.example', because: { rule: 'host' } });
    expect(trace).toContainEqual(expect.objectContaining({ status: 'found', value: 'jürgen@far.example' }));
    expect(maps.expand(address).trace[0]?.asked).toContainEqual(
      expect.objectContaining({ status: 'found', value: 'jürgen@far.example' }),
    );
  });

  it('a refusal', () => {
    using maps = open('a@v.example\terror:nouser 550 5.1.1 für immer weg\n');
    const route = maps.route('a@v.example');
    expect('reply' in route && route.reply.text).toBe('für immer weg');
    expect(route.because.value).toBe('error:nouser 550 5.1.1 für immer weg');
  });
});

describe('expansions', () => {
  const texts = { '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' };

  it.each(['LUSER_RELAY', 'MAIL_HUB', 'LOCAL_RELAY'])('a local name leaves by %s, which has its line', (rule) => {
    const letter = { LUSER_RELAY: 'L', MAIL_HUB: 'H', LOCAL_RELAY: 'R' }[rule];
    using maps = openMailMaps({
      cf: '/etc/mail/sendmail.cf',
      texts: { ...texts, 'sendmail.cf': `V10\nDjmx.example\nD${letter}relay:[gate]\n` },
      rules: 'built-in',
    });
    const step = maps.expand('nobody').trace.at(-1);
    expect(step?.via).toEqual({ kind: 'relay', rule });
    expect(step?.source).toEqual({ file: '/etc/mail/sendmail.cf', line: 3 });
  });

  it('LUSER_RELAY that names another user is a relay, too', () => {
    using maps = openMailMaps({
      texts,
      hostName: 'mx.example',
      features: ['define:LUSER_RELAY=local:root'] as Feature[],
    });
    expect(maps.expand('nobody').trace[1]?.via).toEqual({ kind: 'relay', rule: 'LUSER_RELAY' });
  });

  it('a name that DNS was not asked for is a step', () => {
    using maps = openMailMaps({ texts, hostName: 'mx.example', features: ['canonify'] as Feature[] });
    const asked = { kind: 'table', table: 'canonify', key: 'far.example', status: 'notAsked' };
    expect(maps.expand('x@far.example').trace[0]?.asked).toContainEqual(asked);
  });
});

describe('rules of a sendmail.cf', () => {
  const RULES = [
    'V10',
    'Djmx.example',
    'Mesmtp, P=[IPC], F=mDFMuXa, S=11, R=21, A=TCP $h',
    'Mlocal, P=/bin/x, F=lsDFMAw5:/|@q, A=x',
  ];
  const cf = [
    ...RULES,
    'Khost host -a.',
    'Scanonify=3',
    'R$- @ $*\t$: $1 < @ $[ $2 $] >',
    'Sparse=0',
    'R$* < @ $* >\t$#esmtp $@ $2 $: $1 < @ $2 >',
    '',
  ];

  it('a fact that was not asked for is a step, and so is each rule', () => {
    using maps = openMailMaps({ cf: '/etc/mail/sendmail.cf', texts: { 'sendmail.cf': cf.join('\n') }, rules: 'file' });
    const { trace } = maps.route('x@far.example');
    expect(trace).toContainEqual({ kind: 'note', rule: 'DNS', text: 'far.example AAAA: not asked' });
    expect(trace).toContainEqual(
      expect.objectContaining({ kind: 'rule', rule: 'canonify', at: { file: '/etc/mail/sendmail.cf', line: 7 } }),
    );
  });
});
