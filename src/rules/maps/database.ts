/**
 * Maps over database files: hash, btree, cdb, dbm and implicit (whichever there is), and userdb.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import type { Database, DatabaseOpened } from '../machine.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import {
  answer,
  answerKey,
  type MapAnswer,
  type MapClass,
  type MapFlags,
  NOT_THERE,
  type RuleMap,
} from './rule-map.ts';
import { stabMap } from './stab.ts';

type Kind = 'hash' | 'btree' | 'cdb' | 'dbm';

/** Bytes of a key that count. */
const MAX_KEY = 256;

/** The system's words for the database library's "no such key". */
const NO_KEY = 'Unknown error -30988';

export const hashMap: MapClass = databaseMap('hash');
export const btreeMap: MapClass = databaseMap('btree');
export const cdbMap: MapClass = databaseMap('cdb');
export const dbmMap: MapClass = databaseMap('dbm');

/** A hash map; for aliases without a map, the source file. */
export const implicitMap: MapClass = {
  parse: parseFileMap,
  open: (map, context) => {
    const { reports } = context;
    const opened = openFile('hash', map.file ?? '', { ...map.flags, optional: true }, context);
    if ('get' in opened) {
      map.data = opened.get;
      return true;
    }
    if (opened.library !== undefined) reports.plain(opened.library);
    reports.lastCause = opened.cause;
    if (!map.isAlias) return false;
    reports.plain(`WARNING: cannot open alias database ${map.file}; reading text version`);
    return stabMap.open!(map, context);
  },
  lookup: (map, ...question) => (map.data === undefined ? stabMap : hashMap).lookup(map, ...question),
};

function databaseMap(kind: Kind): MapClass {
  return {
    parse: parseFileMap,
    open: (map, context) => openDatabase(map, kind, context),
    lookup,
  };
}

function openDatabase(map: RuleMap, kind: Kind, context: MapContext): boolean {
  const file = map.file ?? '';
  const opened = openFile(kind, file, map.flags, context);
  if ('get' in opened) {
    map.data = opened.get;
    return true;
  }
  if (opened.library !== undefined) context.reports.plain(opened.library);
  context.reports.lastCause = opened.cause;
  if (map.flags.optional) return false;
  const path = databasePath(file, extensionOf(kind));
  if (opened.problem === 'format') context.reports.system(`Cannot open ${kind} database ${path}`, opened.cause);
  else context.reports.system(`${kind} map "${map.name}": ${opened.problem} map file ${path}`, opened.cause);
  return false;
}

function openFile(
  kind: Kind,
  file: ByteString,
  flags: Partial<MapFlags>,
  { machine, safety }: MapContext,
): DatabaseOpened {
  const path = databasePath(file, extensionOf(kind));
  return machine.openDatabase(kind, path, { ...flags, safety: safety('map'), isExact: path === file });
}

function extensionOf(kind: Kind): string {
  return kind === 'cdb' ? 'cdb' : 'db';
}

function databasePath(file: ByteString, extension: string): ByteString {
  return file.length >= 3 && file.endsWith(`.${extension}`) ? file : `${file}.${extension}`;
}

function lookup(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  { reports }: MapContext,
): MapAnswer {
  const cut = key.slice(0, MAX_KEY);
  const value = find(map, map.flags.keepsCase ? cut : foldCase(cut));
  reports.lastCause = value === undefined ? NO_KEY : undefined;
  if (value === undefined) return NOT_THERE;
  return map.flags.keyOnly ? answerKey(map, key) : answer(map, value, key, args);
}

/** Looks up a key without and with a final zero byte: the first form that is found decides for the whole map. */
function find(map: RuleMap, key: ByteString): ByteString | undefined {
  const get = map.data as Database;
  const { flags } = map;
  const bare = flags.tryBare ? get(key, '') : undefined;
  if (bare !== undefined) {
    flags.tryZero = false;
    return bare;
  }
  const zero = flags.tryZero ? get(key, '\0') : undefined;
  if (zero !== undefined) flags.tryBare = false;
  return zero;
}

/** `userdb`: the databases of `O UserDatabaseSpec`, asked for `key:field`. */
export const userdbMap: MapClass = {
  parse: parseFileMap,
  lookup: (map, key, args, context) => {
    const folded = map.flags.keepsCase ? key : foldCase(key);
    const value = /^[\\:]/.test(folded) ? undefined : findUser(folded, map.file ?? '', context);
    if (value === undefined) return NOT_THERE;
    return map.flags.keyOnly ? answerKey(map, key) : answer(map, value, key, args);
  },
};

function findUser(user: ByteString, field: ByteString, context: MapContext): ByteString | undefined {
  for (const path of context.options.userDatabase.split(/[, \t]+/)) {
    if (!path.startsWith('/')) continue;
    const opened = openFile('btree', path, {}, context);
    const value = 'get' in opened ? (opened.get(`${user}:${field}`, '') ?? undefined) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
