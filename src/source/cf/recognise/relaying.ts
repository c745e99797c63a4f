/**
 * A sendmail.cf -> its FEATUREs for relaying and refusing, recognised by its rules: each row names the rules that the
 * feature adds or leaves out. A feature without a trace has no effect in that file.
 *
 * Source: sendmail-cf's m4 of 8.12 to 8.17, compared with its output.
 */
import type { CfPlace, RuleText } from '../rulesets.ts';
import type { CfReading, Item } from './reading.ts';

const RELAY = 'Basic_check_relay';
const MAIL = 'Basic_check_mail';
const RCPT = 'Basic_check_rcpt';

type Evidence = (cf: CfReading) => CfPlace | undefined;

/** `access`: the feature counts only with an access map. */
const ROWS: readonly (readonly [item: string, evidence: Evidence, access?: 'access'])[] = [
  ['access_db', (cf) => cf.map('access')],
  ['access_db:skip', (cf) => cf.left('D', '<SKIP> <$+> <$+> <$- $-> <$*>'), 'access'],
  ['access_db:lookupdotdomain', (cf) => cf.rule('D', ':.$2 $: ? $)'), 'access'],
  [
    'access_db:relaytofulladdress',
    (cf) => cf.rule('Rcpt_ok', '<F:$1@$2> <D:$2> <F:$1@>') ?? cf.rule('Rcpt_ok', 'access To:$1@$2'),
    'access',
  ],
  ['blocklist_recipients', (cf) => cf.rule('Rcpt_ok', '<U:$1@> <D:$2>'), 'access'],
  ['delay_checks:,n', (cf) => strictDelay(cf), 'access'],
  ['relay_entire_domain', (cf) => relayTo(cf, '$* $=m')],
  ['relay_hosts_only', (cf) => relayTo(cf, '$=R')],
  ['relay_mail_from', (cf) => relayMailFrom(cf, false)],
  ['relay_mail_from:domain', (cf) => relayMailFrom(cf, true)],
  ['relay_local_from', (cf) => cf.left('Relay_ok', '<?> $+ < @ $=w >')],
  ['promiscuous_relay', promiscuous],
  ['loose_relay_check', (cf) => cf.rules('Rcpt_ok').find(isLoose)],
  ['relay_based_on_MX', (cf) => cf.map('mxserved')],
  ['delay_checks:friend', (cf) => cf.ruleset('checkrcpt') && cf.left('check_rcpt', '<FRIEND> $+')],
  ['delay_checks:hater', (cf) => cf.ruleset('checkrcpt') && cf.left('check_rcpt', '<HATER> $+')],
  ['delay_checks', plainDelay],
  ['require_rdns', (cf) => cf.rule(RELAY, 'Fix reverse DNS')],
  ['use_client_ptr', (cf) => clientPtr(cf, 'check_relay') ?? clientPtr(cf, 'checkrelay')],
  ['block_bad_helo', (cf) => badHelo(cf, 'check_rcpt') ?? badHelo(cf, 'Relay_ok') ?? badHelo(cf, 'Rcpt_ok')],
  ['accept_unqualified_senders', (cf) => cf.lacking(MAIL, ({ right }) => right.includes('Real domain name required'))],
  ['accept_unresolvable_domains', (cf) => (cf.map('resolve') ? undefined : cf.lacking(MAIL, () => false))],
  ['nopercenthack:reject', (cf) => withoutOperator(cf, '%') && cf.rule('Rcpt_ok', 'PERCENT_HACK')],
  ['nopercenthack:nospecial', (cf) => unless(cf.rule('Rcpt_ok', 'PERCENT_HACK'), withoutOperator(cf, '%'))],
  ['nouucp:reject', (cf) => withoutOperator(cf, '!') && cf.rule('Rcpt_ok', 'BANG_PATH')],
  ['nouucp:nospecial', (cf) => unless(cf.rule('Rcpt_ok', 'BANG_PATH'), withoutOperator(cf, '!'))],
];

