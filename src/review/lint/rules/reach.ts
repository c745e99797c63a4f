/**
 * Entries and class words that let too many relay. A finding that says so is proved: the question is asked of the
 * configuration, and the finding carries it with its answer.
 */

import { parseAccessValue } from '../../../access/value.ts';
import type { Configuration } from '../../../config/configuration.ts';
import { foldCase } from '../../../core/fold.ts';
import type { ClassWord, LintContext } from '../context.ts';
import type { Witness } from '../finding.ts';
import { entryRule, type Rule, wordRule } from '../rule.ts';

/** Documentation networks and names that nobody has (RFC 5737, RFC 2606). */
const STRANGER = { address: '203.0.113.217', name: 'mx.stranger-a1b2.invalid' };
const SENDER = 'someone@stranger-a1b2.invalid';
const ELSEWHERE = 'elsewhere-c3d4.invalid';

/** Two-letter words are countries; these are the others that people meet. */
const TOP_LEVEL =
  /^(?:[a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|name|pro|aero|coop|museum|app|dev|xyz|online|site|shop|cloud|email|club|top|live|news|blog|tech|store|space|website|world|agency|life|today|zone|company|network|systems|services|solutions|media|digital|group|center|cat|jobs|mobi|tel|travel|asia|post)$/i;

const isRelay = (value: string): boolean => {
  const parsed = parseAccessValue(value);
  return parsed.kind === 'word' && parsed.word === 'RELAY';
};

/** Proof that mail from a client and sender to a recipient is sent on. */
function relayWitness(
  configuration: Configuration,
  client: { readonly address: string; readonly name: string },
  sender: string,
  recipient: string,
): Witness | undefined {
  const { action } = configuration.checkRcpt(recipient, { client, sender });
  if (action !== 'relay' && action !== 'ok') return undefined;
  return {
    question: `client ${client.address} (${client.name}), MAIL FROM:<${sender}>, RCPT TO:<${recipient}>`,
    answer: 'relayed',
  };
}

const wordsOfR = ({ relayDomains }: LintContext): readonly ClassWord[] => relayDomains;

export const REACH_RULES: readonly Rule[] = [
  {
    code: 'MM001',
    severity: 'error',
    title: 'anybody may relay',
    why: 'An open relay sends spam for the whole world, and is soon on every block list.',
    bad: { files: { access: '# nothing\n' }, features: ['promiscuous_relay'] },
    good: { files: { access: '# nothing\n' } },
    *check({ configuration, sources, features }) {
      const witness = relayWitness(configuration, STRANGER, SENDER, `somebody@${ELSEWHERE}`);
      if (witness === undefined) return;
      const by = features.has('promiscuous_relay') ? 'promiscuous_relay lets' : 'this configuration lets';
      const file = sources[0]?.file ?? 'access';
      yield { file, line: 1, column: 1, length: 1, text: `${by} a stranger send to a stranger`, witness };
    },
  },
  wordRule(
    {
      code: 'MM002',
      severity: 'error',
      title: 'a whole top-level domain is relayed',
      why: 'Class R covers everything below its words: mail to every domain below it is sent on for anybody.',
      bad: 'com',
      good: 'example.com',
    },
    'relay-domains',
    wordsOfR,
    ({ word }, { configuration }) => {
      if (!TOP_LEVEL.test(word)) return undefined;
      const witness = relayWitness(configuration, STRANGER, SENDER, `somebody@elsewhere-c3d4.${word}`);
      return witness && { text: `everything below ${word} is relayed for anybody`, witness };
    },
  ),
  entryRule(
    {
      code: 'MM003',
      severity: 'warning',
      title: 'RELAY without a tag relays to and from the domain',
      why: 'The key counts for clients and for recipients. A tag says which is meant.',
      bad: 'partner.example\tRELAY',
      good: 'To:partner.example\tRELAY',
    },
    'subject',
    ({ tag, kind, subject, value }) =>
      tag === undefined && kind === 'host' && isRelay(value) && subject.includes('.')
        ? {
            text: `${subject} is relayed to, and its hosts may send anywhere`,
            help: `write To:${subject} or Connect:${subject}`,
          }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM004',
      severity: 'warning',
      title: "RELAY rests on a client's name",
      why: 'Whoever may name hosts in that domain may relay: at a hosting provider that is every customer.',
      bad: 'Connect:hosting.example\tRELAY',
      good: 'Connect:192.0.2\tRELAY',
    },
    'subject',
    ({ tag, kind, subject, value }) =>
      tag === 'Connect' && kind === 'host' && subject.includes('.') && isRelay(value)
        ? { text: `every host with a name below ${subject} may relay`, help: 'name the networks instead' }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM005',
      severity: 'error',
      title: 'RELAY rests on what a client says its sender is',
      why: 'relay_mail_from believes the MAIL command; anybody can write that sender.',
      bad: { files: { access: 'From:bob@here.example\tRELAY\n' }, features: ['relay_mail_from'] },
      good: 'From:bob@here.example\tOK',
    },
    'subject',
    ({ tag, kind, subject, value }, { configuration }) => {
      if (tag !== 'From' || !isRelay(value)) return undefined;
      const sender = kind === 'address' ? subject : kind === 'host' ? `someone@${subject}` : undefined;
      const witness = sender && relayWitness(configuration, STRANGER, sender, `somebody@${ELSEWHERE}`);
      return witness ? { text: `anybody who says that he is ${sender} may relay`, witness } : undefined;
    },
  ),
  entryRule(
    {
      code: 'MM006',
      severity: 'warning',
      title: 'From: RELAY does not relay',
      why: 'Without relay_mail_from it accepts the sender and does no more; with delay_checks later checks are left out.',
      bad: 'From:x@y.example\tRELAY',
      good: 'From:x@y.example\tOK',
    },
    'value',
    ({ tag, value }, { features }) =>
      tag === 'From' && isRelay(value) && ![...features].some((feature) => feature.startsWith('relay_mail_from'))
        ? { text: 'the sender is accepted, and may not relay', help: 'write OK' }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM007',
      severity: 'warning',
      title: 'a network is wider than the private one that it looks like',
      why: 'Private space is 172.16 to 172.31 and 192.168; the rest of 172 and 192 is the Internet.',
      bad: 'Connect:172\tRELAY',
      good: 'Connect:172.16\tRELAY',
    },
    'subject',
    ({ kind, subject, value }) =>
      kind === 'network' && /^(?:172|192)$/.test(subject) && isRelay(value)
        ? `${subject} is mostly not private: strangers may relay`
        : undefined,
  ),
  entryRule(
    {
      code: 'MM008',
      severity: 'warning',
      title: 'a public network of 16 million addresses may relay',
      why: 'One octet is a 256th of the Internet.',
      bad: 'Connect:81\tRELAY',
      good: 'Connect:81.2.3\tRELAY',
    },
    'subject',
    ({ kind, subject, value }) =>
      kind === 'network' && /^\d+$/.test(subject) && !/^(?:10|127|172|192)$/.test(subject) && isRelay(value)
        ? `${subject} is 16 million public addresses`
        : undefined,
  ),
  wordRule(
    {
      code: 'MM009',
      severity: 'warning',
      title: 'a domain is relayed and local',
      why: 'Class w is asked first: its mail is delivered here, and never sent on.',
      bad: { files: { 'relay-domains': 'a.example\n', 'local-host-names': 'a.example\n' } },
      good: { files: { 'relay-domains': 'a.example\n', 'local-host-names': 'b.example\n' } },
    },
    'relay-domains',
    wordsOfR,
    ({ word }, { localHosts }) => {
      const local = localHosts.find((other) => foldCase(other.word) === foldCase(word));
      return local && `${word} is in ${local.file} (line ${local.line}) too: its mail is delivered here`;
    },
  ),
];
