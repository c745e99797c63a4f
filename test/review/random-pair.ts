/** A seed -> two random configurations that differ, and random questions about them: every feature of the library comes up. */
import type { MailMapsOptions } from '../../src/config/options.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import type { Question } from '../../src/review/question.ts';
import { wordsOf } from '../read-data.ts';

const words = wordsOf('random-pair');

const HOSTS = ['a.example', 'b.example', 'x.a.example', 'far.test', 'mail.here.test', 'lone', 'old.test', 'h.uucp'];
const NETS = ['10', '10.1', '10.1.2.3', '192.0.2', '127.0.0.1', 'IPv6:2001:db8', 'IPv6:2001:db8:0:0:0:0:0:5'];
const USERS = ['bob', 'eve', 'bob+tag', 'bob+*'];
const VALUES = words('values');
const CERTIFIED = ['RELAY', 'SUBJECT', 'OK', 'REJECT'];
const REQUIRED = [
  'VERIFY',
  'PERM+VERIFY',
  'VERIFY:0',
  'ENCR:112',
  'ENCR:0+CI:/CN=ca',
  'VERIFY+CS:/CN=bob',
  'ENCR:0+CITag:mine',
];
const ISSUERS = ['/CN=ca', '/CN=other'];
const SUBJECTS = ['/CN=bob', '/CN=eve'];
const DNS_LISTS = words('dnsLists');
/** One or more of each family. */
export const FEATURES: readonly string[] = [
  ...['blocklist_recipients', 'relay_hosts_only', 'relay_mail_from', 'relay_mail_from:domain', 'relay_local_from'],
  ...['delay_checks', 'delay_checks:friend', 'delay_checks:hater', 'delay_checks:friend,n', 'relay_entire_domain'],
  ...['accept_unqualified_senders', 'accept_unresolvable_domains', 'loose_relay_check', 'promiscuous_relay'],
  ...['require_rdns', 'use_client_ptr', 'block_bad_helo', 'access_db:lookupdotdomain', 'access_db:skip'],
  ...['access_db:relaytofulladdress', 'nopercenthack:nospecial', 'nopercenthack:reject', 'nouucp:nospecial'],
  ...['nouucp:reject', 'trust_auth_mech:PLAIN', 'trust_auth_mech:LOGIN GSSAPI', 'preserve_local_plus_detail'],
  ...['relay_based_on_MX', 'define:confRELAY_MSG="550 not here"', 'define:confREJECT_MSG="550 go"'],
  ...[
    'stickyhost',
    'redirect',
    'virtuser_entire_domain',
    'bestmx_is_local',
    'MASQUERADE_AS:here.test',
    'allmasquerade',
  ],
  ...['masquerade_envelope', 'always_add_domain', 'define:SMART_HOST=relay.test', 'define:MAIL_HUB=hub.test'],
  ...['define:LUSER_RELAY=luser.test', 'VIRTUSER_DOMAIN:a.example', 'GENERICS_DOMAIN:a.example', 'LOCAL_USER:bob'],
  ...DNS_LISTS,
];

/** Linear congruential: the same seed gives the same numbers everywhere. */
export class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  #next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  some<T>(list: readonly T[], part: number): T[] {
    return list.filter(() => this.#next() < part);
  }
}

type Entry = readonly [key: string, value: string];

function entry(chance: Chance): Entry {
  const special = chance.below(12);
  if (special === 0) return [`CERTIssuer:${chance.one(ISSUERS)}`, chance.one(CERTIFIED)];
  if (special === 1) return [`CERTSubject:${chance.one(SUBJECTS)}`, chance.one(CERTIFIED)];
  if (special === 2) return [`TLS_Clt:${chance.one(['', chance.one(HOSTS), chance.one(NETS)])}`, chance.one(REQUIRED)];
  if (special === 3) return [`mine:${chance.one(ISSUERS)}`, chance.one(['OK', 'REJECT'])];
  const user = chance.one(USERS);
  const kinds = [chance.one(HOSTS), chance.one(NETS), `${user}@`, `${user}@${chance.one(HOSTS)}`, chance.one(HOSTS)];
  const tag = chance.one(['', '', 'Connect:', 'Connect:', 'From:', 'To:', 'To:', 'Spam:', 'RHS:']);
  const value = tag === 'Spam:' ? chance.one(['FRIEND', 'HATER']) : chance.one(VALUES);
  const dot = chance.below(8) === 0 ? '.' : '';
  return [`${tag}${dot}${chance.one(kinds)}`, value];
}

