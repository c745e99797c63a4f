/**
 * A message of Postfix in the log -> an event. smtpd logs `reject:` with all facts, or `client=` with a new queue ID; qmgr adds
 * the sender; the delivery agents add the recipients, with `orig_to=` if an alias changed them.
 */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';
import type { LogEvent, Logged, LoggedClient, Stage } from './event.ts';

const ID = /^([0-9A-Za-z]{6,20}): /;
const CLIENT = /^client=(\S+?)\[([0-9A-Fa-f.:]+)\](?::\d+)?(?:, |$)/;
const METHOD = /, sasl_method=([^,\s]+)/;
const CONNECTED = /^connect from \S+?\[([0-9A-Fa-f.:]+)\]/;
const DISCONNECTED = /^disconnect from \S+?\[[0-9A-Fa-f.:]+\](?::\d+)? ([a-z\d=/ ]*)$/;
const HANDSHAKE = /^(Anonymous|Trusted|Untrusted) TLS connection established from \S+?\[([0-9A-Fa-f.:]+)\]/;
/** In sendmail's words: no certificate, one of a known authority, another one. */
const VERIFY: Readonly<Record<string, ByteString>> = { Anonymous: 'NO', Trusted: 'OK', Untrusted: 'FAIL' };
const ANSWER = /^(reject|discard|hold): (CONNECT|[HE]HLO|MAIL|RCPT) from (\S+?)\[([0-9A-Fa-f.:]+)\](?::\d+)?: (.*)$/s;
const STAGES: Readonly<Record<string, Stage>> = {
  CONNECT: 'relay',
  HELO: 'relay',
  EHLO: 'relay',
  MAIL: 'mail',
  RCPT: 'rcpt',
};

/** The name of the service shows the kind of a message: `postfix/smtpd`, `postfix-out/submission/smtpd`. */
export function postfixEvent(service: ByteString, message: ByteString): LogEvent | undefined {
  const id = ID.exec(message)?.[1];
  const text = id === undefined ? message : message.slice(id.length + 2);
  if (id === undefined) return service === 'smtpd' ? sessionOf(text) : undefined;
  if (service === 'smtpd') return text.startsWith('client=') ? clientOf(text, id) : answerOf(text, id);
  if (text.startsWith('from=<')) {
    const end = text.lastIndexOf('>, size=');
    return end < 0 ? undefined : { kind: 'sender', id, sender: text.slice('from=<'.length, end) };
  }
  return text.startsWith('to=<') ? deliveryOf(text, id) : undefined;
}

function sessionOf(text: ByteString): LogEvent | undefined {
  const connected = CONNECTED.exec(text)?.[1];
  if (connected !== undefined) return { kind: 'session', address: connected, begins: true };
  const commands = DISCONNECTED.exec(text)?.[1]?.split(' ');
  if (commands !== undefined) return { kind: 'sessionEnd', noAuth: !worked('auth'), noTls: !worked('starttls') };
  const [, how, address] = HANDSHAKE.exec(text) ?? [];
  return address === undefined ? undefined : { kind: 'session', address, tls: { verify: ownField(VERIFY, how!)! } };

  /** `auth=1/2`: one of two worked. */
  function worked(command: string): boolean {
    return commands!.some((each) => each.startsWith(`${command}=`) && !each.startsWith(`${command}=0/`));
  }
}

/** `to=<now>, orig_to=<as the client said>, relay=...` */
function deliveryOf(text: ByteString, id: ByteString): LogEvent | undefined {
  const end = text.indexOf('>, relay=');
  if (end < 0) return undefined;
  const original = text.lastIndexOf('>, orig_to=<', end);
  const recipient = text.slice(original < 0 ? 'to=<'.length : original + '>, orig_to=<'.length, end);
  return { kind: 'recipients', id, recipients: [recipient] };
}

function clientOf(text: ByteString, id: ByteString): LogEvent | undefined {
  const match = CLIENT.exec(text);
  if (match === null) return undefined;
  return {
    kind: 'client',
    id,
    client: named(match[1]!, match[2]!),
    auth: METHOD.exec(text)?.[1] ?? 'none',
    tls: 'unknown',
  };
}

function answerOf(text: ByteString, id: ByteString): LogEvent | undefined {
  const match = ANSWER.exec(text);
  if (match === null) return undefined;
  const [, what, command, name, address, rest] = match;
  const facts = factsOf(rest!);
  const { sender, recipient, helo, method } = facts;
  const stage = ownField(STAGES, command!)!;
  if ((stage !== 'relay' && sender === undefined) || (stage === 'rcpt' && recipient === undefined)) return undefined;
  return {
    kind: 'answer',
    stage,
    client: { ...named(name!, address!), ...(helo !== undefined && { helo }) },
    auth: method ?? 'unknown',
    tls: 'unknown',
    logged: loggedOf(what!, facts.reply),
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
  const rest = text.slice(proto);
  const helo = /^ proto=\w+ helo=<([^>]*)>/.exec(rest)?.[1];
  const method = / sasl_method=(\S+)/.exec(rest)?.[1];
  return {
    reply: text.slice(0, from),
    sender: text.slice(from + '; from=<'.length, senderEnd - 1),
    ...(to >= 0 && { recipient: text.slice(to + ' to=<'.length, proto - 1) }),
    ...(helo !== undefined && { helo }),
    ...(method !== undefined && { method }),
  };
}

function loggedOf(what: string, reply: ByteString): Logged {
  if (what === 'discard') return { action: 'discarded' };
  if (what === 'hold') return { action: 'quarantined' };
  return { action: reply.startsWith('4') ? 'refused for now' : 'refused', reply };
}

function named(name: ByteString, address: ByteString): LoggedClient {
  return name === 'unknown' ? { address, nameState: 'unknown' } : { address, name, nameState: 'OK' };
}
