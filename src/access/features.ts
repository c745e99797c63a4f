/**
 * FEATURE() names as in a sendmail.mc -> the set that rules ask.
 * Errors: MapError `badInput` for an unknown name: a feature that is silently ignored may open a relay. Where two
 * features exclude each other, the stricter or the later one counts, as in sendmail's m4.
 */
import { ADDED_MAILERS, ROUTING_FLAGS, type RoutingFlag } from '../address/routing.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import { didYouMean } from '../core/nearest.ts';
import { ownField } from '../core/own-field.ts';
import type { Regex } from '../core/regex/syntax.ts';
import { parseBadMx } from './bad-mx.ts';
import { type DnsList, type DnsListKind, parseDnsList } from './dns-lists.ts';

/** A FEATURE with its argument after a colon, `trust_auth_mech` once per mechanism, or a define() of a message. */
export type Feature =
  | 'blocklist_recipients'
  | 'relay_entire_domain'
  | 'relay_hosts_only'
  | 'relay_mail_from'
  | 'relay_mail_from:domain'
  | 'relay_local_from'
  | 'promiscuous_relay'
  | 'loose_relay_check'
  | 'delay_checks'
  | 'delay_checks:friend'
  | 'delay_checks:hater'
  | 'delay_checks:friend,n'
  | 'delay_checks:hater,n'
  | 'require_rdns'
  | 'use_client_ptr'
  | 'block_bad_helo'
  | 'accept_unqualified_senders'
  | 'accept_unresolvable_domains'
  | 'access_db:skip'
  | 'access_db:lookupdotdomain'
  | 'access_db:relaytofulladdress'
  | 'lookupdotdomain'
  | 'nopercenthack:nospecial'
  | 'nopercenthack:reject'
  | 'nouucp:nospecial'
  | 'nouucp:reject'
  | `trust_auth_mech:${string}`
  | RouteFeature
  | `${DnsListKind}:${string}`
  | 'mtamark'
  | (typeof SETTING_FEATURES)[number]
  | `${(typeof SETTING_FEATURES)[number]}:${string}`
  | 'badmx'
  | `badmx:${string}`
  | 'relay_based_on_MX'
  | `define:${RefusalMessage}=${string}`;

/**
 * FEATUREs and macros for routing, and for the addresses that others see. `canonify`: no `nocanonify`, which is the
 * default without a sendmail.cf.
 */
export type RouteFeature =
  | RoutingFlag
  | (typeof ROUTE_FEATURES)[number]
  | (typeof TABLES)[number]
  | `${(typeof TABLES)[number]}:${string}`
  | `always_add_domain:${string}`
  | `bestmx_is_local:${string}`
  | `nullclient:${string}`
  | `mailer:${string}`
  | `${(typeof MACROS)[number]}:${string}`
  | `define:${(typeof HOSTS)[number]}=${string}`;

/**
 * FEATUREs whose entries are settings of other hosts (`accessSetting`), and compat_check. Some have arguments.
 */
const SETTING_FEATURES = [
  'authinfo',
  'compat_check',
  'conncontrol',
  'greet_pause',
  'queuegroup',
  'ratecontrol',
] as const;

const TABLES = ['virtusertable', 'mailertable', 'genericstable', 'domaintable', 'bitdomain', 'uucpdomain'] as const;
const ROUTE_FEATURES = [
  'always_add_domain',
  'bestmx_is_local',
  'canonify',
  'nocanonify',
  'nocanonify:canonify_hosts',
] as const;
const MACROS = [
  'MASQUERADE_AS',
  'MASQUERADE_DOMAIN',
  'MASQUERADE_DOMAIN_FILE',
  'MASQUERADE_EXCEPTION',
  'MASQUERADE_EXCEPTION_FILE',
  'EXPOSED_USER',
  'EXPOSED_USER_FILE',
  'LOCAL_USER',
  'LOCAL_USER_FILE',
  'VIRTUSER_DOMAIN',
  'VIRTUSER_DOMAIN_FILE',
  'GENERICS_DOMAIN',
  'GENERICS_DOMAIN_FILE',
  'CANONIFY_DOMAIN',
  'CANONIFY_DOMAIN_FILE',
] as const;
const HOSTS = [
  'SMART_HOST',
  'MAIL_HUB',
  'LOCAL_RELAY',
  'LUSER_RELAY',
  'BITNET_RELAY',
  'UUCP_RELAY',
  'DECNET_RELAY',
  'FAX_RELAY',
  'confLOCAL_MAILER',
  'confSMTP_MAILER',
  'confRELAY_MAILER',
  '_NO_VIRTUSER_RECURSION_',
  '_VIRTUSER_STOP_ONE_LEVEL_RECURSION_',
] as const;
/** Features that need an argument. */
const WITH_ARGUMENT: readonly string[] = [...TABLES, 'always_add_domain', 'bestmx_is_local', 'nullclient'];
/** The MAILER()s of which the rules are known. */
const MAILERS: readonly string[] = ['local', 'smtp', ...ADDED_MAILERS.keys()];

/** True for `name:argument`, and for `define:NAME=value`. */
function isWithArgument(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 0) return false;
  const [name, argument] = [text.slice(0, colon), text.slice(colon + 1)];
  if (name === 'define') return argument.includes('=') && oneOf(HOSTS, argument.slice(0, argument.indexOf('=')));
  if (name === 'mailer') return oneOf(MAILERS, argument);
  return oneOf(MACROS, name) || (argument !== '' && oneOf(WITH_ARGUMENT, name));
}

function oneOf(names: readonly string[], text: string): boolean {
  return names.includes(text);
}

