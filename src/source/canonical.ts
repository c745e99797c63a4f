/**
 * Address tokens -> local part and host, or sendmail's refusal: rulesets 3 (canonify), 96 (Canonify2), the first half
 * of 0 (Parse0), and CanonAddr, which is both; for a configuration with nocanonify and without DNS.
 *
 * Recursion is bounded by the number of tokens: each round takes off at least one.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { joinTokens, type Token, tokensOf } from './tokens.ts';

/** What the rules need to know of the configuration. */
export interface AddressRules {
  /** $j */
  readonly hostName: ByteString;
  /** Class w; asked with folded names. */
  readonly isLocal: (host: ByteString) => boolean;
  /** FEATURE(nouucp): `!` means nothing. */
  readonly noUucp: boolean;
  /** FEATURE(nopercenthack): `%` means nothing. */
  readonly noPercentHack: boolean;
}

/** An address in focus: `local < @ host . >`. No host: a bare local name. Both empty: the null address. */
export interface Focused {
  readonly local: readonly Token[];
  /** Ends in `.` when canonical. */
  readonly host?: readonly Token[];
}

/** What ruleset 0 says of an address that it does not take. */
export interface Refusal {
  readonly dsn: string;
  readonly text: string;
}

/** Ruleset 3 gives up where an address leads to itself for ever, as a bare `!` does. */
const RECURSION: Refusal = { dsn: '5.0.0', text: '554 rewrite: excessive recursion (max 50), ruleset Canonify2' };

export function isRefusal(result: Focused | Refusal): result is Refusal {
  return 'dsn' in result;
}

/** Class O: does a local part hold a separator behind which another host may hide? */
export function holdsSeparator(tokens: readonly Token[], rules: AddressRules): boolean {
  return tokens.some((token) => isSeparator(token, rules));
}

function isSeparator(token: Token, rules: AddressRules): boolean {
  return token === '@' || (token === '%' && !rules.noPercentHack) || (token === '!' && !rules.noUucp);
}

/** CanonAddr: a refusal, or the address without routes and local hosts. */
export function canonAddr(tokens: readonly Token[], rules: AddressRules): Focused | Refusal {
  return parse0(canonify(tokens, rules), rules);
}

/** Ruleset 3. */
export function canonify(tokens: readonly Token[], rules: AddressRules): Focused {
  if (tokens.length === 0) return { local: [], host: [] };
  const plain = stripGroup(tokens);
  if (plain === undefined) return { local: [':', ';'], host: [] };
  const inner = stripRoute(innermost(plain));
  if (inner.length === 0) return { local: [], host: [] };
  const focus = findFocus(inner, rules);
  return focus.host === undefined ? focus : { local: focus.local, host: canonicalHost(focus.host, rules) };
}

/** The address as text after rulesets 3 and 4: what $f and $g hold. */
export function externalForm(address: Focused, rules: AddressRules): ByteString {
  const { local, host } = address;
  if (host === undefined) return joinTokens(local);
  if (host.length === 0) return '';
  const bare = withoutDot(host);
  if (!rules.noUucp && bare.length === 3 && sameWord(bare[2], 'UUCP')) return joinTokens([bare[0]!, '!', ...local]);
  const percent = local.lastIndexOf('%');
  if (percent > 0 && isLocalHost(local.slice(percent + 1), rules) && isLocalHost(bare, rules)) {
    return externalForm({ local: local.slice(0, percent), host: local.slice(percent + 1) }, rules);
  }
  return joinTokens([...local, '@', ...bare]);
}

/** A host without its final dots. */
export function withoutDot(host: readonly Token[]): readonly Token[] {
  let end = host.length;
  while (end > 1 && host[end - 1] === '.') end--;
  return host.slice(0, end);
}

/** Removes the quotes of a token that needs none (the dequote map); undefined: it stays as it is. */
export function dequote(token: Token): ByteString | undefined {
  let out = '';
  let quotes = 0;
  let comments = 0;
  let angles = 0;
  let escaped = false;
  for (const char of token) {
    if (escaped) escaped = false;
    else if (char === '\\') escaped = true;
    else if (char === ' ' || char === '\t') return undefined;
    else if (char === '(') comments++;
    else if (char === ')' && comments-- <= 0) return undefined;
    else if (comments <= 0 && char === '"') {
      quotes++;
      continue;
    } else if (comments <= 0 && char === '<') angles++;
    else if (comments <= 0 && char === '>' && angles-- <= 0) return undefined;
    out += char;
  }
  return quotes === 0 || quotes % 2 === 1 || comments !== 0 || angles !== 0 || escaped ? undefined : out;
}

