/**
 * A canonical address -> the form for a mailer, before the final rewriting.
 * Source: the rulesets that S= and R= of a mailer name.
 */
import type { SplitAddress } from './canonify.ts';
import { isOwnHost, OWN_HOST, qualified, realDomain } from './mailer-rules.ts';
import { type Masked, maskedEnvelope, masqueraded } from './masquerade.ts';
import { match, pattern } from './pattern.ts';
import type { MailerRuleset } from './routing.ts';
import { sameTokens, type Tokens, tokenize } from './tokens.ts';
import type { RouteContext } from './triple.ts';

type Asked = Pick<RouteContext, 'rules' | 'routing' | 'problems'>;

/** @param to the host that the mail goes to ($h), if it is known */
export function outgoing(ruleset: MailerRuleset, address: SplitAddress, context: Asked, to?: Tokens): Masked {
  switch (ruleset) {
    case 'EnvFromSMTP':
      return envelopeSender(realDomain(address, to, context.rules), context);
    case 'HdrFromSMTP':
      return headerSender(realDomain(address, to, context.rules), context);
    case 'EnvToSMTP':
      return unmasked(withOwnHost(qualified(realDomain(address, to, context.rules)), context));
    case 'MasqSMTP':
      return unmasked(qualified(address));
    case 'MasqRelay':
      return masqueraded(qualified(address), context);
    case 'EnvToL':
      return unmasked(address.local.length === 0 ? address : { local: unmarked(address.local) });
    default:
      return local(ruleset, address, context);
  }
}

const MARKED = pattern('< $* > $+');

/** EnvToL: brackets at the start are taken for a mark, and removed with their content, unless there is a +detail. */
export function unmarked(local: Tokens): Tokens {
  if (local[0] !== '<' || local.includes('+', 1)) return local;
  return match(MARKED, local)?.[1] ?? local;
}

function unmasked(address: SplitAddress): Masked {
  return { address, rule: 'unchanged' };
}

/** Replaces the placeholder for this host by its name. */
function withOwnHost(address: SplitAddress, { rules }: Asked): SplitAddress {
  return isOwnHost(address.host) ? { local: address.local, host: [...tokenize(rules.hostName).tokens, '.'] } : address;
}

const NOBODY: SplitAddress = { local: [] };

function endsInList({ local, host }: SplitAddress): boolean {
  return host?.length === 0 && local.at(-2) === ':' && local.at(-1) === ';';
}

function envelopeSender(address: SplitAddress, context: Asked): Masked {
  return endsInList(address) ? unmasked(NOBODY) : maskedEnvelope(qualified(address), context);
}

function headerSender(address: SplitAddress, context: Asked): Masked {
  if (endsInList(address) && address.local.length === 2) return unmasked(NOBODY);
  if (address.host?.length === 0 || (address.host !== undefined && address.local.length === 0))
    return unmasked(address);
  return masqueraded(qualified(address), context);
}

/** The null sender in messages that stay here ($n). */
const DAEMON: SplitAddress = { local: ['MAILER-DAEMON'] };

/** The mailers of this host: a name gets no host, except by always_add_domain. */
function local(ruleset: 'EnvFromL' | 'HdrFromL' | 'HdrToL', address: SplitAddress, context: Asked): Masked {
  const { flags } = context.routing;
  const isSender = ruleset !== 'HdrToL';
  const named = withAddedDomain(isSender && isNobody(address) ? DAEMON : address, context);
  if (!isSender && !flags.has('allmasquerade')) return unmasked(withOwnHost(named, context));
  if (flags.has('local_no_masquerade')) return unmasked(named);
  return ruleset === 'EnvFromL' ? maskedEnvelope(named, context) : masqueraded(named, context);
}

function isNobody({ local, host }: SplitAddress): boolean {
  return host !== undefined && ((local.length === 0 && host.length === 0) || sameTokens(local, ['@']));
}

function withAddedDomain(address: SplitAddress, { routing }: Asked): SplitAddress {
  const { addedDomain } = routing;
  if (addedDomain === undefined || address.host !== undefined || address.local.length === 0) return address;
  return { local: address.local, host: addedDomain.length === 0 ? OWN_HOST : addedDomain };
}
