/**
 * TLS and acceptance: tls_client, TLS_connection and TLS_req decide whether the connection is good enough for this client,
 * RelayTLS whether the certificate allows relaying.
 *
 * Limits: a session does not hold the number of cipher bits. An entry that asks for bits gets sendmail's answer for
 * an unknown number (0), as after a STARTTLS that never happened.
 */

import { keyText, messageText, tokensOf } from '../address/parts.ts';
import { joinTokens, type Tokens } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { ownField } from '../core/own-field.ts';
import type { CheckContext } from './check-context.ts';
import { type Hit, isWord, type SearchResult } from './search.ts';
import { mapFailure, pass, refuse, type Verdict } from './verdict.ts';

/** ${verify} -> the reason why the client is not authenticated. */
const NOT_VERIFIED: Readonly<Record<string, string>> = {
  '': 'authentication required',
  FAIL: 'authentication failed',
  NO: 'not authenticated',
  NOT: 'no authentication requested',
  NONE: 'other side does not support STARTTLS',
  CLEAR: 'STARTTLS disabled locally',
};

/** Failed handshakes, which no entry can accept. */
const BROKEN: Readonly<Record<string, string>> = {
  SOFTWARE: 'TLS handshake failed.',
  PROTOCOL: 'STARTTLS failed.',
  DANE_FAIL: 'DANE check failed.',
  CONFIG: 'STARTTLS temporarily not possible.',
};

/** tls_client: a refusal, or undefined if the connection is good enough. */
export function tlsClient(context: CheckContext): Verdict | undefined {
  const verify = context.session.tls?.verify ?? '';
  const found = context.search.hasMap ? requirement(context) : undefined;
  const hit = found?.status === 'found' ? found : undefined;
  const broken = ownField(BROKEN, verify.toUpperCase());
  if (found?.status === 'tempFail') return mapFailure('tls_client', found.key);
  if (broken !== undefined) return brokenHandshake(broken, found === FAILED ? FAILED_TEXT : tokensIn(hit), hit);
  const wanted = parseRequirement(tokensIn(hit));
  if (wanted === undefined) return undefined;
  const fault = unmet(wanted, context, verify);
  return fault === undefined ? undefined : refuse('tls_client', wanted.dsn, `"${wanted.code} ${fault}"`, hit);
}

/** sendmail's rules take any value of two parts with a colon between them for a code and a status. */
function brokenHandshake(fault: string, tokens: Tokens, hit: Hit | undefined): Verdict {
  const { code, dsn } = codeOf(tokens) ?? DEFAULT_CODE;
  return refuse('tls_client', dsn, messageText([code, `" ${fault}"`]), hit);
}

function tokensIn(hit: Hit | undefined): Tokens {
  return hit !== undefined && 'tokens' in hit.value ? hit.value.tokens : [];
}

function codeOf(tokens: Tokens): Code | undefined {
  const { kind, code } = kindOf(tokens);
  if (kind !== undefined) return code;
  return tokens.length > 2 && tokens[1] === ':' ? { code: tokens[0]!, dsn: joinTokens(tokens.slice(2)) } : undefined;
}

/** RelayTLS: relays for the certificates that CERTISSUER: and CERTSUBJECT: name. */
export function relayTls(context: CheckContext): Verdict | undefined {
  const { tls } = context.session;
  if (!tls || !isVerified(tls.verify) || !context.search.hasMap) return undefined;
  const issuer = byCert(context, 'CERTISSUER', tls.certIssuer);
  if (issuer && isWord(issuer, 'RELAY')) return relayed(issuer);
  if (!issuer || !isWord(issuer, 'SUBJECT')) return undefined;
  const subject = byCert(context, 'CERTSUBJECT', tls.certSubject);
  return subject && isWord(subject, 'RELAY') ? relayed(subject) : undefined;
}

function relayed(result: SearchResult): Verdict {
  return pass('RelayTLS', { relay: true, final: true, ...(result.status === 'found' && { hit: result }) });
}

function byCert(context: CheckContext, tag: string, name: string | undefined): SearchResult | undefined {
  const tokens = tokensOf(name);
  return tokens.length === 0 ? undefined : context.search.exact(`${tag}:${keyText(tokens)}`);
}

function isVerified(verify: string): boolean {
  return /^(ok|trusted)$/i.test(verify);
}

/** Searches by client name, then by address, then for the bare tag. */
function requirement(context: CheckContext): SearchResult {
  const tag = { name: 'TLS_Clt', both: false };
  const byName = context.search.domain(context.nameTokens, tag);
  if (byName.status === 'tempFail' && context.nameTokens.length === 0) return FAILED;
  if (byName.status !== 'notFound') return ignoringFailure(byName);
  if (context.addressTokens.length === 0) return byName;
  const byAddress = context.search.address(context.addressTokens, tag);
  return byAddress.status === 'notFound' ? context.search.exact('TLS_Clt:') : ignoringFailure(byAddress);
}

/** If the map fails for a client without a name, the rules read its key and their mark of a failure as a value. */
const FAILED: SearchResult = { status: 'notFound' };
const FAILED_TEXT: Tokens = ['TLS_Clt', ':', '<', 'TMPF'];

