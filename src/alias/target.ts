/** The target of an address: mailer, user and host; and the forms of a local name in which alias maps are asked for it. */
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
  /** It is known to go to the hosts of its domain. */
  readonly isOwnHop?: true;
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

/** The next form of a local name to look up: `user+detail` -> `user+*` -> `user`; undefined: no more forms. */
export function withoutDetail({ user, host }: Target): Target | undefined {
  const plus = detailAt(user);
  if (user.endsWith('+*') && user.length > 2) return { mailer: 'local', user: user.slice(0, -2), host };
  if (plus > 0) return { mailer: 'local', user: `${user.slice(0, plus)}+*`, host: user.slice(plus) };
  if (host.startsWith('+')) return { mailer: 'local', user, host: host.slice(1) };
  return undefined;
}

/** Start of the detail: the first + after the first unquoted character; -1: none. */
function detailAt(user: string): number {
  const plus = user.indexOf('+', 1);
  if (plus < 0 || !/["\\]/.test(user)) return plus;
  const plain = user.replace(/"(?:[^"\\]|\\.)*"|\\./gs, (quoted) => '_'.repeat(quoted.length));
  return plain.indexOf('+', 1);
}
