/**
 * Tokens of an address -> the parts before and after the @.
 *
 * Removes display names, groups and routes; `host!user` and `user%host` become user and host; `localhost` and local
 * literals become the host's own name; a host that is fully qualified or local gets a final dot.
 * Without FEATURE(nocanonify) DNS gives the name of the host. At most 255 bytes. A rule that would apply more than 100 times stops
 * with sendmail's message and leaves its work unfinished, as in sendmail.
 * Source: rulesets canonify and Canonify2.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { EX_SOFTWARE } from '../core/sysexits.ts';
import { completeName, mappedHost, uucpName } from './domaintable.ts';
import type { AddressProblem } from './problem.ts';
import { isOurs, type Routing } from './routing.ts';
import { joinTokens, sameTokens, type Tokens, tokenize } from './tokens.ts';

/** The part of a configuration that decides how addresses are parsed. */
export interface AddressRules {
  /** True if a host name (or a literal such as `[192.0.2.1]`), in any case, is in class w. */
  isLocal(host: ByteString): boolean;
  /** $j, which replaces `localhost`. $m is $j without its first label. */
  readonly hostName: ByteString;
  /** False: FEATURE(nopercenthack) with nospecial, `%` is an ordinary character. Default true. */
  readonly percentHack?: boolean;
  /** False: FEATURE(nouucp) with nospecial, `!` is an ordinary character. Default true. */
  readonly bangPath?: boolean;
  /** BlankSub: joins two words in text that is stored or shown. Default a dot. */
  readonly blank?: ByteString;
  /** False: OldStyleHeaders is off, and blanks do not separate addresses given to a lookup. Default true. */
  readonly blanksSeparate?: boolean;
  /** True: the address is a sender, whose +detail is ignored if it is local. */
  readonly sender?: boolean;
  /** Folded words of `${daemon_flags}`: `c`: DNS names hosts in spite of nocanonify; `cc`: it does not name them. */
  readonly daemonFlags?: ReadonlySet<string>;
  /** The tables and relays of the configuration; absent: it has none. */
  readonly routing?: Routing;
}

/** An address split at its @. `host` is absent if there is no @, and empty for `user@`. */
export interface SplitAddress {
  readonly local: Tokens;
  readonly host?: Tokens;
}

const RULE_LIMIT = 100;

/** Applies a step until it no longer applies. */
function repeat(
  start: Tokens,
  where: string,
  problems: AddressProblem[],
  step: (t: Tokens) => Tokens | undefined,
): Tokens {
  let tokens = start;
  for (let count = 0; count < RULE_LIMIT; count += 1) {
    const next = step(tokens);
    if (next === undefined) return tokens;
    tokens = next;
  }
  const text = `Infinite loop in ruleset ${where}`;
  problems.push({ fault: 'configuration', code: 554, enhanced: '5.3.5', text, status: EX_SOFTWARE, bare: true });
  return tokens;
}

/**
 * The first index, `from` or later, at which the characters of `sequence` stand as one token each, followed by at
 * least `behind` tokens; -1: none.
 */
export function find(tokens: Tokens, sequence: string, from = 0, behind = 0): number {
  for (let i = from; i + sequence.length + behind <= tokens.length; i += 1) {
    if (at(tokens, i, sequence)) return i;
  }
  return -1;
}

/** True if the characters of `sequence` stand at `i`, as one token each. */
function at(tokens: Tokens, i: number, sequence: string): boolean {
  if (i < 0 || i + sequence.length > tokens.length) return false;
  for (let k = 0; k < sequence.length; k += 1) if (tokens[i + k] !== sequence[k]) return false;
  return true;
}

function endsWith(tokens: Tokens, sequence: string): boolean {
  return at(tokens, tokens.length - sequence.length, sequence);
}

function isWord(token: ByteString | undefined, word: string): boolean {
  return token !== undefined && foldCase(token) === word;
}

/** The index of an IPv6 literal that ends an address without brackets; -1: none. */
function literalAtEnd(tokens: Tokens): number {
  if (!endsWith(tokens, ']')) return -1;
  return tokens.findIndex(
    (t, i) => t === '[' && isWord(tokens[i + 1], 'ipv6') && tokens[i + 2] === ':' && i + 4 < tokens.length,
  );
}

