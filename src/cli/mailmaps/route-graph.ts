/**
 * A route or a rewriting -> the source of a graph: the address, the entries found, in order, and the answer. A lookup that
 * failed, or was not made, is a branch of the address that it was about.
 */
import type { RouteBecause, TableStep } from '../../route/trace.ts';
import { placeOf } from './check-report.ts';
import type { GraphLanguage } from './expansion-graph.ts';
import { NOT } from './route-text.ts';

/** The fields that route and rewrite have in common. */
interface Traced {
  readonly because: RouteBecause;
  readonly trace: readonly TableStep[];
}

interface Graph {
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** A dead end: the answer is not known. */
  readonly isOpen?: true;
}

/** The source, with a final newline. */
export function routeGraph(
  address: string,
  { because, trace }: Traced,
  answer: string,
  language: GraphLanguage,
): string {
  const nodes = [address];
  const edges: Edge[] = [];
  let at = 0;
  for (const step of trace) {
    if (step.status === 'notFound') continue;
    const isFound = step.status === 'found';
    const to = nodes.push(isFound ? (step.value ?? '') : NOT[step.status]) - 1;
    const label = `${step.table}: ${step.key}${placeOf(step)}`;
    edges.push(isFound ? { from: at, to, label } : { from: at, to, label, isOpen: true });
    if (isFound) at = to;
  }
  edges.push({ from: at, to: nodes.push(answer) - 1, label: because.rule });
  return language === 'dot' ? dot({ nodes, edges }) : mermaid({ nodes, edges });
}

function dot({ nodes, edges }: Graph): string {
  const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, '?')}"`;
  return [
    'digraph route {',
    '  rankdir=LR;',
    ...nodes.map((text, i) => `  n${i} [label=${quoted(text)}];`),
    ...edges.map(
      ({ from, to, label, isOpen }) => `  n${from} -> n${to} [label=${quoted(label)}${isOpen ? ' style=dashed' : ''}];`,
    ),
    '}',
    '',
  ].join('\n');
}

function mermaid({ nodes, edges }: Graph): string {
  const quoted = (text: string): string => `"${text.replace(/[^\w @.,:+=/-]/gu, (c) => `#${c.codePointAt(0)};`)}"`;
  return [
    'flowchart LR',
    ...nodes.map((text, i) => `  n${i}[${quoted(text)}]`),
    ...edges.map(({ from, to, label, isOpen }) => `  n${from} ${isOpen ? '-.->' : '-->'}|${quoted(label)}| n${to}`),
    '',
  ].join('\n');
}
