/**
 * A request that a server sends to itself, to learn whether it can answer. `--check` sends it over the socket;
 * `/healthz` passes it to a conversation.
 */
import { connect, type NetConnectOpts } from 'node:net';
import { type ByteString, decodeText } from '../core/bytes.ts';
import type { Protocol } from './conversation.ts';
import { netstring } from './netstring.ts';

export interface Probe {
  readonly request: ByteString;
  /** Matches the end of a complete reply. */
  readonly end: RegExp;
  /** Matches a reply that reports a temporary failure. */
  readonly trouble: RegExp;
}

/** The result of a probe. */
export interface Probed {
  readonly reply: string;
  readonly isGood: boolean;
}

const TIMEOUT_MS = 10_000;

/** Asks whether this host may send mail to postmaster. */
export const POLICY_PROBE: Probe = {
  request: [
    ...['request=smtpd_access_policy', 'protocol_state=RCPT', 'protocol_name=ESMTP', 'client_address=127.0.0.1'],
    ...['client_name=localhost', 'reverse_client_name=localhost', 'helo_name=localhost', 'sender='],
    ...['recipient=postmaster', '', ''],
  ].join('\n'),
  end: /\n\n$/,
  trouble: /^action=DEFER\S* 4\.3\.0 /,
};

/** Asks whether a map has the key `postmaster`. */
export function mapProbe(map: ByteString): Probe {
  return { request: netstring(`${map} postmaster`), end: /^\d+:.*,$/s, trouble: /^\d+:TEMP / };
}

/** Asks within this process. */
export function probe(protocol: Protocol, { request, trouble }: Probe): Probed {
  const conversation = protocol();
  conversation.push(request);
  return resultOf(conversation.next() ?? '', trouble);
}

/** Asks over a socket. A server that hangs up or does not reply is not good. */
export function probeOver(target: NetConnectOpts, { request, end, trouble }: Probe): Promise<Probed> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect(target);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on('error', (error) => {
      reply ||= error.message;
    });
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
      if (end.test(reply)) socket.end();
    });
    socket.on('close', () => resolve(end.test(reply) ? resultOf(reply, trouble) : { reply, isGood: false }));
    socket.write(request, 'latin1');
  });
}

/** A reply without the length and the comma of its netstring, and without the newlines at its end. */
function payloadOf(reply: ByteString): ByteString {
  let end = reply.length;
  while (end > 0 && (reply[end - 1] === ',' || reply[end - 1] === '\n')) end--;
  return reply.slice(0, end).replace(/^\d+:/, '');
}

function resultOf(reply: ByteString, trouble: RegExp): Probed {
  return { reply: decodeText(payloadOf(reply)), isGood: reply !== '' && !trouble.test(reply) };
}
