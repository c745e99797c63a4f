/**
 * Random features of a sendmail.mc, of every kind that sendmail-cf has, and the items that a reader of the sendmail.cf has
 * to find in it: a feature without a trace there has no effect, and is none.
 */
import type { FeatureSpec } from '../oracle/features.ts';
import type { Random } from './random.ts';

export interface Combination {
  readonly features: readonly FeatureSpec[];
  readonly items: ReadonlySet<string>;
}

/** Files of the frame that every sendmail.mc of the oracle has. */
const ALWAYS = ['use_cw_file:/etc/mail/local-host-names', 'RELAY_DOMAIN_FILE:-o /etc/mail/relay-domains'];
const HELO_RELAY = ['RELAY_DOMAIN:127.0.0.1', 'RELAY_DOMAIN:IPv6:0:0:0:0:0:0:0:1', 'RELAY_DOMAIN:IPv6:::1'];

class Builder {
  readonly features: FeatureSpec[] = [];
  readonly items = new Set<string>(ALWAYS);
  readonly r: Random;

  constructor(r: Random) {
    this.r = r;
  }

  /** A feature that is found under its own name. */
  maybe(chance: number, feature: string, item = feature): boolean {
    const chosen = this.r.chance(chance);
    if (chosen) this.add(feature, item);
    return chosen;
  }

  add(feature: FeatureSpec, ...items: readonly string[]): void {
    this.features.push(feature);
    for (const item of items) this.items.add(item);
  }

  domain(): string {
    return `${this.r.pick(['a', 'b', 'c', 'd', 'e', 'f', 'g'])}${this.r.int(1, 9)}.example`;
  }
}

export function anyCombination(r: Random): Combination {
  const b = new Builder(r);
  const access = !r.chance(0.12);
  if (access) b.items.add('access_db');
  else b.features.push('no_access_db');
  if (r.chance(0.25)) b.features.push('canonify');
  else b.items.add('nocanonify');
  const isPromiscuous = b.maybe(0.06, 'promiscuous_relay');
  addRelaying(b, access, isPromiscuous);
  addMessages(b, access, isPromiscuous);
  addTables(b);
  addNames(b);
  addSending(b);
  addHosts(b);
  addLists(b);
  addControls(b, access);
  return b;
}

function addRelaying(b: Builder, access: boolean, isPromiscuous: boolean): void {
  const { r } = b;
  /** These have a trace only where recipients are looked at. */
  const looked = (chance: number, feature: string, item = feature): void => {
    if (!r.chance(chance)) return;
    b.add(feature, ...(isPromiscuous ? [] : [item]));
  };
  const blocks = access && b.maybe(0.6, 'blocklist_recipients');
  if (access) {
    for (const name of ['skip', 'lookupdotdomain']) b.maybe(0.3, `access_db:${name}`);
    looked(0.3, 'access_db:relaytofulladdress');
    if (r.chance(0.15)) looked(1, r.pick(['relay_mail_from', 'relay_mail_from:domain']));
  }
  for (const name of ['relay_entire_domain', 'relay_hosts_only']) b.maybe(0.25, name);
  looked(0.25, 'relay_local_from');
  for (const name of ['loose_relay_check', 'require_rdns', 'use_client_ptr', 'accept_unqualified_senders'])
    b.maybe(0.2, name);
  for (const name of ['accept_unresolvable_domains', 'relay_based_on_MX']) b.maybe(0.3, name);
  if (r.chance(0.35)) addDelay(b, access, blocks);
  if (b.maybe(0.2, 'block_bad_helo')) for (const item of HELO_RELAY) b.items.add(item);
  for (const name of ['nopercenthack', 'nouucp']) {
    const argument = r.pick(['reject', 'nospecial']);
    b.maybe(0.25, `${name}:${argument}`, `${name}:${isPromiscuous ? 'nospecial' : argument}`);
  }
  const mechanisms = r.chance(0.3) ? r.sample(['PLAIN', 'LOGIN', 'CRAM-MD5', 'EXTERNAL'], r.int(1, 3)) : [];
  if (mechanisms.length > 0) {
    b.add(`trust_auth_mech:${mechanisms.join(' ')}`, ...mechanisms.map((name) => `trust_auth_mech:${name}`));
  }
}

