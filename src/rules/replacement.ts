/**
 * The right side of a rule -> the facts about it that are known before it runs.
 */
import { CALL, HOST, HOST_BEGIN, LATE_MACRO, MAP_BEGIN, REPLACEMENT, USER } from './symbols.ts';

export const ONCE = 1;
export const RETURN = 2;

/** Kinds of parts that are not a slot of a wildcard. */
export const WORD: number = -1;
export const MACRO_VALUE: number = -2;

/** The right side of a rule. */
export interface Replacement {
  /** As written, the prefix included. */
  readonly tokens: readonly string[];
  /** Without `$@` or `$:` at the beginning. */
  readonly parts: readonly string[];
  /** Of each part: the slot of its wildcard, from 0, {@link WORD} or {@link MACRO_VALUE}. */
  readonly slots: Int32Array;
  /** {@link ONCE} for the prefix `$:`, {@link RETURN} for `$@`, else 0. */
  readonly prefix: number;
  /** True: a part may contain maps, or calls. The text that the rule is applied to may contain them, too. */
  readonly looksUp: boolean;
  readonly calls: boolean;
}

/** Takes the prefix off. */
export function compileReplacement(tokens: readonly string[]): Replacement {
  const first = tokens[0]?.[0];
  const prefix = first === USER ? ONCE : first === HOST ? RETURN : 0;
  const parts = prefix === 0 ? tokens : tokens.slice(1);
  const begins = (...symbols: readonly string[]): boolean => parts.some((part) => symbols.includes(part[0]!));
  const looksUp = begins(MAP_BEGIN, HOST_BEGIN, LATE_MACRO);
  return {
    tokens,
    parts,
    slots: Int32Array.from(parts, slotOf),
    prefix,
    looksUp,
    calls: looksUp || begins(CALL),
  };
}

/** The slot of a wildcard without a number; no pattern has it. */
const NO_SLOT = 0x1_0000;

function slotOf(part: string): number {
  if (part[0] === LATE_MACRO) return MACRO_VALUE;
  if (part[0] !== REPLACEMENT) return WORD;
  const slot = part.charCodeAt(1) - 0x31;
  return slot >= 0 ? slot : NO_SLOT;
}
