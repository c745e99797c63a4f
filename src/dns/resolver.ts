/**
 * The interface of a resolver, and its three answers: found, not found, cannot tell. An answer that does not come in time
 * counts as "cannot tell". `new Resolver()` of node:dns/promises fits.
 */

import { assertKind, type Kind } from '../core/arguments.ts';

/** Asks DNS. A rejected promise gives the reason in `code`, as in node:dns. */
export interface Resolver {
  /** @param name such as `7.2.0.192.in-addr.arpa` */
  resolvePtr?(name: string): Promise<readonly string[]>;
  /** Used if there is no resolvePtr. Node's own `reverse` reports a failing server as "not found". */
  reverse?(address: string): Promise<readonly string[]>;
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority?: number }[]>;
  /** The target of an alias, for canonical names of hosts (without FEATURE(nocanonify)). Absent: no alias is known. */
  resolveCname?(name: string): Promise<readonly string[]>;
  /** For maps of a sendmail.cf with `-R NS`. Absent: nothing is known. */
  resolveNs?(name: string): Promise<readonly string[]>;
  /** For FEATURE(mtamark) and maps of a sendmail.cf with `-R TXT`. Absent: nothing is known. */
  resolveTxt?(name: string): Promise<readonly (readonly string[])[]>;
  /** The names of this machine's files, for canonical names; default: none. */
  readonly local?: LocalNames;
}

/** The names in a machine's own files, and a resolver that asks only DNS. */
export interface LocalNames {
  readonly dns: Resolver;
  /** The names of each line of the hosts file. */
  readonly hostNames: readonly (readonly string[])[];
  /** The domains in which DNS is searched for names (`search` of resolv.conf). */
  readonly searchDomains: readonly string[];
}

const RESOLVER: Kind = {
  words: 'an object with resolve4, resolve6, resolveMx, and resolvePtr or reverse',
  holds(value) {
    const has = (name: string): boolean => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function';
    if (typeof value !== 'object' || value === null) return false;
    return ['resolve4', 'resolve6', 'resolveMx'].every(has) && (has('resolvePtr') || has('reverse'));
  },
};

/** @throws TypeError, before DNS is asked, for an object that is not a resolver */
export function assertResolver(resolver: Resolver): void {
  assertKind('resolver', resolver, RESOLVER);
}

export type DnsAnswer<T> =
  | { readonly status: 'found'; readonly records: readonly [T, ...T[]] }
  | {
      readonly status: 'notFound';
      /** True: the name does not exist; otherwise it has no such records. */
      readonly isNoName?: true;
    }
  | { readonly status: 'tempFail' };

const NOT_FOUND: DnsAnswer<never> = { status: 'notFound' };
const NO_NAME: DnsAnswer<never> = { status: 'notFound', isNoName: true };
const TEMP_FAIL: DnsAnswer<never> = { status: 'tempFail' };

/**
 * Codes that mean "there is none": no such name or record, an invalid name (Node 22 and later refuse one with a NUL by
 * themselves), a server that calls the question malformed.
 */
const NONE: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ERR_INVALID_ARG_VALUE', 'EFORMERR']);

/** Time limit for one answer. Resolvers of node:dns give up earlier; a client does not wait longer. */
const PATIENCE_MS = 60_000;

/**
 * Every other error (a time-out, a failing server) is temporary.
 *
 * @throws TypeError if the resolver gives no records
 */
export async function askDns<T>(question: () => Promise<readonly T[]>): Promise<DnsAnswer<T>> {
  try {
    const records = await inTime(question);
    if (!Array.isArray(records) || !records.every(isRecord))
      throw new TypeError('a resolver must give an array of records');
    const [first, ...more] = records;
    return first === undefined ? NOT_FOUND : { status: 'found', records: [first, ...more] };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
    if (NONE.has(code)) return code === 'ENOTFOUND' ? NO_NAME : NOT_FOUND;
    if (error instanceof TypeError) throw error;
    return TEMP_FAIL;
  }
}

async function inTime<T>(question: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
  });
  try {
    return await Promise.race([question(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A name, an address, or a mail exchanger. */
function isRecord(record: unknown): boolean {
  return typeof record === 'string' || typeof (record as { exchange?: unknown } | null)?.exchange === 'string';
}
