/**
 * The host of an address -> its destination in mailertable.
 *
 * Keys in order: the host, `.rest` with one label after another removed, `.`. A value without a mailer is no result:
 * the search goes on with the domains of the value.
 * Source: ruleset Mailertable, and the part of Parse1 that leads to it.
 */
import type { SplitAddress } from './canonify.ts';
import { match, pattern } from './pattern.ts';
import { NOTHING, tableValue } from './routing.ts';
import { isAtom, type Tokens } from './tokens.ts';
import { enters, focused, isTriple, mailerToTriple, type Resolved, type RouteContext } from './triple.ts';

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
  const plain = plainName(host, split);
  if (plain !== undefined) return byPlainName(plain, split, context, level);
  const whole = focused(split);
  const asked = host === undefined || host.length === 0 ? whole : ['<', ...host, '>', ...whole];
  // also matches a name that is in brackets of its own, from quotes
  const found = match(DOTTED, asked) ?? match(NAMED, asked);
  if (found === undefined) return { address: whole };
  const [name, address] = found as readonly [Tokens, Tokens];
  return byName(name, tableValue(context, 'mailertable', name), address, context, level);
}

/** @param found the value of the whole name */
function byName(
  name: Tokens,
  found: Tokens | undefined,
  address: Tokens,
  context: RouteContext,
  level: number,
): Resolved {
  if (found === NOTHING) return { address: ['<', ...name, '>', ...address], ended: true };
  const value = found ?? name;
  const named = withMailer(value, address);
  if (named === undefined) return byDomain([], value, address, context, level + 1);
  return mailerToTriple(named.value, named.address, context, level + 1, RULE);
}

/** A value that names a mailer, and the address after it; undefined: it names none. */
function withMailer(value: Tokens, address: Tokens): { readonly value: Tokens; readonly address: Tokens } | undefined {
  if (value.length > 0 && !value.includes('>'))
    return value[1] === ':' && value[0] !== '[' ? { value, address } : undefined;
  const named = match(NAMES_MAILER, ['<', ...value, '>', ...address]);
  return named && { value: [...named[0]!, ':', ...named[1]!], address: named[2]! };
}

/** A usual host without its final dot, a dot between two labels; undefined: only patterns say what the name is. */
function plainName(host: Tokens | undefined, { local, host: own = [] }: SplitAddress): Tokens | undefined {
  if (host === undefined || !isFree(local) || !isFree(own) || own[0] === '.' || own[0] === ':') return undefined;
  const length = host.at(-1) === '.' ? host.length - 1 : host.length;
  if (length % 2 === 0) return undefined;
  for (let i = 0; i < length; i++) if (i % 2 === 1 ? host[i] !== '.' : !isAtom(host[i]!)) return undefined;
  return length === host.length ? host : host.slice(0, length);
}

/** True without brackets, which patterns could take for those of the host. */
function isFree(tokens: Tokens): boolean {
  return !tokens.includes('<') && !tokens.includes('>');
}

/** The same search; until a value is found, it needs no patterns. */
function byPlainName(name: Tokens, split: SplitAddress, context: RouteContext, above: number): Resolved {
  const value = tableValue(context, 'mailertable', name);
  if (value !== undefined) return byName(name, value, focused(split), context, above);
  let level = above + 1;
  for (let label = 0; enters(level, 'Mailertable', context); label += 2, level++) {
    if (label === name.length - 1) return byDotOf(name, split, context, level);
    const gone = name.slice(0, label + 1);
    const ofRest = tableValue(context, 'mailertable', name.slice(label + 1), gone, [name[label]!]);
    if (ofRest === NOTHING) return { address: unread(name, label, split) };
    if (ofRest === undefined) continue;
    const address = focused(split);
    const named = withMailer(ofRest, address);
    return named !== undefined && named.value === ofRest
      ? mailerToTriple(ofRest, address, context, level + 1, RULE)
      : byRest([...gone, '<', ...ofRest, '>', ...address], context, level);
  }
  return undefined;
}

/** The workspace of the ruleset that has removed the labels before `label`. A value without tokens ends it there. */
function unread(name: Tokens, label: number, split: SplitAddress): Tokens {
  return [...name.slice(0, label), '<', ...name.slice(label), '>', ...focused(split)];
}

function byDotOf(name: Tokens, split: SplitAddress, context: RouteContext, level: number): Resolved {
  const value = tableValue(context, 'mailertable', ['.'], name);
  if (value === NOTHING) return { address: unread(name, name.length - 1, split) };
  const address = focused(split);
  return value === undefined ? { address, split } : byDotValue(value, address, context, level);
}

/** @param before the labels that were removed, each with its dot */
function byDomain(before: Tokens, host: Tokens, address: Tokens, context: RouteContext, level: number): Resolved {
  if (!enters(level, 'Mailertable', context)) return undefined;
  const text = [...before, '<', ...host, '>', ...address];
  const all = withoutLabel(text, context);
  return all === undefined ? { address: text } : byRest(all, context, level);
}

/** @param text the labels that were removed; the value for the rest, or the rest itself, in brackets; the address */
function byRest(text: Tokens, context: RouteContext, level: number): Resolved {
  const named = match(REST_NAMES_MAILER, text);
  const found =
    named === undefined
      ? { address: text }
      : mailerToTriple([...named[1]!, ':', ...named[2]!], named[3]!, context, level + 1, RULE);
  if (found === undefined || isTriple(found)) return found;
  const all = found.address;
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
  const value = tableValue(context, 'mailertable', ['.'], [...before, ...rest]);
  return value === NOTHING ? { address: all } : byDotValue(value ?? ['.'], address, context, level);
}

function byDotValue(value: Tokens, address: Tokens, context: RouteContext, level: number): Resolved {
  const named = withMailer(value, address);
  const found =
    named === undefined
      ? { address: ['<', ...value, '>', ...address] }
      : mailerToTriple(named.value, named.address, context, level + 1, RULE);
  if (found === undefined || isTriple(found)) return found;
  // `local:` for an address without text leads nowhere
  return { address: match(ANY, found.address)?.[2] ?? found.address };
}
