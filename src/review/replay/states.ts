/**
 * A logged question -> the questions that it may have been. If the log lacks a fact, every value of the fact that affects the
 * configurations is tried: the reason why a client has no name, its authentication, its certificate, an unknown sender.
 */
import { decodeText } from '../../core/bytes.ts';
import type { Client } from '../../core/session.ts';
import { observedOf } from '../diff/observed.ts';
import { tlsClasses } from '../diff/sessions.ts';
import { type Question, senderCounts } from '../question.ts';
import type { Reviewed } from '../sources.ts';
import type { LoggedAuth, LoggedClient, LoggedQuestion, LoggedTls } from './event.ts';

export interface States {
  readonly questions: readonly Question[];
  /** Whether all possible questions are included; they are not for an unknown recipient, or an unknown sender that counts. */
  readonly areAll: boolean;
}

/** All configurations -> the states of each question under them. */
export function statesUnder(sides: readonly Reviewed[]): (question: LoggedQuestion) => States {
  const features = sides.flatMap(({ settings }) => settings.features);
  const handshakes = handshakesOf(sides);
  const trusted = features.flatMap((feature) => /^trust_auth_mech:(.*)$/.exec(feature)?.[1]?.split(/\s+/) ?? []);
  const readsSenders = sides.some(senderCounts);
  return ({ stage, client, auth, tls, sender, recipient }) => {
    const senders = sender === undefined && stage !== 'relay' ? UNKNOWN_SENDERS : [decodeText(sender ?? '')];
    const questions = clientStates(client).flatMap((asked) =>
      authStates(auth, trusted).flatMap((authType) =>
        tlsStates(tls, handshakes).flatMap((handshake) =>
          senders.map((from) => ({
            kind: stage,
            client: asked,
            ...(stage !== 'relay' && { sender: from }),
            ...(recipient !== undefined && { recipient: decodeText(recipient) }),
            ...(authType !== undefined && { authType }),
            ...(handshake !== undefined && { tls: handshake }),
          })),
        ),
      ),
    );
    const isKnown = stage !== 'rcpt' || recipient !== undefined;
    return { questions, areAll: isKnown && (senders !== UNKNOWN_SENDERS || !readsSenders) };
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

type Handshake = NonNullable<Question['tls']>;

/** In every access map with an entry about a certificate, or under a tag that CITag names. */
const ABOUT_TLS = /tls_clt|cert(?:issuer|subject)|:\//i;

/** Every result of TLS that the entries of the configurations distinguish; none: TLS changes no decision. */
function handshakesOf(sides: readonly Reviewed[]): readonly Handshake[] {
  if (!sides.some(({ texts }) => texts.some(({ kind, text }) => kind === 'access' && ABOUT_TLS.test(text)))) return [];
  const observed = sides.map((reviewed) => ({ reviewed, observed: observedOf(reviewed) }));
  const named = tlsClasses(observed, new Set()).flatMap(({ facts }) => facts.tls ?? []);
  if (!named.some(({ verify }) => verify === 'OK')) return [];
  // a failed handshake ends the connection, so it brings no mail
  return [...named.filter(({ verify }) => verify === 'OK'), { verify: 'NO' }, { verify: 'FAIL' }];
}

/** A handshake whose names the log does not have may be any with its result. */
function tlsStates(tls: LoggedTls, handshakes: readonly Handshake[]): readonly (Handshake | undefined)[] {
  if (tls === 'none' || handshakes.length === 0) return [undefined];
  if (tls === 'some') return handshakes;
  if (tls === 'unknown') return [undefined, ...handshakes];
  const { verify, issuer, subject } = tls;
  if (issuer !== undefined && subject !== undefined)
    return [{ verify, certIssuer: decodeText(issuer), certSubject: decodeText(subject) }];
  const some = handshakes.filter((known) => known.verify === verify);
  return some.length > 0 ? some : [{ verify }];
}
