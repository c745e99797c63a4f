/** Text -> text that is safe in HTML and SVG, inside an element and inside an attribute in quotes. */
import { ownField } from '../../core/own-field.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Control characters, and those that turn the direction of text around. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

export function escaped(text: string): string {
  return text
    .replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
    .replace(/[&<>"']/g, (character) => ownField(ENTITIES, character)!);
}
