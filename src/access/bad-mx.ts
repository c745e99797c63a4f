/**
 * A sender's host -> the verdict of FEATURE(badmx): refused if one of its mail exchangers is an IP address (with a
 * last part of one digit: sendmail's expression matches no others), or has an address that cannot be reached. A host
 * without exchangers, or in brackets, counts as its own.
 *
 * Errors: a temporary failure if DNS fails for the mail exchangers or was not asked for them. If DNS fails for the address of
 * an exchanger, the mail passes, as in sendmail.
 * Source: ruleset BadMX.
 */

import { messageText } from '../address/parts.ts';
import type { Tokens } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Fact } from '../core/facts.ts';
import { matchRegex } from '../core/regex/match.ts';
import { RegexError } from '../core/regex/regex-error.ts';
import { parseRegex, type Regex } from '../core/regex/syntax.ts';
import type { CheckContext } from './check-context.ts';
import { refuse, type Verdict } from './verdict.ts';

const RULE = 'badmx';
const IP_NAME = /^(?:\d{1,3}\.){3}\d$/;
/** Loopback, 10/8 and 0.0.0.0. */
const USUAL_ADDRESSES = '^(127\\.|10\\.|0\\.0\\.0\\.0)';

/** Addresses that a mail exchanger must not have; undefined: the feature is not badmx. @throws MapError `badInput` */
export function parseBadMx(feature: ByteString): Regex | undefined {
  if (feature !== RULE && !feature.startsWith(`${RULE}:`)) return undefined;
  try {
    return parseRegex(feature.slice(RULE.length + 1) || USUAL_ADDRESSES, { isBasic: false, ignoresCase: true });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new MapError('badInput', `${feature}: ${error.message}`);
  }
}

/** undefined: the mail exchangers of this host are good. */
export function badMx(context: CheckContext, host: Tokens): Verdict | undefined {
  const bad = context.settings.features.badMxAddresses;
  if (bad === undefined) return undefined;
  const name = messageText(host);
  const inside = nameInBrackets(name);
  const mx: Fact | undefined = inside === undefined ? context.fact('MX', name) : { status: 'notFound' };
  if (mx === undefined) return refuse(RULE, '4.1.2', `"451 ${name} was not looked up"`);
  if (mx.status === 'tempFail') return refuse(RULE, '4.1.2', messageText(['"450 MX lookup failure for "', ...host]));
  const exchangers = mx.status === 'found' ? mx.records.filter((exchanger) => exchanger !== '') : [];
  if (exchangers.some((exchanger) => IP_NAME.test(exchanger))) return refused('Illegal', host);
  // all are looked up together
  const addresses = (exchangers.length === 0 ? [inside ?? name] : exchangers).map((exchanger) =>
    addressOf(context, exchanger),
  );
  if (addresses.includes(undefined)) return refuse(RULE, '4.1.2', `"451 ${name} was not looked up"`);
  return addresses.some((address) => matchRegex(bad, address!) !== undefined) ? refused('Invalid', host) : undefined;
}

/** `[host.example]`: the host itself takes the mail; undefined: another form, or an address. */
function nameInBrackets(host: string): string | undefined {
  const inside = /^\[([^\]:]*)\]$/.exec(host)?.[1]?.replace(/\.$/, '');
  return inside === undefined || /^[\d.]*$/.test(inside) ? undefined : inside;
}

/** The first address of a mail exchanger, with sendmail's dot, or its name if it has none; undefined: not asked. */
function addressOf(context: CheckContext, exchanger: string): ByteString | undefined {
  const fact = context.fact('A', exchanger);
  if (fact === undefined) return undefined;
  return fact.status === 'found' ? `${fact.records[0]}.` : `${exchanger}.`;
}

function refused(fault: 'Illegal' | 'Invalid', host: Tokens): Verdict {
  return refuse(RULE, '5.1.2', messageText([`"550 ${fault} MX record for host "`, ...host]));
}
