/**
 * A database file of a K line -> its lookups, as Debian's sendmail opens it: Berkeley DB of the map's own kind, byte for byte;
 * an LMDB file of ours in place of one; CDB.
 */
import { closeSync, fstatSync } from 'node:fs';
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { systemText } from '../../core/system-error.ts';
import type { Database, DatabaseOpened } from '../../rules/machine.ts';
import { openBerkeley } from '../../store/bdb/reader.ts';
import { openCdb } from '../../store/cdb/reader.ts';
import { IDENTIFY_BYTES, identify } from '../../store/identify.ts';
import { openDescriptor, readHead } from '../../store/input-file.ts';
import { openMapFile } from '../../store/open.ts';
import { ReadOnlyFile } from '../../store/read-only-file.ts';
import type { RecordReader } from '../../store/record-reader.ts';

type Kind = 'hash' | 'btree' | 'cdb' | 'dbm';

/** Opens a database until the process ends. An LMDB file beside the Berkeley DB file comes first, as everywhere. */
export function openDatabase(kind: Kind, file: ByteString): DatabaseOpened {
  const ours = kind === 'hash' || kind === 'btree' ? openAt(kind, file.replace(/\.db$/, '.lmdb')) : undefined;
  return ours === undefined || ('problem' in ours && ours.problem === 'missing') ? openAt(kind, file) : ours;
}

function openAt(kind: Kind, file: ByteString): DatabaseOpened {
  const path = decodeText(file);
  let fd: number;
  try {
    fd = openDescriptor(path);
  } catch (error) {
    return missing(error);
  }
  try {
    const get = databaseOf(fd, path, kind);
    if (get !== undefined) return { get };
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
  }
  closeSync(fd);
  return {
    problem: 'format',
    cause: 'Invalid argument',
    library: `BDB0641 __db_meta_setup: ${file}: unexpected file type or format`,
  };
}

function missing(error: unknown): DatabaseOpened {
  const isMissing = error instanceof MapError && error.code === 'missing';
  const cause = systemText(error instanceof MapError ? error.cause : error);
  return { problem: isMissing ? 'missing' : 'unsafe', cause };
}

function databaseOf(fd: number, path: string, kind: Kind): Database | undefined {
  const stats = fstatSync(fd);
  if (!stats.isFile()) return undefined;
  const head = readHead(fd, Math.min(IDENTIFY_BYTES, stats.size));
  const identity = identify(head, stats.size);
  const file = new ReadOnlyFile(fd, path, stats);
  if (identity.kind === 'lmdb') {
    const map = openMapFile(path);
    return (key) => map.get(key);
  }
  if (identity.kind === 'cdb' && kind === 'cdb') return finder(openCdb(file, identity.tables));
  if (identity.kind !== 'berkeley') return undefined;
  const reader = openBerkeley(file, head);
  return reader.what.startsWith(`Berkeley DB ${kind}`) ? finder(reader) : undefined;
}

function finder(reader: RecordReader): Database {
  return (key) => {
    const value = reader.find(Buffer.from(key, 'latin1'));
    if (value === undefined) return undefined;
    const text = Buffer.from(value.bytes.subarray(value.start, value.end)).toString('latin1');
    const zero = text.indexOf('\0');
    return zero < 0 ? text : text.slice(0, zero);
  };
}
