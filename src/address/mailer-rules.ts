/**
 * An address -> the address with a real host: UUCP and BITNET names get a relay, and names without a host get this
 * host.
 * Source: rulesets PseudoToReal and MasqSMTP.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { AddressRules, SplitAddress } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import { joinTokens, type Tokens } from './tokens.ts';

/** Stands for this host until masquerading is done. */
export const OWN_HOST: Tokens = ['*LOCAL*'];

export function isOwnHost(host: Tokens | undefined): boolean {
  return host?.length === 1 && foldCase(host[0]!) === '*local*';
}

/** MasqSMTP: a name without a host gets this host. */
export function qualified(address: SplitAddress): SplitAddress {
  return address.host !== undefined || address.local.length === 0 ? address : { ...address, host: OWN_HOST };
}

const BITNET = pattern('$+ . BITNET .');
const UUCP = pattern('$+ . UUCP .');
const BEHIND_MAILER = pattern('$~[ $* : $+');

/** PseudoToReal: an address in a pseudo domain becomes a name at the relay for it. */
export function realDomain(address: SplitAddress, to: Tokens | undefined, rules: AddressRules): SplitAddress {
  const { local, host } = address;
  const relay = rules.routing?.hosts.B;
  if (host === undefined || local.length === 0) return address;
  const bitnet = relay && match(BITNET, host);
  if (bitnet !== undefined)
    return { local: [...local, '%', ...bitnet[0]!, '.', 'BITNET'], host: withoutMailer(relay!) };
  const uucp = rules.bangPath === false ? undefined : match(UUCP, host);
  return uucp === undefined ? address : bangPath(uucp[0]!, local, to, rules);
}

function withoutMailer(host: Tokens): Tokens {
  return match(BEHIND_MAILER, host)?.[2] ?? host;
}

const NODE = pattern('$- ! $+');
const DOMAIN = pattern('$- . $+ ! $+');

/**
 * `user@node.UUCP`: if the mail goes to the node itself, the user names the next step; otherwise the path becomes the
 * user.
 */
function bangPath(node: Tokens, local: Tokens, to: Tokens | undefined, rules: AddressRules): SplitAddress {
  if (to !== undefined && sameText(node, to)) {
    const next = match(NODE, local);
    if (next !== undefined) return { local: next[1]!, host: [...next[0]!, '.', 'UUCP', '.'] };
    const domain = match(DOMAIN, local);
    if (domain !== undefined) return { local: domain[2]!, host: [...domain[0]!, '.', ...domain[1]!] };
    return { local, host: [...to, '.', 'UUCP', '.'] };
  }
  const relay = withoutMailer(rules.routing?.hosts.Y ?? []);
  return { local: [...node, '!', ...local], host: relay.length === 0 ? OWN_HOST : relay };
}

function sameText(a: Tokens, b: Tokens): boolean {
  const text = (tokens: Tokens): ByteString => foldCase(joinTokens(tokens));
  return text(a) === text(b);
}
