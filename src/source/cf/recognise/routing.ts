/**
 * A sendmail.cf -> its tables, hosts, masquerading and mailers, recognised by its K, D, C, F and M lines and its
 * rules.
 *
 * Source: sendmail-cf's m4 of 8.12 to 8.17, compared with its output.
 */
import type { CfPlace, RuleText } from '../rulesets.ts';
import type { CfReading, Item } from './reading.ts';

const TABLES: Readonly<Record<string, string>> = {
  virtuser: 'virtusertable',
  generics: 'genericstable',
  mailertable: 'mailertable',
  domaintable: 'domaintable',
  authinfo: 'authinfo',
  bitdomain: 'bitdomain',
  uudomain: 'uucpdomain',
};
/** Classes, with the macros of a sendmail.mc that fill them. */
const CLASSES: Readonly<Record<string, string>> = {
  VirtHost: 'VIRTUSER_DOMAIN',
  G: 'GENERICS_DOMAIN',
  M: 'MASQUERADE_DOMAIN',
  N: 'MASQUERADE_EXCEPTION',
  E: 'EXPOSED_USER',
  L: 'LOCAL_USER',
  R: 'RELAY_DOMAIN',
};
const HOSTS: Readonly<Record<string, string>> = {
  S: 'SMART_HOST',
  H: 'MAIL_HUB',
  R: 'LOCAL_RELAY',
  L: 'LUSER_RELAY',
  B: 'BITNET_RELAY',
  Y: 'UUCP_RELAY',
  C: 'DECNET_RELAY',
  F: 'FAX_RELAY',
};

type Evidence = (cf: CfReading) => CfPlace | undefined;

const ROWS: readonly (readonly [item: string, evidence: Evidence])[] = [
  ['virtuser_entire_domain', (cf) => cf.map('virtuser') && cf.rule('Parse1', '$* $={VirtHost} .')],
  ['define:_NO_VIRTUSER_RECURSION_=1', (cf) => cf.map('virtuser') && cf.lacking('Parse1', isRecursion)],
  [
    'define:_VIRTUSER_STOP_ONE_LEVEL_RECURSION_=1',
    (cf) => cf.map('virtuser') && cf.rule('Parse1', '$&{RecipientAddress}'),
  ],
  ['generics_entire_domain', (cf) => cf.map('generics') && cf.rule('MasqHdr', '$* $=G .')],
  ['masquerade_envelope', (cf) => cf.rule('MasqEnv', '$>MasqHdr')],
  ['masquerade_entire_domain', (cf) => cf.rule('Canonify2', '$* $=M >')],
  ['limited_masquerade', (cf) => cf.macroLine('M') && withoutLeft(cf, 'MasqHdr', '$* < @ $=w . > $*')],
  ['allmasquerade', (cf) => masqueradingRelay(cf) ?? cf.rule('HdrToL', '$>MasqHdr')],
  ['local_no_masquerade', (cf) => cf.lacking('EnvFromL', ({ right }) => right.includes('$>MasqEnv'))],
  ['stickyhost', (cf) => cf.rule('Parse1', '< $H > $1 < @ $2 . >')],
  ['preserve_luser_host', (cf) => cf.rule('localaddr', '{Host} $@')],
  ['preserve_local_plus_detail', (cf) => withoutLeft(cf, 'localaddr', '$+ + *')],
  ['redirect', (cf) => cf.rule('ParseLocal', '.REDIRECT.')],
  ['nocanonify', (cf) => (canonifiesHosts(cf) ? undefined : cf.rule('Canonify2', '$={Canonify}'))],
  ['nocanonify:canonify_hosts', (cf) => canonifiesHosts(cf) && cf.rule('Canonify2', '$={Canonify}')],
];

export function routingItems(cf: CfReading): Item[] {
  const flags = ROWS.flatMap(([item, evidence]) => itemAt(item, evidence(cf)));
  return [...tables(cf), ...hosts(cf), ...classes(cf), ...flags, ...bestMx(cf), ...addedDomain(cf), ...mailers(cf)];
}

