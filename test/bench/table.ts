/** Rows -> the table of BENCHMARKS.md, in Markdown, with the columns padded so that it reads in a terminal. */
import { isMet, type Row, type Target } from './group.ts';

const HEAD = ['group', 'work', 'measured against', 'ours', 'theirs', 'figure', 'target', ''];

export function table(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map(() => '---'), ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map(
      (line) =>
        `| ${line.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column]!) : cell.padEnd(widths[column]!))).join(' | ')} |\n`,
    )
    .join('');
}

function cells(row: Row): string[] {
  const { group, work, against, ours, theirs, figure, target } = row;
  const judged = target === undefined ? '' : isMet(row) ? 'met' : 'MISSED';
  const unit = target?.unit === undefined ? '' : ` ${target.unit}`;
  return [
    group,
    work,
    against,
    ours,
    theirs,
    shownFigure(figure) + unit,
    target === undefined ? '' : shownTarget(target),
    judged,
  ];
}

function shownFigure(figure: number): string {
  return Math.abs(figure) >= 100 ? String(Math.round(figure)) : String(Number(figure.toPrecision(3)));
}

function shownTarget({ is, figure, unit }: Target): string {
  return `${is === 'atMost' ? '≤' : '≥'} ${figure}${unit === undefined ? '' : ` ${unit}`}`;
}
