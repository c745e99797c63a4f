/** The replies of a real daemon -> the results of its DNS lookups; and the same from our results. */
import { clientAddress } from '../../src/core/ip-address.ts';
import type { Client } from '../../src/core/session.ts';
import type { SenderDomain } from '../../src/dns/sender-domain.ts';
import type { SmtpAnswer } from '../oracle/jobs.ts';

/** `Hello NAME [ADDRESS] (may be forged)`, and the reply of require_rdns to MAIL. */
export function saidOfClient({ replies }: SmtpAnswer): readonly (string | undefined)[] {
  const [, hello, mail] = replies;
  return [/ Hello (.*), pleased/s.exec(hello![0]!)?.[1], mail![0]!.startsWith('250') ? '250' : mail![0]!];
}

/** The same from our client. */
export function saysOfClient(client: Client): readonly string[] {
  const address = clientAddress(client.address, false);
  const literal = `[${address}]`;
  const forged = client.resolve === 'FORGED';
  const hello = client.ptr === literal ? literal : `${client.ptr} ${literal}${forged ? ' (may be forged)' : ''}`;
  const refusals = {
    OK: '250',
    FAIL: `550 5.7.1 Fix reverse DNS for ${address}`,
    TEMP: `451 4.1.8 Client IP address ${address} does not resolve`,
    FORGED: `451 4.1.8 Possibly forged hostname for ${address}`,
  };
  return [hello, refusals[client.resolve!]];
}

/** The result for the sender's domain, from the reply to MAIL; undefined: it was refused for another reason. */
export function saidOfSender({ replies }: SmtpAnswer): SenderDomain | undefined {
  const reply = replies[2]!.at(-1)!;
  if (/ does not (?:resolve|exist)$/.test(reply)) return reply.startsWith('451') ? 'TEMP' : 'PERM';
  return reply.startsWith('250') ? 'OK' : undefined;
}