/** A leading `phrase:` and trailing semicolons go; undefined: nothing or only a group is left. */
function stripGroup(tokens: readonly Token[]): readonly Token[] | undefined {
  let rest = tokens;
  const marked = !tokens.includes('<') || !tokens.includes('>');
  if (marked && !isColonProof(rest)) {
    const colon = rest.indexOf(':');
    if (colon >= 0) rest = rest.slice(colon + 1);
  }
  if (rest.length === 3 && joinTokens(rest) === '<@>') return undefined;
  while (rest.at(-1) === ';') rest = rest.slice(0, -1);
  const close = rest.lastIndexOf('>');
  if (close >= 3 && rest[close - 1] === ';' && rest[close - 2] === ':') return undefined;
  while (rest.at(-1) === '>' && rest.at(-2) === ';') rest = [...rest.slice(0, -2), '>'];
  return rest.length === 0 ? undefined : rest;
}

/** Forms whose colons are no group: `@host:...`, `...[IPv6:...]`, `node::user`, `:include:`. */
function isColonProof(tokens: readonly Token[]): boolean {
  if (tokens[0] === '@') return true;
  if (tokens[0] === ':' && sameWord(tokens[1], 'include') && tokens[2] === ':') return true;
  if (tokens.some((token, i) => token === ':' && tokens[i + 1] === ':')) return true;
  const open = tokens.lastIndexOf('[');
  return tokens.at(-1) === ']' && open >= 0 && sameWord(tokens[open + 1], 'IPv6') && tokens[open + 2] === ':';
}

/** What the innermost angle brackets hold. */
function innermost(tokens: readonly Token[]): readonly Token[] {
  const inner = tokens.slice(tokens.lastIndexOf('<') + 1);
  const close = inner.indexOf('>');
  return close < 0 ? inner : inner.slice(0, close);
}

/** `@a,@b:user@host` is user@host. */
function stripRoute(tokens: readonly Token[]): readonly Token[] {
  let rest = tokens;
  for (const separator of [',', ':']) {
    while (rest[0] === '@') {
      const from = separator === ':' && rest[1] === '[' ? literalRouteEnd(rest) : 2;
      const at = rest.indexOf(separator, from);
      if (at < 0 || at === rest.length - 1) break;
      rest = rest.slice(at + 1);
    }
  }
  return rest;
}

function literalRouteEnd(tokens: readonly Token[]): number {
  const end = tokens.findIndex((token, i) => token === ']' && tokens[i + 1] === ':');
  return end < 0 ? 2 : end;
}

function findFocus(tokens: readonly Token[], rules: AddressRules): Focused {
  for (let at = tokens.length - 2; at >= 1; at--) {
    if (tokens[at] === '@') return { local: tokens.slice(0, at), host: tokens.slice(at + 1) };
  }
  if (!rules.noUucp) {
    const path = bangFocus(tokens);
    if (path !== undefined) return path;
  }
  return rules.noPercentHack ? splitAt(tokens, tokens.indexOf('@')) : percentFocus(tokens);
}

/** `host!rest` is rest at host.UUCP, or at host when that has a dot. */
function bangFocus(tokens: readonly Token[]): Focused | undefined {
  const bang = tokens.indexOf('!', 1);
  if (bang < 0 || bang === tokens.length - 1) return undefined;
  if (bang > 1) {
    const dotted = tokens.findIndex(
      (token, i) => i >= 3 && token === '!' && tokens[i - 2] === '.' && i < tokens.length - 1,
    );
    if (dotted > 0) return { local: tokens.slice(dotted + 1), host: tokens.slice(0, dotted) };
  }
  return { local: tokens.slice(bang + 1), host: [...tokens.slice(0, bang), '.', 'UUCP'] };
}

/** `user%host` is user@host; of several the last counts, and the others stay or become `%`. */
function percentFocus(tokens: readonly Token[]): Focused {
  const at = Math.max(tokens.lastIndexOf('%'), tokens.lastIndexOf('@'));
  const { local, host } = splitAt(tokens, at);
  if (host === undefined) return { local };
  return { local: local.map((token) => (token === '@' ? '%' : token)), host };
}

function splitAt(tokens: readonly Token[], at: number): Focused {
  return at < 0 ? { local: tokens } : { local: tokens.slice(0, at), host: tokens.slice(at + 1) };
}

/** Canonify2: localhost and our own literals become $j, what has a dot or is ours gets its final dot. */
function canonicalHost(host: readonly Token[], rules: AddressRules): readonly Token[] {
  const name = foldCase(joinTokens(host));
  if (isSelf(name, rules)) return [...tokensOf(rules.hostName), '.'];
  if (host[0] === '[' && host.at(-1) === ']' && host.length > 2) {
    return rules.isLocal(name) ? [...tokensOf(rules.hostName), '.'] : host;
  }
  if (host.at(-1) === '.') return [...dropDots(host), '.'];
  const dot = host.indexOf('.', 1);
  return (dot > 0 && dot < host.length - 1) || rules.isLocal(name) ? [...host, '.'] : host;
}