/** True for a routing feature with valid arguments. */
export function isRouteFeature(text: string): text is RouteFeature {
  return oneOf(ROUTING_FLAGS, text) || oneOf(ROUTE_FEATURES, text) || oneOf(TABLES, text) || isWithArgument(text);
}

/** True for a feature of settings. */
function isSettingFeature(text: string): boolean {
  return SETTING_FEATURES.some((name) => text === name || text.startsWith(`${name}:`));
}

/** Texts that a sendmail.mc may replace: for REJECT, for REJECT of a recipient, and for a relay that is denied. */
export type RefusalMessage = 'confREJECT_MSG' | 'confRCPTREJ_MSG' | 'confRELAY_MSG';

const PLAIN = new Set<string>([
  'blocklist_recipients',
  'relay_entire_domain',
  'relay_hosts_only',
  'relay_mail_from',
  'relay_mail_from:domain',
  'relay_local_from',
  'promiscuous_relay',
  'loose_relay_check',
  'delay_checks',
  'delay_checks:friend',
  'delay_checks:hater',
  'delay_checks:friend,n',
  'delay_checks:hater,n',
  'require_rdns',
  'use_client_ptr',
  'block_bad_helo',
  'accept_unqualified_senders',
  'accept_unresolvable_domains',
  'access_db:skip',
  'access_db:lookupdotdomain',
  'access_db:relaytofulladdress',
  'nopercenthack:nospecial',
  'nopercenthack:reject',
  'nouucp:nospecial',
  'nouucp:reject',
  'relay_based_on_MX',
]);

const DEFINE = /^define:(confREJECT_MSG|confRCPTREJ_MSG|confRELAY_MSG)=(.+)$/s;

/** True for a feature that the rules know, with valid arguments. */
export function isFeature(text: string): text is Feature {
  return (
    PLAIN.has(text) ||
    isRouteFeature(text) ||
    isSettingFeature(text) ||
    DEFINE.test(text) ||
    /^trust_auth_mech:./s.test(text) ||
    /^badmx(?::.|$)/s.test(text)
  );
}

/** Names of sendmail before 8.16, with the present ones. */
const OLD_NAMES: Readonly<Record<string, Feature>> = { blacklist_recipients: 'blocklist_recipients' };

function unknownFeature(feature: string): MapError {
  const shown = `unknown feature ${JSON.stringify(feature)}`;
  const now = ownField(OLD_NAMES, feature);
  if (now !== undefined) return new MapError('badInput', `${shown}: the name is '${now}' since sendmail 8.16`);
  const known = [...PLAIN, ...ROUTING_FLAGS, ...ROUTE_FEATURES, ...TABLES, ...SETTING_FEATURES];
  return new MapError('badInput', `${shown}${didYouMean(feature, known) || ';'} there are ${known.join(', ')}`);
}

/** A set of features. The mechanisms of trust_auth_mech are kept apart. */
export class FeatureSet {
  readonly #names = new Set<string>();
  readonly #families = new Set<string>();
  readonly #mechanisms = new Set<string>();
  readonly #messages = new Map<string, string>();
  readonly #settings: string[] = [];
  /** In the order in which they are named. */
  readonly dnsLists: readonly DnsList[];
  /** badmx: the addresses that no mail exchanger may have; absent: it is not set. */
  readonly badMxAddresses: Regex | undefined;

  /** @throws MapError `badInput` for a name that is no {@link Feature} */
  constructor(features: readonly Feature[]) {
    this.dnsLists = features.map(parseDnsList).filter((list) => list !== undefined);
    this.badMxAddresses = features.map(parseBadMx).findLast((addresses) => addresses !== undefined);
    for (const feature of features) {
      const define = DEFINE.exec(feature);
      if (define) this.#messages.set(define[1]!, define[2]!);
      else if (feature.startsWith('trust_auth_mech:')) this.#trust(feature.slice('trust_auth_mech:'.length));
      else if (isSettingFeature(feature)) {
        this.#settings.push(feature);
        this.#names.add(feature);
      } else if (isRouteFeature(feature) || parseDnsList(feature) !== undefined || parseBadMx(feature) !== undefined)
        continue;
      else if (feature === 'lookupdotdomain') this.#names.add('access_db:lookupdotdomain');
      else if (PLAIN.has(feature)) this.#names.add(feature).add(feature.replace(/,n$/, ''));
      else throw unknownFeature(feature);
    }
    for (const name of this.#names) this.#families.add(name.split(':', 1)[0]!);
  }

  has(feature: Feature): boolean {
    return this.#names.has(feature);
  }

  /** True if the feature is set, with any argument or none. */
  hasFamily(name: string): boolean {
    return this.#families.has(name);
  }

  /**
   * True if SPAMFRIEND and SPAMHATER, words of sendmail 8.10, let mail pass: under delay_checks without a third
   * argument (`,n`).
   */
  get knowsSpamWords(): boolean {
    const strict = this.has('delay_checks:friend,n') || this.has('delay_checks:hater,n');
    return this.hasFamily('delay_checks') && !strict;
  }

  /** The argument of a feature of settings; undefined: it has none, or is not set. */
  argument(name: string): string | undefined {
    return this.#settings.findLast((feature) => feature.startsWith(`${name}:`))?.slice(name.length + 1);
  }

  /** The text that replaces the default one, with its quotes. */
  message(name: RefusalMessage): string | undefined {
    return this.#messages.get(name);
  }

  /** True if TRUST_AUTH_MECH names a mechanism. */
  get trustsAuth(): boolean {
    return this.#mechanisms.size > 0;
  }

  trusts(mechanism: string): boolean {
    return this.#mechanisms.has(foldCase(mechanism));
  }

  #trust(list: string): void {
    for (const mechanism of list.split(/[ ,]+/)) if (mechanism !== '') this.#mechanisms.add(foldCase(mechanism));
  }
}
