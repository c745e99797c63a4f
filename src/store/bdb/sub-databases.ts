/**
 * A Berkeley DB file with several named databases -> the meta page of one of them.
 *
 * db_load can make such files; mail programs never do. A file with one name is refused, too, unless the name is
 * given.
 */
import type { ReadOnlyFile } from '../read-only-file.ts';
import { BtreeRecords } from './btree.ts';
import { Damages } from './damages.ts';
import { type Meta, readMeta } from './meta.ts';
import type { PageFile } from './pages.ts';
import { Visits } from './visits.ts';

/** @throws MapError `notAMap`, with the names, if no name or an unknown one is given; `damaged` */
export function readDatabaseMeta(file: ReadOnlyFile, pages: PageFile, meta: Meta, name: string | undefined): Meta {
  if (meta.kind !== 'btree') throw file.damaged('the names of its databases are in a hash');
  const starts = databaseStarts(pages, meta.root);
  const number = name === undefined ? undefined : starts.get(name);
  if (number === undefined) {
    throw file.unsupported(
      `a Berkeley DB file of several databases (${[...starts.keys()].join(', ')}); name one of them`,
    );
  }
  return readMeta(file, pages.readBytes(number), number);
}

function databaseStarts(pages: PageFile, root: number): Map<string, number> {
  const starts = new Map<string, number>();
  const damages = new Damages();
  const records = new BtreeRecords(pages, root).records(new Visits(pages.file), damages);
  for (const { key, keyStart, keyEnd, value, valueStart, valueEnd } of records) {
    damages.records++;
    if (valueEnd - valueStart !== 4) throw pages.file.damaged('the page of a database inside it is no number');
    const name = Buffer.from(key.subarray(keyStart, keyEnd)).toString('latin1');
    // Big-endian in files of either byte order.
    starts.set(name, Buffer.from(value.subarray(valueStart, valueEnd)).readUInt32BE());
  }
  damages.finish();
  return starts;
}
