/**
 * A question that depends on DNS -> its answer. Rules stay synchronous: the question is asked with the facts known so far; the
 * missing facts are looked up in parallel; then the question is asked again, until no fact is missing.
 *
 * Limits: rounds, names and time. A fact that is not known by then is a temporary failure.
 */
import { type Abortable, unlessAborted } from '../core/abort.ts';
import { decodeText } from '../core/bytes.ts';
import type { Fact, Facts, FactType } from '../core/facts.ts';
import { canonicalHost } from './canonical-host.ts';
import { askDns, type Resolver } from './resolver.ts';
import { findDomain } from './sender-domain.ts';

/** Rounds of lookups for one question: a lookup may depend on the answer of the one before. */
const MAX_ROUNDS = 8;
/** Names looked up for one question. */
const MAX_FACTS = 200;
/** Milliseconds for all lookups of one question. */
const MAX_WAIT_MS = 60_000;

const UNKNOWN: Fact = { status: 'tempFail' };
/** Without resolveCname, no name is an alias. */
const NO_ALIAS: Fact = { status: 'notFound' };

export interface GatherOptions extends Abortable {
  readonly resolver: Resolver;
  /** $m, the domain of names of one word in the hosts file; default: none. */
  readonly domain?: string;
}

/** @throws the reason of an aborted signal; TypeError if the resolver gives no records */
export async function gather<T>(question: (facts: Facts) => T, options: GatherOptions): Promise<T> {
  const known = new Map<string, Fact>();
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let round = 0; ; round += 1) {
    options.signal?.throwIfAborted();
    const needs = new Map<string, readonly [type: FactType, name: string]>();
    const answer = question({
      get(type, name) {
        // a canonical name may keep the spelling of its question
        const key = `${type} ${type === 'HOST' ? name : name.toLowerCase()}`;
        const fact = known.get(key);
        if (fact === undefined) needs.set(key, [type, name]);
        return fact;
      },
    });
    if (needs.size === 0) return answer;
    const isLast = round >= MAX_ROUNDS || known.size + needs.size > MAX_FACTS || Date.now() > deadline;
    const found = isLast ? unknown(needs.keys()) : await lookUp(needs, options, deadline);
    for (const [key, fact] of found) known.set(key, fact);
    if (round > MAX_ROUNDS) return answer;
  }
}

type Found = readonly (readonly [key: string, fact: Fact])[];

function unknown(keys: Iterable<string>): Found {
  return [...keys].map((key) => [key, UNKNOWN] as const);
}

async function lookUp(
  needs: ReadonlyMap<string, readonly [FactType, string]>,
  options: GatherOptions,
  deadline: number,
): Promise<Found> {
  const questions = [...needs].map(async ([key, [type, name]]) => [key, await factOf(type, name, options)] as const);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Found>((resolve) => {
    timer = setTimeout(() => resolve(unknown(needs.keys())), Math.max(deadline - Date.now(), 0));
  });
  try {
    return await unlessAborted(() => Promise.race([Promise.all(questions), late]), options);
  } finally {
    clearTimeout(timer);
  }
}

async function factOf(type: FactType, name: string, { resolver, domain }: GatherOptions): Promise<Fact> {
  switch (type) {
    case 'HOST':
      return hostOf(name, resolver, domain);
    case 'A':
      return askDns(() => resolver.resolve4(name));
    case 'AAAA':
      return askDns(() => resolver.resolve6(name));
    case 'TXT':
      return textOf(name, resolver);
    case 'CNAME':
      return resolver.resolveCname === undefined ? NO_ALIAS : namesOf(() => resolver.resolveCname!(name));
    case 'NS':
      return resolver.resolveNs === undefined ? UNKNOWN : namesOf(() => resolver.resolveNs!(name));
    case 'PTR':
      return resolver.resolvePtr === undefined ? UNKNOWN : namesOf(() => resolver.resolvePtr!(name));
    case 'DOMAIN':
      return domainOf(decodeText(name), resolver);
    case 'MX':
    case 'BESTMX':
      return exchangersOf(type, name, resolver);
  }
}

/** Without final dots. */
async function namesOf(question: () => Promise<readonly string[]>): Promise<Fact> {
  const answer = await askDns(question);
  return answer.status === 'found'
    ? { status: 'found', records: answer.records.map((record) => record.replace(/\.$/, '')) }
    : answer;
}

async function exchangersOf(type: 'MX' | 'BESTMX', name: string, resolver: Resolver): Promise<Fact> {
  const answer = await askDns(() => resolver.resolveMx(name));
  if (answer.status !== 'found') return answer;
  const best = answer.records.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  const first = best[0]!.priority;
  const meant = type === 'BESTMX' ? best.filter(({ priority }) => priority === first) : best;
  return { status: 'found', records: meant.map(({ exchange }) => exchange.replace(/\.$/, '')) };
}

/** A resolver that cannot be opened is a temporary failure. */
async function hostOf(name: string, resolver: Resolver, domain: string | undefined): Promise<Fact> {
  try {
    return await canonicalHost(name, resolver, domain);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return UNKNOWN;
  }
}

async function domainOf(name: string, resolver: Resolver): Promise<Fact> {
  const domain = await findDomain(name, resolver);
  if (domain === 'OK') return { status: 'found', records: [name] };
  return { status: domain === 'PERM' ? 'notFound' : 'tempFail' };
}

/** Without resolveTxt, texts are a temporary failure. */
async function textOf(name: string, resolver: Resolver): Promise<Fact> {
  if (resolver.resolveTxt === undefined) return UNKNOWN;
  return askDns(async () => (await resolver.resolveTxt!(name)).map(([first = '']) => first));
}
