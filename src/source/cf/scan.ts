/**
 * A sendmail.cf as a byte string -> the few settings that the map programs need: the owner of maps, the alias files,
 * the type of each map, in file order. Read line by line without the rest of the syntax, as sendmail's own makemap,
 * editmap and praliases do. Pure; unknown lines are skipped.
 */
import type { ByteString } from '../../core/bytes.ts';
import { trimEndBytes } from '../../core/fold.ts';
import { parseMapLine } from './map-spec.ts';

/** A `K` line: the class of map over a file. */
export interface ScannedMap {
  readonly type: ByteString;
  /** The last word of the line, whatever its meaning. */
  readonly file: ByteString;
}

export interface ScannedCf {
  /** Values of `O TrustedUser`: the last user that exists counts. */
  readonly trustedUsers: readonly ByteString[];
  /** Values of `O AliasFile` (`OA`): lists of alias files, not split. */
  readonly aliasFiles: readonly ByteString[];
  readonly maps: readonly ScannedMap[];
  /** `O UseCompressedIPv6Addresses`: the spelling of IPv6 addresses in the keys of an access map. */
  readonly compressedAddresses: boolean;
}

export function scanCf(cf: ByteString): ScannedCf {
  const trustedUsers: ByteString[] = [];
  const aliasFiles: ByteString[] = [];
  const maps: ScannedMap[] = [];
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

/** One map, or none if the line is invalid: it must have a blank in it, not only tabs. */
function readMapLine(line: ByteString): ScannedMap[] {
  const { mapClass } = parseMapLine(line.slice(1));
  const text = trimEndBytes(line);
  if (mapClass === undefined || !text.includes(' ')) return [];
  return [{ type: mapClass, file: text.slice(Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1) }];
}

/**
 * The type of the map over `file`, for makemap's map types `cf` (the file must be written the same) and `CF`
 * (`byName`: directories and extensions do not count).
 */
export function typeOfMap(settings: ScannedCf, file: ByteString, byName: boolean): ByteString | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1).split('.', 1)[0]!;
  const wanted = byName ? name : file;
  if (wanted === '') return undefined;
  return settings.maps.find((map) => (byName ? isNamed(map.file, name) : map.file === file))?.type;
}

/** sendmail checks the first place in the path where the name occurs, even inside the name of a directory. */
function isNamed(path: ByteString, name: ByteString): boolean {
  const start = path.indexOf(name);
  const isWhole = start === 0 || path[start - 1] === '/';
  return start >= 0 && isWhole && /^(?:\.[^.]*)?$/s.test(path.slice(start + name.length));
}
