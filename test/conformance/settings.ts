/**
 * accessSetting against the rulesets that look up settings in the access map: for random maps and peers, the keys in their
 * order, and the entry that counts.
 */
import type { AccessTag, Peer, Setting } from '../../src/access/decision.ts';
import { checksOf } from '../machine.ts';
import { daemonSpelling } from '../oracle/ipv6.ts';
import type { DecisionAnswer, RulesetQuery } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import { anyIp, CLIENT_NAMES } from './access-questions.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { anyAddress, HOSTS } from './mail-addresses.ts';
import { type Random, random } from './random.ts';
import { isTooDeep, keysAsked, shownKey } from './relay.ts';

const words = wordsOf('settings');

/** The ruleset behind each tag, and what it is called with. */
const RULESETS: Readonly<Record<AccessTag, readonly [rulesets: string, input: (peer: Required<Peer>) => string]>> = {
  GreetPause: ['Start,greet_pause', ({ name, address }) => `${name} $| ${address}`],
  ClientRate: ['RateControl', () => 'x'],
  ClientConn: ['ConnControl', () => 'x'],
  SRV_Features: ['srv_features', () => 'x'],
  CLT_Features: ['clt_features', () => 'x'],
  Try_TLS: ['try_tls', () => 'x'],
  TLS_Srv: ['tls_server', () => 'NONE'],
  TLS_Clt: ['Start,tls_client', () => 'NONE $| MAIL'],
  TLS_Rcpt: ['tls_rcpt', ({ name }) => name],
  AuthInfo: ['authinfo', () => 'x'],
  QGRP: ['queuegroup', ({ name }) => name],
};
const TAGS = Object.keys(RULESETS) as AccessTag[];
const ASKED = ['greet_pause:5000', 'ratecontrol', 'conncontrol', 'queuegroup'];
/** Tags whose peer is a recipient. */
const OF_RECIPIENTS: readonly AccessTag[] = ['TLS_Rcpt', 'QGRP'];
const COMPRESSED = 'define:confUSE_COMPRESSED_IPV6_ADDRESSES=True';
const SKIP = 'access_db:skip';
const OURS = [SKIP, 'access_db:lookupdotdomain', COMPRESSED];
const KEYS = [
  ...[...HOSTS, '', '', '', '192.0.2.7', '192.0.2', '192', '10.1', '10.1.2.3', 'IPv6', 'IPv6:2001:db8', 'IPv6:2001'],
  ...['IPv6:2001:db8:0:0:0:0:0:5', '[192.0.2]', '[IPv6:2001:db8]', '.a.example', '.example', '.test', 'u@', 'alice@'],
  ...['alice@a.example', 'u+*@a.example', 'u@a.example', 'IPv6:2001:db8::5', '[192.0.2.7]', 'bob@relay.test', 'u+*@'],
];
const VALUES = words('values');
const PEERS = ['192.0.2.7', '10.1.2.3', 'IPv6:2001:db8::5', '203.0.113.9', '127.0.0.1', 'IPv6:2001:1::', '192.0.20.1'];
/** Questions of one configuration. */
const QUESTIONS = 60;

