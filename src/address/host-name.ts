/**
 * The name of a host -> its canonical name, by the hosts file and DNS: aliases (CNAME) are followed, and short names are
 * looked for in the domains of the resolver.
 *
 * Source: getcanonname, dns_getcanonname and text_getcanonname, which `$[ name $]` of a rule calls.
 */
import type { ByteString } from '../core/bytes.ts';
import type { DnsReply } from '../core/dns-reply.ts';
import { foldCase } from '../core/fold.ts';
import { EX_CONFIG, EX_NOHOST, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE } from '../core/sysexits.ts';

/** A name, or the exit status for why there is none. */
export interface Canonical {
  readonly name?: ByteString;
  readonly status: number;
  /** For a name that was not found: the alias at which the search ended. The next source is asked for this one. */
  readonly left?: ByteString;
}

/** The sources of host names. */
export interface HostNames {
  /** The sources to ask, in order: `dns`, `files`. */
  readonly sources: readonly string[];
  /** The names of each line of the hosts file; undefined: it cannot be read. */
  readonly hostsFile: () => Iterable<readonly ByteString[]> | undefined;
  readonly dns: (name: ByteString, type: string) => DnsReply;
  /** The domains that are tried behind a name, the own one first. */
  readonly searchDomains: readonly ByteString[];
  /** $m, the domain of this host. */
  readonly domain?: ByteString | undefined;
  /** ResolverOptions: `dnsrch`, `defnames`, HasWildcardMX. */
  readonly searchesDomains: boolean;
  readonly addsDomain: boolean;
  readonly hasWildcardMx: boolean;
  /** DontExpandCnames: an alias is a canonical name. */
  readonly keepsAliases: boolean;
}

/** Aliases that lead to aliases. */
const MAX_ALIASES = 10;
const MAX_DOMAINS = 6;

/** Finds the canonical name. @param tryMx a name that has only mail exchangers counts too */
export function canonicalName(host: ByteString, tryMx: boolean, names: HostNames): Canonical {
  let hasFailed = false;
  let left = host;
  for (const source of names.sources) {
    const found = nameIn(source, left, tryMx, names);
    if (found.name !== undefined && (names.domain !== undefined || found.name.includes('.')))
      return qualified(found.name, names.domain);
    left = found.left ?? left;
    if (found.status === EX_TEMPFAIL) hasFailed = true;
  }
  return { status: hasFailed ? EX_TEMPFAIL : EX_NOHOST, left };
}

function nameIn(source: string, host: ByteString, tryMx: boolean, names: HostNames): Canonical {
  if (source === 'files') return nameInFile(host, names);
  return source === 'dns' ? nameInDns(host, tryMx, names) : { status: EX_UNAVAILABLE };
}

/** A name of one word gets our domain. */
function qualified(name: ByteString, domain: ByteString | undefined): Canonical {
  const dot = name.indexOf('.');
  if (dot >= 0 && dot < name.length - 1) return { name, status: EX_OK };
  if (domain === undefined) return { status: EX_NOHOST };
  return { name: name.endsWith('.') ? name + domain : `${name}.${domain}`, status: EX_OK };
}

/** The name without a final dot, and without our own domain; `full` still has the domain. */
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

function nameInFile(host: ByteString, { hostsFile, domain }: HostNames): Canonical {
  const lines = hostsFile();
  if (lines === undefined) return { status: EX_UNAVAILABLE };
  const { short, full } = shortNames(host, domain ?? '');
  const wanted = [foldCase(short), ...(full === undefined ? [] : [foldCase(full)])];
  for (const names of lines) {
    if (!names.some((name) => wanted.includes(foldCase(name)))) continue;
    const name = names.find((each) => each.includes('.')) ?? names[0]!;
    return { name: name.includes('.') || domain === undefined ? name : `${name}.${domain}`, status: EX_OK };
  }
  return { status: EX_NOHOST };
}

function nameInDns(given: ByteString, tryMx: boolean, names: HostNames): Canonical {
  let host = given;
  let status = EX_OK;
  for (let aliases = 0; aliases <= MAX_ALIASES + 1; aliases++) {
    const found = searchList(host, names);
    host = found.host;
    const outcome = tryDomains(host, found.domains, tryMx, names, () => {
      if (status === EX_OK) status = EX_TEMPFAIL;
    });
    if (outcome.alias !== undefined) {
      host = outcome.alias;
      continue;
    }
    if (outcome.domain === undefined)
      return { status: outcome.hasFailed ? EX_TEMPFAIL : status === EX_OK ? EX_NOHOST : status, left: host };
    return { name: outcome.domain === '' ? host : `${host}.${outcome.domain}`, status: EX_OK };
  }
  return { status: EX_CONFIG, left: host };
}

function searchList(host: ByteString, names: HostNames): { host: ByteString; domains: readonly string[] } {
  const domains = host.includes('.') ? [''] : [];
  if (!host.endsWith('.') && names.searchesDomains)
    return { host, domains: [...domains, ...names.searchDomains.slice(0, MAX_DOMAINS)] };
  if (!host.includes('.') && names.addsDomain) return { host, domains: [...domains, names.searchDomains[0] ?? ''] };
  return { host: host.endsWith('.') ? host.slice(0, -1) : host, domains };
}

interface Outcome {
  /** The domain in which the name was found. */
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
  names: HostNames,
  onFailure: () => void,
): Outcome {
  let byMx: string | undefined;
  for (const domain of domains) {
    for (const type of ['AAAA', 'A', ...(tryMx || domain === '' ? ['MX'] : [])]) {
      const reply = names.dns(domain === '' ? host : `${host}.${domain}`, type);
      if (reply.status === 'tempFail') {
        if (domain !== '') return { hasFailed: true };
        onFailure();
      }
      if (reply.status === 'noName') break;
      if (reply.status !== 'found') continue;
      const alias = reply.records.find((record) => record.type === 'CNAME');
      if (alias !== undefined && !names.keepsAliases) return { alias: alias.value };
      const isMx = reply.records.every((record) => record.type === 'MX');
      if (isMx && domain !== '' && names.hasWildcardMx) byMx ??= tryMx ? domain : undefined;
      else if (reply.records.some((record) => ['A', 'AAAA', 'MX', 'CNAME'].includes(record.type))) return { domain };
    }
  }
  return byMx === undefined ? {} : { domain: byMx };
}
