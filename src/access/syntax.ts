/**
 * What the daemon refuses before any rule sees an address: what is too long, is no printable text, does not balance, or
 * is no address (parseaddr(), ruleset 0, invalidaddr()).
 */
import type { ByteString } from '../core/bytes.ts';
import { type AddressRules, canonAddr, isRefusal } from '../source/canonical.ts';
import { joinTokens, scan } from '../source/tokens.ts';
import { refuse, type Verdict } from './verdict.ts';

/** Bytes in an address with its brackets (MAXNAME less one). */
export const MAX_ADDRESS = 255;

/** sendmail's refusal of an address as given (without brackets), or undefined. */
export function refuseSyntax(
  address: ByteString,
  rules: AddressRules,
  role: 'sender' | 'recipient',
): Verdict | undefined {
  if (address === '') return undefined;
  const illegible = refuseBytes(address);
  if (illegible !== undefined) return illegible;
  const { tokens, complaint } = scan(`<${address}>`);
  if (complaint !== undefined) return refuse('syntax', '5.0.0', quoted(`553 ${complaint}`));
  const parsed = canonAddr(tokens, rules);
  if (isRefusal(parsed)) return refuse('syntax', parsed.dsn, quoted(parsed.text));
  const isLocal = parsed.host === undefined || rules.isLocal(joinTokens(parsed.host.slice(0, -1)).toLowerCase());
  return isLocal ? refuseTarget(joinTokens(parsed.local), role) : undefined;
}

function refuseBytes(address: ByteString): Verdict | undefined {
  if (address.length + 2 > MAX_ADDRESS) return refuseLength(address);
  if (/[\x80-\x9f]/.test(address)) {
    const shown = `<${address}>`.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
    return refuse('syntax', '5.1.3', quoted(`501 8-bit character in mailbox address "${shown}"`));
  }
  if (/[\x00-\x08\x0e-\x1f\x7f]/.test(address)) {
    const shown = address.replace(/[\x00-\x1f\x7f]/g, '?');
    return refuse(
      'syntax',
      '5.1.3',
      quoted(`501 Syntax error in mailbox address "${shown}" (non-printable character)`),
    );
  }
  return undefined;
}

function refuseLength(address: ByteString): Verdict {
  const start = `<${address}`.slice(0, 4);
  return refuse('syntax', '5.1.0', quoted(`553 Address "${start}" too long (${MAX_ADDRESS} bytes max)`));
}

/** Programs, files and lists can be aliases, but nobody may write to them. */
function refuseTarget(local: ByteString, role: 'sender' | 'recipient'): Verdict | undefined {
  const kind = targetKind(local);
  if (kind === undefined) return undefined;
  if (role === 'sender') return refuse('syntax', '5.1.7', '"553 Invalid sender address"');
  return refuse('syntax', '5.7.1', `"550 Cannot mail directly to ${kind}"`);
}

function targetKind(local: ByteString): string | undefined {
  if (local.startsWith('|')) return 'programs';
  if (local.startsWith('/')) return 'files';
  return /^:include:/i.test(local) ? ':include:s' : undefined;
}

function quoted(text: ByteString): ByteString {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
