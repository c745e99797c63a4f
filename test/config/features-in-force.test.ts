/**
 * The features in a configuration's sendmail.cf: recognised, shown, followed or reported. The real m4 makes the files if it is
 * installed; otherwise a few lines of our own replace them.
 */
import { describe, expect, it } from 'vitest';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { oracleAvailable, oracleDirectory } from '../oracle/client.ts';
import { configuration, type FeatureSpec } from '../oracle/features.ts';
import type { DnsTable } from '../oracle/jobs.ts';

const STRANGER = { client: { address: '192.0.2.9', name: 'c.far.example' }, sender: 's@far.example' };
const NOT_NOW = '451 4.3.0 Temporary system failure. Please try again later.';

function open(cf: string, texts: Readonly<Record<string, string>> = {}): MailMaps {
  const usual = { access: '', aliases: '', 'local-host-names': 'here.example\n', 'relay-domains': 'relay.example\n' };
  return openMailMaps({
    rules: 'built-in',
    cf: '/etc/mail/sendmail.cf',
    texts: { ...usual, ...texts, 'sendmail.cf': cf },
  });
}

function reply({ reply: given }: ReturnType<MailMaps['checkRcpt']>): string {
  return given === undefined ? 'taken' : `${given.code} ${given.enhanced} ${given.text}`;
}

const ask = (maps: MailMaps, recipient: string): string => reply(maps.checkRcpt(recipient, STRANGER));
const reported = (maps: MailMaps): string[] => maps.problems.map(({ line, text }) => `${line}: ${text}`);
const nameOf = ({ name, argument }: { name: string; argument?: string }): string =>
  argument === undefined ? name : `${name}:${argument}`;

describe('lines of our own', () => {
  const cf =
    'V10\nFw/etc/mail/local-host-names\nFR/etc/mail/relay-domains\nDSrelay:[hub.example]\nKaccess hash /etc/mail/access\n';
  it('say what is in force, and where', () => {
    const file = '/etc/mail/sendmail.cf';
    expect(open(cf).features).toEqual([
      { name: 'access_db', found: 'sendmail.cf', file, line: 5, followed: true },
      { name: 'SMART_HOST', argument: 'relay:[hub.example]', found: 'sendmail.cf', file, line: 4, followed: true },
      {
        name: 'RELAY_DOMAIN_FILE',
        argument: '/etc/mail/relay-domains',
        found: 'sendmail.cf',
        file,
        line: 3,
        followed: true,
      },
      {
        name: 'use_cw_file',
        argument: '/etc/mail/local-host-names',
        found: 'sendmail.cf',
        file,
        line: 2,
        followed: true,
      },
    ]);
  });
  it.each([
    ['relay_entire_domain', '$* $=m', '$2 $3'],
    ['relay_hosts_only', '$=R', '$2'],
  ])('show %s where the rules relay everything', (feature, host, rest) => {
    const rule = `SParseRecipient\nR<NO> $* < @ ${host} >\t$: <RELAY> $1 < @ ${rest} >\n`;
    const found = open(`${cf}${rule}SBasic_check_rcpt\nR$*\t$@ OK\n`).features.map(({ name }) => name);
    expect(found).toContain(feature);
  });
  it('without rules decide by the usual ones', () => {
    expect(ask(open(cf), 'x@sub.relay.example')).toBe('taken');
    expect(open(cf).problems).toEqual([]);
  });
  it('are added to by options', () => {
    const maps = openMailMaps({ texts: { access: '' }, features: ['relay_hosts_only'] });
    expect(maps.features).toEqual([{ name: 'relay_hosts_only', found: 'options', followed: true }]);
  });
  it('with rules that are none of sendmail-cf: mail for others waits, mail for here is taken', () => {
    const maps = open(`${cf}Scheck_rcpt\nR$*\t$@ OK\n`);
    expect(reported(maps)[0]).toMatch(/^1: its rules are not those of sendmail-cf/);
    expect(ask(maps, 'x@relay.example')).toBe(NOT_NOW);
    expect(ask(maps, 'x@here.example')).toBe('taken');
    expect(ask(maps, 'x@far.example')).toBe('550 5.7.1 Relaying denied');
  });
});

