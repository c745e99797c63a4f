/**
 * The part of a configuration that decides where mail goes and which addresses others see: tables, classes, hosts and
 * switches, named as in sendmail.cf (K and C lines, D macros, FEATUREs).
 */
import type { ByteString } from '../core/bytes.ts';
import type { LookupResult } from '../core/lookup.ts';
import type { AddressRules } from './canonify.ts';
import type { Journal } from './journal.ts';
import type { ClassTest } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import { shortenAddress } from './show.ts';
import { joinTokens, stripQuotes, type Tokens, tokenize } from './tokens.ts';

/** The tables, by their names in m4's K lines. */
export const ROUTING_TABLES = ['domaintable', 'bitdomain', 'uudomain', 'virtuser', 'mailertable', 'generics'] as const;
export type RoutingTable = (typeof ROUTING_TABLES)[number];
/** Maps that ask DNS: the canonical names of hosts, and `bestmx` of FEATURE(bestmx_is_local). They refuse no address. */
export const DNS_MAPS = ['host', 'bestmx'] as const;
export type DnsMap = (typeof DNS_MAPS)[number];
export type RoutingMap = RoutingTable | DnsMap;

/** The names of the tables in a sendmail.mc. */
export const TABLE_NAMES = {
  domaintable: 'domaintable',
  bitdomain: 'bitdomain',
  uudomain: 'uucpdomain',
  virtuser: 'virtusertable',
  mailertable: 'mailertable',
  generics: 'genericstable',
  host: 'canonify',
  bestmx: 'bestmx_is_local',
} as const;

export type TableName = (typeof TABLE_NAMES)[RoutingMap];

/**
 * The classes: VIRTUSER_DOMAIN, GENERICS_DOMAIN, MASQUERADE_DOMAIN, MASQUERADE_EXCEPTION, EXPOSED_USER, LOCAL_USER,
 * the pseudo domains (`P`), the domains that bestmx_is_local is limited to (`B`), and CANONIFY_DOMAIN.
 */
export const ROUTING_CLASSES = ['VirtHost', 'G', 'M', 'N', 'E', 'L', 'P', 'B', 'Canonify'] as const;
export type RoutingClass = (typeof ROUTING_CLASSES)[number];

/**
 * The hosts, by their macros: SMART_HOST, MAIL_HUB, LOCAL_RELAY, LUSER_RELAY, BITNET_RELAY, UUCP_RELAY, DECNET_RELAY,
 * FAX_RELAY, MASQUERADE_AS.
 */
export const ROUTING_HOSTS = ['S', 'H', 'R', 'L', 'B', 'Y', 'C', 'F', 'M'] as const;
export type RoutingHost = (typeof ROUTING_HOSTS)[number];

/** FEATUREs that are on or off. */
export const ROUTING_FLAGS = [
  'virtuser_entire_domain',
  'generics_entire_domain',
  'masquerade_entire_domain',
  'masquerade_envelope',
  'allmasquerade',
  'limited_masquerade',
  'local_no_masquerade',
  'stickyhost',
  'preserve_luser_host',
  'preserve_local_plus_detail',
  'redirect',
] as const;
export type RoutingFlag = (typeof ROUTING_FLAGS)[number];

/** The rulesets with which a mailer may rewrite addresses. */
export const MAILER_RULESETS = [
  'EnvFromSMTP',
  'HdrFromSMTP',
  'EnvToSMTP',
  'MasqSMTP',
  'MasqRelay',
  'EnvFromL',
  'HdrFromL',
  'EnvToL',
  'HdrToL',
] as const;
export type MailerRuleset = (typeof MAILER_RULESETS)[number];

/** The part of an M line that decides about routing and rewriting: its flags (F=), S= and R=. */
export interface Mailer {
  readonly flags: string;
  /** Absent if the mailer has no ruleset for it. */
  readonly envelope: { readonly sender?: MailerRuleset; readonly recipient?: MailerRuleset };
  readonly header: { readonly sender?: MailerRuleset; readonly recipient?: MailerRuleset };
}

