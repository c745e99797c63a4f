/**
 * A value -> one line of JSON that is safe to print on a terminal. Control characters (C0, DEL, C1) and marks that reverse the
 * direction of writing are escaped, so that nothing is lost; JSON.stringify escapes only C0 by itself.
 */

/** Characters that could move a terminal's cursor, set colors, or show text in another order. */
export const HARMFUL: RegExp = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The line, without its newline. */
export function jsonText(value: object): string {
  return JSON.stringify(value).replace(HARMFUL, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
