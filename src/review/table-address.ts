/** A key of a table -> an address that should meet its entry. */
import type { ByteString } from '../core/bytes.ts';

/** A label that no key has. */
export const FRESH = 'zq7x';
/** A host that no key names, unless one names its domain. */
export const FRESH_HOST: ByteString = `${FRESH}.invalid`;

/** Of virtusertable and genericstable: `user@host`, `user+*@host`, `@host`. */
export function addressFor(key: ByteString): ByteString {
  return `${key.startsWith('@') ? FRESH : ''}${key.replace('+*@', `+${FRESH}@`)}`;
}

/** Of mailertable: `host`, `.domain`, and `.` for all others. */
export function addressIn(key: ByteString): ByteString {
  if (key === '.') return `${FRESH}@${FRESH_HOST}`;
  return `${FRESH}@${key.startsWith('.') ? FRESH : ''}${key}`;
}
