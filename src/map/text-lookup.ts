/**
 * The text of a source file -> lookups in it, without a map on disk: for configurations in memory, and for an aliases file
 * whose map cannot be opened.
 *
 * Folds keys. Of equal keys the first counts in makemap's input and the last in aliases, as in the maps made from them. Bad
 * lines are reported and left out.
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

/**
 * makemap's input, such as the source file of an access map.
 *
 * @param compressedAddresses O UseCompressedIPv6Addresses, for the keys of networks
 */
export function lookupInText(text: ByteString, file: string, onProblem: Report, compressedAddresses = false): Lookup {
  const entries = new Map<string, LookupResult>();
  const report: Report = (problem) => onProblem({ file, ...problem });
  const networks = new NetworkKeys(
    (bytes, keyStart, keyEnd, valueStart, valueEnd) => {
      const key = foldCase(textOf(bytes, keyStart, keyEnd));
      if (!entries.has(key)) entries.set(key, { status: 'found', value: textOf(bytes, valueStart, valueEnd) });
    },
    report,
    { compressedAddresses },
  );
  const parser = new MakemapParser({}, networks.record, report, networks.comment);
  parser.push(Buffer.from(text, 'latin1'));
  parser.end();
  networks.end();
  return foldingLookup(entries);
}

/** An aliases file; its addresses are read by the rules of the configuration. */
export function lookupInAliases(text: ByteString, file: string, rules: AddressRules, onProblem: Report): Lookup {
  const entries = new Map<string, LookupResult>();
  const readAddress: AliasAddressReader = aliasNameReader(rules);
  parseAliases(
    Buffer.from(text, 'latin1'),
    { file, readAddress },
    {
      plain: (bytes, nameStart, nameEnd, valueStart, valueEnd) => {
        const value = textOf(bytes, valueStart, valueEnd);
        entries.set(foldCase(textOf(bytes, nameStart, nameEnd)), { status: 'found', value });
      },
      entry: ({ name, value }) => entries.set(name, { status: 'found', value }),
      problem: onProblem,
    },
  );
  return foldingLookup(entries);
}

function foldingLookup(entries: ReadonlyMap<string, LookupResult>): Lookup {
  return (key) => entries.get(foldCase(key)) ?? NOT_FOUND;
}

function textOf(bytes: Uint8Array, start: number, end: number): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
