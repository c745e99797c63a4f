/**
 * The client and session of a question -> the macros in which sendmail's daemon keeps them.
 *
 * Errors: MapError `badInput` for client fields that no mail server can have.
 */
import { checkSession, clientName, resolveOf } from '../access/check-context.ts';
import { clientAddress } from '../core/ip-address.ts';
import type { Session } from '../core/session.ts';
import type { MacroValues } from '../rules/daemon.ts';

/** Mail that this host submits itself, as `sendmail -bs` does. */
const SUBMITTED: MacroValues = {
  ...{ client_addr: '0', client_name: '', client_resolve: '', client_ptr: '', _: 'root@localhost', r: 'SMTP' },
  ...{ daemon_flags: 'c u', verify: '', auth_type: '', nrcpts: '0', nbadrcpts: '0' },
};

/** The facts that are not known when a client connects. */
export const AT_CONNECT: MacroValues = { s: '', r: '', nrcpts: undefined, nbadrcpts: undefined, ntries: undefined };

/** @param compressed O UseCompressedIPv6Addresses */
export function clientMacros(session: Session, compressed: boolean): MacroValues {
  checkSession(session);
  const { client, authType = '', authAuthen = '', tls, daemonFlags = '' } = session;
  const address = clientAddress(client.address, compressed);
  if (address === '' || address === '0') return { ...SUBMITTED, s: client.helo ?? '' };
  const name = clientName(client, address, compressed);
  const resolve = resolveOf(client);
  const shown = name === `[${address}]` ? name : `${name} [${address}]`;
  // one literal: objects that are spread into it cost several microseconds
  return {
    client_addr: address,
    client_name: name,
    client_resolve: resolve,
    client_ptr: client.ptr ?? name,
    _: resolve === 'FORGED' ? `${shown} (may be forged)` : shown,
    s: client.helo ?? '',
    r: 'ESMTP',
    auth_type: authType,
    auth_authen: authAuthen,
    auth_author: authAuthen,
    daemon_flags: daemonFlags,
    verify: tls?.verify ?? '',
    cert_issuer: tls?.certIssuer ?? '',
    cert_subject: tls?.certSubject ?? '',
    nrcpts: '0',
    nbadrcpts: '0',
    ntries: '0',
  };
}
