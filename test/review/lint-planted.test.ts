/**
 * Configurations that look like real ones, with mistakes planted in them (test/data/lint, written for this test): each is found
 * by its code in its line, and nothing else is.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LocalUser } from '../../src/alias/context.ts';
import { type LintOptions, lint } from '../../src/review/lint/lint.ts';

const DATA = 'test/data/lint';
const PEOPLE: readonly string[] = ['alice', 'bob', 'carol', 'dave', 'erin', 'ada', 'grace', 'root', 'noc', 'miller'];

const OPTIONS: Readonly<Record<string, LintOptions>> = {
  office: { hostName: 'mail.harbour.example', features: ['blocklist_recipients'] },
  provider: {
    hostName: 'mx.meadow.example',
    features: [
      'blocklist_recipients',
      'virtusertable',
      'mailertable',
      'genericstable',
      'delay_checks',
      'dnsbl:bl.example,"Rejected, see bl.example"',
    ],
    restrictedShell: '/usr/lib/sm.bin',
  },
  gateway: { hostName: 'gate.mill.example', cf: '/etc/mail/sendmail.cf' },
};

/** File, line and code. */
const PLANTED: Readonly<Record<string, readonly (readonly [string, number, string])[]>> = {
  // biome-ignore format: one mistake a line
  office: [
    ['access', 7, 'MM116'],
    ['access', 8, 'MM101'],
    ['access', 9, 'MM102'],
    ['access', 10, 'MM103'],
    ['access', 11, 'MM104'],
    ['access', 12, 'MM007'],
    ['access', 13, 'MM004'],
    ['access', 16, 'MM201'],
    ['access', 17, 'MM003'],
    ['access', 18, 'MM203'],
    ['access', 21, 'MM105'],
    ['access', 22, 'MM117'],
    ['access', 23, 'MM107'],
    ['access', 24, 'MM110'],
    ['access', 25, 'MM118'],
    ['access', 26, 'MM114'],
    ['access', 27, 'MM202'],
    ['access', 28, 'MM205'],
    ['access', 29, 'MM206'],
    ['access', 31, 'MM303'],
    ['access', 34, 'MM108'],
    ['access', 36, 'MM006'],
    ['access', 39, 'MM112'],
    ['access', 41, 'MM113'],
    ['access', 42, 'MM111'],
    ['access', 43, 'MM301'],
    ['access', 44, 'MM302'],
    ['aliases', 10, 'MM406'],
    ['aliases', 12, 'MM410'],
    ['aliases', 13, 'MM408'],
    ['aliases', 14, 'MM403'],
    ['aliases', 15, 'MM401'],
    ['aliases', 16, 'MM401'],
    ['aliases', 17, 'MM409'],
    ['aliases', 18, 'MM412'],
    ['aliases', 18, 'MM413'],
    ['aliases', 19, 'MM414'],
    ['aliases', 20, 'MM411'],
    ['aliases', 21, 'MM416'],
    ['aliases', 22, 'MM418'],
    ['local-host-names', 1, 'MM010'],
    ['relay-domains', 1, 'MM009'],
    ['relay-domains', 2, 'MM502'],
    ['relay-domains', 2, 'MM501'],
    ['relay-domains', 3, 'MM502'],
  ],
  // biome-ignore format: one mistake a line
  provider: [
    ['access', 1, 'MM605'],
    ['access', 7, 'MM008'],
    ['access', 10, 'MM002'],
    ['access', 13, 'MM109'],
    ['access', 15, 'MM208'],
    ['access', 16, 'MM209'],
    ['access', 17, 'MM211'],
    ['aliases', 4, 'MM405'],
    ['aliases', 9, 'MM407'],
    ['aliases', 10, 'MM415'],
    ['relay-domains', 2, 'MM009'],
    ['relay-domains', 3, 'MM506'],
    ['virtusertable', 3, 'MM504'],
    ['virtusertable', 6, 'MM504'],
    ['virtusertable', 10, 'MM503'],
    ['virtusertable', 11, 'MM303'],
    ['mailertable', 3, 'MM601'],
    ['mailertable', 4, 'MM602'],
    ['mailertable', 5, 'MM603'],
    ['mailertable', 6, 'MM602'],
    ['genericstable', 2, 'MM606'],
    ['genericstable', 3, 'MM604'],
  ],
  // biome-ignore format: one mistake a line
  gateway: [
    ['sendmail.cf', 6, 'MM702'],
    ['sendmail.cf', 11, 'MM704'],
    ['sendmail.cf', 14, 'MM701'],
    ['access', 3, 'MM111'],
    ['access', 4, 'MM106'],
    ['access', 5, 'MM111'],
    ['access', 5, 'MM308'],
    ['access', 6, 'MM309'],
    ['access', 7, 'MM304'],
    ['aliases', 6, 'MM421'],
    ['aliases', 7, 'MM419'],
    ['aliases', 9, 'MM420'],
    ['aliases', 10, 'MM422'],
    ['relay-domains', 1, 'MM310'],
  ],
};

const isUser = (name: string): boolean => PEOPLE.includes(name);

describe.each(Object.entries(PLANTED))('%s', (name, planted) => {
  const directory = `${DATA}/${name}`;
  const texts = Object.fromEntries(
    readdirSync(directory).map((file) => [file, readFileSync(`${directory}/${file}`, 'utf8')]),
  );
  const users = (user: string): LocalUser | undefined =>
    isUser(user) ? { name: user, home: `/home/${user}`, shell: '/bin/sh', uid: 1000, gid: 1000 } : undefined;
  const found = lint({ directory: '/etc/mail', severity: 'style', users, texts, ...OPTIONS[name] }).findings.map(
    ({ file, line, code }) => [file.replace('/etc/mail/', ''), line, code],
  );

  it.each(planted)('%s:%i has %s', (...mistake) => expect(found).toContainEqual(mistake));

  it('has no other finding', () => {
    const places = planted.map((mistake) => mistake.join(':'));
    expect(found.map((mistake) => mistake.join(':')).filter((place) => !places.includes(place))).toEqual([]);
  });
});
