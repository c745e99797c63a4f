/**
 * The sources of a configuration -> the host that the rulesets of its sendmail.cf run on: files, maps and users of one moment,
 * and DNS as far as its answers are known.
 *
 * A map that cannot be opened or read is a temporary failure. A file is read once, when the configuration is made or at its
 * first use.
 * Limits: programs and socket maps are not followed; a lookup in them is a temporary failure.
 */
import type { Answer, LocalUser } from '../alias/context.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import type { DnsRecord, DnsReply } from '../core/dns-reply.ts';
import { MapError } from '../core/errors.ts';
import { type Fact, type Facts, type FactType, NO_FACTS } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import type { Table } from '../core/lookup.ts';
import { systemText } from '../core/system-error.ts';
import type { TextReader } from '../map/followed-map.ts';
import {
  CannotAnswer,
  type Database,
  type DatabaseUse,
  type FileRead,
  type Machine,
  SENDMAIL_VERSION,
} from '../rules/machine.ts';
import { ownNames } from './host-class.ts';
import type { Sources } from './sources.ts';

export interface RulesMachineOptions {
  readonly hostName: ByteString;
  readonly sources: Sources;
  readonly readText: TextReader;
  readonly findUser: (name: ByteString) => Answer<LocalUser>;
}

const MISSING: FileRead = { cause: 'No such file or directory', isMissing: true };
const NO_RECORDS: DnsReply = { status: 'noData' };
const NO_NAME: DnsReply = { status: 'noName' };
const CANNOT_TELL: DnsReply = { status: 'tempFail' };

/** Types that Facts answer for. */
const FACT_TYPES: readonly string[] = ['A', 'AAAA', 'MX', 'CNAME', 'NS', 'PTR', 'TXT'] satisfies readonly FactType[];
/** Asked together, since a name is canonified with all of them. */
const HOST_TYPES: readonly FactType[] = ['AAAA', 'A', 'MX'];

/** The facts of DNS that a question states. */
export interface Knowledge {
  readonly facts: Facts;
  /** The sender's domain, folded, and what DNS says of it. */
  readonly domain?: ByteString;
  readonly senderDomain?: 'OK' | 'PERM' | 'TEMP';
  /** Receives a name for which DNS was not asked; `isStated`: the question states whether it exists. */
  notAsked(name: string, type: string, isStated: boolean): void;
}

const NOTHING: Knowledge = { facts: NO_FACTS, notAsked: () => undefined };

export class RulesMachine implements Machine {
  readonly hostName: ByteString;
  readonly nodeName: ByteString;
  readonly userName: ByteString = 'root';
  readonly ownNames: readonly ByteString[];
  readonly interfaceNames: readonly ByteString[] = ['[localhost]'];
  readonly version: string = SENDMAIL_VERSION;
  /** The facts of DNS that the present question states. */
  knowledge: Knowledge = NOTHING;
  /** True while the file is read: users that options and mailers name need not exist on this host. */
  isReading = true;
  /** The last failure of a table. */
  failure: MapError | undefined;
  readonly #options: RulesMachineOptions;
  readonly #files = new Map<string, FileRead>();

  constructor(options: RulesMachineOptions) {
    this.#options = options;
    this.hostName = options.hostName;
    this.nodeName = options.hostName;
    this.ownNames = ownNames(options.hostName);
  }

  /** Short names are searched for in our domain, if DNS is asked at all. */
  get searchDomains(): readonly ByteString[] {
    const dot = this.hostName.indexOf('.');
    return dot < 0 || this.knowledge.facts === NO_FACTS ? [] : [this.hostName.slice(dot + 1)];
  }

  readFile(path: ByteString): FileRead {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const read = this.#read(decodeText(path));
    this.#files.set(path, read);
    return read;
  }

