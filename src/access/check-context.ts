/**
 * One question -> the context that its rules read: client and session as sendmail's macros, classes, features, and
 * the search with its trace.
 * Errors: MapError `badInput` for client fields that no mail server can have.
 */

import { isIPv6 } from 'node:net';
import type { AddressRules } from '../address/canonify.ts';
import { withDaemonFlags, withFacts } from '../address/dns-maps.ts';
import { Journal } from '../address/journal.ts';
import { messageText, parentDomain, senderMacro, tokensOf } from '../address/parts.ts';
import { noting } from '../address/routing.ts';
import type { Tokens } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { type Fact, type Facts, type FactType, NO_FACTS } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import { clientAddress } from '../core/ip-address.ts';
import type { Lookup } from '../core/lookup.ts';
import type { Session } from '../core/session.ts';
import type { TableStep } from '../core/trace-step.ts';
import type { TraceStep } from './decision.ts';
import type { FeatureSet } from './features.ts';
import { AccessSearch, beginsWithClass, endsInClass, inClass } from './search.ts';

/** The part of a configuration that rules read. Class functions take folded names. */
export interface CheckSettings {
  readonly lookup?: Lookup;
  /** FEATURE(authinfo): the table that answers for AuthInfo in place of the access map. */
  readonly authInfo?: Lookup;
  readonly isLocal: (word: ByteString) => boolean;
  readonly isRelay: (word: ByteString) => boolean;
  readonly hostName: ByteString;
  readonly features: FeatureSet;
  /** How addresses are parsed. */
  readonly rules: AddressRules;
  /** Set if the rules of the sendmail.cf are not known: then no mail is relayed for now. */
  readonly relayDoubt?: string;
  /** O UseCompressedIPv6Addresses */
  readonly compressedAddresses: boolean;
}

/** The longest host name (MAXHOSTNAMELEN); the limit keeps hostile callers from long searches. */
export const MAX_CLIENT_FIELD = 256;
/** Certificate names may be longer (MAXNAME_I). */
export const MAX_CERT_FIELD = 1024;

function shownFact(fact: Fact): string {
  if (fact.status === 'found') return fact.records.join(' ');
  return fact.status === 'notFound' ? 'none' : 'cannot tell';
}

function tracedRules(rules: AddressRules, trace: TraceStep[]): AddressRules {
  if (rules.routing === undefined || rules.routing.has.size === 0) return rules;
  return noting(rules, new TraceJournal(trace));
}

/** Adds the keys of tables to the trace of a decision. */
class TraceJournal extends Journal {
  readonly #trace: TraceStep[];

  constructor(trace: TraceStep[]) {
    super();
    this.#trace = trace;
  }

  /** Classes that only decide where mail goes are no steps of a decision. */
  override test(): void {}

  protected override add(step: TableStep): void {
    const { table: rule, key, value, entry } = step;
    const status = step.status === 'notAsked' ? 'notFound' : step.status;
    const shown = value === undefined ? {} : entry === undefined ? { value } : { value, entry };
    this.#trace.push({ kind: 'key', rule, key, status, ...shown });
  }
}

/** The context of one question. */
export class CheckContext {
  readonly settings: CheckSettings;
  readonly search: AccessSearch;
  /** How addresses are parsed; the entries that their tables give are added to the trace. */
  readonly rules: AddressRules;
  readonly clientName: ByteString;
  readonly clientAddress: ByteString;
  readonly clientResolve: 'OK' | 'FAIL' | 'FORGED' | 'TEMP';
  readonly clientPtr: ByteString;
  readonly session: Session;
  readonly #facts: Facts;
  #nameTokens: Tokens | undefined;
  #unnamed: string | undefined;
  #addressTokens: Tokens | undefined;
  /** The host that was last tested for class w, and the one that was shown last: rules ask several times for one host. */
  #askedHost: Tokens | undefined;
  #isLocalHost = false;
  #shownHost: Tokens | undefined;
  #shown: ByteString = '';

  /** @throws MapError `badInput` for client fields that cannot be valid */
  constructor(
    settings: CheckSettings,
    session: Session,
    facts: Facts = NO_FACTS,
    lookup: Lookup | undefined = settings.lookup,
  ) {
    this.settings = settings;
    this.#facts = facts;
    this.session = session;
    checkSession(session);
    const { client } = session;
    const { features } = settings;
    this.search = new AccessSearch(lookup, {
      skip: features.has('access_db:skip'),
      dotDomain: features.has('access_db:lookupdotdomain'),
    });
    const noted: Facts = { get: (type, name) => this.fact(type, name) };
    const rules = withDaemonFlags(settings.rules, daemonFlags(session));
    this.rules = tracedRules(withFacts(rules, noted), this.search.trace);
    this.clientAddress = clientAddress(client.address, settings.compressedAddresses);
    this.clientName = clientName(client, this.clientAddress, settings.compressedAddresses);
    this.clientResolve = resolveOf(client);
    this.clientPtr = client.ptr ?? this.clientName;
  }

  /** The answer of DNS about the sender's domain, which may be stated by the session; undefined: DNS was not asked. */
  senderDomain(host: ByteString): Session['senderDomain'] {
    const { senderDomain } = this.session;
    if (senderDomain !== undefined) return senderDomain;
    const fact = this.#facts.get('DOMAIN', host);
    return fact && ({ found: 'OK', notFound: 'PERM', tempFail: 'TEMP' } as const)[fact.status];
  }

