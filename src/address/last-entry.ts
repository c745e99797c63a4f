/**
 * A value of virtusertable that is not looked up again (m4's `_NO_VIRTUSER_RECURSION_` and
 * `_VIRTUSER_STOP_ONE_LEVEL_RECURSION_`) -> mailer, host and user.
 *
 * The rule calls canonify, Parse0 and ParseLocal. Without FEATURE(redirect), ParseLocal has no rules; sendmail then leaves the
 * call of Parse0 in the workspace, and runs it on the tokens behind it when the next rule matches.
 * Source: the rules of Parse1.
 */
import { canonify, type SplitAddress } from './canonify.ts';
import { byClass, type LateParse } from './onward.ts';
import { parse0 } from './parse0.ts';
import type { AddressProblem } from './problem.ts';
import { redirected } from './redirect.ts';
import { refusalTokens } from './refusal.ts';
import type { Tokens } from './tokens.ts';
import { focused, type Resolved, type RouteContext, splitFocused } from './triple.ts';

export function byLastEntry(value: Tokens, context: RouteContext, level: number): Resolved {
  const { rules, problems, routing } = context;
  const address = canonify(value, rules, problems);
  if (!routing.flags.has('redirect')) return byClass(address, context, level, lateParse(context, level + 1));
  const next = parse0(address, rules, problems, level + 1);
  return next && (redirected(next, context) ?? byClass(next, context, level));
}

function lateParse({ rules, problems }: RouteContext, level: number): LateParse {
  return (tokens) => {
    const found: AddressProblem[] = [];
    const parsed: SplitAddress | undefined = parse0(splitFocused(tokens), rules, found, level);
    const refusal = parsed === undefined ? found.pop() : undefined;
    problems.push(...found);
    return refusal === undefined ? focused(parsed ?? { local: [] }) : refusalTokens(refusal);
  };
}
