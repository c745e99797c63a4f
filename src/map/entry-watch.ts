/**
 * Chunks and records of makemap's input -> our own warnings about entries that lose something silently. Does not change the
 * map.
 *
 * A chunk of ASCII without carriage returns is only scanned. Entries are checked one by one in other chunks. In an access map
 * each is looked at, and checked unless it is plain.
 */
import type { RecordSink } from '../source/makemap-input.ts';
import { accessFindings } from '../source/warnings/access.ts';
import {
  characterFindings,
  edgeFindings,
  isSuspect,
  returnFinding,
  UTF16_BYTES,
  utf16Finding,
} from '../source/warnings/characters.ts';
import type { PlacedFinding } from '../source/warnings/finding.ts';
import { isPlainAccess } from '../source/warnings/plain-access.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Whether the map is the access map, by its usual name. */
export function isAccessMap(mapName: string): boolean {
  return /(?:^|\/)access(?:\.(?:lmdb|c?db))?$/.test(mapName);
}

export interface EntryWatchOptions {
  readonly isAccess: boolean;
  /** UseCompressedIPv6Addresses; undefined if it is not known. */
  readonly compressedAddresses: boolean | undefined;
}

export class EntryWatch {
  readonly #options: EntryWatchOptions;
  readonly #add: (finding: PlacedFinding) => void;
  #start = Buffer.alloc(0);
  #begun = false;
  /** Whether the chunk before was suspect: a line may span two chunks. */
  #suspectBefore = false;
  #suspect = false;
  #returns = { first: 0, lines: 0 };

  constructor(options: EntryWatchOptions, add: (finding: PlacedFinding) => void) {
    this.#options = options;
    this.#add = add;
  }

  chunk(bytes: Uint8Array): void {
    if (!this.#begun) this.#beginning(bytes);
    const endsLine = bytes.includes(NEWLINE);
    this.#suspectBefore = this.#suspect || (this.#suspectBefore && !endsLine);
    this.#suspect = isSuspect(bytes);
  }

  readonly record: RecordSink = (bytes, keyStart, keyEnd, valueStart, valueEnd, line) => {
    const isSuspectLine = this.#suspect || this.#suspectBefore;
    const { isAccess } = this.#options;
    if (!isSuspectLine && (!isAccess || isPlainAccess(bytes, keyStart, keyEnd, valueStart, valueEnd))) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + keyStart, valueEnd - keyStart).toString('latin1');
    const key = text.slice(0, keyEnd - keyStart);
    const value = text.slice(valueStart - keyStart);
    const findings = isAccess
      ? accessFindings(key, value, this.#options.compressedAddresses)
      : [...characterFindings(key), ...edgeFindings(value)];
    for (const finding of findings) this.#add({ line, ...finding });
    if (bytes[valueEnd - 1] !== RETURN || valueEnd === valueStart) return;
    this.#returns.first ||= line;
    this.#returns.lines++;
  };

  end(): void {
    const { first, lines } = this.#returns;
    if (lines > 0) this.#add(returnFinding(first, lines));
  }

  /** The first few bytes identify UTF-16. */
  #beginning(bytes: Uint8Array): void {
    this.#start = Buffer.concat([this.#start, bytes.subarray(0, UTF16_BYTES)]);
    const finding = utf16Finding(this.#start);
    this.#begun = finding !== undefined || this.#start.length >= UTF16_BYTES;
    if (finding !== undefined) this.#add(finding);
  }
}
