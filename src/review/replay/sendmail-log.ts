/**
 * A message of sendmail's in the log -> an event. `from=` has the sender, `to=` the recipients and the result, `ruleset=` a
 * refusal; all have the queue ID, except for a client that was refused when it connected.
 *
 * A recipient in angle brackets is as the client gave it. One without brackets comes from an alias, which is in `ctladdr=` if
 * sendmail knows it.
 */
import type { ByteString } from '../../core/bytes.ts';
import { ownField } from '../../core/own-field.ts';
import type { LogEvent, Logged, LoggedAuth, LoggedClient, LoggedTls, Stage } from './event.ts';
import { isAddress } from './scan.ts';

const ID = /^([A-Za-z0-9]{12,20}): /;
/** A path in angle brackets, in which quotes may hide a `>`; or, without them, a name. */
const RULESET =
  /^ruleset=(check_(?:relay|mail|rcpt)), arg1=(<(?:[^">\\]|\\.|"(?:[^"\\]|\\.)*")*>|[^,<]*)(?:, arg2=[^,]*)?, relay=/s;
const SENDER = /^from=(<(?:[^">\\]|\\.|"(?:[^"\\]|\\.)*")*>|[^,<]*), /s;
const ALIAS = /^ ctladdr=(<(?:[^">\\]|\\.|"(?:[^"\\]|\\.)*")*>)/s;
const PATHS = /^(?:<(?:[^">\\]|\\.|"(?:[^"\\]|\\.)*")*>|[^,<]*),/s;
const RELAY = /^(?:([^\s,[\]]+) )?\[([^\s\]]+)\]( \(may be forged\))?/;
const CLONE = /^([A-Za-z0-9]{12,20}): clone: /;
/** With LogLevel 10 and above: an alias as the client named it. */
const EXPANDED = /^alias (<(?:[^">\\]|\\.|"(?:[^"\\]|\\.)*")*>) => /s;
const HANDSHAKE = /^STARTTLS=server, relay=/;
const CERTIFICATE = /^STARTTLS=server, cert-subject=([^,]*), cert-issuer=([^,]*), verifymsg=/;
const AUTHENTICATED = /^AUTH=server, relay=/;
/** The mark of a text that sendmail shortened in its log. */
const SHORTENED = '...';

export function sendmailEvent(message: ByteString): LogEvent | readonly LogEvent[] | undefined {
  const id = ID.exec(message)?.[1];
  const text = id === undefined ? message : message.slice(id.length + 2);
  if (text.startsWith('ruleset=')) return answerOf(text, id);
  if (id === undefined) return sessionOf(text);
  if (text.startsWith('alias <')) return expandedOf(text, id);
  if (text.startsWith('from=')) return senderOf(text, id);
  if (text.startsWith('to=')) return recipientsOf(text, id);
  const clone = CLONE.exec(text);
  return clone === null ? undefined : { kind: 'clone', id: clone[1]!, from: id };
}

/** Lines about TLS and AUTH have no queue ID, because there is no message yet. */
function sessionOf(text: ByteString): LogEvent | undefined {
  const [, subject, issuer] = CERTIFICATE.exec(text) ?? [];
  if (subject !== undefined) return { kind: 'session', tls: { verify: '', subject, issuer: issuer! } };
  const head = (HANDSHAKE.exec(text) ?? AUTHENTICATED.exec(text))?.[0];
  const client = head === undefined ? undefined : clientOf(text.slice(head.length));
  if (client === undefined) return undefined;
  const { address } = client;
  const [, verify] = /, verify=(\w+), cipher=/.exec(text) ?? [];
  if (verify !== undefined) return { kind: 'session', address, tls: { verify } };
  const [, auth] = /, mech=([^,\s]+), bits=\d+$/.exec(text) ?? [];
  return auth === undefined ? undefined : { kind: 'session', address, auth };
}

function expandedOf(text: ByteString, id: ByteString): LogEvent | undefined {
  const path = EXPANDED.exec(text)?.[1];
  const recipient = path === undefined ? undefined : pathOf(path);
  return recipient === undefined ? undefined : { kind: 'recipients', id, recipients: [recipient] };
}

const STAGES: Readonly<Record<string, Stage>> = { check_relay: 'relay', check_mail: 'mail', check_rcpt: 'rcpt' };

function answerOf(text: ByteString, id: ByteString | undefined): LogEvent | undefined {
  const match = RULESET.exec(text);
  const rest = text.slice(match?.[0].length ?? 0);
  const client = match === null ? undefined : clientOf(rest);
  const logged = loggedOf(rest);
  if (match === null || client === undefined || logged === undefined) return undefined;
  const stage = ownField(STAGES, match[1]!)!;
  const address = pathOf(match[2]!);
  if (stage !== 'relay' && address === undefined) return undefined;
  return {
    kind: 'answer',
    stage,
    client,
    auth: 'unknown',
    tls: 'unknown',
    logged,
    ...(id !== undefined && { id }),
    ...(stage === 'mail' && { sender: address! }),
    ...(stage === 'rcpt' && { recipient: address! }),
  };
}

function loggedOf(rest: ByteString): Logged | undefined {
  const reject = rest.indexOf(', reject=');
  if (reject >= 0) {
    const reply = rest.slice(reject + ', reject='.length);
    return { action: reply.startsWith('4') ? 'refused for now' : 'refused', reply };
  }
  if (rest.includes(', quarantine=')) return { action: 'quarantined' };
  return rest.endsWith(', discard') ? { action: 'discarded' } : undefined;
}

function senderOf(text: ByteString, id: ByteString): readonly LogEvent[] | undefined {
  const match = SENDER.exec(text);
  const at = text.lastIndexOf(', relay=');
  const client = at < 0 ? undefined : clientOf(text.slice(at + ', relay='.length));
  const sender = match === null ? undefined : pathOf(match[1]!);
  if (client === undefined || sender === undefined) return undefined;
  return [
    { kind: 'client', id, client, ...protocolOf(text), recipients: Number(/, nrcpts=(\d+), /.exec(text)?.[1] ?? 0) },
    { kind: 'sender', id, sender },
  ];
}

/** The names of the protocol end in A with authentication, and have an S with TLS (RFC 3848). */
function protocolOf(text: ByteString): { readonly auth: LoggedAuth; readonly tls: LoggedTls } {
  const protocol = /, proto=(\w+)/.exec(text)?.[1];
  if (protocol === undefined) return { auth: 'unknown', tls: 'unknown' };
  const [, secured, authenticated] = /^ESMTP(S?)(A?)$/.exec(protocol) ?? [];
  return { auth: authenticated ? 'some' : 'none', tls: secured ? 'some' : 'none' };
}

function recipientsOf(text: ByteString, id: ByteString): LogEvent | undefined {
  let rest = text.slice('to='.length);
  const given: ByteString[] = [];
  for (let path = PATHS.exec(rest); path !== null; path = rest.startsWith(' ') ? null : PATHS.exec(rest)) {
    given.push(path[0].slice(0, -1));
    rest = rest.slice(path[0].length);
  }
  const paths = given.filter((path) => path.startsWith('<'));
  const alias = paths.length === 0 ? ALIAS.exec(rest)?.[1] : undefined;
  const recipients = (alias === undefined ? paths : [alias]).map(pathOf);
  const known = recipients.filter((path): path is ByteString => path !== undefined && path !== '');
  return known.length === 0 ? undefined : { kind: 'recipients', id, recipients: known };
}

function clientOf(text: ByteString): LoggedClient | undefined {
  const match = RELAY.exec(text);
  const [, named, address, forged] = match ?? [];
  if (address === undefined || !isAddress(address)) return undefined;
  // with IDENT, the host's name comes after the user's
  const name = named?.slice(named.lastIndexOf('@') + 1);
  if (name === undefined) return { address, nameState: 'unnamed' };
  return { address, name, nameState: forged === undefined ? 'OK' : 'FORGED' };
}

/** An address without its brackets; undefined when it was shortened. */
function pathOf(path: ByteString): ByteString | undefined {
  return path.includes(SHORTENED) ? undefined : path.startsWith('<') ? path.slice(1, -1) : path;
}
