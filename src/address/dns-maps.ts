/**
 * Facts of DNS, as maps that the rules of routing ask beside the tables.
 *
 * `host`: the canonical name of a host, with a final dot (without FEATURE(nocanonify)). `bestmx`
 * (FEATURE(bestmx_is_local)): a host -> its best mail exchanger with a final dot; if several are equally good, the one that is
 * this host. Without facts a host keeps its name, and has no mail exchanger.
 * Source: sendmail's map classes host and bestmx.
 */
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Fact, Facts } from '../core/facts.ts';
import type { LookupResult } from '../core/lookup.ts';
import type { AddressRules } from './canonify.ts';
import { DNS_MAPS, type DnsMap, type RoutingMap } from './routing.ts';

/** The same rules, which know these facts. */
export function withFacts(rules: AddressRules, facts: Facts): AddressRules {
  const { routing } = rules;
  if (routing === undefined || routing.has.size === 0 || !DNS_MAPS.some((map) => routing.has.has(map))) return rules;
  return {
    ...rules,
    routing: {
      ...routing,
      ask: (map, key, ...args) => (isDnsMap(map) ? ask(map, key, rules, facts) : routing.ask(map, key, ...args)),
    },
  };
}

/** The same rules for a client of these flags; flag `c` asks DNS for names. */
export function withDaemonFlags(rules: AddressRules, daemonFlags: ReadonlySet<string>): AddressRules {
  const { routing } = rules;
  if (daemonFlags.size === 0) return rules;
  if (routing === undefined || !daemonFlags.has('c')) return { ...rules, daemonFlags };
  return { ...rules, daemonFlags, routing: { ...routing, leads: true, has: new Set([...routing.has, 'host']) } };
}

function isDnsMap(map: RoutingMap): map is DnsMap {
  return DNS_MAPS.some((each) => each === map);
}

function ask(map: DnsMap, key: ByteString, rules: AddressRules, facts: Facts): LookupResult {
  const isHost = map === 'host';
  const name = isHost ? key : key.replace(/\.$/, '');
  const fact = facts.get(isHost ? 'HOST' : 'BESTMX', name);
  if (fact === undefined) return { status: 'notFound', asked: false };
  if (fact.status === 'tempFail') {
    const what = isHost ? 'name of' : 'mail exchangers of';
    return { status: 'tempFail', error: new MapError('unreadable', `DNS does not tell the ${what} ${name}`) };
  }
  const value = isHost ? firstOf(fact) : bestOf(fact, rules);
  return value === undefined || value === '' ? { status: 'notFound' } : { status: 'found', value: `${value}.` };
}

function firstOf(fact: Fact): string | undefined {
  return fact.status === 'found' ? fact.records[0] : undefined;
}

function bestOf(fact: Fact, rules: AddressRules): string | undefined {
  return fact.status === 'found' ? (fact.records.find((name) => rules.isLocal(name)) ?? fact.records[0]) : undefined;
}
