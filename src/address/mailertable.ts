/**
 * The host of an address -> its destination in mailertable.
 *
 * Keys in order: the host, `.rest` with one label after another removed, `.`. A value without a mailer is no result:
 * the search goes on with the domains of the value.
 * Source: ruleset Mailertable, and the part of Parse1 that leads to it.
 */
import type { SplitAddress, Tokens } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import { NOTHING, tableValue } from './routing.ts';
import { enters, focused, mailerToTriple, type Resolved, type RouteContext, withoutTokens } from './triple.ts';

const RULE = 'mailertable';
const NAMES_MAILER = pattern('< $~[ : $* > $*');
const LABEL = pattern('$* < $- . $+ > $*');
const REST_NAMES_MAILER = pattern('$* < $~[ : $* > $*');
const REST = pattern('$* < . $+ > $*');
const ANY = pattern('$* < $* > $*');

const DOTTED = pattern('< $+ . > $*');
const NAMED = pattern('< $+ > $*');

/**
 * @param level level of the ruleset that calls it
 * @param host the host of the address, or the one that it had
 */
export function byMailertable(
  split: SplitAddress,
  context: RouteContext,
  level: number,
  host: Tokens | undefined,
): Resolved {
  const whole = focused(split);
  const asked = host === undefined || host.length === 0 ? whole : ['<', ...host, '>', ...whole];
  // also matches a name that is in brackets of its own, from quotes
  const found = match(DOTTED, asked) ?? match(NAMED, asked);
  if (found === undefined) return { address: whole };
  const [name, address] = found as readonly [Tokens, Tokens];
  const value = tableValue(context, 'mailertable', name) ?? name;
  if (value === NOTHING) return withoutTokens(context);
  const named = match(NAMES_MAILER, ['<', ...value, '>', ...address]);
  if (named === undefined) return byDomain([], value, address, context, level + 1);
  return mailerToTriple([...named[0]!, ':', ...named[1]!], named[2]!, context, level + 1, RULE);
}

/** @param before the labels that were removed, each with its dot */
function byDomain(before: Tokens, host: Tokens, address: Tokens, context: RouteContext, level: number): Resolved {
  if (!enters(level, 'Mailertable', context)) return undefined;
  const all = withoutLabel([...before, '<', ...host, '>', ...address], context);
  if (all === undefined) return withoutTokens(context);
  const named = match(REST_NAMES_MAILER, all);
  if (named !== undefined) {
    return mailerToTriple([...named[1]!, ':', ...named[2]!], named[3]!, context, level + 1, RULE);
  }
  const rest = match(REST, all);
  return rest === undefined
    ? byDot(all, context, level)
    : byDomain([...rest[0]!, '.'], rest[1]!, rest[2]!, context, level + 1);
}

/** Removes a label and looks up the rest; undefined: the value has no token. */
function withoutLabel(all: Tokens, context: RouteContext): Tokens | undefined {
  const label = match(LABEL, all);
  if (label === undefined) return all;
  const [before, first, rest, behind] = label as readonly [Tokens, Tokens, Tokens, Tokens];
  const gone = [...before, ...first];
  const value = tableValue(context, 'mailertable', ['.', ...rest], gone, first) ?? ['.', ...rest];
  return value === NOTHING ? undefined : [...gone, '<', ...value, '>', ...behind];
}

function byDot(all: Tokens, context: RouteContext, level: number): Resolved {
  const [before, rest, address] = match(ANY, all) as readonly [Tokens, Tokens, Tokens];
  const value = tableValue(context, 'mailertable', ['.'], [...before, ...rest]) ?? ['.'];
  if (value === NOTHING) return withoutTokens(context);
  const dot = ['<', ...value, '>', ...address];
  const named = match(NAMES_MAILER, dot);
  if (named === undefined) return { address: match(ANY, dot)![2]! };
  return mailerToTriple([...named[0]!, ':', ...named[1]!], named[2]!, context, level + 1, RULE);
}