/** Input that is an address, more or less, and that a ruleset in test mode reads as it stands. */
const TYPABLE = /^(?! *#)(?=.*\w)[^()<>",\\|$\x80-\xff]{1,250}$/;

function entry(r: Random): string {
  const tag = r.pick(TAGS);
  const shown = r.pick([tag, tag, tag.toLowerCase(), tag.toUpperCase()]);
  return `${shown}:${r.pick(KEYS)}\t${r.pick(VALUES)}\n`;
}

/** An entry for one of the keys that a question leads to. */
function aimedEntry(r: Random, { trace }: Setting): string {
  const keys = trace.flatMap((step) => (step.kind === 'key' && !/\s|^#/.test(step.key) ? [step.key] : []));
  return keys.length === 0 ? '' : `${r.pick(keys)}\t${r.pick(VALUES)}\n`;
}

function question(r: Random): { tag: AccessTag; peer: Required<Peer> } {
  const tag = r.pick(TAGS);
  const address = r.chance(0.3) ? anyIp(r) : r.pick(PEERS);
  const names = r.chance(0.2) ? CLIENT_NAMES : HOSTS;
  if (!OF_RECIPIENTS.includes(tag))
    return { tag, peer: { address, name: r.chance(0.2) ? `[${address}]` : r.pick(names) } };
  let name = anyAddress(r);
  while (!TYPABLE.test(name) || isTooDeep(name)) name = anyAddress(r);
  return { tag, peer: { address, name } };
}

/** Names and addresses as the daemon has them in its macros. */
function spelled({ name, address }: Required<Peer>, compressed: boolean): Required<Peer> {
  const own = (text: string): string => (text.includes(':') ? daemonSpelling(text, compressed) : text);
  return { name: /^\[.*\]$/.test(name) ? `[${own(name.slice(1, -1))}]` : name, address: own(address) };
}

function asked({ tag, peer }: ReturnType<typeof question>, compressed: boolean): RulesetQuery {
  const [rulesets, input] = RULESETS[tag];
  const { name, address } = OF_RECIPIENTS.includes(tag) ? peer : spelled(peer, compressed);
  const macros = { '{server_name}': name, '{server_addr}': address };
  const client = { clientName: name, clientAddr: address, trace: true };
  return { kind: 'ruleset', rulesets, input: input({ name, address }), ...client, macros };
}

/** The keys, and the entry that was found last: `map_lookup(access, KEY, ...) => VALUE (0), ad=0`. */
function theirs(
  { trace = [] }: DecisionAnswer,
  skips: boolean,
): { keys: readonly string[]; entry: string | undefined } {
  const lines = trace.flatMap((line) => /map_lookup\(access, (.*), %0=.* => (.*) \(\d+\), ad=/s.exec(line) ?? []);
  const keys = keysAsked(trace);
  const last = lines.at(-1)?.trim();
  // only where hosts are looked for, not whole addresses or users
  const isSkipped = skips && /^skip$/i.test(last ?? '') && !/:$|@/.test(keys.at(-1) ?? '');
  const isNothing = last === undefined || last === 'NOT FOUND' || last === '?' || isSkipped || keys.length === 0;
  return { keys, entry: isNothing ? undefined : `${keys.at(-1)} ${last}` };
}

function ours(setting: Setting): ReturnType<typeof theirs> {
  const keys = setting.trace.flatMap((step) => (step.kind === 'key' ? [shownKey(step.key)] : []));
  if (setting.status === 'found') return { keys, entry: `${shownKey(setting.key)} ${setting.value}` };
  return { keys, entry: setting.status === 'tempFail' ? `${setting.key} x<TMPF>` : undefined };
}

export const settingComparison: Comparison = {
  name: 'setting',
  shortCases: 240,
  async run(oracle, seed, cases, report) {
    for (let done = 0, round = 0; done < cases; round++) {
      const r = random(seed, round);
      const features = r.sample(OURS, r.int(0, OURS.length));
      const questions = r.list(QUESTIONS, () => question(r)).filter(({ peer }) => !isTooDeep(peer.name));
      const empty = checksOf(features);
      const aimed = (): string => {
        const { tag, peer } = r.pick(questions);
        return aimedEntry(r, empty.accessSetting(tag, peer));
      };
      const files = { access: r.list(r.int(5, 40), () => (r.chance(0.5) ? aimed() : entry(r))).join('') };
      const job = { features: [...features, ...ASKED], files, newaliases: false, debug: '60.5' };
      const { results } = await oracle.ask({
        ...job,
        queries: questions.map((each) => asked(each, features.includes(COMPRESSED))),
      });
      const checks = checksOf(features, files);
      for (const [i, { tag, peer }] of questions.entries()) {
        const [real, mine] = [
          theirs(results[i] as DecisionAnswer, features.includes(SKIP)),
          ours(checks.accessSetting(tag, peer)),
        ];
        const difference = { asked: { tag, peer, features, files }, theirs: real, ours: mine };
        report.compared(sameAnswer(real, mine) ? undefined : difference);
        done++;
      }
    }
  },
};
