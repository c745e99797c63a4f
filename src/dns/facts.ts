/**
 * A question whose answer depends on DNS -> the answer: it is put with the facts that are known, what it asked for beside
 * them is looked up, all at once, and it is put again, until it asks for nothing new.
 *
 * Bounded in rounds, names and time; what is not known by then cannot be told. Rules stay synchronous.
 */
import type { Fact, Facts, FactType } from '../core/facts.ts';
import { askDns, type Resolver } from './resolver.ts';

/** Rounds of lookups for one question: what one answer asks for depends on the one before. */
const MAX_ROUNDS = 8;
/** Names looked up for one question. */
const MAX_FACTS = 200;
/** Milliseconds for all lookups of one question. */
const MAX_WAIT_MS = 60_000;

const UNKNOWN: Fact = { status: 'tempFail' };

export interface GatherOptions {
  readonly resolver: Resolver;
  readonly signal?: AbortSignal;
}

/** @throws what ends the signal; TypeError for a resolver that gives no records */
export async function gather<T>(question: (facts: Facts) => T, options: GatherOptions): Promise<T> {
  const known = new Map<string, Fact>();
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let round = 0; ; round += 1) {
    options.signal?.throwIfAborted();
    const needs = new Map<string, readonly [type: FactType, name: string]>();
    const answer = question({
      get(type, name) {
        const key = `${type} ${name.toLowerCase()}`;
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
  const questions = [...needs].map(
    async ([key, [type, name]]) => [key, await factOf(type, name, options.resolver)] as const,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Found>((resolve, reject) => {
    timer = setTimeout(() => resolve(unknown(needs.keys())), Math.max(deadline - Date.now(), 0));
    options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
  });
  try {
    return await Promise.race([Promise.all(questions), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function factOf(type: FactType, name: string, resolver: Resolver): Promise<Fact> {
  if (type === 'A') return askDns(() => resolver.resolve4(name));
  const answer = await askDns(() => resolver.resolveMx(name));
  if (answer.status !== 'found') return answer;
  return { status: 'found', records: answer.records.map(({ exchange }) => exchange.replace(/\.$/, '')) };
}
