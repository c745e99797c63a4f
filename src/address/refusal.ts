/**
 * A refusal of Parse0 -> tokens, as the rules of sendmail hold it while they go on with it, and back.
 *
 * If another rule puts a mailer before these tokens, they are a user whose name no mailer takes.
 */
import type { ByteString } from '../core/bytes.ts';
import type { SplitAddress } from './canonify.ts';
import type { AddressProblem } from './problem.ts';
import { type Tokens, tokenize } from './tokens.ts';
import type { Triple } from './triple.ts';

/** The marks of a result in the tokens of sendmail's rules: `$#`, `$@` and `$:`. */
const MAILER = '\x96';
const HOST = '\x97';
const USER = '\x98';

/** `$#error $@ 5.1.3 $: "553 text"` */
export function refusalTokens({ code, enhanced, text }: AddressProblem): Tokens {
  return [MAILER, 'error', HOST, ...tokenize(enhanced).tokens, USER, `"${code} ${text}"`];
}

/** True if tokens begin with a refusal: no ruleset changes them. */
export function isRefusal(tokens: readonly ByteString[]): boolean {
  return tokens[0] === MAILER;
}

/** The refusal that an address is; undefined: it is an address. */
export function refusalOf({ local }: SplitAddress): Triple | undefined {
  if (!isRefusal(local)) return undefined;
  const user = local.indexOf(USER);
  return { mailer: 'error', host: local.slice(3, user), user: local.slice(user + 1), rule: 'syntax' };
}

/** sendmail reads a host up to the first `$:`, which may be that of a refusal. */
export function withHostEnd(triple: Triple): Triple {
  const { host = [], user } = triple;
  const end = host.indexOf(USER);
  return end < 0 ? triple : { ...triple, host: host.slice(0, end), user: [...host.slice(end + 1), USER, ...user] };
}
