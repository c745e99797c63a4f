/** Host names that DNS makes canonical: recorded answers of the real sendmail (`/parse`, `/try`, check_mail, check_rcpt). */
import { describe, expect, it } from 'vitest';
import type { Feature } from '../../src/access/features.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { tableResolver } from '../access/table-resolver.ts';
import { ours } from './answer.ts';

const DNS = {
  'cname.example': { CNAME: 'real.example' },
  'real.example': { A: ['192.0.2.1'] },
  'va.example': { CNAME: 'v.example' },
  'v.example': { A: ['192.0.2.3'], MX: [[5, 'mx.example']] },
  'tmp.example': { rcode: 2 },
  'other.oracle.test': { A: ['192.0.2.5'] },
  'dangling.example': { CNAME: 'gone.example' },
  'ours.example': { CNAME: 'mail' },
  mail: { A: ['192.0.2.10'] },
  'rel.example': { CNAME: 'far.example' },
  'far.example': { A: ['192.0.2.44'] },
} as const;
const HOSTS = '127.0.0.1 localhost mail.oracle.test mail\n192.0.2.77 inhosts.example short\n';
const resolver = tableResolver(DNS, HOSTS);

function maps(...features: Feature[]): MailMaps {
  return openMailMaps({
    hostName: 'mail.oracle.test',
    features: ['accept_unresolvable_domains', 'blocklist_recipients', ...features],
    texts: {
      'local-host-names': 'local.test\nmail\nmail.oracle.test\n',
      'relay-domains': 'rel.example\n',
      virtusertable: 'a@v.example hit\n',
      'virtuser-domains': 'v.example\n',
      mailertable: 'real.example esmtp:[mt]\n',
      domaintable: 'short dt.example\n',
      access: 'From:real.example REJECT\nTo:real.example RELAY\nTo:cname.example REJECT\n',
    },
  });
}

/** Address, answer, and what a sendmail.mc has in place of nothing. */
const ROUTES: readonly (readonly [address: string, answer: string, feature?: Feature, daemonFlags?: string])[] = [
  ['x@cname.example', 'esmtp@[mt]: x@real.example'],
  ['x@short', 'esmtp@dt.example: x@dt.example'],
  ['x@other', 'esmtp@other.oracle.test.: x@other.oracle.test'],
  ['x@none.example', 'esmtp@none.example: x@none.example'],
  ['x@dangling.example', 'esmtp@dangling.example: x@dangling.example'],
  ['a@va.example', 'local: hit'],
  ['x@tmp.example', 'temp'],
  ['x@local.test', 'local: x'],
  ['x@ours.example', 'local: x'],
  ['x@cname.example', 'esmtp@cname.example.: x@cname.example', 'nocanonify'],
  ['x@cname.example', 'esmtp@[mt]: x@real.example', 'nocanonify', 'c u'],
  ['x@cname.example', 'esmtp@cname.example.: x@cname.example', 'canonify', 'CC'],
  ['x@cname.example', 'esmtp@[mt]: x@real.example', 'CANONIFY_DOMAIN:example'],
  ['x@other', 'esmtp@other: x@other', 'nocanonify'],
  ['x@other', 'esmtp@other.oracle.test.: x@other.oracle.test', 'nocanonify:canonify_hosts'],
  ['x@cname.example', 'esmtp@cname.example.: x@cname.example', 'nocanonify:canonify_hosts'],
];

const routes = ROUTES.map(([address, answer, feature = 'canonify', daemonFlags = '']) => ({
  address,
  answer,
  feature,
  daemonFlags,
}));

describe('where mail goes', () => {
  it.each(routes)('$address: $answer ($feature, $daemonFlags)', async ({ address, answer, feature, daemonFlags }) => {
    const route = await maps(feature).ask({ kind: 'route', address, daemonFlags }, { resolver });
    expect(ours(route, address)).toBe(answer);
  });
});

it('a header has the canonical name', async () => {
  const how = { mailer: 'esmtp', where: 'header', role: 'sender' } as const;
  const made = await maps('canonify').ask({ kind: 'rewrite', address: 'x@cname.example', ...how }, { resolver });
  expect(made.address).toBe('x@real.example');
});

it('each member of an alias has the canonical name', async () => {
  const expanded = await maps('canonify').ask({ kind: 'expand', address: 'x@cname.example' }, { resolver });
  expect(expanded.recipients).toMatchObject([{ localPart: 'x', domain: 'real.example', host: '[mt]' }]);
});

const client = { address: '198.51.100.9', name: 'h.example' };
const session = { client, sender: 's@far.example' };

/** The access map and relay-domains hold canonical names; entries for other names have no effect. */
const CHECKS: readonly (readonly [kind: 'mail' | 'rcpt', address: string, action: string])[] = [
  ['mail', 'x@cname.example', 'reject'],
  ['mail', 'x@far.example', 'ok'],
  ['mail', 'x@tmp.example', 'ok'],
  ['rcpt', 'x@cname.example', 'relay'],
  ['rcpt', 'x@rel.example', 'reject'],
  ['rcpt', 'x@ours.example', 'local'],
  ['rcpt', 'x@tmp.example', 'reject'],
];

describe('the replies to clients', () => {
  it.each(CHECKS)('%s %s: %s', async (kind, address, action) => {
    const asked =
      kind === 'mail'
        ? ({ kind, sender: address, session } as const)
        : ({ kind, recipient: address, session } as const);
    expect((await maps('canonify').ask(asked, { resolver })).action).toBe(action);
  });
});

describe('without DNS', () => {
  it('a route says that the name was not asked for', () => {
    const step = maps('canonify')
      .route('x@cname.example')
      .trace.find((each) => each.kind === 'table' && each.table === 'canonify');
    expect(step).toMatchObject({ key: 'cname.example', status: 'notAsked' });
  });

  it('nothing is relayed by a name that may be an alias', () => {
    const decision = maps('canonify').checkRcpt('x@rel.example', session);
    expect(decision).toMatchObject({ action: 'tempFail', because: { rule: 'canonify' } });
    expect(decision.trace).toContainEqual({ kind: 'note', rule: 'DNS', text: 'rel.example HOST: not asked' });
  });

  it('no sender is accepted under a name that may be an alias, though its domain exists', () => {
    const decision = maps('canonify').checkMail('x@cname.example', { ...session, senderDomain: 'OK' });
    expect(decision).toMatchObject({ action: 'tempFail', because: { rule: 'canonify' } });
  });

  it('the null sender and users of this host may send', () => {
    const actions = ['', 'x@local.test'].map((sender) => maps('canonify').checkMail(sender, session).action);
    expect(actions).toEqual(['ok', 'ok']);
  });

  it('mail for this host is accepted', () => {
    expect(maps('canonify').checkRcpt('x@local.test', session).action).toBe('local');
  });
});
