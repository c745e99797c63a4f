/**
 * The diff of two configurations is complete: whatever random questions are decided differently, a difference of the same
 * kind, from the same answer to the same answer, is in it.
 *
 * @module-tag slow
 */
import { describe, expect, it } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import type { MailMapsOptions } from '../../src/config/options.ts';
import { foldCase } from '../../src/core/fold.ts';
import { type DiffResult, diff } from '../../src/review/diff/diff.ts';
import { isDeciding } from '../../src/review/diff/observe.ts';
import { answerText, decide, type Question } from '../../src/review/question.ts';

const HOSTS = ['a.example', 'b.example', 'x.a.example', 'far.test', 'mail.here.test'];
const NETS = ['10', '10.1', '10.1.2.3', '192.0.2'];
const USERS = ['bob', 'eve', 'bob+tag'];
const VALUES = ['OK', 'RELAY', 'REJECT', 'DISCARD', 'ERROR:5.7.1:"550 no"', 'ERROR:4.7.1:"450 later"', 'go away'];
const FEATURES = [
  'blocklist_recipients',
  'relay_hosts_only',
  'relay_mail_from',
  'relay_local_from',
  'delay_checks',
  'relay_entire_domain',
  'accept_unqualified_senders',
  'loose_relay_check',
  'require_rdns',
  'relay_mail_from:domain',
  'access_db:lookupdotdomain',
  'access_db:skip',
  'use_client_ptr',
  'promiscuous_relay',
  'delay_checks:friend',
  'delay_checks:hater',
];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

class Chance {
  readonly #next: () => number;
  constructor(seed: number) {
    this.#next = random(seed);
  }
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  some<T>(list: readonly T[], one: number): T[] {
    return list.filter(() => this.#next() < one);
  }
  key(): string {
    const tag = this.one(['', '', 'Connect:', 'From:', 'To:', 'To:', 'Spam:']);
    const user = this.one(USERS);
    const kinds = [this.one(HOSTS), this.one(NETS), `${user}@`, `${user}@${this.one(HOSTS)}`, this.one(HOSTS)];
    return `${tag}${this.one(kinds)}`;
  }
  entries(count: number): Map<string, string> {
    return new Map(Array.from({ length: count }, () => [this.key(), this.one(VALUES)]));
  }
  question(): Question {
    const address = this.one([
      ...NETS.filter((net) => net.split('.').length === 4),
      '10.1.2.9',
      '10.9.9.9',
      '203.0.113.5',
      '192.0.2.99',
    ]);
    const host = (): string => this.one([...HOSTS, `q.${this.one(HOSTS)}`, 'other.invalid']);
    const mailbox = (): string => `${this.one([...USERS, 'someone', 'eve+x'])}@${host()}`;
    const client = this.below(4) === 0 ? { address } : { address, name: host() };
    const kind = this.one(['relay', 'mail', 'rcpt', 'rcpt', 'rcpt'] as const);
    return { kind, client, sender: this.below(9) === 0 ? '' : mailbox(), recipient: mailbox() };
  }
}

function pair(chance: Chance): [MailMapsOptions, MailMapsOptions] {
  const entries = chance.entries(3 + chance.below(6));
  const relay = chance.some(HOSTS, 0.15).concat(chance.some(NETS, 0.1));
  const local = chance.some(HOSTS, 0.15);
  const features = chance.some(FEATURES, 0.12);
  const options = (): MailMapsOptions => ({
    texts: {
      access: [...entries].map(([key, value]) => `${key}\t${value}\n`).join(''),
      'relay-domains': `${relay.join('\n')}\n`,
      'local-host-names': `${local.join('\n')}\n`,
      aliases: 'postmaster: bob\n',
    },
    directory: '/etc/mail',
    hostName: 'mail.here.test',
    users: () => undefined,
    features: features as never,
  });
  const before = options();
  for (let edits = 1 + chance.below(3); edits > 0; edits--) {
    const key = chance.one([...entries.keys()]);
    if (chance.below(3) === 0) entries.delete(key);
    else entries.set(chance.below(2) === 0 ? key : chance.key(), chance.one(VALUES));
  }
  if (chance.below(3) === 0) relay.push(chance.one(HOSTS));
  if (chance.below(4) === 0) local.push(chance.one(HOSTS));
  if (chance.below(5) === 0) features.push(chance.one(FEATURES));
  return [before, options()];
}

const shows = ({ differences }: DiffResult, kind: string, before: string, after: string): boolean =>
  differences.some((found) => found.example.kind === kind && found.before === before && found.after === after);

describe('a diff', () => {
  const options = (access: string): MailMapsOptions => ({
    texts: { access, 'relay-domains': '', 'local-host-names': '', aliases: 'staff: a@x.example, b@x.example\n' },
    hostName: 'mail.here.test',
    users: () => undefined,
  });

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

  it('finds that strangers may send to strangers', () => {
    const open = { ...options(''), features: ['promiscuous_relay'] as const };
    expect(diff(options(''), open).openRelay).toMatchObject({ kind: 'rcpt' });
    expect(diff(open, options('')).openRelay).toBeUndefined();
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
    [['dnsbl:bl.example'], true],
  ])('says whether more than the classes decides: %j', (features, isSampled) => {
    const both = { ...options(''), features: features as never };
    expect(diff(both, both)).toMatchObject({ isSampled, differences: [] });
  });

  it('lists a changed setting that no question shows', () => {
    const result = diff(options('ClientRate:\t10\n'), options('ClientRate:\t20\n'));
    expect(result).toMatchObject({ differences: [], other: [{ key: 'clientrate:', before: '10', after: '20' }] });
  });
});

describe('the diff of random pairs', () => {
  it.each(Array.from({ length: 8 }, (_, i) => 7001 + i))(
    'misses nothing: seed %i',
    (seed) => {
      const chance = new Chance(seed);
      const [before, after] = pair(chance);
      const result = diff(before, after);
      using old = openMailMaps(before);
      using now = openMailMaps(after);
      const missed = [];
      // keys that a decision looks for and the classes do not
      const unseen: string[] = [];
      for (let i = 0; i < 1000; i++) {
        const question = chance.question();
        const [was, is] = [answerText(old, question), answerText(now, question)];
        const asked = decide({ configuration: now }, question).trace.flatMap((step) =>
          step.kind === 'key' ? step.key : [],
        );
        unseen.push(...asked.filter((key) => !isDeciding(foldCase(key))));
        if (was !== is && !shows(result, question.kind, was, is)) missed.push({ question, was, is });
      }
      expect(unseen).toEqual([]);
      expect({
        missed: missed.slice(0, 2),
        before: before.texts,
        features: before.features,
        after: after.texts,
      }).toMatchObject({ missed: [] });
    },
    300_000,
  );
});
