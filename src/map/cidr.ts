/**
 * makemap's input with networks in CIDR form, addresses in any spelling and U-labels -> input with the keys that sendmail looks
 * up. This is the input of `makemap --cidr`.
 *
 * Every line keeps its number; the keys of networks come after the last line. If networks overlap, the longer prefix wins. A
 * key that the input itself has wins over all networks.
 *
 * Limits: MAX_KEYS keys for one network, MAX_TOTAL for all. With UseCompressedIPv6Addresses no IPv6 networks: compressed
 * addresses have no common prefix. Errors: MapError `badInput` for an invalid network, `limit` for too many keys.
 */
import { domainToASCII } from 'node:url';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { foldCase } from '../core/fold.ts';
import { clientAddress } from '../core/ip-address.ts';
import { hasHostBits, keyCount, type Network, networkKeys, parseNetwork } from '../core/networks.ts';

/** Most keys of one network. */
export const MAX_KEYS = 4096;
/** Most keys of all networks together. */
export const MAX_TOTAL = 1_000_000;

export interface CidrOptions {
  /** `-t`; by default white space ends a key. */
  readonly delimiter?: string;
  /** `-D`. */
  readonly comment?: string;
  readonly compressedAddresses?: boolean;
  /** Called with the number of networks and of the keys made of them. */
  readonly onKeys?: (networks: number, keys: number) => void;
}

interface Made {
  readonly bits: number;
  readonly line: string;
}

/** Reads all of the source first: the last network may have the longest prefix. */
export async function* withNetworkKeys(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: CidrOptions = {},
): AsyncGenerator<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  const made = new Map<string, Made>();
  const own = new Set<string>();
  let networks = 0;
  const lines = Buffer.concat(chunks).toString('latin1').split('\n');
  const kept = lines.map((line, at) => {
    const entry = entryOf(line, options);
    if (entry === undefined) return line;
    const network = parseNetwork(entry.address);
    if (network === undefined) return withALabels(entry, line, own);
    if (!entry.address.includes('/')) return ownLine(entry, spelled(network, options), own);
    addNetwork(network, entry, at + 1, made, options);
    networks += 1;
    return '';
  });
  const rest = [...made].filter(([key]) => !own.has(key)).map(([, { line }]) => line);
  options.onKeys?.(networks, rest.length);
  const end =
    kept.at(-1) === '' ? [...kept.slice(0, -1), ...rest, ''] : [...kept, ...rest, ...(rest.length > 0 ? [''] : [])];
  yield Buffer.from(end.join('\n'), 'latin1');
}

interface Entry {
  /** `Connect:`, or ''. */
  readonly tag: string;
  readonly address: string;
  /** The separator between key and value, and the value. */
  readonly rest: string;
}

function entryOf(line: string, { delimiter, comment = '#' }: CidrOptions): Entry | undefined {
  if (line === '' || line.startsWith(comment)) return undefined;
  const end = delimiter === undefined ? line.search(/[ \t]/) : line.indexOf(delimiter);
  const key = end < 0 ? line : line.slice(0, end);
  const [, tag = '', address = ''] = /^((?!ipv6:)[a-z_]+:)?(.*)$/is.exec(key) ?? [];
  return address === '' ? undefined : { tag, address, rest: end < 0 ? '' : line.slice(end) };
}

function spelled({ parts }: Network, { compressedAddresses = false }: CidrOptions): string {
  return clientAddress(parts.map((part) => part.toString(16)).join(':'), compressedAddresses);
}

function ownLine({ tag, rest }: Entry, address: string, own: Set<string>): string {
  own.add(foldCase(tag + address));
  return tag + address + rest;
}

/** sendmail looks up a Unicode host name as its A-labels. */
function withALabels({ tag, address, rest }: Entry, line: string, own: Set<string>): string {
  own.add(foldCase(tag + address));
  if (!/[\x80-\xff]/.test(address)) return line;
  const at = address.lastIndexOf('@');
  const host = domainToASCII(Buffer.from(address.slice(at + 1), 'latin1').toString('utf8'));
  return host === '' ? line : ownLine({ tag, address, rest }, address.slice(0, at + 1) + encodeText(host), own);
}

function addNetwork(network: Network, entry: Entry, line: number, made: Map<string, Made>, options: CidrOptions): void {
  const { tag, address, rest } = entry;
  const complain = (code: 'badInput' | 'limit', text: string): never => {
    throw new MapError(code, `line ${line}: ${tag}${address} ${text}`, { line });
  };
  if (hasHostBits(network)) complain('badInput', 'has bits set behind its prefix: it is no network');
  if (network.parts.length === 8 && options.compressedAddresses) {
    complain('badInput', 'cannot be asked for with UseCompressedIPv6Addresses');
  }
  const count = keyCount(network);
  if (count > MAX_KEYS) complain('limit', `needs ${count} keys, more than ${MAX_KEYS}: name a longer prefix`);
  if (made.size + count > MAX_TOTAL) complain('limit', `makes more than ${MAX_TOTAL} keys in all`);
  for (const key of networkKeys(network)) {
    const whole = foldCase(tag + key);
    const before = made.get(whole);
    if (before === undefined || before.bits < network.bits) {
      made.set(whole, { bits: network.bits, line: tag + key + rest });
    }
  }
}
