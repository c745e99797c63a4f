/** A To: entry -> whether a wider entry concerns the same recipients, so that this one may be an exception to it. */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { entriesBySubject, type LintContext } from './context.ts';
import type { Entry } from './rule.ts';

/** True also for an equal key without a tag, which is looked up after this one. */
export function isException(entry: Entry, context: LintContext): boolean {
  const [tagged, plain] = [entriesBySubject(context, 'To'), entriesBySubject(context, undefined)];
  const subject = foldCase(entry.subject);
  return plain.has(subject) || widerThan(subject).some((wider) => tagged.has(wider) || plain.has(wider));
}

/** `user@host`: the user at any host, the host, and the domains above it. */
function widerThan(subject: ByteString): ByteString[] {
  const at = subject.lastIndexOf('@');
  if (at >= 0) {
    const host = subject.slice(at + 1);
    return host === '' ? [] : [`${subject.slice(0, at)}@`, host, ...above(host)];
  }
  return above(subject);
}

/** Domains above a host; networks above an address. */
function above(host: ByteString): ByteString[] {
  const parts = host.split('.');
  const isNetwork = parts.every((part) => /^\d+$/.test(part));
  return parts
    .slice(1)
    .map((_, i) => (isNetwork ? parts.slice(0, parts.length - 1 - i) : parts.slice(i + 1)).join('.'));
}
