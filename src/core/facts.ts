/**
 * Answers of DNS, as far as they are known.
 *
 * Rules ask for facts and never wait. The caller of the rules notes each fact that is not known, looks it up, and asks the
 * question again (dns/facts.ts).
 */

/**
 * `A`, `AAAA`: addresses. `HOST`: the canonical name of a host, or the name of an address in brackets. `MX`: the names of mail
 * exchangers, the best first, without their final dots; '' for a host that takes no mail. `BESTMX`: those of the best
 * preference. `CNAME`, `NS`, `PTR`: names without final dots. `TXT`: the first string of each record. `DOMAIN`: the domain of a
 * sender itself, if it exists; it may be an address in brackets, and is a byte string.
 */
export type FactType = 'A' | 'AAAA' | 'HOST' | 'MX' | 'BESTMX' | 'CNAME' | 'NS' | 'PTR' | 'TXT' | 'DOMAIN';

export type Fact =
  | { readonly status: 'found'; readonly records: readonly string[] }
  /** `isNoName`: there is no such name, whatever is asked about it. */
  | { readonly status: 'notFound'; readonly isNoName?: boolean }
  /** DNS has no answer for now. */
  | { readonly status: 'tempFail' };

export interface Facts {
  /**
   * @param name without a final dot
   * @returns undefined: DNS was not asked
   */
  get(type: FactType, name: string): Fact | undefined;
}

/** No fact is known. */
export const NO_FACTS: Facts = { get: () => undefined };
