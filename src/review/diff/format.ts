/** A diff -> text for people. */
import { questionText } from '../question.ts';
import type { ChangedEntry, Difference, DiffResult, ExpansionDifference } from './diff.ts';
import type { RouteDifference } from './routes.ts';

const SIGN = { added: '+', removed: '-', changed: '~' } as const;
/** Groups of differences that are shown of each effect. */
const MOST_SHOWN = 20;

export function diffText(result: DiffResult): string {
  const { entries, other, differences, expansions, routes, openRelay, isSampled } = result;
  const lines = [
    ...entries.map(entryLine),
    ...differences.slice(0, MOST_SHOWN).flatMap(differenceLines),
    ...(differences.length > MOST_SHOWN ? [`... and ${differences.length - MOST_SHOWN} more (--json has all)`] : []),
    ...expansions.flatMap(expansionLines),
    ...routes.slice(0, MOST_SHOWN).flatMap(routeLines),
    ...(routes.length > MOST_SHOWN ? [`... and ${routes.length - MOST_SHOWN} more routes (--json has all)`] : []),
    ...other.map(({ key }) => `${key} changes a setting`),
    summary(result),
    ...(isSampled
      ? ['Sampled: not every question was asked, or DNS or rules that are not followed decide as well.']
      : []),
    openRelay === undefined
      ? 'No stranger may relay to a stranger.'
      : `A STRANGER MAY RELAY TO A STRANGER: ${questionText(openRelay)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function entryLine({ change, key, before, after }: ChangedEntry): string {
  return [SIGN[change], key, before, change === 'changed' ? '->' : undefined, after].filter(Boolean).join(' ');
}

function differenceLines({ effect, keys, before, after, example }: Difference): string[] {
  return [
    `${effect}: ${before}  ->  ${after}${keys.length > 0 ? `   (${keys.join(', ')})` : ''}`,
    `    such as ${questionText(example)}`,
  ];
}

function expansionLines({ name, added, removed, errors }: ExpansionDifference): string[] {
  const changes = [...added.map((text) => `+ ${text}`), ...removed.map((text) => `- ${text}`)];
  return [`~ ${name}: ${changes.join('  ')}`, ...errors.map((error) => `    ${error}`)];
}

function routeLines({ address, before, after }: RouteDifference): string[] {
  return [`mail for ${address}: ${before}  ->  ${after}`];
}

function summary({ differences, expansions, routes, questions }: DiffResult): string {
  const count = (...effects: readonly string[]): number =>
    differences.filter(({ effect }) => effects.includes(effect)).length;
  return [
    `${count('opens relaying', 'accepts')} widened`,
    `${count('refuses', 'stops relaying')} narrowed`,
    `${count('answers otherwise')} answered otherwise`,
    `${expansions.length} expansions changed`,
    `${routes.length} routes changed (${questions} classes of questions asked).`,
  ].join(', ');
}
