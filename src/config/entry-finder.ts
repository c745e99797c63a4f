/**
 * An entry of a table -> its place: file and line of the source file of the map.
 *
 * The line is that of the source file when the configuration was made. The file is read when a place is first needed; if it has
 * changed by then, or does not hold the entry with its value, there is no place. If a map has no source file, the map itself is
 * the place, without a line.
 */
import { aliasNameReader } from '../address/alias-name.ts';
import type { AddressRules } from '../address/canonify.ts';
import { type ByteString, encodeText } from '../core/bytes.ts';
import { foldCase, trimBytes } from '../core/fold.ts';
import type { Source } from '../core/source.ts';
import { textOfMap } from '../files/map-path.ts';
import { NetworkKeys } from '../map/cidr.ts';
import { parseAliases } from '../source/aliases/parse.ts';
import { MakemapParser, type RecordSink } from '../source/makemap-input.ts';
import type { Sources } from './sources.ts';

type MapName = Parameters<Sources['mapPath']>[0];

/** The place of an entry, by key and value in text. */
export type EntryFinder = (key: string, value: string) => Source | undefined;

/** Lines by folded key and value, counted from 1. */
type EntryIndex = ReadonlyMap<ByteString, number>;

/** The text of a source file -> its entries. */
export type EntryIndexer = (text: ByteString) => EntryIndex;

export function entryFinder(setting: MapName, indexer: EntryIndexer, sources: Sources): EntryFinder {
  const file = textOfMap(setting.name);
  const held = heldText(file, sources);
  if (held === undefined) {
    const map = sources.mapPath(setting);
    return () => (map === undefined ? undefined : { file: map });
  }
  let index: EntryIndex | undefined;
  return (key, value) => {
    if (index === undefined) {
      const text = held.read();
      if (text === undefined) return undefined;
      index = indexer(text);
    } else if (!held.isCurrent()) return undefined;
    const line = index.get(entryWord(foldCase(encodeText(key)), encodeText(value)));
    return line === undefined ? undefined : { file, line };
  };
}

/** A text as it was at one moment. */
export interface HeldText {
  isCurrent(): boolean;
  /** Undefined: it has changed since, or cannot be read. */
  read(): ByteString | undefined;
}

/** The text as it is now; undefined: there is none. */
export function heldText(file: string, sources: Sources): HeldText | undefined {
  const held = sources.entryText(file);
  if (held === undefined) return undefined;
  const isCurrent = (): boolean => sources.entryText(file)?.word === held.word;
  return {
    isCurrent,
    read() {
      const text = isCurrent() ? held.read() : undefined;
      return isCurrent() ? text : undefined;
    },
  };
}

function entryWord(key: ByteString, value: ByteString): ByteString {
  return `${key}\0${trimBytes(value)}`;
}

/**
 * makemap's input. The keys of networks with and without `--cidr` are included, because only keys that a map has are looked
 * up.
 */
export function makemapIndexer(compressedAddresses: boolean): EntryIndexer {
  return (text) => {
    const index = new Map<ByteString, number>();
    const put: RecordSink = (bytes, keyStart, keyEnd, valueStart, valueEnd, line) =>
      add(index, textOf(bytes, keyStart, keyEnd), textOf(bytes, valueStart, valueEnd), line);
    const networks = new NetworkKeys(put, () => {}, { isOn: true, compressedAddresses });
    const record: RecordSink = (...entry) => {
      put(...entry);
      networks.record(...entry);
    };
    const parser = new MakemapParser({}, record, () => {});
    parser.push(Buffer.from(text, 'latin1'));
    parser.end();
    networks.end();
    return index;
  };
}

/** An aliases file: the line on which an alias begins. */
export function aliasIndexer(rules: AddressRules): EntryIndexer {
  return (text) => {
    const index = new Map<ByteString, number>();
    const lines = text.split('\n');
    const put = (key: ByteString, value: ByteString, last: number): void =>
      add(index, key, value, firstLine(lines, last));
    parseAliases(
      Buffer.from(text, 'latin1'),
      { file: '', readAddress: aliasNameReader(rules) },
      {
        plain: (bytes, nameStart, nameEnd, valueStart, valueEnd, line) =>
          put(textOf(bytes, nameStart, nameEnd), textOf(bytes, valueStart, valueEnd), line),
        entry: ({ name, value, line }) => put(name, value, line),
        problem: () => {},
      },
    );
    return index;
  };
}

/** The first line of an entry that ends on this one. */
function firstLine(lines: readonly ByteString[], last: number): number {
  let line = last;
  while (line > 1 && (/^[ \t]/.test(lines[line - 1] ?? '') || lines[line - 2]?.endsWith('\\'))) line--;
  return line;
}

function add(index: Map<ByteString, number>, key: ByteString, value: ByteString, line: number): void {
  const word = entryWord(foldCase(key), value);
  if (!index.has(word)) index.set(word, line);
}

function textOf(bytes: Uint8Array, start: number, end: number): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
