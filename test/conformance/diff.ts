/**
 * Random: `diff` of two configurations shows every question that they answer differently. Each pair is asked random questions
 * through the library, with random answers of DNS. Every different decision must be in the diff, with the same answers, and
 * every difference of the diff must be real.
 */

import type { Decision } from '../../src/access/decision.ts';
import type { Question as Put } from '../../src/config/ask.ts';
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import { foldCase } from '../../src/core/fold.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import { type DiffResult, diff } from '../../src/review/diff/diff.ts';
import { isDeciding } from '../../src/review/diff/observe.ts';
import { type DnsAnswer, type Question, shown } from '../../src/review/question.ts';
import { Chance, oddQuestion, randomDns, randomPair, randomQuestion } from '../review/random-pair.ts';
import type { Comparison, Difference } from './comparison.ts';

/** Questions about one pair, and how many more of them are about odd addresses. */
const OF_A_PAIR = 400;
const ODD_SHARE = 0.5;

export const diffComparison: Comparison = {
  name: 'diff',
  shortCases: 2 * OF_A_PAIR,
  async run(_oracle, seed, cases, report) {
    for (let done = 0, i = 0; done < cases; i++) {
      const found = await checkPair(seed * 1000 + i, OF_A_PAIR);
      for (const difference of found) report.compared(difference);
      done += found.length;
    }
  },
};

/** One element for each question: undefined, or a difference that the diff does not show, or a wrong one that it shows. */
export async function checkPair(seed: number, questions: number): Promise<readonly (Difference | undefined)[]> {
  const chance = new Chance(seed);
  const [before, after] = randomPair(chance);
  const result = diff(before, after);
  using old = openMailMaps(before);
  using now = openMailMaps(after);
  const described = { seed, before, after };
  const found: (Difference | undefined)[] = [];
  const odd = new Chance(seed);
  for (let i = 0; i < questions * (1 + ODD_SHARE); i++) {
    const question = i < questions ? randomQuestion(chance) : oddQuestion(odd);
    const dns = randomDns(seed + chance.below(50));
    const [was, is] = [await asked(old, question, dns), await asked(now, question, dns)];
    const missed =
      unseen(is) ?? (was.text === is.text || shows(result, question.kind, was.text, is.text) ? undefined : is);
    found.push(missed && { asked: { ...described, question }, theirs: was.text, ours: is.text });
  }
  for (const { example, before: was, after: is } of result.differences) {
    const dns = knownDns(example.dns ?? []);
    const [first, second] = [await asked(old, example, dns), await asked(now, example, dns)];
    if (first.text !== was || second.text !== is)
      found.push({ asked: { ...described, example }, theirs: [first.text, second.text], ours: [was, is] });
  }
  return found;
}

interface Answered {
  readonly text: string;
  readonly decision: Decision;
}

async function asked(maps: MailMaps, question: Question, resolver: Resolver): Promise<Answered> {
  const decision = await maps.ask(putOf(question), { resolver });
  return { text: shown(decision, question), decision };
}

/** Facts that a question leaves out have their usual values. */
export function putOf({
  kind,
  client,
  sender = '',
  recipient = '',
  dns: _,
  ...facts
}: Question): Extract<Put, { readonly kind: Question['kind'] }> {
  const known = { ...client, resolve: client.resolve ?? (client.name === undefined ? 'FAIL' : 'OK') } as const;
  const session = { client: known, sender, senderDomain: 'OK', ...facts } as const;
  const put = { relay: { kind: 'relay', client: known }, mail: { kind: 'mail', sender, session } } as const;
  return kind === 'rcpt' ? ({ kind, recipient, session } satisfies Put) : put[kind];
}

/** A key that the decision looked for and the classes do not know. */
function unseen({ decision }: Answered): Answered | undefined {
  const keys = decision.trace.flatMap((step) => (step.kind === 'key' ? step.key : []));
  const other = keys.find((key) => !isDeciding(foldCase(key)));
  return other === undefined ? undefined : { decision, text: `looked for ${other}` };
}

function shows({ differences }: DiffResult, kind: string, before: string, after: string): boolean {
  return differences.some((found) => found.example.kind === kind && found.before === before && found.after === after);
}

/** DNS with the answers of an example. */
function knownDns(answers: readonly DnsAnswer[]): Resolver {
  const records = (types: readonly string[], name: string): readonly string[] => {
    const known = answers.find((one) => types.includes(one.type) && foldCase(one.name) === foldCase(name))?.answer;
    if (known?.status === 'found') return known.records;
    throw Object.assign(new Error(name), { code: known?.status === 'tempFail' ? 'ESERVFAIL' : 'ENOTFOUND' });
  };
  return {
    resolvePtr: async () => [],
    resolve4: async (name) => records(['A'], name),
    resolve6: async () => [],
    resolveMx: async (name) => records(['MX', 'BESTMX'], name).map((exchange) => ({ exchange, priority: 1 })),
    resolveTxt: async (name) => records(['TXT'], name).map((text) => [text]),
  };
}