/** True if a colon in an address without brackets belongs to it: routes, IPv6 literals, node::user, :include:. */
function keepsColon(tokens: Tokens): boolean {
  return (
    tokens[0] === '@' ||
    literalAtEnd(tokens) >= 0 ||
    find(tokens, '::') >= 0 ||
    (tokens[0] === ':' && isWord(tokens[1], 'include') && tokens[2] === ':')
  );
}

/** `list: user` without brackets is `user`: the part before the first colon is removed. */
function dropPhrase(tokens: Tokens): Tokens {
  const bracketed = tokens.includes('<');
  let marked = !bracketed || endsWith(tokens, '<@>');
  let rest = bracketed && marked ? tokens.slice(0, -3) : tokens;
  if (marked && keepsColon(rest)) marked = false;
  // the rule for literals rewrites `IPv6`
  const literal = bracketed || rest[0] === '@' ? -1 : literalAtEnd(rest);
  if (literal >= 0) rest = rest.with(literal + 1, 'IPv6');
  if (!marked && endsWith(rest, ']')) {
    const colon = rest.indexOf(':');
    marked = colon >= 0 && rest.indexOf('[', colon + 1) > colon;
  }
  if (marked) {
    const colon = rest.indexOf(':');
    if (colon < 0) return rest;
    rest = rest.slice(colon + 1);
  }
  return endsWith(rest, '<@>') ? rest.slice(0, -3) : rest;
}

/** `<list:;>`: the null address of a list; undefined: another form. */
function nullList(tokens: Tokens): SplitAddress | undefined {
  const bracket = tokens.indexOf('<');
  const end = bracket < 0 ? -1 : find(tokens, ':;>', bracket + 2);
  return end < 0 ? undefined : { local: [...tokens.slice(bracket + 1, end), ':', ';'], host: [] };
}

/** The innermost (last opened) brackets and all after them. An address without brackets gets some. */
function openBrackets(tokens: Tokens, problems: AddressProblem[]): Tokens {
  return repeat(['<', ...tokens, '>'], 'canonify, rule 16', problems, (t) => {
    const next = t.indexOf('<', 1);
    return next < 0 || !endsWith(t, '>') ? undefined : t.slice(next);
  });
}

/** The content of the brackets that open at the start. */
function insideBrackets(tokens: Tokens, problems: AddressProblem[]): Tokens {
  const closed = repeat(tokens, 'canonify, rule 17', problems, (t) => {
    const end = t.indexOf('>');
    return t[0] !== '<' || end < 0 || end === t.length - 1 ? undefined : t.slice(0, end + 1);
  });
  return closed.slice(1, -1);
}

/** `@a,@b:user` and older forms of a route become `user`. */
function dropRoute(tokens: Tokens, problems: AddressProblem[]): Tokens {
  const commas = repeat(tokens, 'canonify, rule 20', problems, (t) => {
    const comma = t[0] === '@' ? find(t, ',', 2, 1) : -1;
    return comma < 0 ? undefined : t.slice(comma + 1);
  });
  const literals = repeat(commas, 'canonify, rule 21', problems, (t) => {
    const end = at(t, 0, '@[') ? find(t, ']:', 2, 1) : -1;
    return end < 0 ? undefined : t.slice(end + 2);
  });
  return repeat(literals, 'canonify, rule 22', problems, (t) => {
    const colon = t[0] === '@' ? find(t, ':', 2, 1) : -1;
    return colon < 0 ? undefined : t.slice(colon + 1);
  });
}

/** `list: members ; @host` and `list: members ;` stay as they are; undefined: no list. */
function splitList(tokens: Tokens): SplitAddress | undefined {
  const colon = tokens.indexOf(':', 1);
  if (colon < 0) return undefined;
  const end = find(tokens, ';@', colon + 1, 1);
  if (end >= 0) return { local: tokens.slice(0, end + 1), host: tokens.slice(end + 2) };
  return tokens.at(-1) === ';' && tokens.length > colon + 1 ? { local: tokens } : undefined;
}

/** True for a colon in brackets that were too many to be removed: no host has one. */
export function holdsColonInBrackets(tokens: Tokens): boolean {
  const open = tokens.indexOf('<');
  const colon = open < 0 ? -1 : tokens.indexOf(':', open + 1);
  return colon >= 0 && tokens.includes('>', colon + 1);
}

