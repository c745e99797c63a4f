/** Lookups in DNS for a question: of the names that the rules judge, and not of others in the same address. */
import { describe, expect, it } from 'vitest';
import { openMailMaps } from '../../src/index.ts';
import { tableResolver } from '../access/table-resolver.ts';

const resolver = tableResolver({
  'local.test': { A: ['192.0.2.1'] },
  'good.example': { A: ['192.0.2.1'] },
  'tmp.example': { rcode: 2 },
});

/** Replies of the daemon to MAIL, with this DNS and local.test in class w. */
const SENDERS: readonly (readonly [sender: string, text: string | undefined])[] = [
  ['x@nx.example', 'Domain of sender address x@nx.example does not exist'],
  ['x@local.test', undefined],
  ['x%good.example@local.test', undefined],
  ['x%nx.example@local.test', 'Domain of sender address x%nx.example@local.test does not exist'],
  ['x%tmp.example@local.test', 'Domain of sender address x%tmp.example@local.test does not resolve'],
  ['nx.example!x@local.test', 'Domain of sender address nx.example!x@local.test does not exist'],
  ['"x@nx.example"@local.test', 'Domain of sender address x@nx.example@local.test does not exist'],
];

describe('a sender behind a local host', () => {
  const texts = { 'local-host-names': 'local.test\n' };
  const client = { address: '203.0.113.5', resolve: 'FAIL' } as const;

  it.each(SENDERS)('%s', async (sender, text) => {
    using maps = openMailMaps({ texts, hostName: 'mail.oracle.test' });
    using delaying = openMailMaps({ texts, hostName: 'mail.oracle.test', features: ['delay_checks'] });
    const mail = await maps.ask({ kind: 'mail', sender, session: { client } }, { resolver });
    expect(mail.reply?.text).toBe(text);
    const rcpt = { kind: 'rcpt', recipient: 'postmaster', session: { client, sender } } as const;
    expect((await delaying.ask(rcpt, { resolver })).reply?.text).toBe(text);
  });

  it('is not looked up if the session states what DNS says', async () => {
    using maps = openMailMaps({ texts, hostName: 'mail.oracle.test' });
    const session = { client, senderDomain: 'OK' } as const;
    expect((await maps.ask({ kind: 'mail', sender: 'x@nx.example', session }, { resolver })).action).toBe('ok');
  });
});

/** sendmail's daemon gives a client without a confirmed name its address in brackets. */
describe('a client whose name is an address in brackets', () => {
  const named = { address: '203.0.113.9', name: '[203.0.113.9]' };

  it('has no name that DNS confirms', () => {
    using strict = openMailMaps({ texts: {}, hostName: 'mail.oracle.test', features: ['require_rdns'] });
    expect(strict.checkRelay(named).reply?.text).toBe('Fix reverse DNS for 203.0.113.9');
    using maps = openMailMaps({ texts: { 'relay-domains': '[203.0.113.9]\n' }, hostName: 'mail.oracle.test' });
    const { action, reply } = maps.checkRcpt('bob@far.example', { client: named, sender: 'eve@far.example' });
    expect([action, reply?.text]).toEqual(['reject', 'Relaying denied. IP name lookup failed [203.0.113.9]']);
    const unsaid = { client: { address: '203.0.113.9' }, sender: 'eve@far.example' };
    expect(maps.checkRcpt('bob@far.example', unsaid).reply).toEqual(reply);
  });
});

describe('what is no question', () => {
  it.each<[question: object, text: string]>([
    [{ kind: 'nope' }, 'question.kind must be one of relay, mail, rcpt, expand, route, rewrite, compat, not "nope"'],
    [{ kind: 'rcpt', recipient: 'x' }, 'question.session must be an object, not undefined'],
    [{ kind: 'relay', client: '192.0.2.1' }, 'question.client must be an object, not "192.0.2.1"'],
    [{ kind: 'mail', sender: '', sesion: {} }, "the question has no field 'sesion'; did you mean 'session'?"],
    [{ kind: 'expand', address: 'x', as: 'list of all' }, 'as must be one of list, recipient, not "list of all"'],
  ])('%j is refused by name', async (question, text) => {
    using maps = openMailMaps({ texts: {}, hostName: 'mail.oracle.test' });
    await expect(maps.ask(question as never)).rejects.toThrow(new TypeError(text));
  });
});
