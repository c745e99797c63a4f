/**
 * What an address stands for: mailer, user and host.
 */
import type { Address } from '../address/build-address.ts';

export interface Target {
  readonly mailer: 'local' | 'remote' | 'program' | 'file' | 'include' | 'error';
  /**
   * The name, folded; `user@host` as it is written; the program with its `|` and the file with their quotes; the
   * path of the list; what is no address, as it is written.
   */
  readonly user: string;
  /** For a local name the +detail that is delivered with it, for a remote one the host; else ''. */
  readonly host: string;
  /** The mailer's own name, where it is another than `local`, or for other hosts `esmtp`. */
  readonly via?: string;
  /** A local name for which no relay is looked for, nor what stands behind its +. */
  readonly notRemote?: true;
}

/** Where an address leads. */
export function targetOf(address: Address): Target {
  const { kind, mailer, host = '', notRemote } = address;
  switch (kind) {
    case 'local':
      return {
        mailer: 'local',
        user: address.text,
        host,
        ...(mailer !== 'local' && { via: mailer }),
        ...(notRemote && { notRemote }),
      };
    case 'remote':
      return { mailer: 'remote', user: address.text, host, ...(mailer !== 'esmtp' && { via: mailer }) };
    case 'include':
      return { mailer: 'include', user: address.path, host: '' };
    default:
      return { mailer: kind, user: address.text, host: '' };
  }
}
