/** A sendmail.cf -> its FEATUREs that concern neither relaying nor routing, recognised by their rulesets and maps. */
import type { ByteString } from '../../../core/bytes.ts';
import { isTrue } from '../options.ts';
import { optionValue } from '../parse.ts';
import type { CfPlace } from '../rulesets.ts';
import type { CfReading, Item } from './reading.ts';

type Evidence = (cf: CfReading) => CfPlace | undefined;

const ROWS: readonly (readonly [item: string, evidence: Evidence])[] = [
  ['ratecontrol:terminate', (cf) => cf.rules('RateControl').find(({ right }) => right.includes('$: 421 '))],
  ['conncontrol:terminate', (cf) => cf.rules('ConnControl').find(({ right }) => right.includes('$: 421 '))],
  ['compat_check', (cf) => cf.ruleset('check_compat')],
  ['check_other', (cf) => cf.ruleset('check_other')],
  ['ldap_routing', (cf) => cf.map('ldapmh')],
  ['sts', (cf) => cf.map('sts')],
  ['bcc', (cf) => cf.ruleset('bcc')],
  ['drac', (cf) => cf.map('drac')],
  ['tls_session_features', (cf) => cf.ruleset('tls_srv_features')],
  ['check_cert_altnames', (cf) => (cf.map('sts') ? undefined : trueOption(cf, 'SetCertAltnames'))],
];

/** Classes with a FEATURE for their file. */
const FILES: Readonly<Record<string, string>> = { w: 'use_cw_file', t: 'use_ct_file' };

export function otherItems(cf: CfReading): Item[] {
  return [
    ...ROWS.flatMap(([item, evidence]) => itemAt(item, evidence(cf))),
    ...control(cf, 'ratecontrol', 'RateControl'),
    ...control(cf, 'conncontrol', 'ConnControl'),
    ...badMx(cf),
    ...queueGroup(cf),
    ...greetPause(cf),
    ...submission(cf),
    ...nullClient(cf),
    ...Object.entries(FILES).flatMap(([name, feature]) =>
      cf.files(name).map(({ spec, line }) => ({ item: `${feature}:${spec}`, line })),
    ),
    ...programs(cf),
    ...mailers(cf),
  ];
}

/** MAILER()s with rules of their own about routes, by the mailers that these name. */
const MAILERS: readonly (readonly [name: string, mailer: RegExp])[] = [
  ['uucp', /^\$#s?uucp\b/],
  ['fax', /^\$#fax\b/],
  ['usenet', /^\$#usenet\b/],
  ['pop', /^\$#pop\b/],
];

function mailers(cf: CfReading): Item[] {
  return MAILERS.flatMap(([name, mailer]) =>
    itemAt(
      `mailer:${name}`,
      cf.rules('Parse1').find(({ right }) => mailer.test(right)),
    ),
  );
}

function itemAt(item: string, place: CfPlace | undefined): Item[] {
  return place === undefined ? [] : [{ item, line: place.line }];
}

function trueOption(cf: CfReading, name: string): CfPlace | undefined {
  if (!isTrue(optionValue(cf.cf, name))) return undefined;
  return { line: cf.cf.options.findLast((option) => option.name === name)?.line ?? 0 };
}

function control(cf: CfReading, feature: string, ruleset: string): Item[] {
  const isAtOnce = cf.rule('check_relay', ruleset) !== undefined;
  return itemAt(isAtOnce ? `${feature}:nodelay` : feature, cf.ruleset(ruleset));
}

/** The addresses that badmx refuses without an argument. */
const USUAL_BAD_MX = '^(127\\.|10\\.|0\\.0\\.0\\.0)';

function badMx(cf: CfReading): Item[] {
  const map = cf.map('badmxip');
  const addresses = map?.spec.replace(/^regex\s+-a<BADMXIP>\s*/, '');
  return itemAt(addresses === USUAL_BAD_MX ? 'badmx' : `badmx:${addresses}`, map);
}

function queueGroup(cf: CfReading): Item[] {
  const usual = cf.rules('queuegroup').find(({ left }) => left === '<?>')?.right;
  const named = usual?.startsWith('$#') ? usual.slice(2).trim() : '';
  return itemAt(named === '' ? 'queuegroup' : `queuegroup:${named}`, cf.ruleset('queuegroup'));
}

function greetPause(cf: CfReading): Item[] {
  const rules = cf.rules('greet_pause').filter(({ left }) => left === '<?> <$*>' || left === '$*');
  const usual = rules.map(({ right }) => /^\$#\s*(\d+)$/.exec(right)?.[1]).find((text) => text !== undefined);
  return itemAt(usual === undefined ? 'greet_pause' : `greet_pause:${usual}`, cf.ruleset('greet_pause'));
}

function submission(cf: CfReading): Item[] {
  const host = cf.macroLine('MTAHost');
  return host === undefined ? [] : [{ item: `msp:${host.value.trim()}`, line: host.line }];
}

/** FEATURE(nullclient): all mail goes to one hub, under the hub's name. */
function nullClient(cf: CfReading): Item[] {
  const [hub, smart, as] = ['H', 'S', 'M'].map((name) => cf.macro(name)?.value);
  const isNull = hub !== undefined && hub === smart && hub === as && !optionValue(cf.cf, 'AliasFile');
  return isNull && cf.map('dequote') ? itemAt(`nullclient:${hub}`, cf.macro('H')) : [];
}

/** The P= of a mailer's line; '' where it has none. */
function programOf(mailer: ByteString): ByteString {
  const fields = mailer.split(/[,\s]/);
  return fields.find((field) => field.startsWith('P='))?.slice('P='.length) ?? '';
}

function programs(cf: CfReading): Item[] {
  const program = programOf(cf.mailer('prog')?.text ?? '');
  const shell = program.endsWith('smrsh') ? program : undefined;
  const local = programOf(cf.mailer('local')?.text ?? '');
  return [
    ...(shell === undefined ? [] : itemAt(`smrsh:${shell}`, cf.mailer('prog'))),
    ...(local.includes('procmail') ? itemAt(`local_procmail:${local}`, cf.mailer('local')) : []),
    ...(local.includes('mail.local') ? itemAt(`local_lmtp:${local}`, cf.mailer('local')) : []),
  ];
}
