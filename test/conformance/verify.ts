/**
 * Random: what `verify` says about all questions is so. A `never` and an expectation about `any` client, sender or recipient
 * that hold are put to the library with random questions, and every answer must be as they say. One that does not hold names a
 * question; its answer must be another one.
 */
import { type MailMaps, openMailMaps } from '../../src/config/mailmaps.ts';
import type { MailMapsOptions } from '../../src/config/options.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import { type Question, relays } from '../../src/review/question.ts';
import type { Expectation, Never } from '../../src/review/verify/policy.ts';
import { type Verdict, verify } from '../../src/review/verify/verify.ts';
import { Chance, randomPair, randomQuestion, randomStranger } from '../review/random-pair.ts';
import type { Comparison, Difference } from './comparison.ts';
import { putOf } from './diff.ts';

/** Questions for each statement about one configuration. */
const OF_A_STATEMENT = 200;
const STATEMENTS = 4;

export const verifyComparison: Comparison = {
  name: 'verify',
  shortCases: 4 * STATEMENTS * OF_A_STATEMENT,
  async run(_oracle, seed, cases, report) {
    for (let done = 0, i = 0; done < cases; i++) {
      for (const difference of await checkStatements(seed * 1000 + i)) report.compared(difference);
      done += STATEMENTS * OF_A_STATEMENT;
    }
  },
};

/** One element for each question that was asked: undefined, or an answer that a verdict denies. */
export async function checkStatements(seed: number): Promise<readonly (Difference | undefined)[]> {
  const chance = new Chance(seed);
  const [options] = randomPair(chance);
  const open = opened(chance, options);
  using doubtful = openMailMaps(open);
  const found = await checkNever(chance, doubtful, open, seed);
  using maps = openMailMaps(options);
  for (let i = 1; i < STATEMENTS; i++) found.push(...(await checkAny(chance, maps, options, seed)));
  return found;
}

const OPENING = [
  ...['relay_local_from', 'relay_mail_from', 'relay_mail_from:domain', 'promiscuous_relay', 'loose_relay_check'],
  ...['relay_based_on_MX', 'bestmx_is_local', 'nopercenthack:nospecial', 'nouucp:nospecial', 'relay_hosts_only'],
];
const ENTRIES = [
  ...['From:a.example\tRELAY', 'From:bob@far.test\tRELAY', 'From:someone@lone\tRELAY', 'Connect:IPv6\tRELAY', ''],
  ...['From:bob@\tRELAY', 'Connect:\tRELAY', 'To:invalid\tREJECT', 'CERTIssuer:/CN=stranger\tOK', 'Connect:20\tRELAY'],
];

/** The configuration with features and entries that may let strangers relay. */
function opened(chance: Chance, options: MailMapsOptions): MailMapsOptions {
  const access = `${options.texts?.access ?? ''}${chance.one(ENTRIES)}\n`;
  const features = [...(options.features ?? []), chance.one(OPENING)] as never;
  return { ...options, texts: { ...options.texts, access }, features };
}

async function checkNever(chance: Chance, maps: MailMaps, options: MailMapsOptions, seed: number) {
  const never: Never = { kind: 'strangersRelay', line: 1 };
  const [verdict] = verify({ configuration: {}, never: [never], expect: [] }, options).verdicts;
  const isRelayed = async (question: Question): Promise<boolean> => {
    const decision = await maps.ask(putOf(question), { resolver: PLAIN });
    return relays(decision) || decision.action === 'ok';
  };
  const asked = { seed, options, never };
  return checked(
    verdict!,
    asked,
    async (question) => !(await isRelayed(question)),
    () => randomStranger(chance),
  );
}

async function checkAny(chance: Chance, maps: MailMaps, options: MailMapsOptions, seed: number) {
  const first = plainQuestion(chance);
  const isAny = { client: chance.below(3) > 0, sender: chance.below(4) === 0, recipient: chance.below(4) === 0 };
  const actionOf = async (question: Question): Promise<string> =>
    (await maps.ask(putOf(question), { resolver: PLAIN })).action;
  const { client, sender, recipient } = first;
  const expectation: Expectation = {
    name: 'random',
    line: 1,
    client: isAny.client ? 'any' : client.address,
    ...(!isAny.client && client.name !== undefined && { clientName: client.name }),
    ...(first.kind !== 'relay' && { sender: isAny.sender ? 'any' : sender! }),
    ...(first.kind === 'rcpt' && { recipient: isAny.recipient ? 'any' : recipient! }),
    action: await actionOf(first),
  };
  const [verdict] = verify({ configuration: {}, never: [], expect: [expectation] }, options).verdicts;
  const another = (): Question => {
    const other = plainQuestion(chance, first.kind);
    return {
      kind: first.kind,
      client: isAny.client ? other.client : client,
      ...(first.kind !== 'relay' && { sender: isAny.sender ? other.sender! : sender! }),
      ...(first.kind === 'rcpt' && { recipient: isAny.recipient ? other.recipient! : recipient! }),
    };
  };
  const asked = { seed, options, expectation };
  return checked(verdict!, asked, async (question) => (await actionOf(question)) === expectation.action, another);
}

async function checked(
  verdict: Verdict,
  asked: object,
  holds: (question: Question) => Promise<boolean>,
  another: () => Question,
): Promise<(Difference | undefined)[]> {
  if (!verdict.holds) {
    const example = verdict.example as Question;
    return [(await holds(example)) ? { asked, theirs: 'as expected', ours: verdict } : undefined];
  }
  const found: (Difference | undefined)[] = [];
  for (let i = 0; i < OF_A_STATEMENT; i++) {
    const question = another();
    found.push(
      (await holds(question)) ? undefined : { asked: { ...asked, question }, theirs: 'otherwise', ours: verdict },
    );
  }
  return found;
}

/** A question with the facts that verify has: a name that is confirmed, or none; no HELO, no TLS. */
function plainQuestion(chance: Chance, kind?: Question['kind']): Question {
  for (;;) {
    const { client, sender, recipient, ...question } = randomQuestion(chance);
    if (kind !== undefined && question.kind !== kind) continue;
    if (client.resolve === 'TEMP' || client.resolve === 'FORGED') continue;
    const named = client.name === undefined ? {} : { name: client.name };
    return {
      kind: question.kind,
      client: { address: client.address, ...named },
      ...(sender !== undefined && { sender }),
      ...(recipient !== undefined && { recipient }),
    };
  }
}

/** DNS with the answers that verify takes for granted. */
const PLAIN: Resolver = {
  resolvePtr: async () => [],
  resolve4: async (name) => {
    throw Object.assign(new Error(name), { code: 'ENOTFOUND' });
  },
  resolve6: async () => [],
  resolveMx: async () => [{ exchange: 'mx.zq7x.invalid', priority: 1 }],
  resolveTxt: async (name) => {
    throw Object.assign(new Error(name), { code: 'ENOTFOUND' });
  },
};
