/**
 * checkRelay, checkMail and checkRcpt against check_relay, check_mail and check_rcpt in test mode: `relay` compares
 * action and reply, `trace` the keys in their order.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checks } from '../../src/access/checks.ts';
import type { Decision } from '../../src/access/decision.ts';
import { shortenAddress } from '../../src/address/show.ts';
import { foldCase } from '../../src/core/fold.ts';
import type { Lookup } from '../../src/core/lookup.ts';
import { lookupOf } from '../../src/map/table.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { ask, type CheckQuery, ours, theirs } from '../access/answer.ts';
import { checksOf } from '../machine.ts';
import { type Oracle, realProgram } from '../oracle/client.ts';
import type { DecisionAnswer, DnsTable, Files } from '../oracle/jobs.ts';
import { aimedFiles } from './access-aim.ts';
import { anyQuestion } from './access-questions.ts';
import { valueRound } from './access-values.ts';
import { accessWorld } from './access-world.ts';
import { type Comparison, type Report, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

/** Questions of one configuration: enough to be quick, few enough to see many configurations. */
const QUESTIONS = 60;

/** Labels of a name that sendmail's rulesets, which call themselves for each, can take apart wherever they stand. */
const DEEPEST_NAME = 44;

/** True for a name so deep that sendmail gives up (a difference on purpose). */
export function isTooDeep(...names: readonly string[]): boolean {
  return names.some((name) => name.split('.').length > DEEPEST_NAME);
}

/** Test mode knows no comments, loses control characters and escaped blanks; a comma outside of brackets is an end. */
const UNTYPABLE = /[()\x00-\x1f\x7f]|>.*,|\\ /s;

/**
 * Questions that test mode cannot answer: it does not refuse unparsable addresses, repeats its messages about unbalanced ones,
 * and loops where the daemon gives up.
 */
function isOutOfReach(decision: Decision, answer: DecisionAnswer, query: CheckQuery, senderRefused: boolean): boolean {
  const typed = [query.sender ?? '', query.kind === 'rcpt' ? query.rcpt : ''];
  if (
    typed.some((address) => UNTYPABLE.test(address)) ||
    decision.because?.rule === 'syntax' ||
    decision.because?.rule === 'direct target' ||
    (query.kind === 'rcpt' && senderRefused)
  )
    return true;
  if (answer.action === 'none' && isTooDeep(query.clientName ?? '')) return true;
  const complaints = answer.messages ?? [];
  return complaints.some((line) => / Unbalanced |excessive recursion/.test(line));
}

/** Test mode shows bytes from 128 on as `M-x` and `M-^x`. */
function eighthBits(shown: string): string {
  return shown.replace(/M-(\^?)(.)/gs, (_, control: string, byte: string) =>
    String.fromCharCode(0x80 + (control === '' ? byte.charCodeAt(0) : byte.charCodeAt(0) ^ 0x40)),
  );
}

/** The daemon prefers the status in a text with a code to the one of the rule and cuts long addresses; test mode does neither. */
export function asTheDaemonSays(given: string, answer: DecisionAnswer): string {
  const line = eighthBits(given).replace(/<.{201,}>(?=\.\.\. )/s, (address) => shortenAddress(address));
  const twice = /^(\d{3}) [245]\.\d+\.\d+ (<.*?>\.\.\. )?([245]\.\d{1,3}\.\d{1,3}) (.*)$/s.exec(line);
  return answer.dsn !== undefined && answer.code !== undefined && twice
    ? `${twice[1]} ${twice[3]} ${twice[2] ?? ''}${twice[4]}`
    : line;
}

