/** The right side of a rule -> its parts, and the facts about it that are known before it runs. */
import { CALL, HOST, HOST_BEGIN, LATE_MACRO, MAP_BEGIN, REPLACEMENT, USER } from '../source/cf/symbols.ts';
import { compileDirect } from './direct.ts';
import { BEGINS_CALL, BEGINS_MAP, ENDS_PART, type Vocabulary } from './vocabulary.ts';

export const ONCE = 1;
export const RETURN = 2;

/** Parts from -1 down are slots of wildcards. Parts from this number down are `$&` macros: this number less the identity. */
export const MACRO_PART: number = -0x10_0000;
/** Slots from this number up stand for `$` and a character that is no digit; no pattern has such a wildcard. */
const NO_SLOT = 0x1_0000;

/** The right side of a rule. */
export interface Replacement {
  /** Without `$@` or `$:` at the beginning: tokens, slots and macros. */
  readonly parts: Int32Array;
  /** Wildcards of the left side. */
  readonly wildcards: number;
  /** {@link ONCE} for the prefix `$:`, {@link RETURN} for `$@`, else 0. */
  readonly prefix: number;
  /** Whether it has maps, or calls. The text that the rule is applied to, and values, may bring more of them. */
  readonly looksUp: boolean;
  readonly calls: boolean;
  /** Operations that build it in one pass, if that can be done. */
  readonly direct: Int32Array | undefined;
  /** It cannot be done if a token that the rule is applied to has one of these marks. */
  readonly forbidden: number;
  /** The number of its slots, and its macros. */
  readonly slots: number;
  readonly macros: readonly number[];
}

/** Removes the prefix, and compiles the rest. */
export function compileReplacement(tokens: readonly string[], wildcards: number, vocabulary: Vocabulary): Replacement {
  const first = tokens[0]?.[0];
  const prefix = first === USER ? ONCE : first === HOST ? RETURN : 0;
  const parts = prefix === 0 ? tokens : tokens.slice(1);
  const begins = (...symbols: readonly string[]): boolean => parts.some((part) => symbols.includes(part[0]!));
  const codes = Int32Array.from(parts, (part) => partOf(part, vocabulary));
  const looksUp = begins(MAP_BEGIN, HOST_BEGIN);
  const slots = parts.filter((part) => part[0] === REPLACEMENT).length;
  return {
    parts: codes,
    wildcards,
    prefix,
    looksUp,
    calls: begins(CALL),
    direct: compileDirect(parts, codes, wildcards, vocabulary),
    forbidden: slots === 0 ? 0 : BEGINS_MAP | BEGINS_CALL | (looksUp ? ENDS_PART : 0),
    slots,
    macros: Array.from(
      codes.filter((code) => code <= MACRO_PART),
      (code) => MACRO_PART - code,
    ),
  };
}

function partOf(part: string, vocabulary: Vocabulary): number {
  if (part[0] === LATE_MACRO) return MACRO_PART - (part.charCodeAt(1) || 0);
  if (part[0] !== REPLACEMENT) return vocabulary.number(part);
  const slot = part.charCodeAt(1) - 0x31;
  return -1 - (slot >= 0 ? slot : NO_SLOT + (part.charCodeAt(1) || 0));
}

/** The character of a slot, for complaints. */
export function slotName(slot: number): string {
  if (slot === NO_SLOT) return '';
  return String.fromCharCode(slot > NO_SLOT ? slot - NO_SLOT : slot + 0x31);
}
