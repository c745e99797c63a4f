/**
 * An F line without its letter and class: `-o /etc/mail/relay-domains %[^#]` -> the file, program or map whose words are members.
 * Source: sendmail's "Installation and Operation Guide", section 5.3, and sendmail 8.17 itself. Pure, linear.
 */
import type { ByteString } from '../../core/bytes.ts';

/** The place of the members. */
type Source =
  | { readonly is: 'file'; readonly path: ByteString; readonly format: ByteString }
  | { readonly is: 'program'; readonly command: ByteString }
  | { readonly is: 'map'; readonly key: ByteString; readonly mapClass: ByteString; readonly spec: ByteString }
  | { readonly is: 'invalid'; readonly complaint: string };

/** `isOptional`: `-o`; it is no error if the members are not there. */
export type ClassSource = Source & { readonly isOptional: boolean };
export type ClassSourceOf<Kind extends Source['is']> = Extract<ClassSource, { readonly is: Kind }>;

const BLANKS = /^[\t-\r ]+/;

export function readClassSource(given: ByteString): ClassSource {
  const text = given.replace(BLANKS, '');
  const isOptional = text.startsWith('-o');
  return { isOptional, ...sourceOf(isOptional ? text.replace(/^[^\t-\r ]*[\t-\r ]*/, '') : text) };
}

function sourceOf(text: ByteString): Source {
  const map = mapOf(text);
  if (map !== undefined) return map;
  const name = fileName(text);
  if (name === undefined) return { is: 'invalid', complaint: `illegal filename '${text}'` };
  const { file, end } = name;
  if (file === '') return { is: 'invalid', complaint: 'fileclass: missing file name' };
  if (file.startsWith('|')) return { is: 'program', command: file.slice(1) };
  return { is: 'file', path: file, format: end >= text.length ? '%s' : text.slice(end + 1).replace(BLANKS, '') };
}

/** `key@class:file`, `@LDAP`: the members are the value of the key. */
function mapOf(text: ByteString): Source | undefined {
  const at = text.indexOf('@');
  if (/^[/|]/.test(text) || at < 0) return undefined;
  const [key, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (rest === 'LDAP') return { is: 'map', key, mapClass: 'ldap', spec: '-k x' };
  const colon = rest.indexOf(':');
  return colon > 0 ? { is: 'map', key, mapClass: rest.slice(0, colon), spec: rest.slice(colon + 1) } : undefined;
}

/** The file's name up to a blank; quotes and backslashes keep blanks in it. */
function fileName(text: ByteString): { readonly file: ByteString; readonly end: number } | undefined {
  let file = '';
  let [isQuoted, isEscaped] = [false, false];
  let i = 0;
  for (; i < text.length; i++) {
    const character = text[i]!;
    if (isEscaped) {
      isEscaped = false;
      if (character !== ' ') file += '\\';
    }
    if (character === '\\') isEscaped = true;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted || character !== ' ') file += character;
    else break;
  }
  return isQuoted || isEscaped ? undefined : { file, end: i };
}
