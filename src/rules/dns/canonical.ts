/** The name of a host -> its canonical name, through the service switch: the hosts file, then DNS. */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { EX_CONFIG, EX_NOHOST, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE } from '../../core/sysexits.ts';
import type { DnsReply } from '../machine.ts';
import type { MapContext } from '../maps/map-context.ts';
import { cLines, columnOf } from '../maps/text.ts';

/** A name, or the exit status for why there is none. */
export interface Canonical {
  readonly name?: ByteString;
  readonly status: number;
  /** For a name that was not found: the form that the search has made of it. */
  readonly left?: ByteString;
}

/** Aliases that lead to aliases. */
const MAX_ALIASES = 10;
const MAX_DOMAINS = 6;

/** Finds the canonical name. @param tryMx a name that has only mail exchangers counts too */
export function canonicalName(host: ByteString, tryMx: boolean, context: MapContext): Canonical {
  const domain = context.macros.value('m'.charCodeAt(0));
  let hasFailed = false;
  for (const service of context.services('hosts')) {
    const found =
      service === 'files'
        ? nameInFile(host, context)
        : service === 'dns'
          ? nameInDns(host, tryMx, context)
          : { status: EX_UNAVAILABLE };
    if (found.name !== undefined && (domain !== undefined || found.name.includes('.')))
      return qualified(found.name, domain);
    if (found.status === EX_TEMPFAIL) hasFailed = true;
  }
  return { status: hasFailed ? EX_TEMPFAIL : EX_NOHOST };
}

/** A name of one word gets our domain. */
function qualified(name: ByteString, domain: ByteString | undefined): Canonical {
  const dot = name.indexOf('.');
  if (dot >= 0 && dot < name.length - 1) return { name, status: EX_OK };
  if (domain === undefined) return { status: EX_NOHOST };
  return { name: name.endsWith('.') ? name + domain : `${name}.${domain}`, status: EX_OK };
}

/** The name without a final dot, and without our own domain; `full` is with it where it was taken off. */
function shortNames(host: ByteString, domain: ByteString): { readonly short: ByteString; readonly full?: ByteString } {
  const isFull = host.endsWith('.');
  const bare = isFull ? host.slice(0, -1) : host;
  const dot = bare.indexOf('.');
  if (dot < 0) return { short: bare };
  const own = foldCase(bare.slice(dot + 1));
  const ours = foldCase(domain);
  const isOurs = isFull
    ? own === ours
    : ours.startsWith(own) && (ours.length === own.length || ours[own.length] === '.');
  return isOurs ? { short: bare.slice(0, dot), full: bare } : { short: bare };
}

function nameInFile(host: ByteString, { machine, macros, options }: MapContext): Canonical {
  const read = machine.readFile(options.hostsFile);
  if ('cause' in read) return { status: EX_UNAVAILABLE };
  const domain = macros.value('m'.charCodeAt(0));
  const { short, full } = shortNames(host, domain ?? '');
  const wanted = [foldCase(short), ...(full === undefined ? [] : [foldCase(full)])];
  for (const line of cLines(read.text)) {
    if (line.startsWith('#')) continue;
    const names = namesOf(line.replace(/[#\n][\s\S]*/, ''));
    if (!names.some((name) => wanted.includes(foldCase(name)))) continue;
    const name = names.find((each) => each.includes('.')) ?? names[0]!;
    return { name: name.includes('.') || domain === undefined ? name : `${name}.${domain}`, status: EX_OK };
  }
  return { status: EX_NOHOST };
}

function namesOf(line: ByteString): ByteString[] {
  const names: ByteString[] = [];
  for (let i = 1; ; i++) {
    const name = columnOf(line, i, undefined);
    if (name === undefined) return names;
    if (name !== '') names.push(name);
  }
}

function nameInDns(given: ByteString, tryMx: boolean, context: MapContext): Canonical {
  let host = given;
  let status = EX_OK;
  for (let aliases = 0; aliases <= MAX_ALIASES + 1; aliases++) {
    const found = searchList(host, context);
    host = found.host;
    const outcome = tryDomains(host, found.domains, tryMx, context, () => {
      if (status === EX_OK) status = EX_TEMPFAIL;
    });
    if (outcome.alias !== undefined) {
      host = outcome.alias;
      continue;
    }
    if (outcome.domain === undefined)
      return { status: outcome.hasFailed ? EX_TEMPFAIL : status === EX_OK ? EX_NOHOST : status };
    return { name: outcome.domain === '' ? host : `${host}.${outcome.domain}`, status: EX_OK };
  }
  return { status: EX_CONFIG };
}

function searchList(
  host: ByteString,
  { machine, options }: MapContext,
): { host: ByteString; domains: readonly string[] } {
  const domains = host.includes('.') ? [''] : [];
  if (!host.endsWith('.') && options.searchesDomains)
    return { host, domains: [...domains, ...machine.searchDomains.slice(0, MAX_DOMAINS)] };
  if (!host.includes('.') && options.addsDomain) return { host, domains: [...domains, machine.searchDomains[0] ?? ''] };
  return { host: host.endsWith('.') ? host.slice(0, -1) : host, domains };
}

interface Outcome {
  /** The domain that the name was found in. */
  readonly domain?: string;
  /** The name that the host is an alias of. */
  readonly alias?: ByteString;
  readonly hasFailed?: boolean;
}

/** Asks each domain for AAAA, A and MX records. */
function tryDomains(
  host: ByteString,
  domains: readonly string[],
  tryMx: boolean,
  context: MapContext,
  onFailure: () => void,
): Outcome {
  let byMx: string | undefined;
  for (const domain of domains) {
    for (const type of ['AAAA', 'A', ...(tryMx || domain === '' ? ['MX'] : [])]) {
      const reply = context.machine.dns(domain === '' ? host : `${host}.${domain}`, type);
      if (reply.status === 'tempFail') {
        if (domain !== '') return { hasFailed: true };
        onFailure();
      }
      if (reply.status === 'noName') break;
      if (reply.status !== 'found') continue;
      const alias = reply.records.find((record) => record.type === 'CNAME');
      if (alias !== undefined && !context.options.keepsAliases) return { alias: alias.value };
      const isMx = reply.records.every((record) => record.type === 'MX');
      if (isMx && domain !== '' && context.options.hasWildcardMx) byMx ??= tryMx ? domain : undefined;
      else if (reply.records.some((record) => ['A', 'AAAA', 'MX', 'CNAME'].includes(record.type))) return { domain };
    }
  }
  return byMx === undefined ? {} : { domain: byMx };
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
