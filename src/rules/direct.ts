/**
 * The right side of a rule -> operations that build it in one pass, without a search for lookups and calls in its tokens.
 *
 * Lookups must be complete and not nested. There may be one call. No `$&` may stand behind a lookup, because sendmail expands
 * macros before it asks maps. Other right sides are built step by step (build.ts).
 */
import {
  CALL,
  HOST,
  HOST_BEGIN,
  HOST_END,
  LATE_MACRO,
  MAP_BEGIN,
  MAP_END,
  REPLACEMENT,
  USER,
} from '../source/cf/symbols.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A lookup in a map, `$(`, or in that of host names, `$[`: the token of the map's name follows, then the key. */
export const KEY = -0x101;
export const HOST_KEY = -0x106;
/** The next part of the lookup is an argument; the default. */
export const ARGUMENT = -0x102;
export const DEFAULT = -0x103;
/** The end of the lookup. */
export const ASK = -0x104;
/** A call: the name of the ruleset follows, a token or a slot. */
export const CALL_NAMED = -0x105;
/** Slots are negative, and above this number. */
export const LEAST_SLOT = -0x100;

/** Arguments of a lookup beyond this many are not looked at. */
export const MAX_ARGUMENTS = 8;

/** A lookup that is being compiled. */
interface OpenLookup {
  readonly end: string;
  arguments: number;
  hasDefault: boolean;
}

/**
 * Undefined: the right side must be built step by step.
 *
 * @param parts without the prefix
 * @param codes a token, slot or macro for each part, as in {@link Replacement}
 */
export function compileDirect(
  parts: readonly string[],
  codes: Int32Array,
  wildcards: number,
  vocabulary: Vocabulary,
): Int32Array | undefined {
  const operations: number[] = [];
  let open: OpenLookup | undefined;
  let hasAsked = false;
  const isSlot = (part: string | undefined, code: number): boolean => part?.[0] === REPLACEMENT && ~code < wildcards;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const symbol = part[0]!;
    const code = codes[i]!;
    if (!isSymbol(part) || isSlot(part, code)) operations.push(code);
    else if (symbol === LATE_MACRO && !hasAsked) operations.push(code);
    else if (symbol === REPLACEMENT || symbol === LATE_MACRO) return undefined;
    else if (open !== undefined) {
      const operation = partOf(symbol, open);
      if (operation === undefined) return undefined;
      operations.push(operation);
      if (operation !== ASK) continue;
      open = undefined;
      hasAsked = true;
    } else if (symbol === HOST_BEGIN) {
      operations.push(HOST_KEY, vocabulary.number('host'));
      open = { end: HOST_END, arguments: 0, hasDefault: false };
    } else if (symbol === MAP_BEGIN) {
      const name = parts[++i];
      if (name === undefined || isSymbol(name)) return undefined;
      operations.push(KEY, codes[i]!);
      open = { end: MAP_END, arguments: 0, hasDefault: false };
    } else if (symbol === CALL) {
      const name = parts[++i];
      if (name === undefined || operations.includes(CALL_NAMED)) return undefined;
      // the slot of a name may be empty, which must be seen before a map or a macro is asked
      if (isSymbol(name) && (!isSlot(name, codes[i]!) || hasAsked || parts.some(isMacro))) return undefined;
      operations.push(CALL_NAMED, codes[i]!);
    } else operations.push(code);
  }
  return open === undefined ? Int32Array.from(operations) : undefined;
}

function isSymbol(part: string): boolean {
  const code = part.charCodeAt(0);
  return code >= 0x80 && code < 0xa0;
}

function isMacro(part: string): boolean {
  return part[0] === LATE_MACRO;
}

/** The operation for a symbol inside a lookup; undefined: it must not stand there. */
function partOf(symbol: string, open: OpenLookup): number | undefined {
  if (symbol === open.end) return ASK;
  if (symbol === HOST) return ++open.arguments > MAX_ARGUMENTS ? undefined : ARGUMENT;
  if (symbol !== USER || open.hasDefault) return undefined;
  open.hasDefault = true;
  return DEFAULT;
}