function addDelay(b: Builder, access: boolean, blocks: boolean): void {
  const argument = access ? b.r.pick(['', ':friend', ':hater']) : '';
  const third = argument !== '' && b.r.chance(0.3);
  b.add(`delay_checks${argument}${third ? ',n' : ''}`, `delay_checks${argument}`);
  if (third && blocks) b.items.add('delay_checks:,n');
}

function addMessages(b: Builder, access: boolean, isPromiscuous: boolean): void {
  const blocks = b.items.has('blocklist_recipients');
  const rows = [
    ['confREJECT_MSG', '"550 Go away"', access],
    ['confRELAY_MSG', '"550 No relaying here"', !isPromiscuous],
    ['confRCPTREJ_MSG', '"550 Not here"', blocks],
  ] as const;
  for (const [name, text, counts] of rows) {
    const item = `define:${name}=${text}`;
    if (b.r.chance(0.15)) b.add(item, ...(counts ? [item] : []));
  }
}

function addTables(b: Builder): void {
  const rows = [
    ...(['virtusertable', 'genericstable', 'mailertable'] as const).map((name) => [name, name, 0.45] as const),
    ...(['domaintable', 'authinfo', 'bitdomain'] as const).map((name) => [name, name, 0.2] as const),
    ['uucpdomain', 'uudomain', 0.2] as const,
  ];
  for (const [name, file, chance] of rows) {
    if (!b.r.chance(chance)) continue;
    const spec = b.r.pick(['', '', `hash -o /etc/mail/${name}`, `btree -o /x/${name}.db`, `text -o /etc/${name}`]);
    b.add(spec === '' ? name : `${name}:${spec}`, `${name}:${spec || `hash /etc/mail/${file}`}`);
  }
}

const has = (b: Builder, name: string): boolean => [...b.items].some((item) => item.startsWith(`${name}:`));

function addNames(b: Builder): void {
  const { r } = b;
  const domains = ['VIRTUSER_DOMAIN', 'GENERICS_DOMAIN', 'MASQUERADE_DOMAIN', 'MASQUERADE_EXCEPTION', 'RELAY_DOMAIN'];
  const users = ['LOCAL_USER', 'EXPOSED_USER'];
  for (const name of [...domains, ...users]) {
    const words = users.includes(name) ? r.sample(['root', 'daemon', 'ops'], 2) : r.list(r.int(1, 3), () => b.domain());
    if (r.chance(0.3)) b.add(`${name}:${words.join(' ')}`, ...words.map((word) => `${name}:${word}`));
    b.maybe(0.12, `${name}_FILE:/etc/mail/${name.toLowerCase()}`);
  }
  const [isVirtual, isGeneric] = [has(b, 'virtusertable'), has(b, 'genericstable')];
  if (r.chance(0.3)) b.add('virtuser_entire_domain', ...(isVirtual ? ['virtuser_entire_domain'] : []));
  if (r.chance(0.3)) b.add('generics_entire_domain', ...(isGeneric ? ['generics_entire_domain'] : []));
  for (const name of ['_NO_VIRTUSER_RECURSION_', '_VIRTUSER_STOP_ONE_LEVEL_RECURSION_']) {
    if (r.chance(0.08)) b.add(`define:${name}=1`, ...(isVirtual ? [`define:${name}=1`] : []));
  }
}

