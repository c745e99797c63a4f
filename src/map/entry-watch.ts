/**
 * Looks over makemap's shoulder: chunks and records -> our own warnings about what an entry loses without a word. Nothing
 * of the map changes.
 *
 * Chunks of ASCII without carriage returns cost a glance; only the entries of an access map are always looked at.
 */
import type { Problem } from '../core/problem.ts';
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

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Whether it is the access map, by its usual name. */
export function isAccessMap(mapName: string): boolean {
  return /(?:^|\/)access(?:\.(?:lmdb|c?db))?$/.test(mapName);
}

export interface EntryWatchOptions {
  readonly isAccess: boolean;
  /** UseCompressedIPv6Addresses, where it is known. */
  readonly compressedAddresses: boolean | undefined;
}

export class EntryWatch {
  readonly #options: EntryWatchOptions;
  readonly #add: (problem: Problem) => void;
  #start = Buffer.alloc(0);
  #begun = false;
  /** A line may lie in two chunks. */
  #suspectBefore = false;
  #suspect = false;
  #returns = { first: 0, lines: 0 };

  constructor(options: EntryWatchOptions, add: (problem: Problem) => void) {
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
    if (!this.#options.isAccess && !isSuspectLine) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + keyStart, valueEnd - keyStart).toString('latin1');
    const key = text.slice(0, keyEnd - keyStart);
    const value = text.slice(valueStart - keyStart);
    const findings = this.#options.isAccess
      ? accessFindings(key, value, this.#options.compressedAddresses)
      : [...characterFindings(key), ...edgeFindings(value)];
    for (const finding of findings) this.#report({ line, ...finding });
    if (bytes[valueEnd - 1] !== RETURN || valueEnd === valueStart) return;
    this.#returns.first ||= line;
    this.#returns.lines++;
  };

  end(): void {
    const { first, lines } = this.#returns;
    if (lines > 0) this.#report(returnFinding(first, lines));
  }

  /** The first few bytes tell UTF-16. */
  #beginning(bytes: Uint8Array): void {
    this.#start = Buffer.concat([this.#start, bytes.subarray(0, UTF16_BYTES)]);
    const finding = utf16Finding(this.#start);
    this.#begun = finding !== undefined || this.#start.length >= UTF16_BYTES;
    if (finding !== undefined) this.#report(finding);
  }

  #report(finding: PlacedFinding): void {
    this.#add({ severity: 'warning', ours: true, ...finding });
  }
}
