/** The name of a host -> its canonical name, through the service switch: the hosts file, then DNS. */
import { type Canonical, canonicalName as canonicalNameBy } from '../../address/host-name.ts';
import type { ByteString } from '../../core/bytes.ts';
import type { DnsReply } from '../../core/dns-reply.ts';
import type { MapContext } from '../maps/map-context.ts';
import { cLines, columnOf } from '../maps/text.ts';
import { remembered } from '../remember.ts';

/** Finds the canonical name. @param tryMx a name that has only mail exchangers counts too */
export function canonicalName(host: ByteString, tryMx: boolean, context: MapContext): Canonical {
  const { machine, macros, options } = context;
  return canonicalNameBy(host, tryMx, {
    searchesDomains: options.searchesDomains,
    addsDomain: options.addsDomain,
    hasWildcardMx: options.hasWildcardMx,
    keepsAliases: options.keepsAliases,
    sources: context.services('hosts'),
    hostsFile: () => hostsFile(context),
    dns: (name, type) => machine.dns(name, type),
    searchDomains: machine.searchDomains,
    domain: macros.value('m'.charCodeAt(0)),
  });
}

function hostsFile({ machine, options }: MapContext): readonly (readonly ByteString[])[] | undefined {
  const read = machine.readFile(options.hostsFile);
  return 'cause' in read ? undefined : namesOfLines(read.text);
}

const namesOfLines = remembered((text: ByteString): readonly (readonly ByteString[])[] =>
  [...cLines(text)].filter((line) => !line.startsWith('#')).map((line) => namesOf(line.replace(/[#\n][\s\S]*/, ''))),
);

function namesOf(line: ByteString): ByteString[] {
  const names: ByteString[] = [];
  for (let i = 1; ; i++) {
    const name = columnOf(line, i, undefined);
    if (name === undefined) return names;
    if (name !== '') names.push(name);
  }
}

/** Asks DNS as res_search does: the name as it is if it has a dot, then in each domain. */
export function searchDns(name: ByteString, type: string, { machine, options }: MapContext): DnsReply {
  const isFull = name.endsWith('.');
  const bare = isFull ? name.slice(0, -1) : name;
  const domains = isFull || !options.searchesDomains ? [] : machine.searchDomains;
  const names = domains.map((domain) => `${bare}.${domain}`);
  let last: DnsReply = { status: 'noName' };
  let hasData = false;
  for (const each of bare.includes('.') || isFull ? [bare, ...names] : [...names, bare]) {
    last = machine.dns(each, type);
    if (last.status === 'found' || last.status === 'tempFail') return last;
    if (last.status === 'noData') hasData = true;
  }
  return hasData ? { status: 'noData' } : last;
}
