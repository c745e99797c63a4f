/**
 * An expansion -> the source of a graph in the language of Graphviz (dot) or Mermaid.
 *
 * An address is one node, however often it was reached; large lists are cut as in the tree.
 */
import type { Expansion, ExpansionStep } from '../../alias/expansion.ts';
import { ownField } from '../../core/own-field.ts';
import { printable } from '../program/printable.ts';
import { cutSteps } from './expansion-text.ts';

export type GraphLanguage = 'dot' | 'mermaid';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}
interface Graph {
  /** Identifier to label and outcome. */
  readonly nodes: ReadonlyMap<string, { label: string; outcome: ExpansionStep['outcome'] | 'more' }>;
  readonly edges: readonly Edge[];
}

export function expansionGraph(expansion: Expansion, language: GraphLanguage): string {
  const graph = graphOf(expansion);
  return language === 'dot' ? dot(graph) : mermaid(graph);
}

function graphOf({ trace }: Expansion): Graph {
  const { shown, hidden } = cutSteps(trace);
  const names = new Map<string, string>();
  const nodes = new Map<string, { label: string; outcome: ExpansionStep['outcome'] | 'more' }>();
  const edges: Edge[] = [];
  const idOf = (step: ExpansionStep): string => {
    const label = step.address.trim();
    const id = names.get(label) ?? `n${names.size}`;
    names.set(label, id);
    const known = nodes.get(id);
    const repeated = step.outcome === 'duplicate' || step.outcome === 'loop';
    if (known === undefined || !repeated) nodes.set(id, { label, outcome: step.outcome });
    return id;
  };
  for (const { index, step } of shown) {
    const to = idOf(step);
    if (step.parent !== undefined) edges.push({ from: idOf(trace[step.parent]!), to, label: edgeLabel(step) });
    const more = hidden.get(index);
    if (more === undefined) continue;
    nodes.set(`more${index}`, { label: `... and ${more} more`, outcome: 'more' });
    edges.push({ from: to, to: `more${index}`, label: '' });
  }
  return { nodes, edges: unique(edges) };
}

/** Each edge between two addresses once. */
function unique(edges: readonly Edge[]): readonly Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.label}`, edge])).values()];
}

function edgeLabel({ via }: ExpansionStep): string {
  if (via.kind === 'include' || via.kind === 'forward') return `${via.file}:${via.line}`;
  if (via.kind === 'userDatabase') return 'user database';
  return via.kind === 'detail' || via.kind === 'relay' ? via.kind : '';
}

const DOT_STYLE: Readonly<Record<string, string>> = {
  delivered: ' style=bold',
  failed: ' color=red',
  more: ' shape=plaintext',
};

function dot({ nodes, edges }: Graph): string {
  const lines = ['digraph expansion {', '  rankdir=LR;', '  node [shape=box];'];
  for (const [id, { label, outcome }] of nodes)
    lines.push(`  ${id} [label=${dotText(label)}${ownField(DOT_STYLE, outcome) ?? ''}];`);
  for (const { from, to, label } of edges) {
    lines.push(`  ${from} -> ${to}${label === '' ? '' : ` [label=${dotText(label)}]`};`);
  }
  return `${lines.join('\n')}\n}\n`;
}

function dotText(text: string): string {
  return `"${printable(text).replace(/["\\]/g, '\\$&')}"`;
}

function mermaid({ nodes, edges }: Graph): string {
  const lines = ['flowchart LR'];
  for (const [id, { label, outcome }] of nodes) {
    const [open, close] = outcome === 'delivered' ? ['([', '])'] : ['[', ']'];
    lines.push(`  ${id}${open}${mermaidText(label)}${close}`);
  }
  for (const { from, to, label } of edges) {
    lines.push(`  ${from} -->${label === '' ? '' : `|${mermaidText(label)}|`} ${to}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Characters of Mermaid's own syntax become numeric entities. */
function mermaidText(text: string): string {
  return `"${printable(text).replace(/["#%&<>`;\\|{}]/g, (c) => `#${c.charCodeAt(0)};`)}"`;
}