  /** A missing file is followed, too, because it may appear. */
  #read(path: string): FileRead {
    const { sources } = this.#options;
    const isThere = sources.hasText(path);
    try {
      const text = sources.text(path, asIs, { optional: !isThere });
      return isThere ? { text } : MISSING;
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      return { cause: systemText(error.cause ?? error), isMissing: error.code === 'missing' };
    }
  }

  openDatabase(kind: string, path: ByteString, use: DatabaseUse): { readonly get: Database } {
    const { sources, readText } = this.#options;
    const flags = {
      ...(use.keepsCase && { keepCase: true as const }),
      ...(use.tryZero === false && { onlyWithoutNul: true as const }),
    };
    const name = decodeText(path.replace(/\.c?db$/, ''));
    const absence = use.optional ? 'optional' : 'expected';
    const setting = { name, absence, implicit: false, isCdb: kind === 'cdb', flags, fills: false } as const;
    return { get: this.#database(sources.table(setting, readText)) };
  }

  #database(table: Table): Database {
    return (key, end) => {
      const result = table(key + end);
      if (result.status === 'found') return upToZero(result.value);
      if (result.status === 'notFound') return undefined;
      this.failure = result.error;
      throw new CannotAnswer();
    };
  }

  user(name: ByteString): ReturnType<Machine['user']> {
    if (this.isReading) return { name, uid: 0, gid: 0, home: '', shell: '', fullName: '' };
    const found = this.#options.findUser(name);
    if (found === 'tempFail') throw new CannotAnswer();
    if (found === undefined) return undefined;
    return { shell: '', fullName: '', ...found };
  }

  /** Groups of mailers take no part in decisions. */
  groupId(): number {
    return 0;
  }

  dns(given: ByteString, type: string): DnsReply {
    const name = given.replace(/\.$/, '');
    if (!FACT_TYPES.includes(type)) return CANNOT_TELL;
    const { facts } = this.knowledge;
    const together = HOST_TYPES.includes(type as FactType) ? HOST_TYPES : [type as FactType];
    // All of them are asked for before the first answer counts.
    const known = new Map(together.map((each) => [each, facts.get(each, name)] as const));
    const alias = facts.get('CNAME', name);
    const fact = known.get(type as FactType);
    if (fact === undefined) return this.#unknown(name, type);
    const records = type === 'MX' ? this.#exchangers(name, fact) : recordsOf(type, fact);
    if (fact.status === 'tempFail') return CANNOT_TELL;
    // an alias that leads to no name
    if (fact.status === 'notFound' && fact.isNoName) return NO_NAME;
    const aliases = type === 'CNAME' || type === 'PTR' ? [] : recordsOf('CNAME', alias);
    return records.length + aliases.length > 0 ? { status: 'found', records: [...aliases, ...records] } : NO_RECORDS;
  }

  /** Mail exchangers with their rank; those of the best preference have the same rank. */
  #exchangers(name: ByteString, fact: Fact): DnsRecord[] {
    const best = this.knowledge.facts.get('BESTMX', name);
    const isBest = new Set(best?.status === 'found' ? best.records : []);
    return recordsOf('MX', fact).map((record, i) => ({ ...record, preference: isBest.has(record.value) ? 0 : i }));
  }

  /** DNS was not asked: the answer about the sender's domain is that of the question, and a host keeps its name. */
  #unknown(name: ByteString, type: string): DnsReply {
    const { domain, senderDomain, notAsked } = this.knowledge;
    const isSenders = foldCase(name) === domain && senderDomain !== undefined;
    notAsked(name, type, isSenders);
    if (type === 'PTR') return NO_NAME;
    if (isSenders && senderDomain !== 'OK') return senderDomain === 'PERM' ? NO_NAME : CANNOT_TELL;
    return { status: 'found', records: [{ type, value: '' }] };
  }

  /** A server of the socketmap protocol cannot be waited for. */
  socket(): undefined {
    return undefined;
  }

  socketProblem(): string {
    return 'Operation not supported';
  }

  random(): number {
    return 0;
  }
}

function asIs(text: ByteString): ByteString {
  return text;
}

function upToZero(value: ByteString): ByteString {
  const zero = value.indexOf('\0');
  return zero < 0 ? value : value.slice(0, zero);
}

function recordsOf(type: string, fact: Fact | undefined): DnsRecord[] {
  return fact?.status === 'found' ? fact.records.map((value) => ({ type, value })) : [];
}
