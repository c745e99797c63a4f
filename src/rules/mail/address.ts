/**
 * An address -> mailer, host and user, by rulesets 3 and 0 and those of the mailer; and the address as a mailer writes it.
 *
 * Source: "Installation and Operation Guide", section 5.1.4, and sendmail's test mode.
 */
import { crackAddress } from '../../address/crack.ts';
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { HOST, MACRO, RESOLVED, USER } from '../../source/cf/symbols.ts';
import type { Mailer } from '../cf/mailer-line.ts';
import type { ComplaintKind } from '../complaint.ts';
import type { Configuration } from '../configuration.ts';
import type { Options } from '../options.ts';
import { withoutQuotes } from '../quotes.ts';
import { type Scanned, VALUE_ROOM } from '../tokens.ts';
import { hasBadBytes, questioned, repairUser } from './characters.ts';

/** The result of resolving an address. */
export interface ParsedAddress {
  readonly mailer: ByteString;
  readonly host: ByteString;
  readonly user: ByteString;
  /** The text behind `$:` and the status behind `$@` of the error mailer. */
  readonly error?: { readonly text: ByteString; readonly status?: ByteString };
  /** A map failed for now: mail for the address would wait. */
  readonly waits?: true;
  /** The rulesets refuse it permanently. */
  readonly isRefused?: boolean;
}

/** Sender or recipient, in envelope or header. */
export interface AddressRole {
  readonly isSender: boolean;
  readonly isHeader: boolean;
}

export const ERROR_MAILER = '*error*';

/** Names of rulesets that sendmail calls by number. */
const CANONIFY = 3;
const PARSE = 0;
const SENDER = 1;
const RECIPIENT = 2;
const FINAL = 4;
/** Bytes that sendmail keeps of an address that it has no room to read (MAXNAME). */
const MAX_NAME = 256;
/** From this level of the file on, sender and header addresses go through the rules for recipients too. */
const ALWAYS_RECIPIENT_LEVEL = 10;

/** The address at the beginning of a text. */
export interface AddressFound {
  /** Undefined: it cannot be taken apart. */
  readonly address: ParsedAddress | undefined;
  /** Its text, with question marks for bytes that no address may hold. */
  readonly text: ByteString;
  /** The offset of the character that ends it, or the end of the text. */
  readonly next: number;
}

/** Resolves an address; undefined: it cannot be taken apart. */
export function parseAddress(
  text: ByteString,
  role: AddressRole,
  configuration: Configuration,
): ParsedAddress | undefined {
  return parseFirstAddress(text, '', role, configuration).address;
}

/** Resolves the address at the beginning of a text. @param end the character that ends it; `''`: the whole text is one */
export function parseFirstAddress(
  whole: ByteString,
  end: string,
  role: AddressRole,
  configuration: Configuration,
): AddressFound {
  const { tokens, next } = scanUpTo(whole, end, configuration);
  const { engine, reports } = configuration;
  const text = end === '' ? whole : whole.slice(0, next);
  if (tokens === undefined) return { address: undefined, text, next };
  if (hasBadBytes(text, reports, text)) return { address: undefined, text: questioned(text), next };
  const canonical = engine.run(tokens, CANONIFY);
  const queues = engine.status === EX_TEMPFAIL;
  const resolved = engine.run(canonical, PARSE);
  const waits = queues || engine.status === EX_TEMPFAIL;
  const built = buildAddress(resolved, text, role, configuration);
  const { user, isBad } = repairUser(built.user, reports, text);
  if (waits && !isBad && built.isRefused !== true)
    reports.address(text, 'Transient parse error -- message queued for future delivery', 'waiting');
  return { address: { ...built, user, ...(waits && { waits }) }, text, next };
}

/** Splits an address into tokens, without comments. */
export function scanAddress(text: ByteString, configuration: Configuration): string[] | undefined {
  return scanUpTo(text, '', configuration).tokens;
}

function scanUpTo(
  text: ByteString,
  end: string,
  configuration: Configuration,
  onComplaint?: (kind: ComplaintKind) => void,
): Scanned {
  const { reports } = configuration;
  reports.lastCause = undefined;
  const options = { reading: 'value', room: VALUE_ROOM, end, asIs: false } as const;
  return configuration.alphabet().scan(text, 0, options, (words, kind) => {
    onComplaint?.(kind);
    reports.address(text, words, kind);
  });
}

/** `$#mailer $@ host $: user` -> an address, through the mailer's rulesets. */
function buildAddress(
  tokens: readonly string[],
  text: ByteString,
  role: AddressRole,
  configuration: Configuration,
): ParsedAddress {
  const { reports, macros } = configuration;
  const bad = (words: string): ParsedAddress => {
    reports.rules('rulesets', `buildaddr: ${words}`);
    return { mailer: ERROR_MAILER, host: '', user: '', isRefused: true };
  };
  if (tokens[0]?.[0] !== RESOLVED) return bad('no mailer in parsed address');
  const parts = resolvedParts(tokens);
  if (parts.user === undefined) return bad('no user');
  const alphabet = configuration.alphabet();
  const { blank } = configuration.options;
  const host = parts.host === undefined ? undefined : alphabet.join(parts.host, blank, 0, parts.host.length, 255);
  const user = alphabet.join(parts.user, ' ', 0, parts.user.length, 256);
  if (foldCase(parts.mailer) === 'error') return errorAddress(host, user, text, configuration);
  const found = configuration.mailer(parts.mailer);
  if (found === undefined) return bad(`unknown mailer ${parts.mailer}`);
  if (host === undefined && !found.flags.has('l')) return bad('no host');
  const isOwn = found.flags.has('@') && user.startsWith('@');
  const special = specialMailer(user, isOwn, found);
  if (special === '*include*')
    return { mailer: special, host: host ?? '', user: withoutQuotes(user).replace(/^:include:/i, '') };
  const mailer = special === undefined ? found : (configuration.mailer(special) ?? found);
  macros.set(macros.id('h'), host);
  const written = rewriteRecipient(isOwn ? parts.user.slice(1) : parts.user, mailer, role, configuration);
  const text2 = alphabet.join(written, blank, 0, written.length, 256);
  return {
    mailer: mailer.name,
    host: mailer.flags.has('h') ? (host ?? '') : foldCase(host ?? ''),
    user: mailer.flags.has('u') ? text2 : foldCase(text2),
  };
}

