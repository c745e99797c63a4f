/**
 * A configuration -> a question that shows that a stranger may relay to a stranger, if there is one. A stranger is a client in
 * no network and no domain that is named, over IPv4 and IPv6, with any kind of name, without a login; its HELO and sender are
 * what it likes. The recipient is at a host that is not named, in several spellings.
 *
 * Limit: DNS gives its usual answers. By relay_based_on_MX the owner of a domain may choose this host as its exchanger.
 */
import { decodeText } from '../../core/bytes.ts';
import { decide, type Question, relays, senderCounts } from '../question.ts';
import type { Reviewed } from '../sources.ts';
import { FRESH } from '../table-address.ts';
import type { Classes, ClientExample } from './classes.ts';
import { PLAIN_DNS } from './dns-answers.ts';

export function strangerRelays(after: Reviewed, classes: Classes): Question | undefined {
  for (const question of questionsOf(after, classes)) {
    const answer = decide(after, question, PLAIN_DNS);
    if (relays(answer) || answer.action === 'ok') return question;
  }
  return undefined;
}

function* questionsOf(after: Reviewed, classes: Classes): Generator<Question> {
  const clients = classes.strangers.flatMap((address) => kindsOf(address, decodeText(classes.far)));
  const recipients = spellingsOf(decodeText(classes.far));
  for (const client of clients)
    for (const sender of [`${FRESH}@${classes.far}`, '', `${FRESH}@localhost`])
      for (const recipient of recipients)
        for (const facts of WITHOUT_LOGIN) yield { kind: 'rcpt', client, sender, recipient, ...facts };
  if (!senderCounts(after)) return;
  for (const { example } of classes.senders.plain)
    for (const client of clients)
      yield { kind: 'rcpt', client, sender: decodeText(`${example.local}@${example.host}`), recipient: recipients[0]! };
}

/** Everybody may log in by ANONYMOUS. */
const WITHOUT_LOGIN: readonly Partial<Question>[] = [{}, { authType: 'ANONYMOUS', authAuthen: 'anonymous' }];

function kindsOf({ address }: ClientExample, name: string): readonly Question['client'][] {
  return [
    { address, name },
    { address },
    { address, resolve: 'TEMP' },
    { address, resolve: 'FORGED', ptr: name },
    { address, name, helo: name },
  ];
}

function spellingsOf(host: string): readonly string[] {
  const user = `x${FRESH}`;
  return [
    ...[`${user}@${host}`, `${user}%${host}@localhost`, `@localhost:${user}@${host}`, `${host}!${user}`],
    ...[`${host}!${user}@localhost`, `"${user}@${host}"@localhost`, `${user}%${host}`, `${user}@[203.0.113.217]`],
  ];
}
