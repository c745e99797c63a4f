/**
 * A database file of a K line -> its lookups. Opens what Debian's sendmail opens: Berkeley DB of the map's own kind;
 * an LMDB file of ours beside a map that is named without extension; CDB.
 */
import { closeSync, fstatSync } from 'node:fs';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { openJudged } from '../../files/judged-file.ts';
import type { Database, DatabaseOpened, DatabaseUse } from '../../rules/machine.ts';
import { openBerkeley } from '../../store/bdb/reader.ts';
import { openCdb } from '../../store/cdb/reader.ts';
import { IDENTIFY_BYTES, identify } from '../../store/identify.ts';
import { readHead } from '../../store/input-file.ts';
import { openLmdb } from '../../store/lmdb/reader.ts';
import { ReadOnlyFile } from '../../store/read-only-file.ts';
import type { RecordReader } from '../../store/record-reader.ts';

type Kind = 'hash' | 'btree' | 'cdb' | 'dbm';

/** The first bytes of a Berkeley DB file, which its library reads at once. */
const META_BYTES = 512;

/** Opens a database until the process ends. */
export function openDatabase(kind: Kind, file: ByteString, options: DatabaseUse): DatabaseOpened {
  const hasOurs = (kind === 'hash' || kind === 'btree') && !options.isExact;
  if (hasOurs) {
    const warnings: string[] = [];
    const safety = { ...options.safety, warn: (words: string) => warnings.push(words) };
    const ours = openAt(kind, file.replace(/\.db$/, '.lmdb'), { ...options, safety });
    if (!('problem' in ours && ours.problem === 'missing')) {
      for (const words of warnings) options.safety.warn(words);
      return ours;
    }
  }
  return openAt(kind, file, options);
}

function openAt(kind: Kind, file: ByteString, { safety }: DatabaseUse): DatabaseOpened {
  const path = decodeText(file);
  const opened = openJudged(path, safety);
  if (!('fd' in opened)) return opened;
  const { fd } = opened;
  const stats = fstatSync(fd);
  const head = readHead(fd, Math.min(IDENTIFY_BYTES, stats.size));
  try {
    const get = databaseOf(new ReadOnlyFile(fd, path, stats), head, kind);
    if (get !== undefined) return { get };
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
  }
  closeSync(fd);
  const library = libraryWords(head, stats.size, file);
  return { problem: 'format', cause: 'Invalid argument', ...(library !== undefined && { library }) };
}

/** The complaint of the database library about a file of another kind. */
function libraryWords(head: Uint8Array, size: number, file: ByteString): string | undefined {
  if (size < META_BYTES) return undefined;
  const page = new DataView(head.buffer, head.byteOffset).getUint32(20, true);
  if (identify(head, size).kind === 'berkeley' && page > 0 && size % page !== 0)
    return `BDB3037 ${file}: file size not a multiple of the pagesize`;
  return `BDB0641 __db_meta_setup: ${file}: unexpected file type or format`;
}

function databaseOf(file: ReadOnlyFile, head: Uint8Array, kind: Kind): Database | undefined {
  const identity = identify(head, file.size);
  if (identity.kind === 'lmdb') {
    const map = openLmdb(file);
    return (key, end) => map.get(key + end);
  }
  if (identity.kind === 'cdb' && kind === 'cdb') return finder(openCdb(file, identity.tables));
  if (identity.kind !== 'berkeley') return undefined;
  const reader = openBerkeley(file, head);
  return reader.what.startsWith(`Berkeley DB ${kind}`) ? finder(reader) : undefined;
}

/** Bytes of the longest key of a map, with its zero byte; a buffer is kept for each length. */
const MAX_KEY = 512;

function finder(reader: RecordReader): Database {
  const keys: Uint8Array[] = [];
  return (key, end) => {
    const length = key.length + end.length;
    const kept = keys[length];
    const bytes = kept ?? new Uint8Array(length);
    if (kept === undefined && length <= MAX_KEY) keys[length] = bytes;
    for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
    if (end !== '') bytes[length - 1] = 0;
    const value = reader.find(bytes);
    if (value === undefined) return undefined;
    const text = Buffer.from(value.bytes.subarray(value.start, value.end)).toString('latin1');
    const zero = text.indexOf('\0');
    return zero < 0 ? text : text.slice(0, zero);
  };
}