  /** The answer of DNS for a name; undefined: DNS was not asked. */
  fact(type: FactType, name: string): Fact | undefined {
    const fact = this.#facts.get(type, name);
    if (fact === undefined && type === 'HOST') this.#unnamed ??= name;
    this.search.note('DNS', `${name} ${type}: ${fact === undefined ? 'not asked' : shownFact(fact)}`);
    return fact;
  }

  /** A host whose canonical name was needed, and not asked for. */
  get unnamed(): string | undefined {
    return this.#unnamed;
  }

  get nameTokens(): Tokens {
    this.#nameTokens ??= tokensOf(this.clientName);
    return this.#nameTokens;
  }

  get addressTokens(): Tokens {
    this.#addressTokens ??= tokensOf(this.clientAddress);
    return this.#addressTokens;
  }

  /** $m, folded. */
  get parent(): ByteString {
    return parentDomain(this.settings.hostName);
  }

  /** $f: the sender after rulesets 3 and 4. */
  get senderForm(): ByteString {
    return senderMacro(this.session.sender ?? '', this.rules);
  }

  /** Class w. */
  isLocal(tokens: Tokens): boolean {
    if (tokens !== this.#askedHost) {
      this.#askedHost = tokens;
      this.#isLocalHost = inClass(this.settings.isLocal, tokens);
    }
    return this.#step('class w', tokens, this.#isLocalHost);
  }

  /** Class R: the host ends in an entry; with relay_hosts_only it must equal one. */
  isRelayHost(tokens: Tokens): boolean {
    const only = this.settings.features.has('relay_hosts_only');
    return this.#step('class R', tokens, (only ? inClass : endsInClass)(this.settings.isRelay, tokens));
  }

  /** Class R: the client address begins with an entry. */
  isRelayAddress(): boolean {
    return this.#step('class R', this.addressTokens, beginsWithClass(this.settings.isRelay, this.addressTokens));
  }

  /** relay_entire_domain: the host ends in $m. */
  isInDomain(tokens: Tokens): boolean {
    return this.#step(
      'class m',
      tokens,
      endsInClass((word) => word === this.parent, tokens),
    );
  }

  #step(rule: string, tokens: Tokens, holds: boolean): boolean {
    if (tokens !== this.#shownHost) {
      this.#shownHost = tokens;
      this.#shown = messageText(tokens);
    }
    this.search.trace.push({ kind: 'class', rule, subject: this.#shown, holds });
    return holds;
  }
}

const LITERAL = /^\[(?:ipv6:)?([\da-f:.]+(?:%[^\]]+)?)\]$/i;

/** A literal as the name gets sendmail's spelling. Without a name, the name is the address in brackets. */
export function clientName({ name }: Session['client'], address: ByteString, compressed: boolean): ByteString {
  if (name === undefined) return address === '' ? '' : `[${address}]`;
  const literal = name.startsWith('[') ? LITERAL.exec(name)?.[1] : undefined;
  return literal !== undefined && isIPv6(literal) ? `[${clientAddress(literal, compressed)}]` : name;
}

/** `${client_resolve}`. An address in brackets is no name: DNS has confirmed nothing. */
export function resolveOf({ name = '', resolve }: Session['client']): NonNullable<Session['client']['resolve']> {
  return resolve ?? (name === '' || name.startsWith('[') ? 'FAIL' : 'OK');
}

/** @throws MapError `badInput` for client fields that no mail server can have */
export function checkSession({ client, tls, authType, authAuthen, daemonFlags }: Session): void {
  checkName('name', client.name);
  checkName('ptr', client.ptr);
  checkField('helo', client.helo, MAX_CLIENT_FIELD);
  checkField('authType', authType, MAX_CLIENT_FIELD);
  checkField('daemonFlags', daemonFlags, MAX_CLIENT_FIELD);
  checkField('verify', tls?.verify, MAX_CLIENT_FIELD);
  checkField('authAuthen', authAuthen, MAX_CERT_FIELD);
  checkField('certIssuer', tls?.certIssuer, MAX_CERT_FIELD);
  checkField('certSubject', tls?.certSubject, MAX_CERT_FIELD);
}

/**
 * A parenthesis begins a comment: `a.example(.b.example` would be read as `a.example`, which may be somebody else's
 * host.
 */
function checkName(field: string, value: ByteString | undefined): void {
  checkField(field, value, MAX_CLIENT_FIELD);
  if (value !== undefined && (value.includes('(') || value.includes(')')))
    throw new MapError('badInput', `${field} holds a parenthesis`);
}

function checkField(field: string, value: ByteString | undefined, limit: number): void {
  if (value === undefined) return;
  if (value.length > limit) throw new MapError('badInput', `${field} is longer than ${limit} bytes`);
  if (hasControl(value)) throw new MapError('badInput', `${field} holds a control character`);
}

function hasControl(text: ByteString): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    if (byte < 0x20 || byte === 0x7f) return true;
  }
  return false;
}

const NO_FLAGS: ReadonlySet<string> = new Set();

/** Folded words of `${daemon_flags}`. */
export function daemonFlags({ daemonFlags: flags }: Session): ReadonlySet<string> {
  return flags === undefined ? NO_FLAGS : new Set(tokensOf(flags).map(foldCase));
}
