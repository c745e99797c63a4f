/**
 * A client -> sendmail's answer when it connects. The access map decides by `Connect:` and the client's name, then its address
 * and networks; then DNS lists decide, and FEATURE(require_rdns).
 *
 * Source: sendmail's check_relay (Basic_check_relay).
 */
import { messageText, tokensOf } from '../address/parts.ts';
import type { CheckContext } from './check-context.ts';
import { askDnsLists } from './dns-lists.ts';
import { isWord, type SearchResult } from './search.ts';
import { accessDenied, mapFailure, pass, refuse, type Verdict, verdictOf } from './verdict.ts';

const TAG = { name: 'Connect', both: true };

/** check_relay. */
export function checkConnect(context: CheckContext): Verdict {
  const { result, behind } = searchClient(context);
  if (result.status === 'tempFail') return mapFailure('check_relay', result.key);
  if (result.status === 'found') {
    if (isWord(result, 'OK', 'RELAY')) return pass('check_relay', { relay: isWord(result, 'RELAY'), hit: result });
    const reject = accessDenied(context.settings.features);
    const verdict = verdictOf(result, { rule: 'check_relay', reject, behind, anchored: true });
    if (verdict !== undefined) return verdict;
  }
  const listed = askDnsLists(context);
  if (listed !== undefined) return listed;
  return context.settings.features.has('require_rdns') ? requireRdns(context) : pass('check_relay');
}

/** Searches for the client's name, and if nothing is found, for its address. */
function searchClient(context: CheckContext): { result: SearchResult; behind: readonly string[] } {
  const { search, settings, addressTokens } = context;
  const none = { result: { status: 'notFound' } as const, behind: [] };
  if (!search.hasMap || addressTokens.length === 0) return none;
  const name = settings.features.has('use_client_ptr') ? tokensOf(context.clientPtr) : context.nameTokens;
  if (name.length > 0) {
    const result = search.domain(name, TAG);
    if (result.status !== 'notFound') return { result, behind: ['<', ...addressTokens, '>'] };
  }
  return { result: search.address(addressTokens, TAG), behind: ['<', '>'] };
}

function requireRdns(context: CheckContext): Verdict {
  const rule = 'require_rdns';
  const address = context.clientAddress;
  if (context.isRelayAddress()) return pass(rule, { relay: true });
  switch (context.clientResolve) {
    case 'OK':
      return pass(rule);
    case 'FAIL':
      return refuse(rule, '5.7.1', unquoted(`550 Fix reverse DNS for ${address}`));
    case 'TEMP':
      return refuse(rule, '4.1.8', unquoted(`451 Client IP address ${address} does not resolve`));
    case 'FORGED':
      return refuse(rule, '4.1.8', unquoted(`451 Possibly forged hostname for ${address}`));
  }
}

/** These texts have no quotes in sendmail's rulesets, so runs of blanks collapse. */
function unquoted(text: string): string {
  return messageText(tokensOf(text));
}
