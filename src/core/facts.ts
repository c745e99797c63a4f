/**
 * What DNS says of a name, as far as it was asked. Rules ask for facts and go on: what was not asked is written down by
 * whoever gives them, so that it can be looked up before the question is put again.
 */

/** `A`: addresses. `MX`: the names of mail exchangers, without their final dots. */
export type FactType = 'A' | 'MX';

export type Fact =
  | { readonly status: 'found'; readonly records: readonly string[] }
  | { readonly status: 'notFound' }
  /** DNS cannot tell for now. */
  | { readonly status: 'tempFail' };

export interface Facts {
  /** @param name without a final dot. undefined: it was not asked */
  get(type: FactType, name: string): Fact | undefined;
}

/** DNS was not asked anything. */
export const NO_FACTS: Facts = { get: () => undefined };