type TableName = 'virtusertable' | 'mailertable' | 'genericstable' | 'domaintable';
const TABLES: Readonly<Record<TableName, (chance: Chance) => Entry>> = {
  virtusertable: (chance) => [
    `${chance.one(['', 'bob', 'eve', 'bob+*'])}@${chance.one(HOSTS)}`,
    chance.one(['bob', 'eve@far.test', 'error:nouser no such user', 'error:5.7.0:550 not you', '%1@b.example']),
  ],
  mailertable: (chance) => [
    `${chance.one(['', '.'])}${chance.one(HOSTS)}`,
    chance.one(['esmtp:gate.test', 'local:', 'error:5.7.0:550 gone', 'error:4.7.0:450 later']),
  ],
  genericstable: (chance) => [
    chance.one(['bob', 'eve', `bob@${chance.one(HOSTS)}`]),
    chance.one(['robert@a.example', 'evelyn']),
  ],
  domaintable: (chance) => [chance.one(HOSTS), chance.one(HOSTS)],
};

/** The edits of a pair: a key is added, removed, or has another value. */
function edited(chance: Chance, entries: Map<string, string>, make: (chance: Chance) => Entry): Map<string, string> {
  const after = new Map(entries);
  const key = chance.one([...after.keys(), '']);
  const [other, value] = make(chance);
  if (key !== '' && chance.below(3) === 0) after.delete(key);
  else if (key !== '' && chance.below(2) === 0) after.set(key, value);
  else after.set(other, value);
  return after;
}

interface Draft {
  readonly access: ReadonlyMap<string, string>;
  readonly tables: Readonly<Partial<Record<TableName, ReadonlyMap<string, string>>>>;
  readonly relay: readonly string[];
  readonly local: readonly string[];
  readonly features: readonly string[];
}

function optionsOf({ access, tables, relay, local, features }: Draft): MailMapsOptions {
  const text = (entries: ReadonlyMap<string, string>): string =>
    [...entries].map(([key, value]) => `${key}\t${value}\n`).join('');
  return {
    texts: {
      ...Object.fromEntries(Object.entries(tables).map(([name, entries]) => [name, text(entries)])),
      access: text(access),
      'relay-domains': `${relay.join('\n')}\n`,
      'local-host-names': `${local.join('\n')}\n`,
      aliases: 'postmaster: bob\n',
    },
    directory: '/etc/mail',
    hostName: 'mail.here.test',
    users: () => undefined,
    features: features as never,
  };
}

const mapOf = (chance: Chance, count: number, make: (chance: Chance) => Entry): Map<string, string> =>
  new Map(Array.from({ length: count }, () => make(chance)));

export function randomPair(chance: Chance): readonly [MailMapsOptions, MailMapsOptions] {
  const names = chance.below(2) === 0 ? [] : chance.some(Object.keys(TABLES) as TableName[], 0.5);
  const before: Draft = {
    access: mapOf(chance, 2 + chance.below(7), entry),
    tables: Object.fromEntries(names.map((name) => [name, mapOf(chance, 1 + chance.below(3), TABLES[name])])),
    relay: [...chance.some(HOSTS, 0.12), ...chance.some(['.a.example', '192.0.2.', '10.1', 'IPv6:2001:db8'], 0.1)],
    local: [...chance.some(HOSTS, 0.12), ...chance.some(['[10.1.2.3]', '[192.0.2.9]'], 0.1)],
    features: chance.some(FEATURES, 0.06),
  };
  const table = names.length === 0 ? undefined : chance.one(names);
  const kind = chance.below(6);
  const after: Draft = {
    access: kind < 4 ? edited(chance, new Map(before.access), entry) : before.access,
    tables:
      table === undefined || chance.below(2) === 0
        ? before.tables
        : { ...before.tables, [table]: edited(chance, new Map(before.tables[table]), TABLES[table]) },
    relay: kind === 4 ? [...before.relay, chance.one([...HOSTS, '.b.example', '10.', '192.0.2'])] : before.relay,
    local: chance.below(5) === 0 ? [...before.local, chance.one(HOSTS)] : before.local,
    features: kind === 5 || chance.below(4) === 0 ? changedFeatures(chance, before.features) : before.features,
  };
  return [optionsOf(before), optionsOf(after)];
}

