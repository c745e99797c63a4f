/** Every recorded answer of the real check_relay, check_mail and check_rcpt, row by row. */
import { describe, expect, it } from 'vitest';
import type { AccessTag } from '../../src/access/decision.ts';
import { formatReply } from '../../src/access/reply.ts';
import type { Session } from '../../src/core/session.ts';
import { checksOf } from '../machine.ts';
import type { DecisionAnswer, Files, RulesetQuery } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { ask, type CheckQuery, ours, theirs } from './answer.ts';

interface Group<Question, Answer> {
  readonly group: string;
  readonly about: string;
  readonly features: readonly string[];
  readonly files: Files;
  readonly cases: readonly { readonly question: Question; readonly answer: Answer }[];
}

function groupsOf<Q, A>(file: string): readonly Group<Q, A>[] {
  return readData<{ groups: readonly Group<Q, A>[] }>(file).groups;
}

/** The domains in the DNS of the recorded session. */
const SENDER_DOMAINS: Readonly<Record<string, Session['senderDomain']>> = {
  'nx.example': 'PERM',
  'local.test': 'PERM',
  '[192.0.2.1]': 'PERM',
  'tmp.example': 'TEMP',
};

const groups = groupsOf<CheckQuery, DecisionAnswer>('relay').filter((group) => !('notReplayed' in group));

describe.each(groups)('$group: $about', ({ features, files, cases }) => {
  const checks = checksOf(features, files);
  it.each(cases)('$question', ({ question, answer }) => {
    const senderDomain = SENDER_DOMAINS[question.sender?.split('@').at(-1) ?? ''] ?? 'OK';
    const decision = ask(checks, question, { senderDomain });
    // the daemon refuses an address that does not parse before any ruleset; test mode has no such step
    if (decision.because?.rule === 'syntax') expect(decision.reply?.code).toBe(553);
    else expect(ours(decision, question)).toBe(theirs(answer));
  });
});

const SMTP = groupsOf<{ lines: string[]; clientAddr: string }, { replies: string[][] }>('smtp');

describe.each(SMTP.filter(({ group }) => group.startsWith('syntax')))('$group: $about', ({ files, cases }) => {
  const checks = checksOf(['accept_unresolvable_domains', 'blocklist_recipients'], files);
  it.each(cases)('$question.lines.1', ({ question, answer }) => {
    for (const [i, line] of question.lines.entries()) {
      const [, verb, address] = /^(MAIL FROM|RCPT TO):<(.*)>$/s.exec(line) ?? [];
      if (verb === undefined || address === undefined) continue;
      const session = { client: { address: question.clientAddr, name: 'localhost' }, sender: 'ok@b.example' };
      const decision = verb === 'RCPT TO' ? checks.checkRcpt(address, session) : checks.checkMail(address, session);
      const [reply] = answer.replies[i + 1]!;
      if (/^250 |User unknown$/.test(reply!)) expect(decision.reply).toBeUndefined();
      else expect(formatReply(decision, address)).toBe(reply);
    }
  });
});

const TAGS: Readonly<Record<string, AccessTag>> = {
  srv_features: 'SRV_Features',
  clt_features: 'CLT_Features',
  authinfo: 'AuthInfo',
  'Start,greet_pause': 'GreetPause',
};

const settings = groupsOf<RulesetQuery, DecisionAnswer>('settings').filter(({ group }) => group.startsWith('controls'));

describe.each(settings)('$group: $about', ({ files, cases }) => {
  const checks = checksOf([], files);
  it.each(cases.filter(({ question }) => question.rulesets in TAGS))('$question', ({ question, answer }) => {
    const [name, address] = question.input.includes('$|')
      ? question.input.split(' $| ')
      : [question.macros?.['{server_name}'], question.macros?.['{server_addr}']];
    const setting = checks.accessSetting(TAGS[question.rulesets]!, { name: name!, address: address! });
    const value = setting.status === 'found' ? setting.value.replace(/" +"/g, '""') : undefined;
    const isDefault = !answer.final || answer.value === '5000';
    expect(value).toBe(isDefault ? undefined : answer.value);
  });
});