/** sendmail ignores a failing map here, except at the bare tag: the rules that follow ask the map again. */
function ignoringFailure(result: SearchResult): SearchResult {
  return result.status === 'tempFail' ? { status: 'notFound' } : result;
}

interface Code {
  readonly code: string;
  readonly dsn: string;
}

const DEFAULT_CODE: Code = { code: '454', dsn: '4.7.0' };
const CODES: ReadonlyMap<string, Code> = new Map([
  ['perm', { code: '503', dsn: '5.7.0' }],
  ['temp', { code: '403', dsn: '4.7.0' }],
]);

/** `[PERM+|TEMP+]`, then VERIFY or ENCR; `kind` undefined: another value. */
function kindOf(tokens: Tokens): { readonly kind?: 'verify' | 'encr'; readonly code: Code; readonly rest: Tokens } {
  const given = tokens[1] === '+' ? CODES.get(foldCase(tokens[0]!)) : undefined;
  const rest = given === undefined ? tokens : tokens.slice(2);
  const kind = foldCase(rest[0] ?? '');
  const known = kind === 'verify' || kind === 'encr' ? ({ kind } as const) : {};
  return { ...known, code: given ?? DEFAULT_CODE, rest };
}

interface Requirement extends Code {
  readonly verify: boolean;
  readonly bits?: ByteString;
  /** The tokens after `+`. */
  readonly extra: Tokens;
}

/** `[PERM+|TEMP+](VERIFY[:bits]|ENCR:bits)[+extra[++extra]]`; undefined: no requirement. */
function parseRequirement(tokens: Tokens): Requirement | undefined {
  const { kind, code, rest } = kindOf(tokens);
  if (kind === undefined) return undefined;
  const hasBits = rest[1] === ':' && rest.length > 2;
  const tail = rest.slice(hasBits ? 3 : 1);
  if (kind === 'encr' && !hasBits) return undefined;
  if (tail.length > 0 && (tail[0] !== '+' || tail.length === 1)) return undefined;
  return {
    ...code,
    verify: kind === 'verify',
    ...(hasBits && { bits: rest[2]! }),
    extra: tail.slice(1),
  };
}

/** Requirements are separated by `++`. If nothing follows the last `++`, no requirement counts. */
function splitExtras(tokens: Tokens): readonly Tokens[] {
  if (tokens.length === 0 || (tokens.at(-1) === '+' && tokens.at(-2) === '+')) return [];
  const at = tokens.findIndex((token, i) => i > 0 && token === '+' && tokens[i + 1] === '+');
  return at < 0 ? [tokens] : [tokens.slice(0, at), ...splitExtras(tokens.slice(at + 2))];
}

function unmet(wanted: Requirement, context: CheckContext, verify: string): string | undefined {
  if (wanted.verify && !isVerified(verify)) {
    // sendmail's rule shows the further requirements here, and not the value of ${verify}
    return ownField(NOT_VERIFIED, verify.toUpperCase()) ?? `authentication failure ${messageText(wanted.extra)}`;
  }
  if (wanted.bits !== undefined && Number.parseInt(wanted.bits, 10) > 0) {
    return `encryption too weak 0 less than ${wanted.bits}`;
  }
  return unmetExtra(splitExtras(wanted.extra), context);
}

/** TLS_req: checks each requirement. An unknown one ends the check, and is accepted. */
function unmetExtra(extras: readonly Tokens[], context: CheckContext): string | undefined {
  for (const extra of extras) {
    const result = checkExtra(extra, context);
    if (result !== 'met') return result.fault;
  }
  return undefined;
}

const UNKNOWN = { fault: undefined };

/**
 * `CN`, `CS:` and `CI:` compare the certificate; `CITag:` looks up its issuer under a tag. The common name is not
 * known.
 */
function checkExtra(extra: Tokens, context: CheckContext): 'met' | { readonly fault: string | undefined } {
  const { certSubject = '', certIssuer = '' } = context.session.tls ?? {};
  const kind = foldCase(extra[0] ?? '');
  if (kind === 'cn' && extra.length === 1) return matched('CN', context.nameTokens, '');
  if (extra[1] !== ':') return UNKNOWN;
  const wanted = extra.slice(2);
  switch (kind) {
    case 'cn':
      return matched('CN', wanted, '');
    case 'cs':
      return matched('Cert Subject', wanted, certSubject);
    case 'ci':
      return matched('Cert Issuer', wanted, certIssuer);
    case 'citag':
      return wanted.length === 1 ? acceptable(wanted[0]!, certIssuer, context) : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function matched(what: string, wanted: Tokens, name: ByteString): ReturnType<typeof checkExtra> {
  if (foldCase(joinTokens(wanted)) === foldCase(name)) return 'met';
  const shown = messageText(tokensOf(name));
  return wanted.length === 0 ? UNKNOWN : { fault: `${what} ${shown} does not match ${messageText(wanted)}` };
}

function acceptable(tag: ByteString, issuer: ByteString, context: CheckContext): ReturnType<typeof checkExtra> {
  const entry = context.search.exact(`${tag}:${keyText(tokensOf(issuer))}`);
  if (isWord(entry, 'OK')) return 'met';
  return entry.status === 'notFound'
    ? { fault: `Cert Issuer ${messageText(tokensOf(issuer))} not acceptable` }
    : UNKNOWN;
}
