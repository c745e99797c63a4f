/**
 * The attributes of a policy request -> the session and the recipient of a relay decision.
 *
 * Differences: Postfix reports less than sendmail knows. A client without a verified name is `unknown`, both if DNS
 * has no name and if DNS does not answer, so `TEMP` never results. A certificate is known only by its common names,
 * which become `/CN=...`, and only if Postfix trusts it. Addresses come without quotes; they are restored where the
 * local part needs them: `"a@b"@c` must not be read as another address.
 */

import { type ByteString, decodeText } from '../core/bytes.ts';
import type { Client, Session } from '../core/session.ts';
import type { Attributes } from './attributes.ts';
import { ProtocolError } from './conversation.ts';

const UNKNOWN = 'unknown';
/** Addresses that a decision, or sendmail, treats as this host. */
const OWN_ADDRESSES: readonly string[] = ['', '0', 'local'];
/** sendmail cuts longer names, too. */
const MAX_HELO = 255;
const DOT_ATOM = /^[\w!#$%&'*+/=?^`{|}~\x80-\xff-]+(?:\.[\w!#$%&'*+/=?^`{|}~\x80-\xff-]+)*$/;

/** Client and sender. @throws ProtocolError for a request without a client address */
export function readSession(attributes: Attributes): Session {
  const value = (name: string): string => decodeText(attributes.get(name) ?? '');
  // it would count as mail from this host
  if (OWN_ADDRESSES.includes(value('client_address'))) throw new ProtocolError('a request without a client address');
  const method = value('sasl_method');
  const tls = tlsOf(attributes);
  return {
    client: clientOf(attributes),
    sender: smtpAddress(attributes.get('sender') ?? ''),
    ...(method !== '' && { authType: method.toUpperCase(), authAuthen: value('sasl_username') }),
    ...(tls && { tls }),
  };
}

/** The recipient. */
export function readRecipient(attributes: Attributes): string {
  return smtpAddress(attributes.get('recipient') ?? '');
}

/** @throws ProtocolError for any other kind of request */
export function assertPolicyRequest(attributes: Attributes): void {
  if (attributes.get('request') !== 'smtpd_access_policy') throw new ProtocolError('no request for an access policy');
}

function clientOf(attributes: Attributes): Client {
  const value = (name: string): string => decodeText(attributes.get(name) ?? '');
  const name = value('client_name');
  const reverse = value('reverse_client_name');
  const isVerified = name !== '' && name !== UNKNOWN;
  const hasReverse = reverse !== '' && reverse !== UNKNOWN;
  const helo = (attributes.get('helo_name') ?? '').slice(0, MAX_HELO).replace(/[\x00-\x1f\x7f]/g, '?');
  return {
    address: value('client_address'),
    resolve: isVerified ? 'OK' : hasReverse ? 'FORGED' : 'FAIL',
    ...(isVerified && { name }),
    ...(hasReverse && { ptr: reverse }),
    ...(value('protocol_state') !== 'CONNECT' && { helo: decodeText(helo) }),
  };
}

/** undefined without encryption, as in sendmail's daemon. */
function tlsOf(attributes: Attributes): Session['tls'] {
  if ((attributes.get('encryption_protocol') ?? '') === '') return undefined;
  const certSubject = certificateName(attributes.get('ccert_subject'));
  const certIssuer = certificateName(attributes.get('ccert_issuer'));
  if (certSubject !== undefined || certIssuer !== undefined) {
    return { verify: 'OK', ...(certSubject && { certSubject }), ...(certIssuer && { certIssuer }) };
  }
  return { verify: (attributes.get('ccert_fingerprint') ?? '') === '' ? 'NO' : 'FAIL' };
}

/** A common name in Postfix's xtext -> the name in the form of sendmail's macros and maps. */
function certificateName(xtext: ByteString | undefined): string | undefined {
  if (xtext === undefined || xtext === '') return undefined;
  const name = xtext.replace(/\+([0-9A-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return `/CN=${name.replace(/[^!-~]|[<>()"+]/g, hexadecimal)}`;
}

function hexadecimal(character: string): string {
  return `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** An address in the form of an SMTP client, without its brackets. */
function smtpAddress(address: ByteString): string {
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  if (address === '' || DOT_ATOM.test(local)) return decodeText(address);
  return decodeText(`"${local.replace(/["\\]/g, '\\$&')}"${at < 0 ? '' : address.slice(at)}`);
}
