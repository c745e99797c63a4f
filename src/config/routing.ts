/**
 * Features, hosts and classes in the notation of sendmail.mc, and their tables -> the routing: where mail goes.
 *
 * Items are as in `features`: `virtuser_entire_domain`, `MASQUERADE_AS:example.com`, `define:SMART_HOST=relay:[gate]`. Items
 * that do not affect where mail goes are ignored here.
 */
import type { ClassTest } from '../address/pattern.ts';
import {
  ADDED_MAILERS,
  hostTokens,
  MAILER_RULESETS,
  type Mailer,
  type MailerRuleset,
  ROUTING_FLAGS,
  type Routing,
  type RoutingClass,
  type RoutingFlag,
  type RoutingHost,
  type RoutingMap,
  type RoutingTable,
  usualMailers,
} from '../address/routing.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { NOT_FOUND, type Table } from '../core/lookup.ts';
import type { CfMailer } from '../source/cf/mailers.ts';

export interface RoutingSettings {
  readonly items: readonly string[];
  readonly mailers?: ReadonlyMap<string, CfMailer>;
  readonly tables: Readonly<Partial<Record<RoutingTable, Table>>>;
  /** Members of classes from files, such as VIRTUSER_DOMAIN_FILE, and from a sendmail.cf; those of items are added. */
  readonly members: (name: RoutingClass) => ClassTest | undefined;
}

/** The macros of a sendmail.mc that add words to classes. */
export const CLASS_MACROS: Readonly<Record<string, RoutingClass>> = {
  VIRTUSER_DOMAIN: 'VirtHost',
  GENERICS_DOMAIN: 'G',
  MASQUERADE_DOMAIN: 'M',
  MASQUERADE_EXCEPTION: 'N',
  EXPOSED_USER: 'E',
  LOCAL_USER: 'L',
  CANONIFY_DOMAIN: 'Canonify',
};

/** Hosts by their names in m4, and their macros in a sendmail.cf. */
const HOST_DEFINES: Readonly<Record<string, RoutingHost>> = {
  SMART_HOST: 'S',
  MAIL_HUB: 'H',
  LOCAL_RELAY: 'R',
  LUSER_RELAY: 'L',
  BITNET_RELAY: 'B',
  UUCP_RELAY: 'Y',
  DECNET_RELAY: 'C',
  FAX_RELAY: 'F',
};

/** Pseudo-domains, by the host that enables each. */
const PSEUDO_DOMAINS: readonly (readonly [RoutingHost, string])[] = [
  ['B', 'BITNET'],
  ['Y', 'UUCP'],
  ['C', 'DECNET'],
  ['F', 'FAX'],
];

/** The items, by the part before the first colon. */
class Items {
  readonly #items: readonly string[];

  constructor(items: readonly string[]) {
    this.#items = items;
  }

  has(name: string): boolean {
    return this.all(name).length > 0 || this.#items.includes(name);
  }

  /** The part after the name, for every item with this name. */
  all(name: string): readonly string[] {
    return this.#items.filter((item) => item.startsWith(`${name}:`)).map((item) => item.slice(name.length + 1));
  }

  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  define(name: string): string | undefined {
    const begin = `${name}=`;
    return this.all('define')
      .findLast((text) => text.startsWith(begin))
      ?.slice(begin.length);
  }
}

export function routingOf({ items: list, mailers: ofCf, tables, members }: RoutingSettings): Routing {
  const items = new Items(list);
  const hub = items.last('nullclient');
  const flags = new Set<RoutingFlag>(ROUTING_FLAGS.filter((flag) => items.has(flag)));
  if (hub !== undefined) for (const flag of ['allmasquerade', 'masquerade_envelope'] as const) flags.add(flag);
  const hosts = hostsOf(items, hub);
  const added = items.has('always_add_domain')
    ? { addedDomain: hostTokens(items.last('always_add_domain')) ?? [] }
    : {};
  const classes = classesOf(items, members, hosts, flags);
  const mailers = {
    local: foldCase(items.define('confLOCAL_MAILER') ?? 'local'),
    smtp: foldCase(items.define('confSMTP_MAILER') ?? 'esmtp'),
    relay: foldCase(items.define('confRELAY_MAILER') ?? 'relay'),
  };
  const asksBestMx = items.has('bestmx_is_local');
  const canonifies = canonifiesOf(items);
  const asksHost = canonifies !== 'none' || classes.Canonify !== undefined;
  const known = ofCf === undefined || ofCf.size === 0 ? mailersOf(items, flags, hub !== undefined) : mailersOfCf(ofCf);
  const usual = mailers.local === 'local' && mailers.smtp === 'esmtp' && hub === undefined && areUsual(known);
  const { M: _as, ...relays } = hosts;
  return {
    leads:
      !usual ||
      asksBestMx ||
      asksHost ||
      [tables, relays].some((each) => Object.keys(each).length > 0) ||
      classes.L !== undefined ||
      flags.has('stickyhost') ||
      flags.has('redirect'),
    has: new Set<RoutingMap>([
      ...(Object.keys(tables) as RoutingTable[]),
      ...(asksBestMx ? (['bestmx'] as const) : []),
      ...(asksHost ? (['host'] as const) : []),
    ]),
    ask: (map, key, ...args) => (map in tables ? tables[map as RoutingTable]!(key, ...args) : NOT_FOUND),
    canonifies,
    classes,
    hosts,
    flags,
    mailers,
    known,
    journal: undefined,
    ...added,
    ...recursionOf(items),
  };
}

