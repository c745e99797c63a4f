/** A Route -> the source of a graph: the address, the entries found, in order, and the answer. */
import type { Route } from '../../route/route.ts';
import type { GraphLanguage } from './expansion-graph.ts';
import { answerOf } from './route-text.ts';

interface Edge {
  readonly from: number;
  readonly label: string;
}

/** The source, with a final newline. */
export function routeGraph(address: string, route: Route, language: GraphLanguage): string {
  const found = route.trace.filter(({ status }) => status === 'found');
  const nodes = [address, ...found.map(({ value }) => value ?? ''), answerOf(address, route)];
  const edges = [...found.map(({ table, key }) => `${table}: ${key}`), route.because.rule].map((label, from) => ({
    from,
    label,
  }));
  return language === 'dot' ? dot(nodes, edges) : mermaid(nodes, edges);
}

function dot(nodes: readonly string[], edges: readonly Edge[]): string {
  const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, '?')}"`;
  return [
    'digraph route {',
    '  rankdir=LR;',
    ...nodes.map((text, i) => `  n${i} [label=${quoted(text)}];`),
    ...edges.map(({ from, label }) => `  n${from} -> n${from + 1} [label=${quoted(label)}];`),
    '}',
    '',
  ].join('\n');
}

function mermaid(nodes: readonly string[], edges: readonly Edge[]): string {
  const quoted = (text: string): string => `"${text.replace(/[^\w @.:+=/-]/gu, (c) => `#${c.codePointAt(0)};`)}"`;
  return [
    'flowchart LR',
    ...nodes.map((text, i) => `  n${i}[${quoted(text)}]`),
    ...edges.map(({ from, label }) => `  n${from} -->|${quoted(label)}| n${from + 1}`),
    '',
  ].join('\n');
}
