/**
 * A graph -> SVG. `@viz-js/viz` (Graphviz) gets the sizes of boxes and returns their places. It gets no names, and only its
 * numbers come into the page.
 */
import { escaped } from './escape.ts';
import type { Graph, GraphNode } from './graph.ts';

/** A graph as SVG; undefined if there is no layout. */
export type Draw = (graph: Graph) => string | undefined;

/** The drawer; undefined: the package is not installed. */
export async function loadDraw(): Promise<Draw | undefined> {
  try {
    const viz = await (await import('@viz-js/viz')).instance();
    return (graph) => svgOf(graph, viz.render(layoutInput(graph), { format: 'json0', yInvert: true }).output);
  } catch {
    return undefined;
  }
}

/** Sizes in points, for a font of 12 points with letters of one width. */
const LETTER = 7.3;
const LINE = 16;
const MARGIN = 8;
const POINTS_PER_INCH = 72;
/** How far a picture shrinks on a narrow page; below that it scrolls. */
const LEAST = 0.6;
const LONGEST_LINE = 52;
const MOST_LINES = 12;

function linesOf({ lines }: GraphNode): readonly string[] {
  const all = lines.flatMap(wrapped);
  return all.length > MOST_LINES ? [...all.slice(0, MOST_LINES - 1), '…'] : all;
}

/** Breaks lines at blanks; a word that is too long is cut at the end of the line. */
function wrapped(line: string): string[] {
  const done: string[] = [];
  let letters = [...line.replace(/\s+/g, ' ').trim()];
  while (letters.length > LONGEST_LINE) {
    const blank = letters.lastIndexOf(' ', LONGEST_LINE);
    const end = blank > 0 ? blank : LONGEST_LINE;
    done.push(letters.slice(0, end).join(''));
    letters = letters.slice(blank > 0 ? end + 1 : end);
  }
  return [...done, letters.join('')];
}

function sizeOf(node: GraphNode): { readonly width: number; readonly height: number } {
  const lines = linesOf(node);
  const letters = Math.max(1, ...lines.map(widthOf));
  return { width: letters * LETTER + 2 * MARGIN, height: lines.length * LINE + MARGIN };
}

/** Letters of East Asia, and signs, are twice as wide. */
function widthOf(line: string): number {
  return [...line].reduce((sum, letter) => sum + (letter.codePointAt(0)! < 0x1100 ? 1 : 2), 0);
}

function layoutInput({ runs, nodes, edges }: Graph): Parameters<import('@viz-js/viz').Viz['render']>[0] {
  return {
    directed: true,
    graphAttributes: { rankdir: runs === 'down' ? 'TB' : 'LR', nodesep: 0.15, ranksep: 0.35 },
    nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
    nodes: nodes.map((node, i) => {
      const { width, height } = sizeOf(node);
      return { name: `n${i}`, attributes: { width: width / POINTS_PER_INCH, height: height / POINTS_PER_INCH } };
    }),
    edges: edges.map(([from, to]) => ({ tail: `n${from}`, head: `n${to}` })),
  };
}

/** Of Graphviz' JSON, the places: `x,y` in points. */
interface Layout {
  readonly bb: string;
  readonly objects?: readonly { readonly pos: string }[];
  readonly edges?: readonly { readonly pos: string }[];
}

function svgOf(graph: Graph, output: string | undefined): string | undefined {
  if (output === undefined) return undefined;
  const { bb, objects = [], edges = [] } = JSON.parse(output) as Layout;
  // with y inverted, the box begins at its bottom
  const [, bottom = 0, right = 0] = numbersIn(bb);
  const [width, height] = [right + 2, bottom + 2];
  const boxes = graph.nodes.map((node, i) => boxOf(node, numbersIn(objects[i]?.pos ?? '')));
  return [
    `<svg role="img" width="${width}" height="${height}" viewBox="-1 -1 ${width} ${height}" style="min-width: ${Math.round(width * LEAST)}px">`,
    `<title>${escaped(graph.title)}</title>`,
    ...edges.map(({ pos }) => arrowOf(pos)),
    ...boxes,
    '</svg>',
  ].join('\n');
}

function numbersIn(text: string): number[] {
  return text.split(/[ ,]/).map(Number).filter(Number.isFinite);
}

function boxOf(node: GraphNode, [x = 0, y = 0]: readonly number[]): string {
  const { width, height } = sizeOf(node);
  const left = x - width / 2;
  const top = y - height / 2;
  const texts = linesOf(node).map(
    (line, i) =>
      `<text x="${(left + MARGIN).toFixed(1)}" y="${(top + 16 + i * LINE).toFixed(1)}">${escaped(line)}</text>`,
  );
  const mark = node.mark === undefined ? '' : ` class="${node.mark}"`;
  const size = `x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"`;
  return `<g${mark}><rect ${size} rx="4"/>${texts.join('')}</g>`;
}

/** `e,END START CONTROL CONTROL POINT ...`: a curve, and a head from its last point to its end. */
function arrowOf(pos: string): string {
  const [x = 0, y = 0, ...points] = numbersIn(pos);
  const curve = points.map((value, i) => `${i === 2 ? 'C' : ''}${value.toFixed(1)}`).join(' ');
  const [fromX = x, fromY = y] = points.slice(-2);
  const length = Math.hypot(x - fromX, y - fromY) || 1;
  const [sideX, sideY] = [(3.5 * (y - fromY)) / length, (3.5 * (x - fromX)) / length];
  const head = [x, y, fromX + sideX, fromY - sideY, fromX - sideX, fromY + sideY].map((value) => value.toFixed(1));
  return `<path d="M${curve}"/><polygon points="${head.join(' ')}"/>`;
}