function changedFeatures(chance: Chance, before: readonly string[]): readonly string[] {
  if (before.length > 0 && chance.below(3) === 0) {
    const gone = chance.one(before);
    return before.filter((feature) => feature !== gone);
  }
  return [...before, chance.one(FEATURES)];
}

const ADDRESSES = [
  '10.1.2.3',
  '10.1.2.9',
  '10.9.9.9',
  '203.0.113.5',
  '192.0.2.9',
  '127.0.0.1',
  'IPv6:2001:db8:0:0:0:0:0:5',
];

export function randomQuestion(chance: Chance): Question {
  const kind = chance.one(['relay', 'mail', 'mail', 'rcpt', 'rcpt', 'rcpt'] as const);
  const host = (): string =>
    chance.one([...HOSTS, `q.${chance.one(HOSTS)}`, 'other.invalid', '[10.1.2.3]', 'localhost']);
  const user = (): string => chance.one(['bob', 'eve', 'bob+tag', 'eve+x', 'someone', 'far.test!bob']);
  const mailbox = (): string => {
    const form = chance.below(12);
    if (form === 0) return user();
    return form === 1 ? `${user()}%${chance.one(HOSTS)}@${host()}` : `${user()}@${host()}`;
  };
  const client = randomClient(chance);
  if (kind === 'relay') return { kind, client };
  const sender = chance.below(9) === 0 ? '' : mailbox();
  return {
    kind,
    client,
    sender,
    ...(kind === 'rcpt' && { recipient: mailbox() }),
    ...randomFacts(chance, kind),
  };
}

const [ODD_USERS, ODD_HOSTS, FORMS] = [words('users'), words('hosts'), words('forms')];

/** A question about an address of any form: quotes, routes, several hosts, empty parts, programs, literals, foreign letters. */
export function oddQuestion(chance: Chance): Question {
  const question = randomQuestion(chance);
  if (question.kind === 'relay') return question;
  const address = (): string => oddAddress(chance, chance.below(3));
  const sender = question.kind === 'mail' || chance.below(4) === 0 ? address() : question.sender;
  return {
    ...question,
    ...(sender !== undefined && { sender }),
    ...(question.kind === 'rcpt' && { recipient: address() }),
  };
}

/** @param depth how often another address may stand in place of the user */
function oddAddress(chance: Chance, depth: number): string {
  const form = chance.below(3) === 0 ? 'USER@HOST' : chance.one(FORMS);
  return form
    .replaceAll('USER', () =>
      depth > 0 && chance.below(2) === 0 ? oddAddress(chance, depth - 1) : chance.one(ODD_USERS),
    )
    .replaceAll('HOST', () => oddHost(chance));
}

function oddHost(chance: Chance): string {
  const host = chance.one([...HOSTS, ...HOSTS, ...ODD_HOSTS]);
  return chance.one([
    host,
    host,
    host,
    host,
    host,
    host.toUpperCase(),
    `${host}.`,
    `${host}..`,
    `.${host}`,
    `q.${host}`,
  ]);
}

