/**
 * The little of sendmail.cf that the map programs look at, line by line and without the rest of its syntax, as
 * sendmail's own makemap, editmap and praliases do: who owns maps, where the alias files are, of which type a map is.
 *
 * In: the file as a byte string. Out: typed facts, in file order. Pure; unknown lines are skipped.
 */
import type { ByteString } from '../core/bytes.ts';

/** A `K` line: which class of map is over which file. */
export interface MapLine {
  readonly type: ByteString;
  /** The last word of the line. */
  readonly file: ByteString;
}

export interface MapSettings {
  /** Values of `O TrustedUser`: the last that exists counts. */
  readonly trustedUsers: readonly ByteString[];
  /** Values of `O AliasFile` (`OA`), lists of alias files not yet taken apart. */
  readonly aliasFiles: readonly ByteString[];
  readonly maps: readonly MapLine[];
}

export function readMapSettings(cf: ByteString): MapSettings {
  const trustedUsers: ByteString[] = [];
  const aliasFiles: ByteString[] = [];
  const maps: MapLine[] = [];
  for (const line of cf.split('\n')) {
    const [, name, value] = /^O ([^ \t=]+)[ \t]*=[ \t]*(.*)$/s.exec(line) ?? [];
    if (name?.toLowerCase() === 'trusteduser') trustedUsers.push(value!);
    else if (name?.toLowerCase() === 'aliasfile') aliasFiles.push(value!);
    else if (line.startsWith('OA')) aliasFiles.push(line.slice(2).trimStart());
    const words = line.startsWith('K')
      ? line
          .slice(1)
          .trim()
          .split(/[ \t\r]+/)
      : [];
    const type = /^[A-Za-z0-9]+/.exec(words[1] ?? '');
    const file = words.length > 2 ? words.at(-1) : undefined;
    if (type && file !== undefined) maps.push({ type: type[0], file });
  }
  return { trustedUsers, aliasFiles, maps };
}

/**
 * The type of the map over `file`, for makemap's map types `cf` (the file must be written the same) and `CF` (`byName`:
 * folders and extensions do not matter).
 */
export function typeOfMap(settings: MapSettings, file: ByteString, byName: boolean): ByteString | undefined {
  const base = (path: ByteString): ByteString => path.slice(path.lastIndexOf('/') + 1);
  const wanted = byName ? base(file).split('.', 1)[0] : file;
  if (wanted === '') return undefined;
  return settings.maps.find((map) => wanted === (byName ? base(map.file).replace(/\.[^.]*$/, '') : map.file))?.type;
}

/** Takes one value of `O AliasFile` apart: `hash:/etc/aliases, btree:-f /etc/more`. */
export function splitAliasFiles(value: ByteString): ByteString[] {
  return value.split(',').map((part) => part.trimStart());
}
