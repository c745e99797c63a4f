/** Policy requests whose answers depend on DNS: they wait for it, and later requests wait, too. */
import { describe, expect, it } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { tableResolver } from '../access/table-resolver.ts';

const maps = openMailMaps({
  hostName: 'mail.here.example',
  features: ['dnsbl:bl.example', 'accept_unresolvable_domains'],
  texts: { 'local-host-names': 'here.example\n', access: '', aliases: '' },
});
const resolver = tableResolver({ '7.2.0.192.bl.example': { A: ['127.0.0.2'] } });

function converse(): ReturnType<ReturnType<typeof policyProtocol>> {
  const configuration = maps.current();
  const questions = {
    ask: ((question) => configuration.ask(question, { resolver })) as typeof configuration.ask,
    checkRelay: configuration.checkRelay.bind(configuration),
    checkMail: configuration.checkMail.bind(configuration),
    checkRcpt: configuration.checkRcpt.bind(configuration),
    isLocal: configuration.isLocal.bind(configuration),
  };
  return policyProtocol(() => questions, { onProblem: () => undefined })();
}

const request = (address: string): string =>
  `request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=${address}\nclient_name=h.example\nsender=a@b.example\nrecipient=x@here.example\n\n`;

describe('a DNS list', () => {
  it.each([
    ['192.0.2.7', 'action=550 5.7.1 Rejected: 192.0.2.7 listed at bl.example\n\n'],
    ['192.0.2.8', 'action=DUNNO\n\n'],
  ])('decides about %s', async (address, reply) => {
    const conversation = converse();
    conversation.push(request(address));
    expect(conversation.next()).toBeUndefined();
    expect(await conversation.pending).toBe(reply);
    expect(conversation.pending).toBeUndefined();
  });
});
