/**
 * An error of the operating system, as Node throws it -> the text of strerror(3), which administrators know and
 * sendmail prints.
 */

import { ownField } from './own-field.ts';

/** The number of EDQUOT on Linux. */
const QUOTA_ERRNO = 122;

const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  EBUSY: 'Device or resource busy',
  EROFS: 'Read-only file system',
  EPERM: 'Operation not permitted',
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
  EFBIG: 'File too large',
  EIO: 'Input/output error',
  EMFILE: 'Too many open files',
  EISDIR: 'Is a directory',
  ENFILE: 'Too many open files in system',
  ENOMEM: 'Cannot allocate memory',
  EAGAIN: 'Resource temporarily unavailable',
  ENXIO: 'No such device or address',
  ENODEV: 'No such device',
  ESTALE: 'Stale file handle',
  ETIMEDOUT: 'Connection timed out',
};

/** Errors after which sendmail tries again to open a list. */
const TRANSIENT: ReadonlySet<string> = new Set(
  'EMFILE ENFILE ENOMEM EAGAIN EIO ENXIO ENODEV ENOSPC EDQUOT ESTALE ETIMEDOUT'.split(' '),
);

/** The name of a system error. Node gives none for an exhausted quota. */
export function systemCode(error: unknown): string | undefined {
  const { code, errno } = error as NodeJS.ErrnoException;
  return errno === -QUOTA_ERRNO ? 'EDQUOT' : code;
}

/** `No such file or directory`; Node's own message if the error is not in the table or not from the system. */
export function systemText(error: unknown): string {
  const code = systemCode(error);
  return (code !== undefined && ownField(TEXTS, code)) || (error instanceof Error ? error.message : String(error));
}

/** True if the same call may succeed later. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(systemCode(error) ?? '');
}
