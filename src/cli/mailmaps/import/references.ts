/**
 * Configuration files and an imported map -> the lines that name the map, as they must be for the new one. Edits nothing: an
 * administrator reads the list and makes the changes.
 *
 * Recognises K lines, FEATURE() and define() of sendmail, `type:name` of Postfix, `dbm` lookups of Exim, calls of makemap and
 * postmap, and the name of the file anywhere. Ignores comments.
 */

/** A map before and after the import. */
export interface Moved {
  /** Its name without an extension: `/etc/mail/access`. */
  readonly name: string;
  /** Extension of the old file, without a dot. */
  readonly from: string;
  /** Extension of the new file, and its type in configurations. */
  readonly to: 'lmdb' | 'cdb';
}

/** A line that must change. */
export interface Change {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly old: string;
  readonly new: string;
}

/** The changes that a text needs. */
export function changesIn(file: string, text: string, moved: Moved): Change[] {
  const rewrite = rewriter(moved);
  return text.split('\n').flatMap((old, index) => {
    if (/^\s*(?:#|dnl\b)/.test(old)) return [];
    const changed = rewrite(old);
    return changed === old ? [] : [{ file, line: index + 1, old, new: changed }];
  });
}

const NAME_CHARACTER = /[\w.-]/;
const TYPES: readonly string[] = ['hash', 'btree', 'dbm'];
const EXIM_TYPES: readonly string[] = ['dbm', 'dbmnz', 'dbmjz'];

/** Rewrites each mention of the map in a line, from the last to the first. */
function rewriter({ name, from, to }: Moved): (line: string) => string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return (line) => {
    let changed = line;
    for (let at = line.lastIndexOf(base); at >= 0; at = at === 0 ? -1 : line.lastIndexOf(base, at - 1)) {
      const start = startOf(line, at, name, base);
      const end = at + base.length;
      const extension = changed.startsWith(`.${from}`, end) ? from.length + 1 : 0;
      if (start === undefined || NAME_CHARACTER.test(line[end + extension] ?? '')) continue;
      const file = changed.slice(0, end) + (extension > 0 ? `.${to}` : '') + changed.slice(end + extension);
      changed = withType(file, start, to);
    }
    return changed;
  };
}

/** The start of the map's path: the path as it is, its last part below a directory in a macro, or alone; undefined: another name. */
function startOf(line: string, at: number, name: string, base: string): number | undefined {
  const whole = at - (name.length - base.length);
  if (whole >= 0 && line.startsWith(name, whole)) return isFree(line, whole) ? whole : undefined;
  if (line[at - 1] === '/') return macroBefore(line, at - 1);
  return isFree(line, at) ? at : undefined;
}

/** Whether the name can begin here: the character before it does not belong to a longer name. */
function isFree(line: string, at: number): boolean {
  const before = line[at - 1] ?? '';
  return before !== '/' && !NAME_CHARACTER.test(before);
}

/** The start of a macro such as `$(DIR)` that ends here; undefined: there is none. */
function macroBefore(line: string, end: number): number | undefined {
  let at = line[end - 1] === ')' || line[end - 1] === '}' ? end - 1 : end;
  const wordEnd = at;
  while (at > 0 && /\w/.test(line[at - 1]!)) at--;
  if (at === wordEnd) return undefined;
  if (line[at - 1] === '(' || line[at - 1] === '{') at--;
  return line[at - 1] === '$' ? at - 1 : undefined;
}

/** Replaces the type before a name: `hash:NAME`, `hash -o NAME`, `dbm{NAME`. */
function withType(line: string, start: number, to: string): string {
  const before = line.slice(0, start);
  const type = typeBefore(before);
  if (type === undefined) return line;
  const at = before.lastIndexOf(type);
  return before.slice(0, at) + to + before.slice(at + type.length) + line.slice(start);
}

/** The type at the end of a text, before its options. */
function typeBefore(text: string): string | undefined {
  if (text.endsWith(':')) return typeIn(lastWord(text.slice(0, -1)), TYPES);
  const plain = text.trimEnd();
  if (plain.endsWith('{') || plain.endsWith(';')) return typeIn(lastWord(plain.slice(0, -1)), EXIM_TYPES);
  if (plain === text) return undefined;
  const words = plain.split(/\s+/);
  while (words.at(-1)?.startsWith('-')) words.pop();
  return typeIn(lastWord(words.at(-1) ?? ''), TYPES);
}

function typeIn(word: string, types: readonly string[]): string | undefined {
  return types.includes(word) ? word : undefined;
}

/** The letters that end a text. */
function lastWord(text: string): string {
  let at = text.length;
  while (at > 0 && /\w/.test(text[at - 1]!)) at--;
  return text.slice(at);
}
