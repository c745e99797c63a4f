/**
 * The lines of configuration files that name a map which was imported -> the same lines for the new map. Nothing is
 * edited: an administrator reads, and changes.
 *
 * Known are K lines, FEATURE() and define() of sendmail, `type:name` of Postfix, `dbm` lookups of Exim, calls of makemap and
 * postmap, and the file's name anywhere. Comments are left alone.
 */

/** A map before and after. */
export interface Moved {
  /** Its name without an extension: `/etc/mail/access`. */
  readonly name: string;
  /** Extension of the file that was read, without a dot. */
  readonly from: string;
  /** Extension of the new one, and its type in configurations. */
  readonly to: 'lmdb' | 'cdb';
}

/** A line that has to change. */
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

/** Characters that a longer name would go on with. */
const GOES_ON = '(?![\\w.-])';
const NOT_BEFORE = '(?<![\\w./-])';

function rewriter({ name, from, to }: Moved): (line: string) => string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  // As it stands, below a directory in a macro, or alone.
  const path = `(?:${escaped(name)}|(?:\\$[({]?\\w+[)}]?/)?${escaped(base)})`;
  const withExtension = `${path}(?:\\.${escaped(from)})?${GOES_ON}`;
  const typed = new RegExp(`\\b(?:hash|btree|dbm)(?=:${withExtension})`, 'g');
  const named = new RegExp(`\\b(?:hash|btree|dbm)(?=(?:\\s+-\\S+)*\\s+${withExtension})`, 'g');
  const exim = new RegExp(`\\bdbm(?:nz|jz)?(?=[{;]\\s*${withExtension})`, 'g');
  const ofFile = new RegExp(`${NOT_BEFORE}(${path})\\.${escaped(from)}${GOES_ON}`, 'g');
  return (line) =>
    line
      .replace(typed, to)
      .replace(named, to)
      .replace(exim, to)
      .replace(ofFile, (_, found: string) => `${found}.${to}`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
