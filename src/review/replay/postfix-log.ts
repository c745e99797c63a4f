/**
 * A message of Postfix in the log -> an event. smtpd logs `reject:` with all facts, or `client=` with a new queue ID; qmgr adds
 * the sender; the delivery agents add the recipients, with `orig_to=` if an alias changed them; qmgr removes the message.
 */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';
import type { LogEvent, Logged, LoggedClient, Stage } from './event.ts';
import { digitsEnd, idEnd, isAddress, isDigit } from './scan.ts';

/** The type of the TLS connection, with its result in sendmail's words: no certificate, one of a known authority, another one. */
const VERIFY: Readonly<Record<string, ByteString>> = { Anonymous: 'NO', Trusted: 'OK', Untrusted: 'FAIL' };
const ESTABLISHED = ' TLS connection established from ';
const STAGES: Readonly<Record<string, Stage>> = {
  CONNECT: 'relay',
  HELO: 'relay',
  EHLO: 'relay',
  MAIL: 'mail',
  RCPT: 'rcpt',
};

/** The name of the service shows the kind of a message: `postfix/smtpd`, `postfix-out/submission/smtpd`. */
export function postfixEvent(service: ByteString, message: ByteString): LogEvent | undefined {
  const end = idEnd(message, SHORTEST_ID);
  if (service === 'smtpd') {
    if (end === 0) return sessionOf(message);
    return message.startsWith('client=', end + 2) ? clientOf(message, end) : answerOf(message, end);
  }
  if (end === 0) return undefined;
  const start = end + 2;
  if (message.startsWith('to=<', start)) return deliveryOf(message, end);
  const id = message.slice(0, end);
  if (message.startsWith('from=<', start)) {
    const close = message.lastIndexOf('>, size=');
    const sender = message.slice(start + 'from=<'.length, close);
    return close < 0 ? undefined : { kind: 'sender', id, sender };
  }
  return message.startsWith('removed', start) ? { kind: 'removed', id } : undefined;
}

const SHORTEST_ID = 6;
const [LETTER_C, LETTER_D] = [0x63, 0x64];

function sessionOf(text: ByteString): LogEvent | undefined {
  const first = text.charCodeAt(0);
  if (first === LETTER_C) {
    const address = peerAfter('connect from ', text)?.address;
    return address === undefined ? undefined : { kind: 'session', address, begins: true };
  }
  if (first === LETTER_D) {
    const end = peerAfter('disconnect from ', text)?.end;
    return end === undefined || !text.includes('=', end) ? undefined : endOf(text, end);
  }
  const at = text.indexOf(ESTABLISHED);
  const verify = at < 0 ? undefined : ownField(VERIFY, text.slice(0, at));
  const address = verify === undefined ? undefined : peerAt(text, at + ESTABLISHED.length)?.address;
  return address === undefined ? undefined : { kind: 'session', address, tls: { verify: verify! } };
}

/** The commands of the session from `at` on: `auth=1/2` means that one of two worked. */
function endOf(text: ByteString, at: number): LogEvent {
  const worked = (command: string): boolean => {
    const found = text.indexOf(command, at);
    return found >= 0 && !text.startsWith('0/', found + command.length);
  };
  return { kind: 'sessionEnd', noAuth: !worked(' auth='), noTls: !worked(' starttls=') };
}

interface Peer {
  readonly name: ByteString;
  readonly address: ByteString;
  /** The offset behind it. */
  readonly end: number;
}

const peerAfter = (word: string, text: ByteString): Peer | undefined =>
  text.startsWith(word) ? peerAt(text, word.length) : undefined;

/** `NAME[ADDRESS]`, or `NAME[ADDRESS]:PORT`. */
function peerAt(text: ByteString, start: number): Peer | undefined {
  const open = text.indexOf('[', start);
  const close = text.indexOf(']', open);
  if (open <= start || close < 0) return undefined;
  const name = text.slice(start, open);
  const address = text.slice(open + 1, close);
  if (name.includes(' ') || !isAddress(address)) return undefined;
  let end = close + 1;
  if (text[end] === ':' && isDigit(text.charCodeAt(end + 1))) end = digitsEnd(text, end + 1);
  return { name, address, end };
}

