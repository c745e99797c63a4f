/** The target of an address: mailer, user and host. */
import type { Address } from '../address/build-address.ts';
import type { Growing } from '../core/growing.ts';

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
    case 'local': {
      const target: Growing<Target> = { mailer: 'local', user: address.text, host };
      if (mailer !== 'local') target.via = mailer;
      if (notRemote) target.notRemote = notRemote;
      return target;
    }
    case 'remote':
      return mailer === 'esmtp'
        ? { mailer: 'remote', user: address.text, host }
        : { mailer: 'remote', user: address.text, host, via: mailer };
    case 'include':
      return { mailer: 'include', user: address.path, host: '' };
    default:
      return { mailer: kind, user: address.text, host: '' };
  }
}
