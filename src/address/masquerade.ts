/**
 * An outgoing address -> the address that others see: its entry in genericstable, or the name that replaces this host
 * (MASQUERADE_AS).
 * Source: rulesets MasqHdr and MasqEnv.
 */
import type { AddressRules, SplitAddress } from './canonify.ts';
import { genericAddress } from './genericstable.ts';
import { isOwnHost } from './mailer-rules.ts';
import { isLocalHost } from './parse0.ts';
import { endsInClass, inClass, type Routing } from './routing.ts';
import type { RouteRule } from './rule-names.ts';
import { type Tokens, tokenize } from './tokens.ts';
import type { RouteContext } from './triple.ts';

/** A masqueraded address, and the rule that produced it. */
export interface Masked {
  readonly address: SplitAddress;
  readonly rule: RouteRule;
}

type Asked = Pick<RouteContext, 'rules' | 'routing' | 'problems'>;

/** MasqHdr: for headers always, for envelopes with masquerade_envelope. */
export function masqueraded(address: SplitAddress, context: Asked): Masked {
  const generic = genericAddress(address, context);
  if (generic?.final) return { address: generic.address, rule: 'genericstable' };
  const named = generic?.address ?? address;
  return masked(named, context) ?? { address: named, rule: generic === undefined ? 'unchanged' : 'genericstable' };
}

function masked({ local, host }: SplitAddress, context: Asked): Masked | undefined {
  if (host === undefined) return undefined;
  const { routing, rules } = context;
  if (host.at(-1) === '.' && endsInClass(routing, 'N', host.slice(0, -1))) {
    return { address: { local, host }, rule: 'MASQUERADE_EXCEPTION' };
  }
  const as = routing.hosts.M;
  const isOwn = isOwnHost(host);
  if (as === undefined) return isOwn ? { address: { local, host: ownHost(rules) }, rule: 'qualified' } : undefined;
  if (!isOwn && !isMasqueraded(host, context)) return withLastHost(local, host);
  const kept = { local, host: isOwn ? ownHost(rules) : host };
  if (inClass(routing, 'E', local)) return { address: kept, rule: 'EXPOSED_USER' };
  if (as.length === 0) return { address: kept, rule: 'MASQUERADE_AS' };
  return { address: { local, host: [...as, '.'] }, rule: 'MASQUERADE_AS' };
}

function ownHost({ hostName }: AddressRules): Tokens {
  return [...tokenize(hostName).tokens, '.'];
}

/** If the host from a table has an @ in it, the rules use the part after the @ as the host. */
function withLastHost(local: Tokens, host: Tokens): Masked | undefined {
  const sign = host.indexOf('@', 1);
  if (sign < 0) return undefined;
  const last = sign === host.length - 1 ? host.slice(0, sign) : [...host.slice(sign + 1), '.'];
  return { address: { local, host: last }, rule: 'unchanged' };
}

/** Hosts of class M, and hosts of class w without limited_masquerade. */
function isMasqueraded(host: Tokens, { routing, rules }: Asked): boolean {
  if (host.at(-1) !== '.') return false;
  const name = host.slice(0, -1);
  return isIn(routing, name) || (!routing.flags.has('limited_masquerade') && isLocalHost(host, rules));
}

function isIn(routing: Routing, name: Tokens): boolean {
  return routing.flags.has('masquerade_entire_domain') ? endsInClass(routing, 'M', name) : inClass(routing, 'M', name);
}

/** MasqEnv: without masquerade_envelope, a name only gets this host. */
export function maskedEnvelope(address: SplitAddress, context: Asked): Masked {
  if (context.routing.flags.has('masquerade_envelope')) return masqueraded(address, context);
  if (!isOwnHost(address.host)) return { address, rule: 'unchanged' };
  return { address: { local: address.local, host: ownHost(context.rules) }, rule: 'qualified' };
}
