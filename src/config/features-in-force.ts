/**
 * The features of a sendmail.cf and of the options -> the features in force, each with its place and whether it is followed;
 * problems for those that are not followed; and the reason if relaying cannot be decided.
 *
 * If the rules about relaying are not those of sendmail-cf, or use tables that are not followed, sendmail may refuse mail that
 * our rules would relay. Mail for other hosts is then refused for now, and only mail for local users is accepted.
 */
import { type Feature, isFeature } from '../access/features.ts';
import { type ByteString, decodeText, encodeText } from '../core/bytes.ts';
import type { Place } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { type CfMailer, parseMailers } from '../source/cf/mailers.ts';
import { optionValue, type SendmailCf } from '../source/cf/parse.ts';
import type { DnsListItem } from '../source/cf/recognise/dns-lists.ts';
import { type ForeignRules, foreignRules } from '../source/cf/recognise/foreign-rules.ts';
import { recognise } from '../source/cf/recognise/recognise.ts';
import type { CfPlace } from '../source/cf/rulesets.ts';

/** A FEATURE, table, host or class of a sendmail.mc, in its own notation. */
export interface FeatureInForce extends Place {
  /** `blocklist_recipients`, `dnsbl`, `MASQUERADE_AS`, `SMART_HOST`. */
  readonly name: string;
  /** `skip` of `access_db:skip`; the value of a define(). */
  readonly argument?: string;
  /** The place where it was found; for a sendmail.cf also the line. */
  readonly found: 'options' | 'sendmail.cf';
  /** False: answers ignore it. */
  readonly followed: boolean;
}

/** A sendmail.cf and the features that it was made with. */
export interface RecognisedCf extends SendmailCf {
  readonly file: string;
  readonly text: ByteString;
  readonly items: readonly DnsListItem[];
  readonly foreign: readonly ForeignRules[];
  readonly headerChecks: readonly CfPlace[];
  readonly mailers: ReadonlyMap<string, CfMailer>;
  /** True: its rules ask DNS for the names of all hosts, because it has no FEATURE(nocanonify). */
  readonly canonifies: boolean;
}

export function recognised(file: string, text: ByteString, cf: SendmailCf): RecognisedCf {
  const { items, texts } = recognise(text, cf);
  const foreign = foreignRules(
    texts,
    items.map(({ item }) => item),
    cf.macros('Z') ?? '',
  );
  const { headerChecks } = texts;
  const canonifies =
    !items.some(({ item }) => item.startsWith('nocanonify')) &&
    (texts.rulesets.get('Canonify2')?.rules ?? []).some(
      ({ right }) => right.includes('$[ ') && !right.includes('UUCP'),
    );
  return { ...cf, file, text, items, foreign, headerChecks, mailers: parseMailers(texts.mailers), canonifies };
}

export interface ResolvedFeatures {
  /** For the rules about relaying. */
  readonly features: readonly Feature[];
  readonly inForce: readonly FeatureInForce[];
  readonly problems: readonly Problem[];
  /** Why relaying cannot be decided by this sendmail.cf. */
  readonly relayDoubt: string | undefined;
}

/**
 * @param named the features of the options, in text
 * @param fileDecides the sendmail.cf's own rules decide; features that we do not follow then affect aliases only
 */
export function resolveFeatures(
  named: readonly Feature[],
  cf: RecognisedCf | undefined,
  fileDecides = false,
): ResolvedFeatures {
  const own = named.map((feature) => encodeText(feature, 'a feature') as Feature);
  const byOption = named.map((item) => ({ ...nameAndArgument(item), found: 'options', followed: true }) as const);
  if (cf === undefined) return { features: own, inForce: byOption, problems: [], relayDoubt: undefined };
  const items = withStrictDelay(cf.items);
  return {
    features: [...items.flatMap(featuresOf), ...own],
    inForce: [...items.map((item) => inForce(item, cf.file, fileDecides)), ...byOption],
    problems: [...(fileDecides ? [] : items.flatMap(problemsOf)), ...others(cf, fileDecides)].map((problem) => ({
      severity: 'warning',
      code: 'MM703',
      ours: true,
      file: cf.file,
      ...problem,
    })),
    relayDoubt: fileDecides ? undefined : doubtOf(cf),
  };
}

function featuresOf({ item, feature }: DnsListItem): Feature[] {
  if (feature !== undefined) return [feature as Feature];
  return isFeature(item) ? [item] : [];
}

/** The third argument of delay_checks is separate from the first two. */
function withStrictDelay(items: readonly DnsListItem[]): readonly DnsListItem[] {
  if (!items.some(({ item }) => item === 'delay_checks:,n')) return items;
  const isFirst = ({ item }: DnsListItem): boolean => /^delay_checks:\w/.test(item);
  return items
    .filter(({ item }) => item !== 'delay_checks:,n')
    .map((each) => (isFirst(each) ? { ...each, item: `${each.item},n` } : each));
}

