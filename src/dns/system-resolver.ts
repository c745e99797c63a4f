/**
 * The resolver of this machine: /etc/hosts first, then the servers of /etc/resolv.conf through node:dns.
 *
 * Both files are followed. Names are looked up as they are; the search list is for canonical names of hosts.
 */
import { Resolver as DnsResolver } from 'node:dns/promises';
import { hostname } from 'node:os';
import { FollowedText } from '../files/followed-text.ts';
import { Following, takeChanges } from '../files/following.ts';
import { type Hosts, parseHosts } from './hosts-file.ts';
import type { LocalNames, Resolver } from './resolver.ts';

const CHECK_MS = 250;
/** For one server, in milliseconds. With Node's default of four tries a client would wait for minutes. */
const TIMEOUT_MS = 5000;
const TRIES = 2;

export class SystemResolver implements Resolver {
  readonly #following = new Following(CHECK_MS);
  readonly #hosts: FollowedText<Hosts>;
  readonly #dns: FollowedText<DnsAndDomains>;

  constructor(hostsFile = '/etc/hosts', resolvConf = '/etc/resolv.conf') {
    const { onReload, onProblem } = this.#following;
    const options = { optional: true, onReload, onProblem };
    this.#hosts = new FollowedText(hostsFile, parseHosts, options);
    // Node reads resolv.conf itself when the resolver is made
    const make = (text: string): DnsAndDomains => ({
      dns: new DnsResolver({ timeout: TIMEOUT_MS, tries: TRIES }),
      searchDomains: searchDomains(text),
    });
    this.#dns = new FollowedText(resolvConf, make, options);
  }

  async resolvePtr(name: string): Promise<readonly string[]> {
    const { hosts, dns } = this.#current();
    return hosts.names.get(name) ?? dns.resolvePtr(name);
  }

  async resolve4(name: string): Promise<readonly string[]> {
    const { hosts, dns } = this.#current();
    return hosts.addresses4.get(name.toLowerCase()) ?? dns.resolve4(name);
  }

  async resolve6(name: string): Promise<readonly string[]> {
    const { hosts, dns } = this.#current();
    return hosts.addresses6.get(name.toLowerCase()) ?? dns.resolve6(name);
  }

  async resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]> {
    return this.#current().dns.resolveMx(name);
  }

  async resolveTxt(name: string): Promise<readonly (readonly string[])[]> {
    return this.#current().dns.resolveTxt(name);
  }

  get local(): LocalNames {
    const { hosts, dns, searchDomains } = this.#current();
    return { dns, hostNames: hosts.lines, searchDomains };
  }

  async resolveCname(name: string): Promise<readonly string[]> {
    return this.#current().dns.resolveCname(name);
  }

  async resolveNs(name: string): Promise<readonly string[]> {
    return this.#current().dns.resolveNs(name);
  }

  #current(): DnsAndDomains & { readonly hosts: Hosts } {
    this.#following.whenDue(() => takeChanges([this.#hosts, this.#dns]));
    return { hosts: this.#hosts.value, ...this.#dns.value };
  }
}

interface DnsAndDomains {
  readonly dns: DnsResolver;
  readonly searchDomains: readonly string[];
}

/** The search domains of resolv.conf(5): those of the last such line, else the domain of this host. */
function searchDomains(resolvConf: string): readonly string[] {
  const own = hostname().replace(/^[^.]*\.?/, '');
  let domains = own === '' ? [] : [own];
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...names] = line.split(/[ \t]+/);
    if (keyword === 'search' || keyword === 'domain') domains = names.filter((name) => name !== '' && name !== '.');
  }
  return domains;
}
