/**
 * A question -> every combination of answers of DNS on which its answer depends: none, a failure, and one for each effect that
 * an answer may have in the configurations.
 *
 * Limits: one address for each pattern of enhdnsbl. An answer that has the effect of none is left out. The addresses of a badmx with an argument are not known. Each host counts
 * as its own canonical name.
 */
import { type DnsList, parseDnsList } from '../../access/dns-lists.ts';
import type { Fact, Facts, FactType } from '../../core/facts.ts';
import type { DnsAnswer } from '../question.ts';
import type { Reviewed } from '../sources.ts';

/** The answers of a type to a question about a name. */
export type DnsStates = (type: FactType, name: string) => readonly Fact[];

const NEVER: readonly Fact[] = [{ status: 'notFound' }, { status: 'tempFail' }];
const found = (...records: readonly string[]): Fact => ({ status: 'found', records });

/** Features that ask DNS, and whose answers are not covered by an example. */
export const UNKNOWN_TO_CLASSES: RegExp = /^(?:badmx:.|canonify$|nocanonify:|CANONIFY_DOMAIN)/s;

/** @param local names of hosts that some of the configurations take for themselves */
export function dnsStates(sides: readonly Reviewed[], local: readonly string[]): DnsStates {
  if (sides.some(({ settings }) => settings.decidingFile !== undefined))
    return (type) => (type === 'A' ? A_HOST : NO_RECORD);
  const features = sides.flatMap(({ settings }) => settings.features);
  const lists = features.flatMap((feature) => parseDnsList(feature) ?? []);
  const others = features.some((feature) => feature.startsWith('enhdnsbl')) ? ['203.0.113.9'] : [];
  const listed = [...new Set(['127.0.0.2', ...others, ...lists.flatMap(recordsOf)])].map((address) => found(address));
  const isAboutList = (name: string): boolean => lists.some(({ zone }) => name.endsWith(`.${zone}`));
  // badmx refuses an exchanger that is an address, or has one of this network
  const [illegal, invalid] = features.some((feature) => feature.startsWith('badmx')) ? ['192.0.2.1', '10.0.0.1'] : [];
  const served = features.some((feature) => /^(?:bestmx_is_local|relay_based_on_MX)/.test(feature)) ? local : [];
  const exchangers = [...served, ...(illegal === undefined ? [] : [illegal])].map((name) => found(name));
  const answers: Readonly<Partial<Record<FactType, readonly Fact[]>>> = {
    A: invalid === undefined ? [] : [found(invalid)],
    MX: exchangers,
    BESTMX: exchangers,
    TXT: [found('0'), found('1')],
  };
  return (type, name) => {
    if (type === 'A' && isAboutList(name)) return [...NEVER, ...listed];
    return [...NEVER, ...(answers[type] ?? [found(name)])];
  };
}

/** The usual answers of DNS: on no list, with a mail exchanger of another name. The session states whether the sender's domain exists. */
export const PLAIN_DNS: Facts = {
  get(type) {
    if (type === 'DOMAIN') return undefined;
    return type === 'MX' || type === 'BESTMX' ? found('mx.zq7x.invalid') : { status: 'notFound' };
  },
};

/** An address for each pattern of a list; a wildcard becomes one part. */
function recordsOf({ results }: DnsList): string[] {
  return results.map(({ parts }) =>
    parts
      .map((part) => (part.kind === 'word' ? part.word : '9'))
      .join('')
      .replace(/\.$/, ''),
  );
}

/** Rules of a file ask DNS for every name: every host is one, and has nothing else. */
const A_HOST: readonly Fact[] = [found('203.0.113.9')];
const NO_RECORD: readonly Fact[] = [{ status: 'notFound' }];

/** Asks the question again for each answer of DNS that it needs, until no answer is missing. */
export function* underDns<T>(
  states: DnsStates,
  answer: (facts: Facts) => T,
): Generator<{ readonly dns: readonly DnsAnswer[]; readonly answer: T }> {
  const open: (readonly DnsAnswer[])[] = [[]];
  for (let known = open.pop(); known !== undefined; known = open.pop()) {
    const dns: readonly DnsAnswer[] = known;
    let missing: Pick<DnsAnswer, 'type' | 'name'> | undefined;
    const given = answer({
      get(type, name) {
        // the session states it
        if (type === 'DOMAIN') return undefined;
        const fact = dns.find((one) => one.type === type && one.name === name)?.answer;
        if (fact === undefined) missing ??= { type, name };
        return fact;
      },
    });
    if (missing === undefined) yield { dns, answer: given };
    else
      for (const state of states(missing.type, missing.name).toReversed())
        open.push([...dns, { ...missing, answer: state }]);
  }
}
