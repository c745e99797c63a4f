/**
 * Maps over DNS and the hosts file: host (which `$[ $]` asks), dns, bestmx.
 */
import type { ByteString } from '../../core/bytes.ts';
import { EX_NOHOST, EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { canonicalName, searchDns } from '../dns/canonical.ts';
import { mailExchangers } from '../dns/exchangers.ts';
import { addressOwner } from '../dns/owner.ts';
import { shortened } from '../reports.ts';
import { DNS_FLAGS, HOST_FLAGS, parseFileMap, parseFlags } from './flags.ts';
import { uncompressed } from './ipv6.ts';
import type { MapContext } from './map-context.ts';
import { answer, answerKey, type MapAnswer, type MapClass, NOT_FOUND, NOT_THERE, type RuleMap } from './rule-map.ts';

const SHOWN_HOST = 33;

export const hostMap: MapClass = {
  parse: (map, words) => {
    parseFlags(map, words, HOST_FLAGS);
    return true;
  },
  lookup: (map, key, args, context) => {
    const isAddress = key.startsWith('[');
    if (isAddress && !key.includes(']')) return NOT_THERE;
    const found = isAddress
      ? addressOwner(key.slice(1, key.indexOf(']')), context)
      : canonicalName(key, !context.options.hasWildcardMx, context);
    if (found.name !== undefined) return map.flags.keyOnly ? answerKey(map, key) : answer(map, found.name, key, args);
    context.reports.lastCause = undefined;
    if (found.status === EX_TEMPFAIL && context.options.usesDns)
      context.reports.rules('waiting', `${shortened(key, SHOWN_HOST)}: Name server timeout`);
    return { status: found.status };
  },
};

/** Record types that a dns map may name. */
const RECORDS: ReadonlySet<string> = new Set(['A', 'AAAA', 'AFSDB', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TXT', 'TLSA']);

export const dnsMap: MapClass = {
  parse: (map, words, context) => {
    // unlike other flags, these are not those of an earlier line
    for (const flag of ['record', 'base', 'most'] as const) delete map.flags[flag];
    parseFlags(map, words, DNS_FLAGS);
    const { record, recordRest } = map.flags;
    if (record === undefined || !RECORDS.has(record.toUpperCase())) {
      if (record !== undefined) context.reports.system(`dns map ${map.name}: wrong type ${recordRest}`);
      context.reports.system(`dns map ${map.name}: missing -R type`);
    }
    return true;
  },
  lookup: lookUpDns,
};

function lookUpDns(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  context: MapContext,
): MapAnswer {
  const { base = '', record = '', delimiter = '', most = 0, keyOnly } = map.flags;
  const type = record.toUpperCase();
  const reply = RECORDS.has(type)
    ? searchDns(base === '' ? key : `${key}.${base}`, type, context)
    : { status: 'noData' as const };
  if (reply.status === 'tempFail') return { status: EX_TEMPFAIL };
  if (reply.status !== 'found') return NOT_FOUND;
  const values = reply.records
    .filter((each) => each.type === type)
    .map(({ value }) => printableBytes(type === 'AAAA' ? shownIpv6(value, context) : value));
  const [first] = values;
  if (first === undefined) return NOT_FOUND;
  if (keyOnly) return answerKey(map, key);
  const isSingle = delimiter === '' || most === 1;
  const value = isSingle ? first : values.slice(0, most > 0 ? most + 1 : undefined).join(delimiter);
  return answer(map, value, key, args);
}

function shownIpv6(address: string, { options }: MapContext): string {
  return options.compressesIpv6 ? `IPv6:${address}` : uncompressed(address);
}

function printableBytes(value: ByteString): ByteString {
  return value.replace(/[^\x20-\x7e]/g, 'X');
}

export const bestmxMap: MapClass = {
  parse: (map, words, context) => parseFileMap(map, words, context, false),
  lookup: (map, key, args, context) => {
    const found = mailExchangers(key, { searches: false, takesFallback: false }, context);
    if (found.hosts.length === 0) return { status: found.status === EX_OK ? EX_OK : found.status };
    if (map.flags.keyOnly) return answerKey(map, key);
    const { delimiter = '' } = map.flags;
    if (delimiter !== '' && found.hosts.length > 1) {
      const bad = found.hosts.find((host) => host.includes(delimiter));
      if (bad !== undefined) {
        const code = delimiter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
        context.reports.system(
          `bestmx_map_lookup: MX host ${bad.slice(0, 64)} includes map delimiter character 0x${code}`,
        );
        return { status: EX_NOHOST };
      }
      return answer(map, found.hosts.join(delimiter), key, args);
    }
    return answer(map, found.hosts[0]!, key, args);
  },
};
