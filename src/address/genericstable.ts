/**
 * An address in its canonical form -> the one that genericstable puts in its place.
 *
 * Asked for addresses of hosts in class G and for names without a host, which are asked for with $j: the whole, `user+*`
 * and `user` at the host, `@host` where a host was written, the same without a host. The first hit counts. Rules of MasqHdr.
 */
import { canonify, type SplitAddress, type Tokens } from './canonify.ts';
import { isOwnHost, OWN_HOST } from './mailer-rules.ts';
import { match, pattern } from './pattern.ts';
import { endsInClass, inClass, tableValue } from './routing.ts';
import { tokenize } from './tokens.ts';
import { focused, type Way } from './triple.ts';

/** What stands in its place; undefined: nothing. `final` is true where no masquerading follows. */
export interface Generic {
  readonly address: SplitAddress;
  readonly final: boolean;
}

type Asked = Pick<Way, 'rules' | 'routing' | 'problems'>;

const DETAILED = pattern('$+ + $*');
const QUALIFIED = pattern('< $* @ $* > $* < $* >');
const UNQUALIFIED = pattern('< $+ > $* < $* >');

export function genericAddress(address: SplitAddress, way: Asked): Generic | undefined {
  const { local, host } = address;
  if (host === undefined || local.length === 0 || !way.routing.has.has('generics')) return undefined;
  const name = askedHost(host, way);
  if (name === undefined) return undefined;
  const domain = isOwnHost(host) ? undefined : name;
  const value = byHost(local, name, way) ?? (domain && ask(way, ['@', ...domain], local)) ?? byName(local, way);
  return value && generic(value, address, way);
}

/** The host of a key: undefined where the whole address is not asked for. */
function askedHost(host: Tokens, { rules, routing }: Asked): Tokens | undefined {
  if (isOwnHost(host)) return tokenize(rules.hostName).tokens;
  if (host.at(-1) !== '.') return undefined;
  const name = host.slice(0, -1);
  const entire = routing.flags.has('generics_entire_domain');
  return (entire ? endsInClass(routing, 'G', name) : inClass(routing, 'G', name)) ? name : undefined;
}

/** An empty value is none. */
function ask(way: Asked, key: Tokens, ...args: readonly Tokens[]): Tokens | undefined {
  const value = tableValue(way, 'generics', key, ...args);
  return value === undefined || value.length === 0 ? undefined : value;
}

function byHost(local: Tokens, host: Tokens, way: Asked): Tokens | undefined {
  const whole = ask(way, [...local, '@', ...host]);
  if (whole !== undefined) return whole;
  const split = match(DETAILED, local);
  if (split === undefined) return undefined;
  const [user, detail] = split as readonly [Tokens, Tokens];
  return ask(way, [...user, '+', '*', '@', ...host], detail) ?? ask(way, [...user, '@', ...host]);
}

function byName(local: Tokens, way: Asked): Tokens | undefined {
  const whole = ask(way, local);
  const split = whole === undefined ? match(DETAILED, local) : undefined;
  if (split === undefined) return whole;
  const [user, detail] = split as readonly [Tokens, Tokens];
  return ask(way, [...user, '+', '*'], detail) ?? ask(way, user);
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
