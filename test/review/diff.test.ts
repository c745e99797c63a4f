/**
 * The diff of two configurations is complete: whatever random questions are decided differently, a difference of the same
 * kind, from the same answer to the same answer, is in it.
 *
 * @module-tag slow
 */
import { describe, expect, it } from 'vitest';
import type { MailMapsOptions } from '../../src/config/options.ts';
import { diff } from '../../src/review/diff/diff.ts';
import { checkPair } from '../conformance/diff.ts';
import { FEATURES } from './random-pair.ts';

const options = (access: string): MailMapsOptions => ({
  texts: { access, 'relay-domains': '', 'local-host-names': '', aliases: 'staff: a@x.example, b@x.example\n' },
  hostName: 'mail.here.test',
  users: () => undefined,
});

const CF = 'V10/Berkeley\nDj mail.here.test\nMlocal, P=/bin/true, F=l, A=x\nS0\nR$*\t$#local $: $1\n';

describe('a diff', () => {
  it('of equal configurations is empty', () => {
    const result = diff(options('To:a.example\tRELAY\n'), options('# the same\nTo:a.example RELAY\n'));
    expect(result).toMatchObject({ entries: [], differences: [], expansions: [] });
  });

  it('puts what opens relaying first, with the key and a question', () => {
    const { differences } = diff(
      options('From:e.example\tOK\n'),
      options('From:e.example\tREJECT\nTo:a.example\tRELAY\n'),
    );
    expect(differences[0]).toMatchObject({ effect: 'opens relaying', keys: ['to:a.example'], after: 'relay' });
  });

  it('names what other recipients an alias has', () => {
    const after = options('');
    const texts = { ...after.texts, aliases: 'staff: a@x.example, c@x.example\n' };
    expect(diff(options(''), { ...after, texts }).expansions).toEqual([
      { name: 'staff', added: ['c@x.example'], removed: ['b@x.example'], errors: [] },
    ]);
  });

  it('names mail that goes elsewhere', () => {
    const at = (mailertable: string): MailMapsOptions => ({
      ...options(''),
      texts: { access: '', 'relay-domains': '', 'local-host-names': '', aliases: '', mailertable },
    });
    expect(diff(at('a.example\tesmtp:old\n'), at('a.example\tesmtp:new\n')).routes).toEqual([
      { address: 'zq7x@a.example', before: 'esmtp old zq7x@a.example', after: 'esmtp new zq7x@a.example' },
    ]);
  });

  it.each([
    'a(b).example',
    '"><script>.example',
    'a,b;c.example',
    `${'x'.repeat(900)}.example`,
    '\\x00.example',
    '(@',
    'a"b@',
  ])('survives a key that no host has: %s', (key) => {
    const result = diff(options(''), options(`${key}\tREJECT\nTo:${key}\tRELAY\n`));
    expect(result.entries).toHaveLength(2);
    expect(result.openRelay).toBeUndefined();
  });

  it.each([
    [['blocklist_recipients'], false],
    [['dnsbl:bl.example'], false],
    [['badmx:^10\\.'], true],
  ])('says whether more than the classes decides: %j', (features, isSampled) => {
    const both = { ...options(''), features: features as never };
    expect(diff(both, both)).toMatchObject({ isSampled, differences: [] });
  });

  it('tries the rules of a sendmail.cf, and says that it is sampled', () => {
    const at = (rule: string): MailMapsOptions => ({
      hostName: 'mail.here.test',
      users: () => undefined,
      cf: '/etc/mail/sendmail.cf',
      texts: { 'sendmail.cf': `${CF}Scheck_rcpt\n${rule}R$*\t$@ OK\n`, aliases: '' },
    });
    const result = diff(at(''), at('R$* @ bad.example $*\t$#error $@ 5.7.1 $: "550 not there"\n'));
    expect(result).toMatchObject({
      isSampled: true,
      differences: [{ effect: 'refuses', after: expect.stringContaining('not there') }],
    });
    expect(diff(at(''), at(''))).toMatchObject({ isSampled: true, differences: [] });
  });

  it('asks with each answer of a DNS list', () => {
    const at = (list: string): MailMapsOptions => ({ ...options(''), features: [list] as never });
    const { differences } = diff(at('dnsbl:bl.test'), at('dnsbl:bl.test,quarantine'));
    expect(differences).toMatchObject([
      {
        effect: 'accepts',
        after: 'quarantine: bl.test',
        example: { dns: [{ type: 'A', answer: { status: 'found', records: ['127.0.0.2'] } }] },
      },
    ]);
    expect(diff(at('dnsbl:bl.test'), at('dnsbl:bl.test,,t')).differences).toMatchObject([
      { effect: 'refuses', example: { dns: [{ answer: { status: 'tempFail' } }] } },
    ]);
  });

  it('shows a change that only a domain that does not exist can show', () => {
    const { differences } = diff(options(''), options('From:a.example\tOK\n'));
    expect(differences.map(({ example: { senderDomain } }) => senderDomain)).toEqual(['PERM', 'TEMP']);
  });

  it('names addresses that look different outside', () => {
    const at = (genericstable: string): MailMapsOptions => ({
      ...options(''),
      texts: { access: '', 'relay-domains': '', 'local-host-names': '', aliases: '', genericstable },
      features: ['GENERICS_DOMAIN:mail.here.test'],
    });
    const { rewrites, differences } = diff(at(''), at('bob\trobert@out.example\n'));
    expect(differences).toEqual([]);
    expect(rewrites).toMatchObject([
      { where: 'header', role: 'sender', before: 'bob@mail.here.test', after: 'robert@out.example' },
    ]);
  });

  it('of a table whose entries cannot be listed is sampled', () => {
    const table = (): { status: 'notFound' } => ({ status: 'notFound' });
    const both: MailMapsOptions = { ...options(''), access: table };
    expect(diff(both, both)).toMatchObject({ isSampled: true, differences: [] });
  });

  it('lists a changed setting that no question shows', () => {
    const result = diff(options('ClientRate:\t10\n'), options('ClientRate:\t20\n'));
    expect(result).toMatchObject({ differences: [], other: [{ key: 'clientrate:', before: '10', after: '20' }] });
  });
});

