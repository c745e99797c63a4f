/**
 * Records of makemap's input -> the same, with networks in CIDR form, addresses in any spelling and U-labels replaced by the
 * keys that sendmail looks up: `makemap --cidr`, or the line `#makemap --cidr` in the text.
 *
 * If networks overlap, the longer prefix wins. A key that the input itself has wins over all networks. The records of networks
 * come at the end, with the line of their network.
 *
 * Limits: MAX_KEYS keys for one network, MAX_TOTAL for all. Errors: a problem for each invalid network, and for each that needs
 * too many keys; it makes no record.
 */
import { HOST_TAGS, OTHER_TAGS, RELAY_TAGS } from '../core/access-words.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { keyCount, type Network, networkKeys, readAddressWord } from '../core/networks.ts';
import type { Problem } from '../core/problem.ts';
import { EX_DATAERR } from '../core/sysexits.ts';
import { isCidrDirective } from '../source/cidr-directive.ts';
import type { CommentSink, RecordSink } from '../source/makemap-input.ts';

/** Most keys of all networks together. */
export const MAX_TOTAL = 1_000_000;

export interface NetworkKeysOptions {
  /** Counts for the whole input, without a directive. */
  readonly isOn?: boolean | undefined;
  /** O UseCompressedIPv6Addresses */
  readonly compressedAddresses?: boolean | undefined;
  /** Receives each record of the input once, with the first key of a network. */
  readonly onEntry?: RecordSink;
}

/** A network's line. */
interface Entry {
  readonly tag: ByteString;
  readonly value: Buffer;
  readonly line: number;
  readonly bits: number;
}

interface Made {
  readonly key: ByteString;
  readonly entry: Entry;
}

/** For a parser of makemap's input: it takes records and comments. */
export class NetworkKeys {
  /** Networks read so far. */
  networks = 0;
  /** Records made of them, after {@link end}. */
  keys = 0;
  readonly #store: RecordSink;
  readonly #onProblem: (problem: Problem) => void;
  readonly #onEntry: RecordSink;
  readonly #options: NetworkKeysOptions;
  #isOn: boolean;
  /** By folded key. */
  readonly #made = new Map<ByteString, Made>();
  /** The keys of the input that a network may have, folded. */
  readonly #own = new Set<ByteString>();

  constructor(store: RecordSink, onProblem: (problem: Problem) => void, options: NetworkKeysOptions = {}) {
    this.#store = store;
    this.#onProblem = onProblem;
    this.#onEntry = options.onEntry ?? (() => {});
    this.#options = options;
    this.#isOn = options.isOn === true;
  }

  readonly comment: CommentSink = (bytes, start, end) => {
    this.#isOn ||= isCidrDirective(textOf(bytes, start, end));
  };

  // Without rest parameters: an array for each record costs a twentieth of makemap over 1,000,000 lines.
  readonly record: RecordSink = (bytes, keyStart, keyEnd, valueStart, valueEnd, line) => {
    if (this.#isOn) {
      this.#read([bytes, keyStart, keyEnd, valueStart, valueEnd, line]);
      return;
    }
    this.#onEntry(bytes, keyStart, keyEnd, valueStart, valueEnd, line);
    this.#store(bytes, keyStart, keyEnd, valueStart, valueEnd, line);
  };

  #put(record: Parameters<RecordSink>): void {
    this.#onEntry(...record);
    this.#store(...record);
  }

  #read(record: Parameters<RecordSink>): void {
    const [bytes, keyStart, keyEnd, valueStart, valueEnd, line] = record;
    const key = textOf(bytes, keyStart, keyEnd);
    const { tag, word } = takenApart(key);
    const { compressedAddresses = false } = this.#options;
    const read = isLiteralHost(tag, word) ? undefined : readAddressWord(word, compressedAddresses);
    switch (read?.kind) {
      case undefined:
        this.#pass(key, record);
        return;
      case 'refused':
        this.#refuse(read.code, `${key} ${read.text}`, line);
        return;
      case 'key':
        this.#pass(tag + read.key, withKey(tag + read.key, textOf(bytes, valueStart, valueEnd), line));
        return;
      case 'network': {
        const value = Buffer.from(bytes.subarray(valueStart, valueEnd));
        this.#addNetwork(key, read.network, { tag, value, line, bits: read.network.bits });
      }
    }
  }

  /** Passes on the records of networks. */
  end(): void {
    for (const [folded, { key, entry }] of this.#made) {
      if (this.#own.has(folded)) continue;
      this.keys++;
      this.#store(...withKey(key, entry.value.toString('latin1'), entry.line));
    }
  }

  #pass(key: ByteString, record: Parameters<RecordSink>): void {
    if (MAY_BE_MADE.test(key)) this.#own.add(foldCase(key));
    this.#put(record);
  }

  #addNetwork(written: ByteString, network: Network, entry: Entry): void {
    if (this.#made.size + keyCount(network) > MAX_TOTAL) {
      this.#refuse('MM312', `${written} makes more than ${MAX_TOTAL} keys in all`, entry.line);
      return;
    }
    this.networks++;
    let isFirst = true;
    for (const part of networkKeys(network)) {
      const key = entry.tag + part;
      if (isFirst) this.#onEntry(...withKey(key, entry.value.toString('latin1'), entry.line));
      isFirst = false;
      const before = this.#made.get(foldCase(key));
      if (before === undefined || before.entry.bits < network.bits) this.#made.set(foldCase(key), { key, entry });
    }
  }

  #refuse(code: 'MM311' | 'MM312', text: string, line: number): void {
    this.#onProblem({ severity: 'error', code, line, text, status: EX_DATAERR });
  }
}

/** Keys of IPv4 begin with a number, keys of IPv6 with `IPv6:`, both with or without a tag. */
const MAY_BE_MADE = /^(?:[a-z_]+:)?(?:\d|ipv6:)/i;

const TAGS: ReadonlySet<string> = new Set([...RELAY_TAGS, ...HOST_TAGS, ...OTHER_TAGS].map(foldCase));

/** `Connect:192.0.2.0/24` -> its tag and the rest. The tag may belong to local rules, but must not be a group of IPv6. */
function takenApart(key: ByteString): { readonly tag: ByteString; readonly word: ByteString } {
  const [tag = '', name = ''] = /^([a-z][a-z0-9_-]*):/i.exec(key) ?? [];
  const isTag = TAGS.has(foldCase(name)) || !/^(?:ipv6|[0-9a-f]{1,4})$/i.test(name);
  return isTag ? { tag, word: key.slice(tag.length) } : { tag: '', word: key };
}

/** True if the host of a recipient or sender is in brackets: it is looked up as it was written. */
function isLiteralHost(tag: ByteString, word: ByteString): boolean {
  return word.startsWith('[') && /^(?:to|from|spam|tls_rcpt):$/i.test(tag);
}

function withKey(key: ByteString, value: ByteString, line: number): Parameters<RecordSink> {
  const bytes = Buffer.from(key + value, 'latin1');
  return [bytes, 0, key.length, key.length, bytes.length, line];
}

function textOf(bytes: Uint8Array, start: number, end: number): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