/** If the ruleset ended with open brackets, brackets that begin with an @ hold the host. */
function splitAtFocus(tokens: Tokens): SplitAddress {
  const focus = holdsColonInBrackets(tokens) ? -1 : find(tokens, '<@');
  const host = focus < 0 ? [] : tokens.slice(focus + 2, tokens.indexOf('>', focus));
  return host.length === 0 ? { local: tokens } : { local: tokens.slice(0, focus), host };
}

/** `user@host`: the last @ counts. */
function splitAtSign(tokens: Tokens, problems: AddressProblem[]): SplitAddress | undefined {
  let sign = find(tokens, '@', 1, 1);
  if (sign < 0) return undefined;
  repeat(tokens, 'canonify, rule 26', problems, () => {
    const next = find(tokens, '@', sign + 1, 1);
    if (next >= 0) sign = next;
    return next < 0 ? undefined : tokens;
  });
  return { local: tokens.slice(0, sign), host: tokens.slice(sign + 1) };
}

/** `host!user`: host.UUCP, or host if there is a dot before its last label. */
function splitBangPath(tokens: Tokens): SplitAddress | undefined {
  const first = tokens[1] === '!' && tokens.length > 2;
  if (!first) {
    for (let dot = find(tokens, '.', 1, 3); dot >= 0; dot = find(tokens, '.', dot + 1, 3)) {
      if (tokens[dot + 2] === '!') return { local: tokens.slice(dot + 3), host: tokens.slice(0, dot + 2) };
    }
  }
  const bang = first ? 1 : find(tokens, '!', 1, 1);
  if (bang < 0) return undefined;
  return { local: tokens.slice(bang + 1), host: [...tokens.slice(0, bang), '.', 'UUCP'] };
}

/** `user%host`: the last % becomes the @. With too many of them the ruleset ends and nothing is split. */
function splitPercent(tokens: Tokens, problems: AddressProblem[]): SplitAddress {
  const before = problems.length;
  const signs = repeat(tokens, 'canonify, rule 31', problems, (t) => {
    const i = t.indexOf('%');
    return i < 0 ? undefined : t.with(i, '@');
  });
  if (problems.length > before) return { local: signs };
  const last = repeat(signs, 'canonify, rule 32', problems, (t) => {
    const i = t.indexOf('@');
    return i < 0 || !t.includes('@', i + 1) ? undefined : t.with(i, '%');
  });
  return problems.length > before ? { local: last } : splitAtFirst(last);
}

/** `node::user` of DECnet, if a relay knows such names. */
function splitNode(tokens: Tokens): SplitAddress | undefined {
  const length = tokens[1] === ':' ? 1 : 3;
  const isNode = length === 1 || (tokens[1] === '.' && tokens.length > 3);
  if (!isNode || !at(tokens, length, '::') || tokens.length <= length + 2) return undefined;
  return { local: tokens.slice(length + 2), host: [...tokens.slice(0, length), '.', 'DECNET'] };
}

function splitAtFirst(tokens: Tokens): SplitAddress {
  const sign = tokens.indexOf('@');
  return sign < 0 ? { local: tokens } : { local: tokens.slice(0, sign), host: tokens.slice(sign + 1) };
}

function splitWithoutAt(tokens: Tokens, rules: AddressRules, problems: AddressProblem[]): SplitAddress {
  const path = rules.bangPath === false ? undefined : splitBangPath(tokens);
  if (path !== undefined) return path;
  const node = rules.routing?.hosts.C === undefined ? undefined : splitNode(tokens);
  if (node !== undefined) return node;
  return rules.percentHack === false ? splitAtFirst(tokens) : splitPercent(tokens, problems);
}

function ownHost(rules: AddressRules): Tokens {
  return [...tokenize(rules.hostName).tokens, '.'];
}

/** `localhost`, `localhost.UUCP`, and `localhost` in our own domain. */
function isLoopback(host: Tokens, rules: AddressRules): boolean {
  if (!isWord(host[0], 'localhost')) return false;
  if (host.length === 1) return true;
  const behind = host.slice(2);
  if (host[1] !== '.' || behind.length === 0) return false;
  const own = tokenize(rules.hostName).tokens;
  const uucp = rules.bangPath !== false && sameTokens(behind, ['uucp']);
  return uucp || sameTokens(behind, own.slice(own.indexOf('.') + 1));
}

