/**
 * Headings, words and tables -> one HTML page that needs nothing else: no script, no network (its own Content-Security-Policy
 * forbids both), readable on a phone and on paper. Every text is escaped.
 */
import { escaped } from './escape.ts';
import type { Graph } from './graph.ts';
import type { Draw } from './picture.ts';

export interface Section {
  readonly title: string;
  /** The text in place of rows, if there are none. */
  readonly none: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

export interface Row {
  /** A cell also names it in words, because paper may have no colour. */
  readonly danger?: 'high' | 'middle';
  readonly cells: readonly string[];
}

export interface Page {
  readonly title: string;
  /** The answer in a sentence or two. */
  readonly summary: readonly string[];
  readonly sections: readonly Section[];
  /** Drawn if there is a drawer; the tables have the same content. */
  readonly graphs?: readonly Graph[];
}

/** Rows of a table that are shown: a page is for people. */
const MOST_ROWS = 1000;
const MOST_PICTURES = 20;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { max-width: 75rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
td { min-width: 10.5rem; font-family: ui-monospace, monospace; font-size: .875rem; white-space: pre-wrap; }
.narrow { min-width: 0; width: 1%; white-space: nowrap; }
tr.high { background: #d3222233; } tr.middle { background: #d9920026; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { overflow-wrap: anywhere; margin-bottom: .4rem; }
svg { display: block; max-width: 100%; height: auto; font: 12px ui-monospace, monospace; }
svg text { fill: currentColor; white-space: pre; } svg rect { fill: none; stroke: currentColor; }
svg path { fill: none; stroke: currentColor; } svg polygon { fill: currentColor; }
svg .added rect, svg .end rect { stroke: #18863a; stroke-width: 2; fill: #18863a22; }
svg .removed rect, svg .failed rect { stroke: #d32222; stroke-width: 2; fill: #d3222222; }
svg .removed rect { stroke-dasharray: 5 3; }
@media (max-width: 52rem) {
  thead { display: none; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid #8886; }
  td { display: block; min-width: 0; border: 0; padding: .1rem .4rem; }
  td:empty { display: none; }
  td.narrow { display: inline-block; width: auto; margin-right: .6rem; white-space: pre-wrap; }
  td::before { content: attr(data-column) ": "; font-family: system-ui, sans-serif; opacity: .7; }
  td:only-child::before { content: none; }
}
@media print { body { max-width: none; } tr, figure { break-inside: avoid; } svg { max-height: 22cm; } h2 { break-after: avoid; } }
`;

export function htmlPage({ title, summary, sections, graphs = [] }: Page, draw?: Draw): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${summary.map((text) => `<p>${escaped(text)}</p>`).join('\n')}
${[...sections.map(sectionHtml), ...picturesHtml(graphs, draw)].join('\n')}
</body>
</html>
`;
}

function picturesHtml(graphs: readonly Graph[], draw: Draw | undefined): string[] {
  const figures = graphs.slice(0, MOST_PICTURES).flatMap((graph) => {
    const svg = draw?.(graph);
    return svg === undefined ? [] : [`<figure><figcaption>${escaped(graph.title)}</figcaption>\n${svg}</figure>`];
  });
  return figures.length === 0 ? [] : ['<h2>Pictures</h2>', ...figures];
}

function sectionHtml({ title, none, columns, rows }: Section): string {
  const heading = `<h2>${escaped(title)} (${rows.length})</h2>`;
  if (rows.length === 0) return `${heading}\n<p>${escaped(none)}</p>`;
  const shown = rows.slice(0, MOST_ROWS);
  const classes = columns.map((_, i) => (columns.length > 1 && isNarrow(shown, i) ? ' class="narrow"' : ''));
  const head = columns.map((column, i) => `<th scope="col"${classes[i]}>${escaped(column)}</th>`).join('');
  const body = shown.map((row) => rowHtml(row, columns, classes));
  const left = rows.length > MOST_ROWS ? `\n<p>${rows.length - MOST_ROWS} more are not shown.</p>` : '';
  return `${heading}
<div class="scroll"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>${left}`;
}

/** Letters of a cell that is never broken: a code, a place, a number. */
const NARROW = 30;

/** Whether all cells of a column are short: the others then have the rest of the page. */
function isNarrow(rows: readonly Row[], column: number): boolean {
  return rows.every(({ cells }) => (cells[column] ?? '').length <= NARROW);
}

function rowHtml({ danger, cells }: Row, columns: readonly string[], classes: readonly string[]): string {
  const data = cells.map(
    (cell, i) => `<td data-column="${escaped(columns[i] ?? '')}"${classes[i] ?? ''}>${escaped(cell)}</td>`,
  );
  return `<tr${danger === undefined ? '' : ` class="${danger}"`}>${data.join('')}</tr>`;
}
