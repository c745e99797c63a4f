/**
 * The text of a source file -> lookups in it, without a map on disk: for configurations in memory, and for an aliases file
 * whose map cannot be opened.
 *
 * Folds keys, as makemap does without `-f`. Of equal keys the first counts in makemap's input and the last in aliases, as in
 * the maps made from them. Bad lines are reported and left out.
 */
import { type AliasAddressReader, aliasNameReader } from '../address/alias-name.ts';
import type { AddressRules } from '../address/canonify.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { type Lookup, type LookupResult, NOT_FOUND } from '../core/lookup.ts';
import type { Problem } from '../core/problem.ts';
import { parseAliases } from '../source/aliases/parse.ts';
import { MakemapParser } from '../source/makemap-input.ts';
import { NetworkKeys } from './cidr.ts';

type Report = (problem: Problem) => void;

/** How a text is read and asked. */
export interface TextUse {
  /** O UseCompressedIPv6Addresses, for the keys of networks. */
  readonly compressedAddresses?: boolean | undefined;
  /** The K line has `-f`: a key in upper case is not found, as in the map that makemap makes of this text. */
  readonly keepCase?: boolean | undefined;
}

/** makemap's input, such as the source file of an access map. */
export function lookupInText(text: ByteString, file: string, onProblem: Report, use: TextUse = {}): Lookup {
  const entries = new Map<string, LookupResult>();
  eachEntry(
    text,
    use.compressedAddresses === true,
    (key, value) => {
      if (!entries.has(key)) entries.set(key, { status: 'found', value });
    },
    (problem) => onProblem({ file, ...problem }),
  );
  return use.keepCase ? (key) => entries.get(key) ?? NOT_FOUND : foldingLookup(entries);
}

type EntrySink = (key: ByteString, value: ByteString) => void;

/** Passes on each entry of makemap's input, with its folded key. */
export function eachEntry(
  text: ByteString,
  compressedAddresses: boolean,
  onEntry: EntrySink,
  onProblem: Report = () => {},
): void {
  const networks = new NetworkKeys(
    (bytes, keyStart, keyEnd, valueStart, valueEnd) =>
      onEntry(foldCase(textOf(bytes, keyStart, keyEnd)), textOf(bytes, valueStart, valueEnd)),
    onProblem,
    { compressedAddresses },
  );
  const parser = new MakemapParser({}, networks.record, onProblem, networks.comment);
  parser.push(Buffer.from(text, 'latin1'));
  parser.end();
  networks.end();
}

/** An aliases file; its addresses are read by the rules of the configuration. */
export function lookupInAliases(text: ByteString, file: string, rules: AddressRules, onProblem: Report): Lookup {
  const entries = new Map<string, LookupResult>();
  eachAlias(text, file, rules, (name, value) => entries.set(name, { status: 'found', value }), onProblem);
  return foldingLookup(entries);
}

/** Passes on each alias, with its key. */
export function eachAlias(
  text: ByteString,
  file: string,
  rules: AddressRules,
  onEntry: EntrySink,
  onProblem: Report = () => {},
): void {
  const readAddress: AliasAddressReader = aliasNameReader(rules);
  parseAliases(
    Buffer.from(text, 'latin1'),
    { file, readAddress },
    {
      plain: (bytes, nameStart, nameEnd, valueStart, valueEnd) =>
        onEntry(foldCase(textOf(bytes, nameStart, nameEnd)), textOf(bytes, valueStart, valueEnd)),
      entry: ({ name, value }) => onEntry(name, value),
      problem: onProblem,
    },
  );
}

function foldingLookup(entries: ReadonlyMap<string, LookupResult>): Lookup {
  return (key) => entries.get(foldCase(key)) ?? NOT_FOUND;
}

function textOf(bytes: Uint8Array, start: number, end: number): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