const EVERY_NETWORK = Array.from({ length: 256 }, (_, octet) => `Connect:${octet}\tRELAY\n`).join('');
const REMOTE = `${CF.split('S0')[0]}Mesmtp, P=[IPC], F=mDFMuX, A=TCP $h\nS0\nR$* @ $*\t$#esmtp $@ $2 $: $1 @ $2\nR$*\t$#local $: $1\n`;
const WITHOUT_ACCESS = `${REMOTE}Scheck_rcpt\nR$* @ far.example $*\t$@ OK\nR$*\t$#error $@ 5.7.1 $: "550 no"\n`;
const WITH_ACCESS = `${REMOTE}Scheck_rcpt\nR$*\t$@ OK\n`;

/** The entries, words and features that one of two configurations has more than the other. */
interface Planted {
  readonly what: string;
  readonly access?: string;
  readonly relay?: string;
  readonly features?: readonly string[];
  readonly cf?: string;
}

const OPEN: readonly Planted[] = [
  { what: 'promiscuous_relay', features: ['promiscuous_relay'] },
  {
    what: 'promiscuous_relay beside an entry for .invalid',
    access: 'invalid\tREJECT\n',
    features: ['promiscuous_relay'],
  },
  { what: 'every client of IPv6 by an entry', access: 'Connect:IPv6\tRELAY\n' },
  { what: 'every client of IPv6 by class R', relay: 'IPv6\n' },
  { what: 'every network of IPv4', access: EVERY_NETWORK },
  { what: 'senders that claim to be here', features: ['relay_local_from'] },
  {
    what: 'senders that claim to be a partner',
    access: 'From:p.example\tRELAY\n',
    features: ['relay_mail_from:domain'],
  },
  {
    what: 'a sender that claims to be one person',
    access: 'From:bob@p.example\tRELAY\n',
    features: ['relay_mail_from'],
  },
  { what: 'a login that everybody has', features: ['trust_auth_mech:PLAIN ANONYMOUS'] },
  { what: 'rules of a sendmail.cf that let everybody in', cf: WITH_ACCESS },
];

