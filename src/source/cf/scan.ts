/**
 * The little of sendmail.cf that the map programs look at, line by line and without the rest of its syntax, as
 * sendmail's own makemap, editmap and praliases do: who owns maps, where the alias files are, of which type a map is.
 *
 * In: the file as a byte string. Out: typed facts, in file order. Pure; unknown lines are skipped.
 */
import type { ByteString } from '../../core/bytes.ts';
import { trimEndBytes } from '../../core/fold.ts';
import { parseMapLine } from './map-spec.ts';

/** A `K` line: which class of map is over which file. */
export interface MapLine {
  readonly type: ByteString;
  /** The last word of the line, whatever it is. */
  readonly file: ByteString;
}

export interface MapSettings {
  /** Values of `O TrustedUser`: the last that exists counts. */
  readonly trustedUsers: readonly ByteString[];
  /** Values of `O AliasFile` (`OA`), lists of alias files not yet taken apart. */
  readonly aliasFiles: readonly ByteString[];
  readonly maps: readonly MapLine[];
  /** `O UseCompressedIPv6Addresses`: how addresses are spelled in the keys of an access map. */
  readonly compressedAddresses: boolean;
}

export function readMapSettings(cf: ByteString): MapSettings {
  const trustedUsers: ByteString[] = [];
  const aliasFiles: ByteString[] = [];
  const maps: MapLine[] = [];
  let compressedAddresses = false;
  for (const line of cf.split('\n')) {
    const [, name, value] = /^O ([^ \t=]+)[ \t]*=[ \t]*(.*)$/s.exec(line) ?? [];
    if (name?.toLowerCase() === 'trusteduser') trustedUsers.push(value!);
    else if (name?.toLowerCase() === 'aliasfile') aliasFiles.push(value!);
    else if (name?.toLowerCase() === 'usecompressedipv6addresses') compressedAddresses = /^(?:$|[ty])/i.test(value!);
    else if (line.startsWith('OA')) aliasFiles.push(line.slice(2).trimStart());
    else if (line.startsWith('K')) maps.push(...readMapLine(line));
  }
  return { trustedUsers, aliasFiles, maps, compressedAddresses };
}

/** One map, or none where the line makes no sense: it has to have a blank in it, not just tabs. */
function readMapLine(line: ByteString): MapLine[] {
  const { name, mapClass } = parseMapLine(line.slice(1));
  const text = trimEndBytes(line);
  if (name === undefined || mapClass === undefined || !text.includes(' ')) return [];
  return [{ type: mapClass, file: text.slice(Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1) }];
}

/**
 * The type of the map over `file`, for makemap's map types `cf` (the file must be written the same) and `CF` (`byName`:
 * folders and extensions do not matter).
 */
export function typeOfMap(settings: MapSettings, file: ByteString, byName: boolean): ByteString | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1).split('.', 1)[0]!;
  const wanted = byName ? name : file;
  if (wanted === '') return undefined;
  return settings.maps.find((map) => (byName ? isNamed(map.file, name) : map.file === file))?.type;
}

/** sendmail looks at the first place in the path where the name is to be read, be it in a folder's name. */
function isNamed(path: ByteString, name: ByteString): boolean {
  const start = path.indexOf(name);
  const isWhole = start === 0 || path[start - 1] === '/';
  return start >= 0 && isWhole && /^(?:\.[^.]*)?$/s.test(path.slice(start + name.length));
}
