/** A diff -> text for people. */
import { questionText } from '../question.ts';
import type { Difference } from './comparison.ts';
import type { ChangedEntry, DiffResult } from './diff.ts';
import type { ExpansionDifference } from './expansions.ts';
import type { RewriteDifference, RouteDifference } from './routes.ts';

const SIGN = { added: '+', removed: '-', changed: '~' } as const;
/** Lines of a kind that are shown. */
const MOST_SHOWN = 20;
const MOST_OTHERS = 3;

export function diffText(result: DiffResult): string {
  const { entries, other, differences, expansions, routes, rewrites, openRelay, isSampled } = result;
  const lines = [
    ...entries.map(entryLine),
    ...first(alike(differences), 'effects').flatMap(differenceLines),
    ...expansions.flatMap(expansionLines),
    ...first(routes, 'routes').flatMap(routeLines),
    ...first(rewrites, 'addresses').flatMap(rewriteLines),
    ...other.map(({ key }) => `${key} changes a setting`),
    summary(result),
    ...(isSampled ? [SAMPLED] : []),
    openRelay === undefined
      ? 'No stranger may relay to a stranger.'
      : `A STRANGER MAY RELAY TO A STRANGER: ${questionText(openRelay)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Printed if there may be more differences. */
export const SAMPLED =
  'Sampled: there may be more differences. Not every question was asked, or rules or entries decide that are not followed.';

/** The first items, and the number of the others. */
function first<T>(all: readonly T[], what: string): readonly (T | string)[] {
  if (all.length <= MOST_SHOWN) return all;
  return [...all.slice(0, MOST_SHOWN), `... and ${all.length - MOST_SHOWN} more ${what} (--json has all)`];
}

/** Differences that are printed as one: the same effect and entries, and each of the old answers became each of the new ones. */
interface AlikeDifferences extends Difference {
  /** The other answers before. */
  readonly others: readonly string[];
  /** The other answers after. */
  readonly otherAfters: readonly string[];
}

export function alike(differences: readonly Difference[]): readonly AlikeDifferences[] {
  const byAfter = merged(differences, ({ after }) => after);
  const befores = byAfter.map(([first, ...rest]) => ({ ...first, others: rest.map(({ before }) => before) }));
  const byBefore = merged(befores, ({ before, others }) => [before, ...others].sort());
  return byBefore.map(([first, ...rest]) => ({ ...first, otherAfters: rest.map(({ after }) => after) }));
}

/** Differences with the same effect, the same entries, questions of the same kind, and the same other part. */
function merged<T extends Difference>(all: readonly T[], part: (one: T) => unknown): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const name = JSON.stringify([one.effect, one.keys, one.example.kind, part(one)]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

function entryLine({ change, key, before, after }: ChangedEntry): string {
  return [SIGN[change], key, before, change === 'changed' ? '->' : undefined, after].filter(Boolean).join(' ');
}

function differenceLines(difference: AlikeDifferences | string): string[] {
  if (typeof difference === 'string') return [difference];
  const { effect, keys, before, after, example, others, otherAfters } = difference;
  return [
    `${effect}: ${before}  ->  ${after}${keys.length > 0 ? `   (${keys.join(', ')})` : ''}`,
    `    such as ${questionText(example)}`,
    ...otherLines('likewise', others),
    ...otherLines('or ->', otherAfters),
  ];
}

function otherLines(word: string, others: readonly string[]): string[] {
  const left = others.length - MOST_OTHERS;
  const shown = others.slice(0, MOST_OTHERS).map((other) => `    ${word} ${other}`);
  return left > 0 ? [...shown, `    ${word} ${left} other answers`] : shown;
}

function expansionLines({ name, added, removed, errors }: ExpansionDifference): string[] {
  const changes = [...added.map((text) => `+ ${text}`), ...removed.map((text) => `- ${text}`)];
  return [`~ ${name}: ${changes.join('  ')}`, ...errors.map((error) => `    ${error}`)];
}

function routeLines(route: RouteDifference | string): string[] {
  if (typeof route === 'string') return [route];
  return [`mail for ${route.address}: ${route.before}  ->  ${route.after}`];
}

function rewriteLines(rewrite: RewriteDifference | string): string[] {
  if (typeof rewrite === 'string') return [rewrite];
  const { address, where, role, before, after } = rewrite;
  return [`${address} as ${where} ${role}: ${before}  ->  ${after}`];
}

function summary({ differences, expansions, routes, rewrites, questions }: DiffResult): string {
  const count = (...effects: readonly string[]): number =>
    differences.filter(({ effect }) => effects.includes(effect)).length;
  return [
    `${count('opens relaying', 'accepts')} widened`,
    `${count('refuses', 'stops relaying')} narrowed`,
    `${count('answers otherwise')} answered otherwise`,
    `${expansions.length} expansions changed`,
    `${routes.length} routes changed`,
    `${rewrites.length} addresses rewritten otherwise (${questions} classes of questions asked).`,
  ].join(', ');
}