/** The rules of a sendmail.cf show it. Without one, names stay as they are unless `canonify` is named. */
function canonifiesOf(items: Items): Routing['canonifies'] {
  if (items.all('nocanonify').includes('canonify_hosts')) return 'words';
  return items.has('canonify') && !items.has('nocanonify') ? 'all' : 'none';
}

function hostsOf(items: Items, hub: string | undefined): Routing['hosts'] {
  const named = Object.entries(HOST_DEFINES).map(([define, macro]) => [macro, items.define(define)] as const);
  const hubbed = (['S', 'H'] as const).map((macro) => [macro, hub] as const);
  const found = [...named, ...hubbed].flatMap(([macro, text]) => {
    const tokens = hostTokens(text);
    return tokens === undefined ? [] : [[macro, tokens] as const];
  });
  const as = hub ?? items.last('MASQUERADE_AS');
  return { ...Object.fromEntries(found), ...(as !== undefined && { M: hostTokens(as) ?? [] }) };
}

function classesOf(
  items: Items,
  members: RoutingSettings['members'],
  hosts: Routing['hosts'],
  flags: ReadonlySet<RoutingFlag>,
): Routing['classes'] {
  const pseudo = PSEUDO_DOMAINS.filter(([macro]) => hosts[macro] !== undefined).map(([, domain]) => domain);
  const named = Object.entries(CLASS_MACROS).map(([macro, name]) => [name, items.all(macro).flatMap(wordsOf)] as const);
  const limits = items.all('bestmx_is_local').flatMap(wordsOf);
  const words = [
    ...named,
    ['B', limits] as const,
    ['P', [...pseudo, ...(flags.has('redirect') ? ['REDIRECT'] : [])]] as const,
  ];
  const tests = words.flatMap(([name, of]) => {
    const test = either(classTest(of), members(name));
    return test === undefined ? [] : [[name, test] as const];
  });
  return Object.fromEntries(tests);
}

/** The words of an argument of m4. */
export function wordsOf(text: string): string[] {
  return text.match(/\S+/g) ?? [];
}

function classTest(members: readonly ByteString[]): ClassTest | undefined {
  const set = new Set(members.map(foldCase));
  return set.size === 0 ? undefined : (word) => set.has(foldCase(word));
}

function either(one: ClassTest | undefined, other: ClassTest | undefined): ClassTest | undefined {
  return one !== undefined && other !== undefined ? (word) => one(word) || other(word) : (one ?? other);
}

/** F= of the local mailer of a nullclient. */
const NULLCLIENT_LOCAL = 'lsDFM5q';

function mailersOf(items: Items, flags: ReadonlySet<RoutingFlag>, isNullclient: boolean): Map<string, Mailer> {
  const known = usualMailers(flags.has('allmasquerade'));
  for (const name of items.all('mailer')) {
    const mailer = ADDED_MAILERS.get(name);
    if (mailer !== undefined) known.set(name, mailer);
  }
  const local = known.get('local')!;
  if (isNullclient) known.set('local', { ...local, flags: NULLCLIENT_LOCAL });
  return known;
}

/** sendmail has a mailer of its own for files and for lists. */
const BUILT_IN = ['*file*', '*include*'] as const;

/** True if `local` gets a name in lower case, and `esmtp` an address as it is written and its host in lower case. */
function areUsual(known: ReadonlyMap<string, Mailer>): boolean {
  const [local, smtp] = [known.get('local'), known.get('esmtp')];
  return (
    hasFlags(local, 'l', 'u') &&
    local?.envelope.recipient === 'EnvToL' &&
    hasFlags(smtp, 'u', 'lh') &&
    smtp?.envelope.recipient === 'EnvToSMTP'
  );
}

function hasFlags(mailer: Mailer | undefined, wanted: string, others: string): boolean {
  const flags = mailer?.flags ?? '';
  return flags.includes(wanted) && ![...others].some((flag) => flags.includes(flag));
}

function mailersOfCf(mailers: ReadonlyMap<string, CfMailer>): Map<string, Mailer> {
  const usual = usualMailers();
  const known = new Map<string, Mailer>(BUILT_IN.map((name) => [name, usual.get(name)!]));
  for (const [name, { flags, sender, recipient }] of mailers) {
    const [from, to] = [sender.map(rulesetNamed), recipient.map(rulesetNamed)];
    known.set(name, { flags, envelope: pair(from[0], to[0]), header: pair(from[1], to[1]) });
  }
  return known;
}

/** Undefined: there is none, or it is not one of sendmail-cf. */
function rulesetNamed(name: string): MailerRuleset | undefined {
  return MAILER_RULESETS.find((each) => each === name);
}

function pair(sender: MailerRuleset | undefined, recipient: MailerRuleset | undefined): Mailer['envelope'] {
  return { ...(sender !== undefined && { sender }), ...(recipient !== undefined && { recipient }) };
}

function recursionOf(items: Items): Pick<Routing, 'virtualRecursion'> {
  if (items.define('_NO_VIRTUSER_RECURSION_') !== undefined) return { virtualRecursion: 'none' };
  if (items.define('_VIRTUSER_STOP_ONE_LEVEL_RECURSION_') !== undefined) return { virtualRecursion: 'notToItself' };
  return {};
}