const CLOSED: readonly Planted[] = [
  { what: 'a login', features: ['trust_auth_mech:PLAIN'] },
  { what: 'a certificate', access: 'CERTIssuer:/CN=ca\tRELAY\n' },
  { what: 'recipients at a partner', access: 'To:p.example\tRELAY\n' },
  { what: 'clients of a network', relay: '192.0.2\nIPv6:2001:db8\n' },
  { what: 'a partner with addresses inside others', relay: 'p.example\n', features: ['nopercenthack:nospecial'] },
  { what: 'hosts whose exchanger this host is', features: ['relay_based_on_MX', 'bestmx_is_local'] },
  { what: 'rules of a sendmail.cf that let one host in', cf: WITHOUT_ACCESS },
];

function planted({ access = '', relay = '', features = [], cf }: Omit<Planted, 'what'>): MailMapsOptions {
  if (cf !== undefined)
    return { ...options(''), cf: '/etc/mail/sendmail.cf', texts: { 'sendmail.cf': cf, aliases: '' } };
  return {
    ...options(''),
    texts: { access, 'relay-domains': relay, 'local-host-names': '', aliases: '' },
    features: features as never,
  };
}

describe('a stranger', () => {
  it.each(OPEN)('may relay to a stranger by $what', (open) => {
    const shut = planted(open.cf === undefined ? {} : { cf: WITHOUT_ACCESS });
    const { openRelay, decisions } = diff(shut, planted(open));
    expect(openRelay).toMatchObject({ kind: 'rcpt', recipient: expect.stringContaining('zq7x') });
    const { before, after } = decisions(openRelay!);
    expect([before.action, after.action]).toEqual(['reject', 'relay']);
    expect(diff(planted(open), shut).openRelay).toBeUndefined();
  });

  it.each(CLOSED)('may not relay by $what', (closed) => {
    expect(diff(planted({}), planted(closed)).openRelay).toBeUndefined();
  });
});

describe('a name whose mail is refused', () => {
  const added = (host: string): ReturnType<typeof diff> => {
    const { texts, ...rest } = options('');
    return diff({ ...rest, texts: texts! }, { ...rest, texts: { ...texts!, 'local-host-names': `${host}\n` } });
  };
  const usual = added('a.example').questions;

  it.each([
    ['is no text', '\udcff'],
    ['has a byte that sendmail reserves', 'Ä.example'],
    ['is too long', `${'x'.repeat(60)}.${'y'.repeat(180)}.example`],
  ])('because it %s is compared by a few questions, whose answers quote no address', (_, host) => {
    const { differences, questions, isSampled } = added(host);
    const quoted = differences.flatMap(({ before, after }) => [before, after]).filter((text) => text.includes('"'));
    expect(quoted.filter((text) => !text.includes('"..."'))).toEqual([]);
    expect(questions).toBeLessThan(2 * usual);
    expect(isSampled).toBe(false);
  });
});

describe('the diff of random pairs', () => {
  it.each([...Array.from({ length: 8 }, (_, i) => 7001 + i), 55_031, 55_041, 63_001_001, 81_000_006])(
    'misses nothing and shows nothing else: seed %i',
    async (seed) => {
      const found = await checkPair(seed, 300);
      expect(found.filter((difference) => difference !== undefined).slice(0, 2)).toEqual([]);
    },
    300_000,
  );
});

describe('the diff of a feature', () => {
  it.each(FEATURES)('%s is an entry, and is not sampled', (feature) => {
    const name = feature.replace(/^define:(\w+)=/, '$1:');
    const result = diff(options(''), { ...options(''), features: [feature] as never });
    expect(result.entries).toContainEqual({ change: 'added', key: `feature ${name}` });
    expect(result.isSampled).toBe(false);
  });
});