export interface Routing {
  /** False: a name without marks is one of this host, and mail for `user@host` goes to the host, by the usual mailers. */
  readonly leads: boolean;
  /** The tables that exist. */
  readonly has: ReadonlySet<RoutingMap>;
  /** Looks up a key in a table. The key and the arguments replace `%0` to `%9` of the value. */
  ask(table: RoutingMap, key: ByteString, ...args: readonly ByteString[]): LookupResult;
  /** Tests take words as they are written. */
  readonly classes: Readonly<Partial<Record<RoutingClass, ClassTest>>>;
  readonly hosts: Readonly<Partial<Record<RoutingHost, Tokens>>>;
  readonly flags: ReadonlySet<RoutingFlag>;
  /**
   * The hosts that DNS makes canonical, beside those of CANONIFY_DOMAIN: all of them (without FEATURE(nocanonify)), names
   * of one word (`nocanonify:canonify_hosts`), or none.
   */
  readonly canonifies: 'all' | 'words' | 'none';
  /** confLOCAL_MAILER, confSMTP_MAILER, confRELAY_MAILER. */
  readonly mailers: { readonly local: string; readonly smtp: string; readonly relay: string };
  /** The mailers that exist, by their folded names. */
  readonly known: ReadonlyMap<string, Mailer>;
  /** always_add_domain: the domain, or no tokens for this host; absent: none. */
  readonly addedDomain?: Tokens;
  /** Notes what is asked; undefined: nobody wants to know. Always a field: a copy with another value is cheap then. */
  readonly journal: Journal | undefined;
  /** m4's undocumented names that limit how entries of virtusertable lead to one another. */
  readonly virtualRecursion?: 'none' | 'notToItself';
}

/** F= of the SMTP mailers, and of the mailers for this host. */
const SMTP = 'mDFMuX';
const LOCAL = 'lsDFMAw5:/|@q';

function smtpMailer(flags: string, allMasquerade: boolean): Mailer {
  return {
    flags: SMTP + flags,
    envelope: { sender: 'EnvFromSMTP', recipient: 'EnvToSMTP' },
    header: { sender: 'HdrFromSMTP', recipient: allMasquerade ? 'HdrFromSMTP' : 'EnvToSMTP' },
  };
}

function localMailer(flags: string): Mailer {
  return {
    flags,
    envelope: { sender: 'EnvFromL', recipient: 'EnvToL' },
    header: { sender: 'HdrFromL', recipient: 'HdrToL' },
  };
}

/** The mailers of MAILER(local) and MAILER(smtp), which every configuration has. */
export function usualMailers(allMasquerade = false): Map<string, Mailer> {
  return new Map<string, Mailer>([
    ['local', localMailer(LOCAL)],
    ['prog', localMailer('lsDFMoqeu9')],
    ['*file*', { flags: 'lsDFMPEou', envelope: {}, header: {} }],
    ['*include*', { flags: 'su', envelope: {}, header: {} }],
    ['smtp', smtpMailer('', allMasquerade)],
    ['esmtp', smtpMailer('a', allMasquerade)],
    ['smtp8', smtpMailer('8', allMasquerade)],
    ['dsmtp', smtpMailer('a%', allMasquerade)],
    [
      'relay',
      {
        flags: `${SMTP}a8`,
        envelope: { sender: 'EnvFromSMTP', recipient: 'MasqSMTP' },
        header: { sender: 'HdrFromSMTP', recipient: allMasquerade ? 'MasqRelay' : 'MasqSMTP' },
      },
    ],
  ]);
}

