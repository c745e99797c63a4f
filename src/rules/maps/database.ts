/**
 * Maps over database files: hash, btree, cdb, dbm and implicit (whichever there is), and userdb.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import type { Database } from '../machine.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { answer, answerKey, type MapAnswer, type MapClass, NOT_THERE, type RuleMap } from './rule-map.ts';

/** Bytes of a key that are looked at. */
const MAX_KEY = 256;

/** The system's words for the database library's "no such key". */
const NO_KEY = 'Unknown error -30988';

export const hashMap: MapClass = databaseMap('hash');
export const btreeMap: MapClass = databaseMap('btree');
export const cdbMap: MapClass = databaseMap('cdb');
export const dbmMap: MapClass = databaseMap('dbm');

export const implicitMap: MapClass = {
  parse: parseFileMap,
  open: (map, context) => {
    const opened = context.machine.openDatabase('hash', databasePath(map.file ?? '', 'db'), {
      ...map.flags,
      optional: true,
    });
    if (!('get' in opened)) {
      context.reports.lastCause = opened.cause;
      return false;
    }
    map.data = opened.get;
    return true;
  },
  lookup,
};

function databaseMap(kind: 'hash' | 'btree' | 'cdb' | 'dbm'): MapClass {
  return {
    parse: parseFileMap,
    open: (map, context) => openDatabase(map, kind, context),
    lookup,
  };
}

function openDatabase(map: RuleMap, kind: 'hash' | 'btree' | 'cdb' | 'dbm', context: MapContext): boolean {
  const path = databasePath(map.file ?? '', kind === 'cdb' ? 'cdb' : 'db');
  const opened = context.machine.openDatabase(kind, path, map.flags);
  if ('get' in opened) {
    map.data = opened.get;
    return true;
  }
  if (opened.library !== undefined) context.reports.plain(opened.library);
  context.reports.lastCause = opened.cause;
  if (map.flags.optional) return false;
  if (opened.problem === 'format') context.reports.system(`Cannot open ${kind} database ${path}`, opened.cause);
  else context.reports.system(`${kind} map "${map.name}": ${opened.problem} map file ${path}`, opened.cause);
  return false;
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
  const bare = flags.tryBare ? get(key) : undefined;
  if (bare !== undefined) {
    flags.tryZero = false;
    return bare;
  }
  const zero = flags.tryZero ? get(`${key}\0`) : undefined;
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
    const opened = context.machine.openDatabase('btree', databasePath(path, 'db'));
    const value = 'get' in opened ? (opened.get(`${user}:${field}`) ?? undefined) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
