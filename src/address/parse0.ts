/**
 * A split address -> the address without local hosts, or its problem.
 *
 * Refuses an invalid address. Removes a local host as long as the rest is an address itself
 * (`user%far.example@local.example` is for far.example); a quoted local part is unquoted first. {@link resolveTokens}
 * is CanonAddr, the first step of the checks of SMTP senders and recipients.
 * Source: ruleset Parse0.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_NOHOST, EX_SOFTWARE, EX_USAGE } from '../core/sysexits.ts';
import { type AddressRules, canonify, find, holdsColonInBrackets, type SplitAddress } from './canonify.ts';
import type { AddressProblem } from './problem.ts';
import { isOurs } from './routing.ts';
import { joinTokens, sameTokens, type Tokens, tokenize } from './tokens.ts';

/** The level of the last round of Parse0: another one would exceed the depth of rulesets (MaxRuleRecursion, 50). */
const DEEPEST_ROUND = 48;
const TOO_DEEP: AddressProblem = {
  fault: 'recursion',
  code: 554,
  enhanced: '5.0.0',
  text: 'rewrite: excessive recursion (max 50), ruleset Canonify2',
  status: EX_SOFTWARE,
  bare: true,
};
const NO_MAILER: AddressProblem = {
  ...TOO_DEEP,
  fault: 'configuration',
  enhanced: '5.3.5',
  text: 'buildaddr: no mailer in parsed address',
};

function illegal(text: string): AddressProblem {
  return { fault: 'illegal', code: 553, enhanced: '5.1.3', text, status: EX_USAGE };
}

function badHost(text: string): AddressProblem {
  return { fault: 'illegal', code: 553, enhanced: '5.1.2', text, status: EX_NOHOST };
}

/** The characters of class O: with one of them, a local part is an address. */
export function holdsOperator(local: Tokens, rules: AddressRules): boolean {
  return local.some(
    (t) => t === '@' || (t === '%' && rules.percentHack !== false) || (t === '!' && rules.bangPath !== false),
  );
}

function isOperator(token: ByteString | undefined, rules: AddressRules): boolean {
  return token !== undefined && holdsOperator([token], rules);
}

/**
 * The string without its quotes; undefined: it stays quoted, because of blanks, or of unmatched comments or brackets.
 */
function withoutQuotes(token: ByteString): ByteString | undefined {
  if (token[0] !== '"') return undefined;
  let comments = 0;
  let brackets = 0;
  let text = '';
  for (let i = 0; i < token.length; i += 1) {
    const character = token[i]!;
    if (character === '\\') {
      i += 1;
      text += character + (token[i] ?? '');
      continue;
    }
    if (character === ' ' || character === '\t') return undefined;
    if (character === '(') comments += 1;
    else if (character === ')') comments -= 1;
    else if (comments === 0 && character === '<') brackets += 1;
    else if (comments === 0 && character === '>') brackets -= 1;
    if (comments < 0 || brackets < 0) return undefined;
    if (character !== '"') text += character;
  }
  return comments === 0 && brackets === 0 ? text : undefined;
}

/** Unquotes a local part that is one quoted string (the dequote map). The result may have any number of tokens. */
export function dequote(local: Tokens, problems: AddressProblem[] = []): Tokens {
  const text = local.length === 1 ? withoutQuotes(local[0]!) : undefined;
  if (text === undefined) return local;
  const scan = tokenize(text);
  for (const problem of scan.problems) problems.push(problem);
  return scan.tokens.length === 0 && text !== '' ? local : scan.tokens;
}

function hostProblem(host: Tokens): AddressProblem | undefined {
  if (host[0] === '[') {
    if (find(host, ']:', 1, 1) >= 0 || find(host, '],', 1, 1) >= 0) return nameProblem(host);
    if (find(host, ']', 1, 1) >= 0) return badHost('Invalid address');
    if (host.length > 2 && host.at(-1) === ']') return nameProblem(host);
  }
  return host.includes(':') ? illegal('Colon illegal in host name part') : nameProblem(host);
}