/** Test mode's texts keep some of the quotes and backslashes that the daemon takes away, and leave 0xff out. */
export function withoutQuoting(line: string): string {
  return line.replace(/["\\\x7f\xff]/g, '');
}

/** DNS for senders' domains: `temp` fails, all others do not exist. */
export const DNS: DnsTable = {
  'a.example': { A: ['192.0.2.1'] },
  'b.example': { MX: [[10, 'mx.b.example']] },
  'sub.a.example': { AAAA: ['2001:db8::1'] },
  'local.test': { rcode: 2 },
  'xn--e.example': { rcode: 2 },
  'relay.test': { A: ['192.0.2.2'], MX: [[5, 'relay.test']] },
};
/** Names that the real machine knows by itself, completed or not. */
const KNOWN = new Set(['mail', 'mail.oracle', 'mail.oracle.test', 'localhost']);
export const SWITCH = { 'service.switch': 'hosts dns files\naliases files\n' };

/** The resolver's answer about a literal is not a matter of rules: it is taken from sendmail's answer. */
function literalDomain({ reply = '' }: DecisionAnswer): 'OK' | 'PERM' | 'TEMP' {
  const [, said] = /Domain of sender address .* (does not \w+)$/s.exec(reply) ?? [];
  if (said === 'does not resolve') return 'TEMP';
  return said === 'does not exist' ? 'PERM' : 'OK';
}

/** Our decision, asked again if the rules need the answer of DNS for the sender's domain. */
function decisionOf(checks: Checks, query: CheckQuery, answer: DecisionAnswer): Decision {
  const decision = ask(checks, query);
  const note = decision.trace.find((step) => step.kind === 'note');
  if (note === undefined) return decision;
  const host = foldCase(note.text.split(' ')[0]!);
  if (host.startsWith('[')) return ask(checks, query, { senderDomain: literalDomain(answer) });
  const { rcode, ...records } = DNS[host] ?? {};
  const exists = KNOWN.has(host) || Object.keys(records).length > 0;
  return ask(checks, query, { senderDomain: rcode === 2 ? 'TEMP' : exists ? 'OK' : 'PERM' });
}

/** One configuration, and the questions to it. */
export interface Round {
  readonly features: readonly string[];
  readonly files: Files;
  readonly queries: readonly CheckQuery[];
}

/** Questions to a configuration that knows nothing of them, or that was made for them. */
function anyRound(r: Random): Round {
  const { features, files } = accessWorld(r);
  const queries = r.list(QUESTIONS, (i) => anyQuestion(r, i));
  const isAimed = files.access !== null && r.chance(0.5);
  return { features, files: isAimed ? aimedFiles(r, features, files, queries) : files, queries };
}

type Compare = (query: CheckQuery, decision: Decision, answer: DecisionAnswer, job: object) => void;

/** Maps that answer instead of the texts of a round, and what is to be done when it is over. */
interface RoundMaps extends Disposable {
  readonly maps: ReadonlyMap<string, Lookup>;
}

const withoutMaps = (): RoundMaps => ({ maps: new Map(), [Symbol.dispose]: () => {} });

/** The access map as the real makemap makes it, a Berkeley DB file, read by us. */
function realMaps({ access }: Files): RoundMaps {
  if (typeof access !== 'string') return withoutMaps();
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-relay-'));
  const path = join(directory, 'access');
  // what is wrong with a line is said, and the others are stored
  spawnSync(realProgram('makemap'), ['-C', '/dev/null', 'hash', path], { input: Buffer.from(access, 'latin1') });
  const map = openMapFile(`${path}.db`);
  return {
    maps: new Map([['/etc/mail/access', lookupOf(map)]]),
    [Symbol.dispose]: () => {
      map.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The ways of asking a round. */
export interface Asking {
  /** Flags of `sendmail -d`. */
  readonly debug?: string;
  /** The sendmail.cf of features: it is read, and the features are not named. */
  readonly cfOf?: (features: readonly string[]) => string;
  /** Maps that answer instead of the texts; absent: none. */
  readonly mapsOf?: (files: Files) => RoundMaps;
}

export async function compareRounds(
  oracle: Oracle,
  seed: number,
  cases: number,
  { debug, cfOf, mapsOf = withoutMaps }: Asking,
  compare: Compare,
): Promise<void> {
  for (let done = 0, round = 0; done < cases; round++) {
    const r = random(seed, round);
    const { features, files, queries } = r.chance(0.2) ? valueRound(r) : anyRound(r);
    const { results } = await oracle.ask({
      features,
      files: { ...files, ...SWITCH },
      dns: DNS,
      newaliases: false,
      ...(debug !== undefined && { debug }),
      queries: queries.map((query) => ({ ...query, trace: debug !== undefined })),
    });
    using opened = mapsOf(files);
    const checks = checksOf(features, files, { ...(cfOf && { cf: cfOf(features) }), maps: opened.maps });
    for (const [i, query] of queries.entries()) {
      const answer = results[i] as DecisionAnswer;
      const decision = decisionOf(checks, query, answer);
      const sender = ask(checks, { ...query, kind: 'mail', sender: query.sender ?? '' } as CheckQuery);
      if (isOutOfReach(decision, answer, query, sender.because?.rule === 'syntax')) continue;
      compare(query, decision, answer, { features, files });
      done++;
    }
  }
}

/** Compares action and reply. */
export function compareDecision(report: Report): Compare {
  return (query, decision, answer, world) => {
    const [mine, real] = [ours(decision, query), asTheDaemonSays(theirs(answer), answer)];
    report.compared(
      withoutQuoting(mine) === withoutQuoting(real)
        ? undefined
        : { asked: { query, ...world }, theirs: [real, answer.raw], ours: mine },
    );
  };
}

export const relayComparison: Comparison = {
  name: 'relay',
  shortCases: 1200,
  run: (oracle, seed, cases, report) => compareRounds(oracle, seed, cases, {}, compareDecision(report)),
};

/** The same with the real makemap's file under our library. */
export const relayFromBerkeley: Comparison = {
  name: 'relay-db',
  shortCases: 600,
  run: (oracle, seed, cases, report) =>
    compareRounds(oracle, seed, cases, { mapsOf: realMaps }, compareDecision(report)),
};

/** Test mode leaves 0xff out. */
export function shownKey(key: string): string {
  return key.replaceAll('\xff', '');
}

/** The keys that the real one asked for: `map_lookup(access, KEY, %0=KEY) => ...`. */
export function keysAsked(trace: readonly string[]): readonly string[] {
  const keys = trace.flatMap((line) => /map_lookup\(access, (.*), %0=/s.exec(line)?.[1] ?? []);
  // a sender that is none is refused in words, which the rules take for a name: no such key can be in a map
  return keys
    .filter((key) => !key.includes('$#error'))
    .map(eighthBits)
    .map(shownKey);
}

export const traceComparison: Comparison = {
  name: 'trace',
  shortCases: 240,
  run: (oracle, seed, cases, report) =>
    compareRounds(oracle, seed, cases, { debug: '60.5' }, (query, decision, answer, world) => {
      const mine = decision.trace.flatMap((step) => (step.kind === 'key' ? [shownKey(step.key)] : []));
      const real = keysAsked(answer.trace ?? []);
      report.compared(sameAnswer(mine, real) ? undefined : { asked: { query, ...world }, theirs: real, ours: mine });
    }),
};
