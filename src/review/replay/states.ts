/**
 * A logged question -> the questions that it may have been. If the log lacks a fact, every value of the fact that affects the
 * configurations is tried: the reason why a client has no name, its authentication, an unknown sender.
 */
import { decodeText } from '../../core/bytes.ts';
import type { Client } from '../../core/session.ts';
import { type Question, SENDER_COUNTS } from '../question.ts';
import type { LoggedAuth, LoggedClient } from './event.ts';
import type { LoggedQuestion } from './join.ts';

export interface States {
  readonly questions: readonly Question[];
  /** Whether all possible questions are included; they are not for an unknown sender that counts. */
  readonly areAll: boolean;
}

/** The features of all configurations -> the states of each question under them. */
export function statesUnder(features: readonly string[]): (question: LoggedQuestion) => States {
  const trusted = features.flatMap((feature) => /^trust_auth_mech:(.*)$/.exec(feature)?.[1]?.split(/\s+/) ?? []);
  const senderCounts = features.some((feature) => SENDER_COUNTS.test(feature));
  return ({ stage, client, auth, sender, recipient }) => {
    const senders = sender === undefined && stage !== 'relay' ? UNKNOWN_SENDERS : [decodeText(sender ?? '')];
    const questions = clientStates(client).flatMap((asked) =>
      authStates(auth, trusted).flatMap((authType) =>
        senders.map((from) => ({
          kind: stage,
          client: asked,
          ...(stage !== 'relay' && { sender: from }),
          ...(recipient !== undefined && { recipient: decodeText(recipient) }),
          ...(authType !== undefined && { authType }),
        })),
      ),
    );
    return { questions, areAll: senders !== UNKNOWN_SENDERS || !senderCounts };
  };
}

/** The null sender, and one that no entry names. */
const UNKNOWN_SENDERS: readonly string[] = ['', 'zq7x@zq7x.invalid'];

function clientStates(logged: LoggedClient): Client[] {
  const client = {
    address: logged.address,
    ...(logged.helo !== undefined && { helo: decodeText(logged.helo) }),
  };
  const named = (resolve: NonNullable<Client['resolve']>): Client => ({ ...client, resolve });
  if (logged.nameState === 'unnamed') return [named('FAIL'), named('TEMP')];
  if (logged.nameState === 'unknown') return [named('FAIL'), named('TEMP'), named('FORGED')];
  const name = decodeText(logged.name!);
  return [logged.nameState === 'FORGED' ? { ...named('FORGED'), ptr: name } : { ...client, name }];
}

/** A mechanism that no configuration trusts. */
const UNTRUSTED = 'zq7x';

/** Without a mechanism that is trusted, authentication changes no decision. */
function authStates(auth: LoggedAuth, trusted: readonly string[]): readonly (string | undefined)[] {
  if (auth === 'none' || trusted.length === 0) return [undefined];
  if (auth === 'some') return [...trusted, UNTRUSTED];
  return auth === 'unknown' ? [undefined, ...trusted] : [auth];
}
