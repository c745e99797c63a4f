/**
 * Facts of DNS, as maps that the rules of routing ask beside the tables.
 *
 * `bestmx` (FEATURE(bestmx_is_local)): a host -> its best mail exchanger with a final dot; of several that are equally
 * good, one that is this host. Without facts there is none, so the host is not taken for local.
 * Source: sendmail's map class bestmx.
 */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Facts } from '../core/facts.ts';
import { type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import type { AddressRules } from './canonify.ts';

/** The same rules, which know these facts. */
export function withFacts(rules: AddressRules, facts: Facts): AddressRules {
  const { routing } = rules;
  if (!routing?.has.has('bestmx')) return rules;
  return {
    ...rules,
    routing: {
      ...routing,
      ask: (map, key, ...args) => (map === 'bestmx' ? bestMx(key, rules, facts) : routing.ask(map, key, ...args)),
    },
  };
}

function bestMx(key: ByteString, rules: AddressRules, facts: Facts): LookupResult {
  const host = key.replace(/\.$/, '');
  const fact = facts.get('BESTMX', host);
  if (fact === undefined || fact.status === 'notFound') return NOT_FOUND;
  if (fact.status === 'tempFail') {
    return {
      status: 'tempFail',
      error: new MapError('unreadable', `DNS does not tell the mail exchangers of ${host}`),
    };
  }
  const best = fact.records.find((name) => rules.isLocal(name)) ?? fact.records[0]!;
  return best === '' ? NOT_FOUND : { status: 'found', value: `${best}.` };
}
