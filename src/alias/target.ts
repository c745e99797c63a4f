/** The target of an address: mailer, user and host. */
import type { Address } from '../address/build-address.ts';

export interface Target {
  readonly mailer: 'local' | 'remote' | 'program' | 'file' | 'include' | 'error';
  /**
   * The folded name; `user@host` as written; the program with its `|`; the file with its quotes; the path of the list; a text
   * that is not an address, as written.
   */
  readonly user: string;
  /** For a local name the +detail to deliver with it, for a remote one the host; else ''. */
  readonly host: string;
  /** The name of the mailer, if it is not `local`, or for other hosts not `esmtp`. */
  readonly via?: string;
  /** A local name that skips the relays and the handling of +detail. */
  readonly notRemote?: true;
}

/** The target of an address. */
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