/** Somebody whom no random configuration names, who claims anything, and writes to somebody whom none names. */
export function randomStranger(chance: Chance): Question {
  const address = chance.one(['203.0.113.5', '198.51.100.77', '2a00:1450::5', '::ffff:203.0.113.9', '8.8.8.8']);
  const names = [undefined, 'other.invalid', 'q.nowhere.invalid', 'zz'];
  const claimed = chance.one([...HOSTS, 'localhost', '127.0.0.1']);
  const name = chance.one(names);
  const resolve = name === undefined ? chance.one(['FAIL', 'TEMP', 'FORGED'] as const) : 'OK';
  const helo = chance.one([undefined, claimed]);
  const { sender = '' } = randomQuestion(chance);
  const user = chance.one(['bob', 'someone', 'bob+tag']);
  const host = chance.one(['victim.invalid', 'v.nowhere.invalid', '[198.51.100.9]', 'victim.invalid.']);
  const spellings = [`${user}@${host}`, `${user}%${host}`, `${user}%${host}@localhost`, `${host}!${user}@localhost`];
  const quoted = [
    `"${user}@${host}"@localhost`,
    `@localhost:${user}@${host}`,
    `@${claimed},@localhost:${user}@${host}`,
  ];
  return {
    kind: 'rcpt',
    client: {
      address,
      resolve,
      ...(name !== undefined && { name }),
      ...(resolve === 'FORGED' && { ptr: claimed }),
      ...(helo !== undefined && { helo }),
    },
    sender,
    recipient: chance.one([...spellings, ...spellings, ...quoted]),
    ...chance.one([{}, {}, { tls: { verify: 'OK', certIssuer: '/CN=stranger', certSubject: '/CN=nobody' } }]),
  };
}

function randomClient(chance: Chance): Question['client'] {
  const address = chance.one([...ADDRESSES, ...ADDRESSES, 'IPv6:2001:db8:9:0:0:0:0:1']);
  const name = chance.one([...HOSTS, 'q.a.example', 'other.invalid']);
  const resolve = chance.one(['OK', 'OK', 'OK', 'FAIL', 'TEMP', 'FORGED'] as const);
  const helo = chance.one([undefined, undefined, 'mail.here.test', 'lone', 'good.invalid', 'a.example']);
  return {
    address,
    resolve,
    ...(resolve === 'OK' && { name }),
    ...(resolve === 'FORGED' && { ptr: name }),
    ...(helo !== undefined && { helo }),
  };
}

function randomFacts(chance: Chance, kind: 'mail' | 'rcpt'): Partial<Question> {
  const verify = chance.one([undefined, undefined, 'OK', 'SOFTWARE']);
  const authType = kind === 'rcpt' ? chance.one([undefined, undefined, 'PLAIN', 'GSSAPI', 'CRAM-MD5']) : undefined;
  const flags = chance.one([undefined, undefined, undefined, 'u', 'f']);
  return {
    senderDomain: chance.one(['OK', 'OK', 'PERM', 'TEMP'] as const),
    ...(authType !== undefined && { authType, authAuthen: 'somebody' }),
    ...(verify !== undefined && {
      tls:
        verify === 'OK' ? { verify, certIssuer: chance.one(ISSUERS), certSubject: chance.one(SUBJECTS) } : { verify },
    }),
    ...(flags !== undefined && { daemonFlags: flags }),
  };
}

/** DNS that knows every name, or none, or fails, by chance; the same for the same name. */
export function randomDns(seed: number): Resolver {
  const pick = <T>(name: string, list: readonly T[]): T =>
    list[[...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0) + seed) >>> 0, 7) % list.length]!;
  const answer = async <T>(name: string, found: readonly (readonly T[])[]): Promise<readonly T[]> => {
    const records = pick(name, [...found, undefined, 'fails' as const]);
    if (records === undefined) throw Object.assign(new Error(name), { code: 'ENOTFOUND' });
    if (records === 'fails') throw Object.assign(new Error(name), { code: 'ESERVFAIL' });
    return records;
  };
  return {
    resolvePtr: (name) => answer(name, [['ptr.invalid']]),
    resolve4: (name) => answer(name, [['127.0.0.2'], ['127.0.0.3'], ['203.0.113.9']]),
    resolve6: async () => [],
    resolveMx: (name) =>
      answer(name, [[{ exchange: 'mail.here.test', priority: 1 }], [{ exchange: 'mx.zq7x.invalid', priority: 1 }]]),
    resolveTxt: (name) => answer(name, [[['0']], [['1']]]),
  };
}