function addSending(b: Builder): void {
  const { r } = b;
  const isMasquerading = r.chance(0.55);
  if (isMasquerading) b.maybe(1, `MASQUERADE_AS:${b.domain()}`);
  if (r.chance(0.3)) b.add('limited_masquerade', ...(isMasquerading ? ['limited_masquerade'] : []));
  for (const name of ['masquerade_envelope', 'masquerade_entire_domain', 'allmasquerade', 'redirect'])
    b.maybe(0.35, name);
  for (const name of ['local_no_masquerade', 'stickyhost', 'preserve_local_plus_detail']) b.maybe(0.2, name);
  for (const name of ['always_add_domain', 'bestmx_is_local']) {
    if (r.chance(0.3)) b.maybe(1, r.chance(0.5) ? name : `${name}:${b.domain()}`);
  }
}

function addHosts(b: Builder): void {
  const { r } = b;
  for (const name of [
    'SMART_HOST',
    'MAIL_HUB',
    'LOCAL_RELAY',
    'LUSER_RELAY',
    'BITNET_RELAY',
    'UUCP_RELAY',
    'DECNET_RELAY',
    'FAX_RELAY',
  ]) {
    if (!r.chance(0.2)) continue;
    b.maybe(1, `define:${name}=${r.pick(['', 'relay:', 'esmtp:'])}${b.domain()}`);
    if (name === 'LUSER_RELAY') b.maybe(0.5, 'preserve_luser_host');
  }
  b.maybe(0.1, 'define:confSMTP_MAILER=smtp8');
  b.maybe(0.1, 'define:confRELAY_MAILER=esmtp');
}

function addLists(b: Builder): void {
  for (const kind of ['dnsbl', 'enhdnsbl', 'rhsbl']) for (let i = b.r.int(0, 2); i > 0; i--) addList(b, kind);
  if (b.r.chance(0.1)) b.add('mtamark', 'mtamark:_perm._smtp._srv');
}

function addList(b: Builder, kind: string): void {
  const { r } = b;
  const zone = `bl${r.int(1, 99)}.${kind}.example`;
  const drops = kind === 'rhsbl' ? [] : ['quarantine', 'discard'];
  const message = r.pick(['', '"550 no"', '"550 5.7.1 " $&{client_addr} " is listed"', ...drops]);
  const temporary = r.pick(['', '', 't', '"451 wait"']);
  const codes = kind === 'enhdnsbl' && r.chance(0.5) ? r.sample([2, 3, 4, 9, 11], 2).map((n) => `127.0.0.${n}.`) : [];
  b.add(
    [kind, zone, message, temporary, ...codes],
    `${kind}:${zone}`,
    ...(temporary === '' ? [] : [`${kind}:${zone} temp`]),
    ...(drops.includes(message) ? [`${kind}:${zone} ${message}`] : []),
    ...codes.map((code) => `${kind}:${zone} = ${code}`),
  );
}

function addControls(b: Builder, access: boolean): void {
  const { r } = b;
  const isDelayed = [...b.items].some((item) => item.startsWith('delay_checks'));
  for (const name of access ? ['ratecontrol', 'conncontrol'] : []) {
    if (!r.chance(0.3)) continue;
    const [atOnce, ends] = [isDelayed && r.chance(0.4), r.chance(0.3)];
    const item = `${name}${atOnce ? ':nodelay' : ''}`;
    b.add([name, atOnce ? 'nodelay' : '', ends ? 'terminate' : ''], item, ...(ends ? [`${name}:terminate`] : []));
  }
  if (access) {
    b.maybe(0.2, r.pick(['queuegroup', 'queuegroup:main']));
    b.maybe(0.2, 'compat_check');
  }
  b.maybe(0.25, access ? r.pick(['greet_pause', 'greet_pause:3000']) : 'greet_pause:3000');
  b.maybe(0.15, 'use_ct_file', 'use_ct_file:-o /etc/mail/trusted-users');
  b.maybe(0.25, 'smrsh:/usr/lib/sm.bin/smrsh');
  for (const name of ['badmx', 'check_other', 'tls_session_features']) b.maybe(0.15, name);
}
