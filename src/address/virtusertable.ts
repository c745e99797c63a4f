/**
 * An address of a virtual or local host -> its value in virtusertable.
 *
 * Keys in order: `user+detail@host`, then with `++` and `+*` in place of the detail, then without it, then all of
 * these without the user. The first hit counts.
 * Source: the rules of Parse1.
 */
import type { SplitAddress } from './canonify.ts';
import { isLocalHost } from './parse0.ts';
import { match, pattern } from './pattern.ts';
import { endsInClass, inClass, type Routing, tableValue } from './routing.ts';
import type { Tokens } from './tokens.ts';
import type { RouteContext } from './triple.ts';

export interface VirtualEntry {
  readonly value: Tokens;
  /** The mark of the rulesets in the workspace: `!` until the whole address was looked up. */
  readonly mark: '!' | '@';
}

/** The entry; undefined: there is none, or its value is a mark of the rulesets. */
export function virtualEntry(address: SplitAddress, context: RouteContext): VirtualEntry | undefined {
  const { local, host } = address;
  if (!context.routing.has.has('virtuser') || local.length === 0 || host === undefined || host.at(-1) !== '.') {
    return undefined;
  }
  const name = host.slice(0, -1);
  if (!isVirtual(name, context.routing) && !isLocalHost(host, context.rules)) return undefined;
  const value = tableValue(context, 'virtuser', [...local, '@', ...name], local) ?? NONE;
  if (!isMark(value, '@')) return isMark(value, '!') ? undefined : { value, mark: '!' };
  const rest = withoutDetail(local, name, context);
  return isMark(rest, '@') || isMark(rest, '!') ? undefined : { value: rest, mark: '@' };
}

const NONE: Tokens = ['@'];

function isMark(value: Tokens, mark: '@' | '!'): boolean {
  return value.length === 1 && value[0] === mark;
}

/** True if a host, without its final dot, is in {VirtHost}. */
export function isVirtual(name: Tokens, routing: Routing): boolean {
  return routing.flags.has('virtuser_entire_domain')
    ? endsInClass(routing, 'VirtHost', name)
    : inClass(routing, 'VirtHost', name);
}

const DETAILED = pattern('$+ + $*');

/** Looks up the keys that are less than the whole address. */
function withoutDetail(local: Tokens, host: Tokens, context: RouteContext): Tokens {
  const split = match(DETAILED, local);
  if (split === undefined) return tableValue(context, 'virtuser', ['@', ...host], local) ?? NONE;
  const [user, detail] = split as readonly [Tokens, Tokens];
  const plus = ['+', ...detail];
  const ask = (...key: Tokens): Tokens =>
    tableValue(context, 'virtuser', [...key, '@', ...host], user, detail, plus) ?? NONE;
  const tries = [
    ...(detail.length > 0 ? [[...user, '+', '+']] : []),
    [...user, '+', '*'],
    user,
    ...(host.length === 0 ? [] : [...(detail.length > 0 ? [['+', '+']] : []), ['+', '*'], []]),
  ];
  for (const key of tries) {
    const value = ask(...key);
    if (!isMark(value, '@')) return value;
  }
  return NONE;
}