/** Features for relaying, trusted mechanisms, and texts that replace the default ones. */
export function relayingItems(cf: CfReading): Item[] {
  const hasAccess = cf.map('access') !== undefined;
  const found = ROWS.flatMap(([item, evidence, access]) => {
    const place = access === undefined || hasAccess ? evidence(cf) : undefined;
    return place === undefined ? [] : [{ item, line: place.line }];
  });
  const mechanisms = cf.words('TrustAuthMech').map(({ word, line }) => ({ item: `trust_auth_mech:${word}`, line }));
  return [...found, ...mechanisms, ...messages(cf)];
}

function unless(other: unknown, place: CfPlace | undefined): CfPlace | undefined {
  return other === undefined ? place : undefined;
}

/** With promiscuous_relay, only the rules for recipients behind a host of ours show it. */
function relayTo(cf: CfReading, host: string): CfPlace | undefined {
  return cf.left('Rcpt_ok', `$+ < @ ${host} >`) ?? cf.left('ParseRecipient', `<NO> $* < @ ${host} >`);
}

function isLoose({ left, right }: RuleText): boolean {
  return left === '$*' && right === '$: $>CanonAddr $1';
}

function relayMailFrom(cf: CfReading, domain: boolean): CfPlace | undefined {
  const rules = cf.rules('Relay_ok').filter(({ right }) => right.includes('<! From>'));
  return rules.find(({ right }) => /<D:\$2>|<E:\$2>/.test(right) === domain);
}

function promiscuous(cf: CfReading): CfPlace | undefined {
  return cf.lacking(RCPT, (rule) => `${rule.left} => ${rule.right}`.includes('Relay_ok'));
}

function plainDelay(cf: CfReading): CfPlace | undefined {
  const isOther = cf.left('check_rcpt', '<FRIEND> $+') ?? cf.left('check_rcpt', '<HATER> $+');
  return unless(isOther, cf.ruleset('checkrcpt'));
}

/** The third argument of delay_checks shows in the file only together with blocklist_recipients. */
function strictDelay(cf: CfReading): CfPlace | undefined {
  const isBlocking = cf.ruleset('checkrcpt') && cf.rule('Rcpt_ok', '<U:$1@> <D:$2>');
  return isBlocking && unless(cf.left('Rcpt_ok', '<$={SpamTag}> <$*>'), isBlocking);
}

function clientPtr(cf: CfReading, ruleset: string): CfPlace | undefined {
  return cf.rules(ruleset).find(({ right }) => right.includes('$&{client_ptr}'));
}

function badHelo(cf: CfReading, ruleset: string): CfPlace | undefined {
  return cf.rule(ruleset, 'bogus HELO name used');
}

/** The line of class O if it lacks an operator; a file without class O was not made by m4. */
function withoutOperator(cf: CfReading, operator: string): CfPlace | undefined {
  const operators = cf.words('O');
  return operators.some(({ word }) => word === operator) ? undefined : operators[0];
}

/** The rule that holds the text of a refusal, and its default text, which a define() replaces. */
const MESSAGES: readonly (readonly [define: string, ruleset: string, left: string, usual: readonly string[]])[] = [
  ['confREJECT_MSG', RELAY, '<REJECT> <$*>', ['"550 Access denied"']],
  ['confRCPTREJ_MSG', 'Rcpt_ok', '<REJECT> $*', ['"550 Mailbox disabled for this recipient"']],
  ['confRELAY_MSG', RCPT, '$*', ['"550 Relaying denied"', '"550 Relaying denied. Proper authentication required."']],
];

function messages(cf: CfReading): Item[] {
  return MESSAGES.flatMap(([define, ruleset, left, usual]) => {
    if (define === 'confRELAY_MSG' && promiscuous(cf) !== undefined) return [];
    const rules = cf.rules(ruleset).filter((rule) => rule.left === left);
    const rule = define === 'confRELAY_MSG' ? cf.rules(ruleset).slice(-1)[0] : rules.find(refuses);
    const text = rule?.left === left ? /^\$#error .*?\$: ?(.*)$/s.exec(rule.right)?.[1] : undefined;
    return text === undefined || usual.includes(text) ? [] : [{ item: `define:${define}=${text}`, line: rule!.line }];
  });
}

function refuses({ right }: RuleText): boolean {
  return right.startsWith('$#error');
}
