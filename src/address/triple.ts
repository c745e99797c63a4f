/**
 * A destination in a configuration (`mailer:host`, `mailer:user@host`, `local:user`, `error:...`, a host alone) and
 * the address that it applies to -> mailer, host and user.
 *
 * An incomplete value reads on into the address, as in sendmail: `esmtp:` makes a host of the brackets after it.
 * Source: rulesets MailerToTriple and CanonLocal.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { EX_SOFTWARE } from '../core/sysexits.ts';
import { type AddressRules, find, type SplitAddress } from './canonify.ts';
import { dequote, holdsOperator } from './parse0.ts';
import { match, pattern } from './pattern.ts';
import type { AddressProblem } from './problem.ts';
import { isOurs, type Routing } from './routing.ts';
import type { RouteRule } from './rule-names.ts';
import type { Tokens } from './tokens.ts';

/**
 * The result of ruleset 0. For the mailer `error`, the host is a status or a word for it, and the user is the text.
 */
export interface Triple {
  readonly mailer: ByteString;
  /** Absent: none was named. */
  readonly host?: Tokens;
  /** With the host in brackets, if the mailer gets one. */
  readonly user: Tokens;
  /** The rule that decided. */
  readonly rule: RouteRule;
}

/** The tokens of an address without a result: the search goes on. */
export interface Unresolved {
  readonly address: Tokens;
  /** The same address in its parts, if they are known. */
  readonly split?: SplitAddress;
  /** True: Parse1 ends with it, at a value without tokens. */
  readonly ended?: true;
}

/** undefined: there is no result, and the problems say why. */
export type Resolved = Triple | Unresolved | undefined;

/** The context in which one address is resolved. */
export interface RouteContext {
  readonly rules: AddressRules;
  readonly routing: Routing;
  readonly problems: AddressProblem[];
  /** Starts again with other tokens (ruleset Recurse), called from a ruleset of this level. */
  again(tokens: Tokens, level: number): Resolved;
}

/** The deepest level at which rulesets may call one another (MaxRuleRecursion). */
const DEEPEST = 50;

/** Enters a ruleset. False: it is too deep, and a problem was added. */
export function enters(level: number, ruleset: string, { problems }: RouteContext): boolean {
  if (level <= DEEPEST) return true;
  const text = `rewrite: excessive recursion (max ${DEEPEST}), ruleset ${ruleset}`;
  problems.push({ fault: 'recursion', code: 554, enhanced: '5.0.0', text, status: EX_SOFTWARE, bare: true });
  return false;
}

/** Rules that end without a mailer. */
export function withoutMailer({ problems }: RouteContext): undefined {
  const text = 'buildaddr: no mailer in parsed address';
  problems.push({ fault: 'configuration', code: 554, enhanced: '5.3.5', text, status: EX_SOFTWARE, bare: true });
}

export function isTriple(found: Triple | Unresolved): found is Triple {
  return 'mailer' in found;
}

/** An address in the form of the workspace, with its host in brackets. */
export function focused({ local, host }: SplitAddress): Tokens {
  return host === undefined ? local : [...local, '<', '@', ...host, '>'];
}

/** The inverse of `focused`, as the pattern `$* < @ $* > $*` splits: at the first `<@`, and the first `>` after it. */
export function splitFocused(tokens: Tokens): SplitAddress {
  const open = find(tokens, '<@');
  const close = open < 0 ? -1 : tokens.indexOf('>', open + 2);
  if (close < 0) return { local: tokens };
  const before = tokens.slice(0, open);
  const local = close === tokens.length - 1 ? before : [...before, ...tokens.slice(close + 1)];
  return { local, host: tokens.slice(open + 2, close) };
}

const ERROR_STATUS = pattern('< error : $- . $- . $- : $+ > $*');
const ERROR_WORD = pattern('< error : $- : $+ > $*');
const ERROR_TEXT = pattern('< error : $+ > $*');
const LOCAL = pattern('< local : $* > $*');
const MAILER_USER = pattern('< $~[ : $+ @ $+ > $* < $* > $*');
const MAILER_HOST = pattern('< $~[ : $+ > $*');
const OURS = pattern('< $=w > $*');
const HOST = pattern('< $+ > $*');