interface ResolvedParts {
  readonly mailer: string;
  readonly host: readonly string[] | undefined;
  /** Undefined: there is no `$:`. */
  readonly user: readonly string[] | undefined;
}

/** Splits the tokens after `$#` into mailer, host and user. */
export function resolvedParts(tokens: readonly string[]): ResolvedParts {
  const mailer = tokens[1] ?? '';
  const hasHost = tokens[2]?.[0] === HOST;
  const start = hasHost ? 3 : 2;
  const colon = tokens.findIndex((token, i) => i >= start && token[0] === USER);
  if (colon < 0) return { mailer, host: undefined, user: undefined };
  const host = hasHost && colon > start ? tokens.slice(start, colon) : undefined;
  return { mailer, host, user: tokens.slice(colon + 1) };
}

/** `$#error`: the reply is the text without its code; only some codes name the address. */
function errorAddress(
  host: ByteString | undefined,
  user: ByteString,
  text: ByteString,
  { reports }: Configuration,
): ParsedAddress {
  const plain = withoutQuotes(user);
  const hasCode = /^[2-8][0-9][0-9] /.test(plain);
  const code = hasCode ? plain.slice(0, 3) : '553';
  const message = hasCode ? plain.slice(4).replace(/^[245]\.[0-9]{1,3}\.[0-9]{1,3} /, '') : plain;
  if (['450', '550', '553', '250', '252', '050'].includes(code)) reports.address(text, message);
  else reports.system(message);
  const error = { text: user, ...(host !== undefined && { status: host }) };
  return { mailer: ERROR_MAILER, host: host ?? '', user, error, isRefused: !code.startsWith('4') };
}

/** The program, file or list that a local name stands for. @param isOwn the name has an `@` before it, and is no list */
function specialMailer(user: ByteString, isOwn: boolean, { flags }: Mailer): string | undefined {
  const bare = isOwn || user.startsWith('"') ? user.slice(1) : user;
  if (bare.startsWith('|') && flags.has('|')) return 'prog';
  if (bare.startsWith('/') && flags.has('/')) return '*file*';
  if (!bare.startsWith(':') || !flags.has(':')) return undefined;
  return /^:include:/i.test(withoutQuotes(user)) ? '*include*' : undefined;
}

function rewriteRecipient(
  user: readonly string[],
  mailer: Mailer,
  { isSender, isHeader }: AddressRole,
  { engine, options }: Configuration,
): string[] {
  let tokens = [...user];
  if (options.level >= ALWAYS_RECIPIENT_LEVEL || !(isSender || isHeader)) {
    tokens = engine.run(tokens, RECIPIENT);
    if (mailer.envelopeRecipient > 0) tokens = engine.run(tokens, mailer.envelopeRecipient);
  }
  return engine.run(tokens, FINAL);
}

/** An address as a mailer writes it, and the status of the rulesets. */
export function addressFor(
  text: ByteString,
  mailer: Mailer,
  { isSender, isHeader }: AddressRole,
  configuration: Configuration,
): { readonly text: ByteString; readonly status: number } {
  const { engine, macros, options } = configuration;
  const own = isSender
    ? isHeader
      ? mailer.headerSender
      : mailer.envelopeSender
    : isHeader
      ? mailer.headerRecipient
      : mailer.envelopeRecipient;
  macros.set(macros.id('addr_type'), `${isHeader ? 'h' : 'e'} ${isSender ? 's' : 'r'}`);
  const fancy = mailer.flags.has('c') ? `${MACRO}g` : crack(text, options);
  let isTooLong = false;
  let { tokens } = scanUpTo(text, '', configuration, (kind) => {
    isTooLong ||= kind === 'room';
  });
  if (tokens === undefined) return { text: isTooLong ? text.slice(0, MAX_NAME) : text, status: EX_OK };
  let status = EX_OK;
  for (const ruleset of [CANONIFY, isSender ? SENDER : RECIPIENT, ...(own > 0 ? [own] : []), FINAL]) {
    tokens = engine.run(tokens, ruleset);
    if (engine.status === EX_TEMPFAIL) status = EX_TEMPFAIL;
  }
  const written = configuration.alphabet().join(tokens, options.blank, 0, tokens.length, 255);
  const g = macros.id('g');
  const before = macros.layer()[g];
  macros.set(g, written);
  const result = macros.expand(fancy, MAX_NAME);
  macros.set(g, before);
  return { text: result, status };
}

/** The text around an address, with `$g` in the address's place. */
export function crack(text: ByteString, { quotedCharacters, allowsColons }: Options): ByteString {
  const { before, after, holdsAddress } = crackAddress(text, { quoted: quotedCharacters, allowsColons });
  return `${before}${holdsAddress ? `${MACRO}g` : ''}${after}`;
}