function inForce({ item, line, feature }: DnsListItem, file: string, fileDecides: boolean): FeatureInForce {
  const { name, argument } = nameAndArgument(decodeText(item));
  return {
    name,
    ...(argument !== undefined && { argument }),
    found: 'sendmail.cf',
    file,
    line,
    followed: fileDecides || feature !== undefined || isFollowed(item),
  };
}

function nameAndArgument(item: string): { readonly name: string; readonly argument?: string } {
  const [, name = item, argument] = /^define:([^=]*)=(.*)$/s.exec(item) ?? /^([^:]*):(.*)$/s.exec(item) ?? [];
  return argument === undefined ? { name } : { name, argument };
}

/** Features whose content is read from the sendmail.cf itself. */
const READ = /^(?:access_db|use_cw_file:.*|use_ct_file:.*|RELAY_DOMAIN(?:_FILE)?:.*)$/s;
/** Features that change no answer here. */
const OUT_OF_THE_QUESTION: readonly string[] = [
  'tls_session_features',
  'sts',
  'check_cert_altnames',
  'smrsh',
  'local_procmail',
  'local_lmtp',
];

function isFollowed(item: string): boolean {
  return isFeature(item) || READ.test(item);
}

type Found = Pick<Problem, 'text' | 'line'> & Partial<Pick<Problem, 'code'>>;

function problemsOf({ item, line, idle, feature }: DnsListItem): Found[] {
  const name = written(item);
  if (idle)
    return [
      { line, code: 'MM605', text: `${name} refuses nobody: no rule looks at its answer (a comma in its message?)` },
    ];
  const isPart = / (?:temp|quarantine|discard|= \S+)$/.test(item);
  if (feature !== undefined || isFollowed(item) || OUT_OF_THE_QUESTION.some((name) => item.startsWith(name)) || isPart)
    return [];
  return [{ line, text: `${name} is not followed` }];
}

/** In the notation of a sendmail.mc. */
function written(item: string): string {
  const { name, argument } = nameAndArgument(item);
  if (item.startsWith('define:')) return `define(${name}, ${argument})`;
  if (name === 'mailer') return `MAILER(${argument})`;
  const inside = argument === undefined ? '' : `, ${argument}`;
  return /^[A-Z_]+$/.test(name) ? `${name}(${argument ?? ''})` : `FEATURE(${name}${inside})`;
}

function others(cf: RecognisedCf, fileDecides: boolean): Found[] {
  const filters = optionValue(cf, 'InputMailFilters') ?? '';
  const filterLine = cf.options.findLast(({ name }) => name === 'InputMailFilters')?.line ?? 1;
  return [
    ...(fileDecides ? [] : cf.foreign.map(({ text, line }) => ({ text, line }))),
    ...cf.headerChecks.slice(0, 1).map(({ line }) => ({ text: 'rulesets that check headers are not followed', line })),
    ...(filters === '' ? [] : [{ text: `InputMailFilters ${filters}: milters are not followed`, line: filterLine }]),
  ];
}

/** Rulesets that take part in decisions about relaying. */
const DECIDING: ReadonlySet<string> = new Set([
  ...['check_relay', 'checkrelay', 'Basic_check_relay', 'check_mail', 'checkmail', 'Basic_check_mail', 'check_rcpt'],
  ...['checkrcpt', 'Basic_check_rcpt', 'Rcpt_ok', 'Relay_ok', 'ParseRecipient', 'CanonAddr', 'FullAddr', 'SearchList'],
  ...['A', 'D', 'E', 'F', 'U', 'max', 'trust_auth', 'RelayTLS', 'Local_check_relay', 'Local_check_mail'],
  ...['Local_check_rcpt', 'Local_Relay_Auth', 'Local_trust_auth', 'TLS_connection', 'Delay_TLS_Clt', 'Delay_TLS_Clt2'],
  ...['canonify', 'Canonify2', 'CanonLocal', 'parse', 'Parse0', 'Parse1', 'ParseLocal', 'PseudoToReal'],
]);
/** Tables that replace a domain before it is checked. */
const RENAMING = /^(?:domaintable|bitdomain|uucpdomain):/;

function doubtOf(cf: RecognisedCf): string | undefined {
  const rules = cf.foreign.find(({ ruleset }) => DECIDING.has(ruleset));
  if (rules !== undefined) return `${cf.file}: line ${rules.line}: ${rules.text}`;
  const table = cf.items.find(({ item }) => RENAMING.test(item) && !isFollowed(item));
  return table && `${cf.file}: line ${table.line}: ${written(table.item)} is not followed`;
}
