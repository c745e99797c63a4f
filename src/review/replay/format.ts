/** The result of a replay -> text for people. */
import { questionText } from '../question.ts';
import type { ReplayGroup, ReplayResult } from './replay.ts';

/** Groups that are shown. */
const MOST_SHOWN = 50;

export function replayText(result: ReplayResult): string {
  const { lines, questions, unchanged, undetermined, undeterminedExample, groups, ungrouped } = result;
  const left = groups.slice(MOST_SHOWN).reduce((sum, { count }) => sum + count, ungrouped);
  return [
    ...groups.slice(0, MOST_SHOWN).flatMap(groupLines),
    ...(left > 0 ? [`${left} more (--json has all)`] : []),
    ...(undeterminedExample === undefined
      ? []
      : [`undetermined, because the log does not say enough: such as ${questionText(undeterminedExample)}`]),
    `${lines} lines, ${questions} questions: ${unchanged} unchanged, ${undetermined} undetermined.`,
    '',
  ].join('\n');
}

function groupLines({ effect, before, after, because, count, example, time }: ReplayGroup): string[] {
  return [
    `${count} ${count === 1 ? 'time' : 'times'} ${effect}: ${before}  ->  ${after}${because === '' ? '' : `   (${because})`}`,
    `    such as ${questionText(example)}, ${time}`,
  ];
}