/** @param level level of this ruleset */
export function mailerToTriple(
  value: Tokens,
  address: Tokens,
  context: RouteContext,
  level: number,
  rule: RouteRule,
): Resolved {
  if (!enters(level, 'MailerToTriple', context)) return undefined;
  if (value.length === 0) return { address };
  if (isMailerAndHost(value, address)) return { mailer: value[0]!, host: value.slice(2), user: address, rule };
  const all = ['<', ...value, '>', ...address];
  const refused = errorTriple(all, rule);
  if (refused !== undefined) return refused;
  const local = match(LOCAL, all);
  if (local !== undefined) return canonLocal(local[0]!, local[1]!, context, level + 1, rule);
  const user = match(MAILER_USER, all);
  if (user !== undefined) {
    const [mailer, name, host] = user as [Tokens, Tokens, Tokens];
    return { mailer: mailer[0]!, host, user: [...name, '<', '@', ...host, '>'], rule };
  }
  const host = match(MAILER_HOST, all);
  if (host !== undefined) return { mailer: host[0]![0]!, host: host[1]!, user: host[2]!, rule };
  const ours = match(OURS, all, (name) => isOurs(name, context.rules));
  if (ours !== undefined) return { address: ours[1]! };
  const alone = match(HOST, all);
  if (alone === undefined) return { address: all };
  return { mailer: context.routing.mailers.relay, host: alone[0]!, user: alone[1]!, rule };
}

/** Words before the colon that are no mailer. */
const NO_MAILER: ReadonlySet<string> = new Set(['error', 'local', '[']);

/** True for `mailer:host` whose patterns end where its brackets close: nearly every value. */
function isMailerAndHost(value: Tokens, address: Tokens): boolean {
  if (value.length < 3 || value[1] !== ':' || NO_MAILER.has(foldCase(value[0]!))) return false;
  if (value.includes('>') || value.includes('@')) return false;
  // MAILER_USER takes an @ of the address for that of the value, if brackets follow
  const sign = address.indexOf('@');
  return sign < 0 || address.indexOf('<', sign) < 0;
}

function errorTriple(all: Tokens, rule: RouteRule): Triple | undefined {
  const status = match(ERROR_STATUS, all);
  if (status !== undefined) {
    const [a, b, c, user] = status as [Tokens, Tokens, Tokens, Tokens];
    return { mailer: 'error', host: [...a, '.', ...b, '.', ...c], user, rule };
  }
  const word = match(ERROR_WORD, all);
  if (word !== undefined) return { mailer: 'error', host: dequote(word[0]!), user: word[1]!, rule };
  const text = match(ERROR_TEXT, all);
  return text && { mailer: 'error', user: text[0]!, rule };
}

const ROUTE = pattern('< $* > < @ $+ > : $+');
const FORWARDED = pattern('< $* > $+ $=O $+ < @ $+ >');
const DOTTED = pattern('< $* > $* < @ $* . >');
const OLD_USER_AT = pattern('< > $* < @ $* > $*');
const OLD_USER = pattern('< > $+');
const USER_AT_HOST = pattern('< $+ @ $+ > $* < @ $* >');
const USER_AT = pattern('< $+ > $* < @ $* > $*');
const USER = pattern('< $+ > $*');

/** `local:user`: the user after the colon, or the address's own; the host is the whole address. */
function canonLocal(value: Tokens, address: Tokens, context: RouteContext, level: number, rule: RouteRule): Resolved {
  if (!enters(level, 'CanonLocal', context)) return undefined;
  const isOperator = (token: ByteString): boolean => holdsOperator([token], context.rules);
  let all: Tokens = ['<', ...value, '>', ...address];
  const routed = match(ROUTE, all);
  if (routed !== undefined) return context.again(routed[2]!, level + 1);
  const onward = match(FORWARDED, all, isOperator);
  if (onward !== undefined) return context.again([...onward[1]!, ...onward[2]!, ...onward[3]!], level + 1);
  const dotted = match(DOTTED, all);
  if (dotted !== undefined) all = ['<', ...dotted[0]!, '>', ...dotted[1]!, '<', '@', ...dotted[2]!, '>'];
  const mailer = context.routing.mailers.local;
  const oldAt = match(OLD_USER_AT, all);
  if (oldAt !== undefined) return { mailer, host: [...oldAt[0]!, '@', ...oldAt[1]!], user: oldAt[0]!, rule };
  const old = match(OLD_USER, all);
  if (old !== undefined) return { mailer, host: old[0]!, user: old[0]!, rule };
  const named = match(USER_AT_HOST, all);
  if (named !== undefined) all = ['<', ...named[0]!, '>', ...named[2]!, '<', '@', ...named[3]!, '>'];
  const at = match(USER_AT, all);
  if (at !== undefined) return { mailer, host: [...at[1]!, '@', ...at[2]!], user: at[0]!, rule };
  const user = match(USER, all);
  return user === undefined ? { address: all } : { mailer, host: user[1]!, user: user[0]!, rule };
}