/** `to=<now>, orig_to=<as the client said>, relay=...` */
function deliveryOf(text: ByteString, idLength: number): LogEvent | undefined {
  const end = text.indexOf('>, relay=');
  if (end < 0) return undefined;
  const original = text.lastIndexOf('>, orig_to=<', end);
  const start = original < 0 ? idLength + ': to=<'.length : original + '>, orig_to=<'.length;
  return { kind: 'recipients', id: text.slice(0, idLength), recipients: [text.slice(start, end)] };
}

function clientOf(text: ByteString, idLength: number): LogEvent | undefined {
  const peer = peerAt(text, idLength + ': client='.length);
  if (peer === undefined) return undefined;
  return {
    kind: 'client',
    id: text.slice(0, idLength),
    client: named(peer),
    auth: wordAfter(', sasl_method=', text, peer.end) ?? 'none',
    tls: 'unknown',
  };
}

const ANSWERS: Readonly<Record<string, Logged['action']>> = {
  reject: 'refused',
  discard: 'discarded',
  hold: 'quarantined',
};

/** `reject: RCPT from NAME[ADDRESS]: REPLY; from=<...> ...` */
function answerOf(text: ByteString, idLength: number): LogEvent | undefined {
  const start = idLength + 2;
  const colon = text.indexOf(': ', start);
  const from = text.indexOf(' from ', colon);
  const action = colon < 0 || from < 0 ? undefined : ownField(ANSWERS, text.slice(start, colon));
  const stage = action && ownField(STAGES, text.slice(colon + 2, from));
  const peer = stage && peerAt(text, from + ' from '.length);
  if (action === undefined || stage === undefined || peer === undefined) return undefined;
  if (!text.startsWith(': ', peer.end)) return undefined;
  const { reply, sender, recipient, helo, method } = factsOf(text.slice(peer.end + 2));
  if ((stage !== 'relay' && sender === undefined) || (stage === 'rcpt' && recipient === undefined)) return undefined;
  const id = text.slice(0, idLength);
  return {
    kind: 'answer',
    stage,
    client: helo === undefined ? named(peer) : { ...named(peer), helo },
    auth: method ?? 'unknown',
    tls: 'unknown',
    logged: loggedOf(action, reply),
    ...(id !== 'NOQUEUE' && { id }),
    ...(sender !== undefined && { sender }),
    ...(recipient !== undefined && { recipient }),
  };
}

interface Facts {
  readonly reply: ByteString;
  readonly sender?: ByteString;
  readonly recipient?: ByteString;
  readonly helo?: ByteString;
  readonly method?: ByteString;
}

/**
 * `REPLY; from=<sender> to=<recipient> proto=ESMTP helo=<name>`, read from its end, because the client chose the text at the
 * front.
 */
function factsOf(text: ByteString): Facts {
  const proto = text.lastIndexOf(' proto=');
  const to = text.lastIndexOf(' to=<', proto);
  const from = text.lastIndexOf('; from=<', to < 0 ? proto : to);
  if (from < 0) return { reply: text };
  const senderEnd = to < 0 ? proto : to;
  const heloStart = text.indexOf(' helo=<', proto);
  const heloEnd = heloStart < 0 ? -1 : text.indexOf('>', heloStart);
  const helo = heloEnd < 0 ? undefined : text.slice(heloStart + ' helo=<'.length, heloEnd);
  const method = wordAfter(' sasl_method=', text, Math.max(heloEnd, proto));
  return {
    reply: text.slice(0, from),
    sender: text.slice(from + '; from=<'.length, senderEnd - 1),
    ...(to >= 0 && { recipient: text.slice(to + ' to=<'.length, proto - 1) }),
    ...(helo !== undefined && { helo }),
    ...(method !== undefined && { method }),
  };
}

/** The text after a word, up to a blank or a comma. */
function wordAfter(word: string, text: ByteString, from: number): ByteString | undefined {
  const at = text.indexOf(word, from);
  return at < 0 ? undefined : /^[^,\s]+/.exec(text.slice(at + word.length))?.[0];
}

function loggedOf(action: Logged['action'], reply: ByteString): Logged {
  if (action !== 'refused') return { action };
  return { action: reply.startsWith('4') ? 'refused for now' : action, reply };
}

function named({ name, address }: Peer): LoggedClient {
  return name === 'unknown' ? { address, nameState: 'unknown' } : { address, name, nameState: 'OK' };
}