function nameProblem(host: Tokens): AddressProblem | undefined {
  if (host[0] === '.' || host.some((t, i) => t === '.' && host[i + 1] === '.')) return badHost('Invalid host name');
  return host.at(-1) === '@' ? badHost('Invalid route address') : undefined;
}

/** True for a comma before anything but an operator: a route that was not understood. */
function holdsBadComma({ local, host }: SplitAddress, rules: AddressRules): boolean {
  if (!local.includes(',') && !host?.includes(',')) return false;
  const all = host === undefined ? local : [...local, '<', '@', ...host, '>'];
  return all.some((t, i) => t === ',' && i < all.length - 1 && !isOperator(all[i + 1], rules));
}

/** The problem of an address; undefined: none. */
function syntaxProblem(address: SplitAddress, rules: AddressRules): AddressProblem | undefined {
  const { local, host } = address;
  if (host !== undefined) {
    if (host.length === 0 && local.at(-1) === ';' && local.slice(0, -1).includes(':')) {
      return illegal('List:; syntax illegal for recipient addresses');
    }
    if (local.length === 0) return host.length > 0 ? illegal('User address required') : undefined;
    if (host.length === 0) return illegal('Hostname required');
    const problem = hostProblem(host);
    if (problem !== undefined) return problem;
    if (local.includes('@')) return illegal('Invalid route address');
  } else if (holdsColonInBrackets(local)) return illegal('Colon illegal in host name part');
  return holdsBadComma(address, rules) ? illegal('Invalid route address') : undefined;
}

/** `@@host` becomes `@host`. */
function withoutStray(address: SplitAddress): SplitAddress {
  return address.host !== undefined && address.local.length === 1 && address.local[0] === '@'
    ? { local: [], host: address.host }
    : address;
}

/** True if a canonical host is in class w. */
export function isLocalHost(host: Tokens, rules: AddressRules): boolean {
  const length = host.length - 1;
  return host[length] === '.' && isOurs(joinTokens(host, undefined, length), rules);
}

/** One round of Parse0: the address, or the local part to parse again. */
function parseOnce(
  split: SplitAddress,
  rules: AddressRules,
  problems: AddressProblem[],
): SplitAddress | { again: Tokens } | undefined {
  const address = withoutStray(split);
  const problem = syntaxProblem(address, rules);
  if (problem !== undefined) {
    problems.push(problem);
    return undefined;
  }
  const { local, host } = address;
  if (host !== undefined && sameTokens(host, ['*local*'])) {
    return holdsOperator(local, rules) ? { again: local } : { local };
  }
  const localHost = host === undefined || isLocalHost(host, rules);
  if (!localHost || (host === undefined && local.length === 0)) return address;
  const plain = dequote(local, problems);
  // unquoted tokens now begin the address: <@...> before a host leaves a host without a user
  const hostAlone = host !== undefined && plain[0] === '<' && plain[1] === '@';
  if (plain.length === 0 || hostAlone) {
    problems.push(illegal('User address required'));
    return undefined;
  }
  const inner = host !== undefined || local.length === 1;
  if (inner && holdsOperator(plain, rules)) return { again: plain };
  return host === undefined ? { local: plain } : { local: plain, host };
}

/**
 * The address that tokens stand for (CanonAddr): without route, brackets, comments and local hosts; the host has a
 * final dot if it has a dot or is local. undefined: none; the problems say why.
 */
export function resolveTokens(
  tokens: Tokens,
  rules: AddressRules,
  problems: AddressProblem[],
): SplitAddress | undefined {
  return parse0(canonify(tokens, rules, problems), rules, problems);
}

/** Ruleset Parse0. @param level depth of the call */
export function parse0(
  split: SplitAddress,
  rules: AddressRules,
  problems: AddressProblem[],
  level = 1,
): SplitAddress | undefined {
  let next = split;
  for (let depth = level; ; depth += 1) {
    const parsed = parseOnce(next, rules, problems);
    if (parsed === undefined || !('again' in parsed)) return parsed;
    if (depth >= DEEPEST_ROUND) break;
    next = canonify(parsed.again, rules, problems);
  }
  problems.push(TOO_DEEP, TOO_DEEP, NO_MAILER);
  return undefined;
}