/** The mailers that MAILER() adds, if their rulesets are the usual ones. */
export const ADDED_MAILERS: ReadonlyMap<string, Mailer> = new Map([
  [
    'procmail',
    {
      flags: 'DFMSPhnu9',
      envelope: { sender: 'EnvFromSMTP', recipient: 'EnvToSMTP' },
      header: { sender: 'HdrFromSMTP', recipient: 'HdrFromSMTP' },
    },
  ],
  [
    'cyrusv2',
    {
      flags: 'lsDFMnqXzA@/:|m',
      envelope: { sender: 'EnvFromSMTP', recipient: 'EnvToL' },
      header: { sender: 'HdrFromL', recipient: 'HdrToL' },
    },
  ],
]);

/** A configuration without tables: local names stay here, everything else goes to its own host. */
export const PLAIN_ROUTING: Routing = {
  leads: false,
  has: new Set(),
  ask: () => ({ status: 'notFound' }),
  classes: {},
  hosts: {},
  flags: new Set(),
  canonifies: 'none',
  mailers: { local: 'local', smtp: 'esmtp', relay: 'relay' },
  known: usualMailers(),
  journal: undefined,
};

/** False for the names of maps that ask DNS. */
export function isTableName(name: string): boolean {
  return !DNS_MAPS.some((map) => TABLE_NAMES[map] === name);
}

/** The same rules, which note what they ask. */
export function noting(rules: AddressRules, journal: Journal): AddressRules {
  return { ...rules, routing: { ...(rules.routing ?? PLAIN_ROUTING), journal } };
}

/** True if a name is in class w. */
export function isOurs(name: ByteString, { isLocal, routing }: AddressRules): boolean {
  const holds = isLocal(name);
  routing?.journal?.test('w', name, holds ? name : undefined);
  return holds;
}

/** True if tokens together are a word of a class. */
export function inClass(routing: Routing, name: RoutingClass, tokens: Tokens): boolean {
  const test = routing.classes[name];
  if (test === undefined || tokens.length === 0) return false;
  const text = joinTokens(tokens);
  const holds = test(text);
  routing.journal?.test(name, text, holds ? text : undefined);
  return holds;
}

/** True if tokens end in a word of a class, or are one. */
export function endsInClass(routing: Routing, name: RoutingClass, tokens: Tokens): boolean {
  const test = routing.classes[name];
  if (test === undefined) return false;
  const text = joinTokens(tokens);
  let word: ByteString | undefined;
  for (let i = 0, at = 0; i < tokens.length && word === undefined; i++) {
    at = text.indexOf(tokens[i]!, at);
    const end = text.slice(at);
    if (test(end)) word = end;
    at += tokens[i]!.length;
  }
  if (tokens.length > 0) routing.journal?.test(name, text, word);
  return word !== undefined;
}

/** The tokens of a host in a configuration; undefined: the text names no host. */
export function hostTokens(text: ByteString | undefined): Tokens | undefined {
  const tokens = text === undefined ? [] : tokenize(text).tokens;
  return tokens.length === 0 ? undefined : tokens;
}

/** A value without tokens, such as a comment alone: it ends the rules. An empty value is not one of these. */
export const NOTHING: Tokens = [];

/**
 * The tokens of a value; undefined: no entry, or a failed lookup, which the caller learns from `ask`. The key is
 * looked up without quotes and backslashes; the arguments keep theirs.
 */
export function tableValue(
  { routing, problems }: { readonly routing: Routing; readonly problems: AddressProblem[] },
  table: RoutingMap,
  key: Tokens,
  ...args: readonly Tokens[]
): Tokens | undefined {
  const name = stripQuotes(joinTokens(key, ' '));
  const result = routing.ask(table, name, ...args.map((arg) => joinTokens(arg)));
  routing.journal?.table(table, name, result);
  if (result.status !== 'found') return undefined;
  const scan = tokenize(result.value);
  for (const problem of scan.problems) problems.push(aboutValue(problem, result.value));
  return scan.tokens.length === 0 && result.value !== '' ? NOTHING : scan.tokens;
}

/** A complaint about a value that does not balance names the value. */
function aboutValue(problem: AddressProblem, value: ByteString): AddressProblem {
  return { ...problem, fault: 'value', text: `${shortenAddress(value)}... ${problem.text}`, bare: true };
}