describe.runIf(oracleAvailable)('a sendmail.cf of m4', () => {
  const made = (...features: string[]): string =>
    configuration(oracleDirectory, ['accept_unresolvable_domains', ...features]);
  const blocked = { access: 'To:blocked@here.example\tREJECT\n' };

  it('relay_hosts_only and blocklist_recipients are followed without being named', () => {
    const narrow = open(made('relay_hosts_only', 'blocklist_recipients'), blocked);
    expect(ask(narrow, 'x@sub.relay.example')).toBe('550 5.7.1 Relaying denied');
    expect(ask(narrow, 'x@relay.example')).toBe('taken');
    expect(ask(narrow, 'blocked@here.example')).toBe('550 5.2.1 Mailbox disabled for this recipient');
    const wide = open(made(), blocked);
    expect(ask(wide, 'x@sub.relay.example')).toBe('taken');
    expect(ask(wide, 'blocked@here.example')).toBe('taken');
    expect([...narrow.problems, ...wide.problems]).toEqual([]);
  });
  it('names what it does not follow, with its line', () => {
    const maps = open(made('compat_check', 'check_other'));
    const found = maps.features.filter(({ followed }) => !followed).map(nameOf);
    expect(found).toEqual(['check_other']);
    expect(reported(maps).sort()).toEqual([expect.stringMatching(/^\d+: FEATURE\(check_other\) is not followed$/)]);
  });

  it.each([
    [
      'm4:LOCAL_NET_CONFIG\nR$* < @ $* .here.example. > $*\t$#esmtp $@ $2.here.example. $: $1 < @ $2.here.example. > $3',
      'rules of ruleset Parse1 are those of LOCAL_NET_CONFIG, or an edit, and are not followed',
    ],
    [
      'm4:LOCAL_RULE_0\nR$+ < @ old.example. >\t$#error $@ 5.1.1 $: "550 no"',
      'rules of ruleset ParseLocal are those of LOCAL_RULE_0, or an edit, and are not followed',
    ],
    [
      'm4:LOCAL_RULE_3\nR$* < @ old.example > $*\t$: $1 < @ new.example > $2',
      'rules of ruleset Canonify2 are those of LOCAL_RULE_3, or an edit, and are not followed',
    ],
    ['mailer:uucp', 'MAILER(uucp) is not followed'],
    ['mailer:fax', 'MAILER(fax) is not followed'],
    ['mailer:usenet', 'MAILER(usenet) is not followed'],
  ])('%s is named as what it is', (feature, text) => {
    expect(open(made(feature)).problems.map((problem) => problem.text)).toEqual([text]);
  });

  it('asks DNS as badmx and mtamark say, with their arguments', async () => {
    const records: DnsTable = {
      'good.example': { MX: [[10, 'm.good.example']] },
      'm.good.example': { A: ['192.0.2.1'] },
      'bare.example': { MX: [[10, 'm.good.example']], A: ['10.0.0.1'] },
      '_perm._smtp._srv.9.2.0.192.in-addr.arpa': { TXT: ['0'] },
    };
    const resolver = tableResolver(records);
    const answersTo = async (host: string, feature: FeatureSpec): Promise<readonly (string | undefined)[]> => {
      const maps = open(configuration(oracleDirectory, ['accept_unresolvable_domains', feature]));
      expect(maps.problems).toEqual([]);
      const client = { address: '192.0.2.9', name: 'h.example' };
      const mail = { kind: 'mail', sender: `x@${host}`, session: { client } } as const;
      const answers = [await maps.ask(mail, { resolver }), await maps.ask({ kind: 'relay', client }, { resolver })];
      return answers.map(({ reply }) => reply?.text);
    };
    const refused = (feature: FeatureSpec) => answersTo('good.example', feature);
    expect(await refused('badmx')).toEqual([undefined, undefined]);
    expect((await answersTo('bare.example', 'badmx'))[0]).toBeUndefined();
    expect((await answersTo('[bare.example]', 'badmx'))[0]).toBe('Invalid MX record for host [bare.example]');
    expect(await refused(['badmx', '^(192\\.0\\.2\\.)'])).toEqual([
      'Invalid MX record for host good.example',
      undefined,
    ]);
    expect(await refused('mtamark')).toEqual([undefined, 'Rejected: 192.0.2.9 not listed as MTA']);
    expect(await refused(['mtamark', '"550 no MTA"'])).toEqual([undefined, 'no MTA']);
  });

  /** An edit of the file, and what is reported of it. */
  const edits: readonly (readonly [why: string, edit: (cf: string) => string, text: RegExp])[] = [
    [
      'a rule in front of Rcpt_ok',
      (cf) => cf.replace(/^SRcpt_ok\n/m, 'SRcpt_ok\nR$+ @ closed.example\t\t$#error $: "550 closed"\n'),
      /rules of ruleset Rcpt_ok are not sendmail-cf's, and are not followed$/,
    ],
    [
      'a local rule',
      (cf) => cf.replace(/^SLocal_check_rcpt\n/m, 'SLocal_check_rcpt\nR$*\t\t$#error $: "550 no"\n'),
      /rules of ruleset Local_check_rcpt are local ones, and are not followed$/,
    ],
    [
      'a rule less',
      (cf) =>
        cf
          .replace(/^R\$\* \| \$\* < @ .*\n/m, '')
          .replace(/^R<TMPF>.*\n/m, '')
          .replace(/^R<REJECT> <\$\*>.*\n/m, ''),
      /ruleset \w+ lacks a rule/,
    ],
    [
      'a ruleset for a check',
      (cf) => `${cf}Scheck_data\nR$*\t\t$#error $: "550 no"\n`,
      /ruleset check_data is not sendmail-cf's/,
    ],
    ['a header check', (cf) => `${cf}HSubject: $>CheckSubject\n`, /rulesets that check headers are not followed/],
    ['a milter', (cf) => `${cf}O InputMailFilters=f\n`, /milters are not followed/],
  ];
  it.each(edits)('%s is reported with its line', (_why, edit, text) => {
    const cf = made('blocklist_recipients');
    const edited = edit(cf);
    expect(edited).not.toBe(cf);
    const problems = reported(open(edited));
    expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(text)]));
    const before = cf.split('\n');
    const changed = edited.split('\n').findIndex((line, i) => line !== before[i]) + 1;
    const lines = problems.map((problem) => Number.parseInt(problem, 10));
    expect(lines.some((line) => Math.abs(line - changed) <= 40)).toBe(true);
  });
  it('an edited rule about relaying lets nobody relay for now', () => {
    const maps = open(edits[0]![1](made()));
    expect(ask(maps, 'x@relay.example')).toBe(NOT_NOW);
    expect(ask(maps, 'x@here.example')).toBe('taken');
    expect(maps.checkRcpt('x@relay.example', STRANGER).because).toEqual({ rule: 'sendmail.cf' });
  });
});