function itemAt(item: string, place: CfPlace | undefined): Item[] {
  return place === undefined ? [] : [{ item, line: place.line }];
}

function isRecursion({ left, right }: RuleText): boolean {
  return `${left} => ${right}`.includes('< $+ > $+ < @ $+ > => $: $>Recurse $1');
}

function withoutLeft(cf: CfReading, ruleset: string, left: string): CfPlace | undefined {
  return cf.lacking(ruleset, (rule) => rule.left === left);
}

function masqueradingRelay(cf: CfReading): CfPlace | undefined {
  const relay = cf.mailer('relay');
  return relay?.text.includes('MasqSMTP/MasqRelay') ? relay : undefined;
}

function canonifiesHosts(cf: CfReading): RuleText | undefined {
  const rules = cf.rules('Canonify2').filter(({ left }) => left === '$* $| $* < @ $* > $*');
  return rules.find(({ right }) => right === '$: $2 < @ $[ $3 $] > $4');
}

function tables(cf: CfReading): Item[] {
  return Object.entries(TABLES).flatMap(([name, feature]) => {
    const map = cf.map(name);
    return map === undefined ? [] : [{ item: `${feature}:${map.spec}`, line: map.line }];
  });
}

function hosts(cf: CfReading): Item[] {
  const named = Object.entries(HOSTS).flatMap(([macro, define]) => {
    const found = cf.macro(macro);
    return found === undefined ? [] : [{ item: `define:${define}=${found.value.trim()}`, line: found.line }];
  });
  const as = cf.macroLine('M');
  return as === undefined ? named : [...named, { item: `MASQUERADE_AS:${as.value.trim()}`, line: as.line }];
}

function classes(cf: CfReading): Item[] {
  return Object.entries({ ...CLASSES, Canonify: 'CANONIFY_DOMAIN' }).flatMap(([name, macro]) => [
    ...cf.words(name).map(({ word, line }) => ({ item: `${macro}:${word}`, line })),
    ...cf.files(name).map(({ spec, line }) => ({ item: `${macro}_FILE:${spec}`, line })),
  ]);
}

function bestMx(cf: CfReading): Item[] {
  const [domain] = cf.words('B');
  return itemAt(domain === undefined ? 'bestmx_is_local' : `bestmx_is_local:${domain.word}`, cf.map('bestmx'));
}

function addedDomain(cf: CfReading): Item[] {
  return cf.rules('AddDomain').flatMap(({ left, right, line }) => {
    const domain = left === '$+' ? /^\$@ \$1 < @ (.+) >$/s.exec(right)?.[1] : undefined;
    if (domain === undefined) return [];
    return [{ item: domain === '*LOCAL*' ? 'always_add_domain' : `always_add_domain:${domain}`, line }];
  });
}

/** The mailers in the rules for destinations without a named mailer. */
function mailers(cf: CfReading): Item[] {
  const rest = cf.rules('Parse1').filter(({ left }) => left === '$* < @$* > $*');
  return [
    ...mailer('confSMTP_MAILER', 'esmtp', rest, /(?:^| )\$#([^ ]+) \$@ \$2 \$: \$1 < @ \$2 > \$3/),
    ...mailer(
      'confRELAY_MAILER',
      'relay',
      cf.rules('MailerToTriple').filter(({ left }) => left === '< $+ > $*'),
      /^\$#(\S+) \$@ \$1 \$: \$2$/,
    ),
    ...mailer('confLOCAL_MAILER', 'local', cf.rules('Parse1').slice(-1), /^\$#(\S+) \$: \$1$/),
  ];
}

function mailer(define: string, usual: string, rules: readonly RuleText[], pattern: RegExp): Item[] {
  const found = rules.flatMap(({ right, line }) => {
    const name = pattern.exec(right)?.[1];
    return name === undefined ? [] : [{ name, line }];
  });
  return found
    .slice(0, 1)
    .flatMap(({ name, line }) => (name === usual ? [] : [{ item: `define:${define}=${name}`, line }]));
}
