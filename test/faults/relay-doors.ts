/**
 * The doors at which a stranger can ask the same: the questions of the library, an SMTP session, and a request of Postfix, each
 * under our rules or those of a sendmail.cf. Each says who is let in, and where mail for him goes.
 */
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import type { Resolver } from '../../src/dns/resolver.ts';
import { type Decision, type DeliveryTarget, type MailMaps, resolveClient, type Session } from '../../src/index.ts';
import { policyProtocol } from '../../src/serve/policy.ts';
import { ofExpansion } from '../alias/answer.ts';
import { bytesOf } from '../machine.ts';
import { policyRequest } from '../serve/peer.ts';

export interface Stranger {
  readonly address: string;
  readonly sender: string;
}

/**
 * Recipients that are let in, each with the targets of its mail in the words of `sendmail -bv`: none for an unknown mailbox,
 * undefined where Postfix says.
 */
export type Found = ReadonlyMap<string, readonly string[] | undefined>;

/** Resolves to those of the given recipients that are let in. */
type Door = (maps: MailMaps, stranger: Stranger, recipients: readonly string[], resolver: Resolver) => Promise<Found>;

const isRefused = ({ action }: Decision): boolean => ['reject', 'tempFail', 'discard'].includes(action);

function wordsOf(recipients: readonly DeliveryTarget[]): readonly string[] {
  return ofExpansion({ recipients: bytesOf(recipients), errors: [], trace: [] }).recipients;
}

const questions: Door = async (maps, { address, sender }, recipients, resolver) => {
  const client = await resolveClient(address, resolver);
  const session: Session = { client: { ...client, helo: 'mail.example.com' }, sender };
  const relay = await maps.ask({ kind: 'relay', client: session.client }, { resolver });
  const mail = await maps.ask({ kind: 'mail', sender, session }, { resolver });
  if (isRefused(relay) || isRefused(mail)) return new Map();
  const found = new Map<string, readonly string[]>();
  for (const each of recipients) {
    const recipient = decodeText(each);
    if (isRefused(await maps.ask({ kind: 'rcpt', recipient, session }, { resolver }))) continue;
    const expansion = await maps.ask({ kind: 'expand', address: recipient, as: 'recipient' }, { resolver });
    found.set(each, wordsOf(expansion.recipients));
  }
  return found;
};

/** The relaying rules let a recipient in of whom there is no mailbox, too. */
export const isIn = (line = ''): boolean => line.startsWith('250') || /^550 5\.1\.1 .*User unknown$/.test(line);

const session: Door = async (maps, { address, sender }, recipients, resolver) => {
  const smtp = maps.session({ address });
  await smtp.ask({ kind: 'connect' }, { resolver });
  smtp.helo('mail.example.com');
  if (!(await smtp.ask({ kind: 'mail', sender }, { resolver })).accepted) return new Map();
  const found = new Map<string, readonly string[]>();
  for (const recipient of recipients) {
    const { lines, targets } = await smtp.ask({ kind: 'rcpt', recipient: decodeText(recipient) }, { resolver });
    if (isIn(lines.at(-1))) found.set(recipient, wordsOf(targets));
  }
  return found;
};

/**
 * An address as Postfix gives it: without quotes. Undefined: Postfix refuses it, or writes it in another form. It refuses hosts
 * with blanks, too, but another server that asks may not.
 */
function asPostfixGives(recipient: string): string | undefined {
  const [, quoted, host] = /^"((?:[^"\\]|\\.)*)"@([^@"]+)$/s.exec(recipient) ?? [];
  if (quoted !== undefined) return `${quoted.replace(/\\(.)/gs, '$1')}@${host}`;
  return /^[^@\s"(),:;<>\\]+(?:@[^@"(),;<>\\]+)?$/.test(recipient) ? recipient : undefined;
}

/** As Postfix asks: `OK` lets in, and `DUNNO` leaves it to Postfix, for recipients of this host. */
const policy: Door = async (maps, { address, sender }, recipients, resolver) => {
  const asking = {
    ask: (question: never) => maps.ask(question, { resolver }),
    checkRelay: maps.checkRelay.bind(maps),
    checkMail: maps.checkMail.bind(maps),
    checkRcpt: maps.checkRcpt.bind(maps),
    isLocal: maps.isLocal.bind(maps),
  } as unknown as MailMaps;
  const conversation = policyProtocol(() => asking, { onProblem: () => undefined })();
  const { name = '', ptr = '', resolve } = await resolveClient(address, resolver);
  const found = new Map<string, undefined>();
  for (const recipient of recipients) {
    const given = asPostfixGives(recipient);
    if (given === undefined) continue;
    conversation.push(
      policyRequest({
        protocol_state: 'RCPT',
        client_address: address,
        client_name: resolve === 'OK' ? encodeText(name) : 'unknown',
        reverse_client_name: ptr === '' || ptr.startsWith('[') ? 'unknown' : encodeText(ptr),
        helo_name: 'mail.example.com',
        sender: encodeText(sender),
        recipient: given,
      }),
    );
    const reply = conversation.next() ?? (await conversation.pending) ?? '';
    if (/^action=(?:OK|DUNNO|HOLD)/.test(reply)) found.set(recipient, undefined);
  }
  return found;
};

export const DOORS: Readonly<Record<string, Door>> = { questions, session, policy };
