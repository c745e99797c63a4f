/**
 * The right side of a rule: what is known of it before it runs.
 */
import { HOST, USER } from './symbols.ts';

export const ONCE = 1;
export const RETURN = 2;

/** The right side of a rule. */
export interface Replacement {
  /** As written, the prefix included. */
  readonly tokens: readonly string[];
  /** Without `$@` or `$:` at the beginning. */
  readonly parts: readonly string[];
  /** {@link ONCE} for the prefix `$:`, {@link RETURN} for `$@`, else 0. */
  readonly prefix: number;
}

/** Takes the prefix off. */
export function compileReplacement(tokens: readonly string[]): Replacement {
  const first = tokens[0]?.[0];
  const prefix = first === USER ? ONCE : first === HOST ? RETURN : 0;
  return { tokens, parts: prefix === 0 ? tokens : tokens.slice(1), prefix };
}