/** The host in comparable form (see the head of the file). */
function canonicalHost(host: Tokens, rules: AddressRules, problems: AddressProblem[]): Tokens {
  if (isLoopback(host, rules)) return namedHost(ownHost(rules), rules, problems);
  const stray = host[0] === '@' && host.length > 1;
  if (stray || (host.length > 2 && host[0] === '[' && host.at(-1) === ']')) {
    const literal = stray ? host.slice(1) : host;
    return isOurs(joinTokens(literal), rules) ? namedHost(ownHost(rules), rules, problems) : literal;
  }
  return namedHost(host, rules, problems);
}

/** The host under its name in the domain tables, with a final dot if it is complete or known. */
function namedHost(host: Tokens, rules: AddressRules, problems: AddressProblem[]): Tokens {
  const { routing } = rules;
  const name = routing === undefined ? host : mappedHost(host, routing, problems);
  if (name === undefined) return host;
  const found = rules.bangPath === false ? undefined : uucpName(name, rules, problems);
  if (found !== undefined) return found;
  const complete = completeName(name, rules, problems);
  if (!endsWith(complete, '..')) return complete;
  return repeat(complete, 'Canonify2, rule 16', problems, (t) => (endsWith(t, '..') ? t.slice(0, -1) : undefined));
}

/** Characters of groups, routes, lists and further brackets, and those that split an address without an @. */
const MARKS: ReadonlySet<string> = new Set('<>;:,');
const SPLITTERS: ReadonlySet<string> = new Set('!%');

/**
 * The parts of `user@host` and `user`, with or without brackets; undefined: another form. Nearly every address has this form. No
 * rule before the split applies to it, so all of them can be skipped.
 */
function plainParts(tokens: Tokens): SplitAddress | undefined {
  const first = tokens[0] === '<' && tokens[tokens.length - 1] === '>' ? 1 : 0;
  const last = tokens.length - first;
  let sign = 0;
  let isSplit = false;
  for (let i = first; i < last; i += 1) {
    const token = tokens[i]!;
    // a mark is one character long, so the sets are asked for few tokens
    if (token.length !== 1) continue;
    if (MARKS.has(token) || (token === '@' && (sign > 0 || i === first))) return undefined;
    if (token === '@') sign = i;
    else if (SPLITTERS.has(token)) isSplit = true;
  }
  if (sign === 0) return isSplit || last <= first ? undefined : { local: tokens.slice(first, last) };
  return sign < last - 1 ? { local: tokens.slice(first, sign), host: tokens.slice(sign + 1, last) } : undefined;
}

/** Splits an address and makes its host comparable (rulesets canonify and Canonify2). */
export function canonify(tokens: Tokens, rules: AddressRules, problems: AddressProblem[]): SplitAddress {
  if (tokens.length === 0) return { local: [], host: [] };
  const parts = plainParts(tokens);
  if (parts !== undefined) {
    const { local, host } = parts;
    return host === undefined ? parts : { local, host: canonicalHost(host, rules, problems) };
  }
  const plain = repeat(dropPhrase(tokens), 'canonify, rule 11', problems, (t) =>
    t.at(-1) === ';' ? t.slice(0, -1) : undefined,
  );
  const list = nullList(plain);
  if (list !== undefined) return list;
  const members = repeat(plain, 'canonify, rule 13', problems, (t) =>
    endsWith(t, ';>') && t.lastIndexOf('<', -3) >= 0 ? [...t.slice(0, -2), '>'] : undefined,
  );
  if (members.length === 0) return { local: [':', ';'], host: [] };
  const before = problems.length;
  const opened = openBrackets(members, problems);
  if (problems.length > before) return splitAtFocus(opened);
  const inside = insideBrackets(opened, problems);
  if (inside.length === 0) return { local: [], host: [] };
  const address = dropRoute(inside, problems);
  const split = splitList(address) ?? splitAtSign(address, problems) ?? splitWithoutAt(address, rules, problems);
  if (split.host === undefined || split.host.length === 0) return split;
  return { local: split.local, host: canonicalHost(split.host, rules, problems) };
}
