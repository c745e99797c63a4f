/**
 * A canonical address -> its replacement in genericstable.
 *
 * Only addresses of hosts in class G are looked up, and names without a host, which get $j. The keys in order: the
 * whole address, `user+*` and `user` at the host, `@host` if a host was written, the same without a host. The first
 * hit counts.
 * Source: the rules of MasqHdr.
 */
import { canonify, type SplitAddress } from './canonify.ts';
import { isOwnHost, OWN_HOST } from './mailer-rules.ts';
import { match, pattern } from './pattern.ts';
import { endsInClass, inClass, NOTHING, tableValue } from './routing.ts';
import { type Tokens, tokenize } from './tokens.ts';
import { focused, type RouteContext } from './triple.ts';

/** The replacement; undefined: none. `final`: no masquerading follows. */
export interface Generic {
  readonly address: SplitAddress;
  readonly final: boolean;
}

type Asked = Pick<RouteContext, 'rules' | 'routing' | 'problems'>;

const DETAILED = pattern('$+ + $*');
const QUALIFIED = pattern('< $* @ $* > $* < $* >');
const UNQUALIFIED = pattern('< $+ > $* < $* >');

export function genericAddress(address: SplitAddress, context: Asked): Generic | undefined {
  const { local, host } = address;
  if (host === undefined || local.length === 0 || !context.routing.has.has('generics')) return undefined;
  const name = askedHost(host, context);
  if (name === undefined) return undefined;
  const search = { address, name, context, passed: false };
  const whole = answerTo({ key: [...local, '@', ...name], args: [], atHost: 'whole' }, search);
  if (whole !== undefined) return whole;
  for (const question of lesserQuestions(local, name, !isOwnHost(host))) {
    const found = answerTo(question, search);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One address and the host of its keys. `passed`: a key with the host had a value without meaning. */
interface Search {
  readonly address: SplitAddress;
  readonly name: Tokens;
  readonly context: Asked;
  passed: boolean;
}

function answerTo({ key, args, atHost }: Question, search: Search): Generic | undefined {
  const { address, name, context } = search;
  if (search.passed && atHost) return undefined;
  const value = tableValue(context, 'generics', key, ...args);
  if (value === NOTHING) return { address: unfinished(address, name, atHost), final: true };
  // a value with a leading @ means "no entry" for a key of a user at a host
  if (value?.length === 0 || (atHost && value?.[0] === '@' && value.length > 1)) search.passed = true;
  else if (value !== undefined) return generic(value, address, context);
  return undefined;
}

/** The host of the keys; undefined: the address is not looked up. */
function askedHost(host: Tokens, { rules, routing }: Asked): Tokens | undefined {
  if (isOwnHost(host)) return tokenize(rules.hostName).tokens;
  if (host.at(-1) !== '.') return undefined;
  const name = host.slice(0, -1);
  const entire = routing.flags.has('generics_entire_domain');
  return (entire ? endsInClass(routing, 'G', name) : inClass(routing, 'G', name)) ? name : undefined;
}

interface Question {
  readonly key: Tokens;
  readonly args: readonly Tokens[];
  /** A key of a user at the host: skipped after one of them had a value without meaning. */
  readonly atHost?: 'whole' | 'detailed';
}

/** The keys after the whole address, in order. */
function lesserQuestions(local: Tokens, host: Tokens, hasHost: boolean): readonly Question[] {
  const split = match(DETAILED, local) as readonly [Tokens, Tokens] | undefined;
  const ofHost: readonly Question[] = hasHost ? [{ key: ['@', ...host], args: [local] }] : [];
  const ofName: Question = { key: local, args: [] };
  if (split === undefined) return [...ofHost, ofName];
  const [user, detail] = split;
  const starred = (at: Tokens): Question => ({ key: [...user, '+', '*', ...at], args: [detail] });
  const plain = (at: Tokens): Question => ({ key: [...user, ...at], args: [] });
  const at = ['@', ...host];
  const atHost = 'detailed';
  return [{ ...starred(at), atHost }, { ...plain(at), atHost }, ...ofHost, ofName, starred([]), plain([])];
}

/** The workspace of rules that end early: `< user@host > address @`, `< @ user@host > address`, or `< > address`. */
function unfinished({ local, host }: SplitAddress, name: Tokens, atHost: Question['atHost']): SplitAddress {
  if (atHost === undefined) return { local: ['>', ...local, '<'], host: host! };
  const whole = [...local, '@', ...name];
  return atHost === 'whole' ? { local: [...whole, ...whole, '@'] } : { local: ['@', ...whole, ...local], host: host! };
}

function generic(value: Tokens, address: SplitAddress, { rules, problems }: Asked): Generic {
  const all = ['<', ...value, '>', ...focused(address)];
  const qualified = match(QUALIFIED, all);
  if (qualified !== undefined) {
    return { address: canonify([...qualified[0]!, '@', ...qualified[1]!], rules, problems), final: true };
  }
  const [name] = match(UNQUALIFIED, all) ?? [value];
  return { address: canonify([...name!, '@', ...OWN_HOST], rules, problems), final: false };
}