function dropDots(host: readonly Token[]): readonly Token[] {
  const kept = withoutDot(host);
  return kept.length === 1 && kept[0] === '.' ? [] : kept;
}

function isSelf(name: string, rules: AddressRules): boolean {
  if (name === 'localhost') return true;
  if (name === 'localhost.uucp') return !rules.noUucp;
  return name === `localhost.${parentDomain(rules.hostName)}`;
}

/** $m: $j without its first label. */
export function parentDomain(hostName: ByteString): ByteString {
  return foldCase(hostName.slice(hostName.indexOf('.') + 1));
}

/** Parse0: refuses what is no address, and takes off hosts that are ours. */
function parse0(address: Focused, rules: AddressRules): Focused | Refusal {
  const local = address.local.length === 1 && address.local[0] === '@' && address.host ? [] : address.local;
  const { host } = address;
  if (host?.length === 0 && local.length === 0) return { local, host };
  const refusal = syntaxRefusal(local, host, rules);
  if (refusal !== undefined) return refusal;
  if (host === undefined) return parseBareLocal(local, rules);
  if (host.at(-1) !== '.' || !isLocalHost(host.slice(0, -1), rules)) return { local, host };
  const user = dequoted(local);
  if (user.length === 0) return USER_REQUIRED;
  return holdsSeparator(user, rules) ? canonAddr(user, rules) : { local: user, host };
}

function parseBareLocal(local: readonly Token[], rules: AddressRules): Focused | Refusal {
  if (local.length !== 1) return { local };
  const user = dequoted(local);
  if (user.length === 0) return USER_REQUIRED;
  if (!holdsSeparator(user, rules)) return { local: user };
  return user.length === 1 && user[0] === '!' ? RECURSION : canonAddr(user, rules);
}

/** A local part of one token without its quotes, as tokens. */
export function dequoted(local: readonly Token[]): readonly Token[] {
  const plain = local.length === 1 ? dequote(local[0]!) : undefined;
  return plain === undefined ? local : tokensOf(plain);
}

const USER_REQUIRED: Refusal = { dsn: '5.1.3', text: '553 User address required' };
const INVALID_HOST: Refusal = { dsn: '5.1.2', text: '553 Invalid host name' };
const INVALID_ROUTE: Refusal = { dsn: '5.1.3', text: '553 Invalid route address' };

function syntaxRefusal(
  local: readonly Token[],
  host: readonly Token[] | undefined,
  rules: AddressRules,
): Refusal | undefined {
  if (host !== undefined) {
    if (host.length === 0 && local.at(-1) === ';' && local.includes(':')) {
      return { dsn: '5.1.3', text: '553 List:; syntax illegal for recipient addresses' };
    }
    if (local.length === 0) return USER_REQUIRED;
    if (host.length === 0) return { dsn: '5.1.3', text: '553 Hostname required' };
    const refusal = hostRefusal(host);
    if (refusal !== undefined) return refusal;
    if (local.includes('@')) return INVALID_ROUTE;
  }
  const all = host === undefined ? local : [...local, '<', '@', ...host, '>'];
  return all.some((token, i) => token === ',' && i < all.length - 1 && !isSeparator(all[i + 1]!, rules))
    ? INVALID_ROUTE
    : undefined;
}

function hostRefusal(host: readonly Token[]): Refusal | undefined {
  const literal = literalKind(host);
  if (literal === 'bad') return { dsn: '5.1.2', text: '553 Invalid address' };
  if (literal === 'none' && host.includes(':')) {
    return { dsn: '5.1.3', text: '553 Colon illegal in host name part' };
  }
  if (host[0] === '.' || host.some((token, i) => token === '.' && host[i + 1] === '.')) return INVALID_HOST;
  return host.at(-1) === '@' ? { dsn: '5.1.2', text: '553 Invalid route address' } : undefined;
}

/** `[a]`, and the tricks `[a]:b` and `[a],b`, are good; `[a]b` is bad. */
function literalKind(host: readonly Token[]): 'good' | 'bad' | 'none' {
  if (host[0] !== '[') return 'none';
  const close = host.findIndex(
    (token, i) => token === ']' && (host[i + 1] === ':' || host[i + 1] === ',') && i + 2 < host.length,
  );
  if (close > 0) return 'good';
  const end = host.indexOf(']');
  if (end > 0 && end < host.length - 1) return 'bad';
  return end > 1 ? 'good' : 'none';
}

function isLocalHost(host: readonly Token[], rules: AddressRules): boolean {
  return rules.isLocal(foldCase(joinTokens(host)));
}

function sameWord(token: Token | undefined, word: string): boolean {
  return token !== undefined && foldCase(token) === foldCase(word);
}
