/**
 * An expansion -> the source of a graph in the language of Graphviz (dot) or Mermaid.
 *
 * An address is one node, however often it was reached; large lists are cut as in the tree. Entries of tables that were found for
 * an address follow it.
 */
import type { Expansion, ExpansionStep } from '../../alias/expansion.ts';
import { ownField } from '../../core/own-field.ts';
import { printable } from '../program/printable.ts';
import { cutSteps } from './expansion-text.ts';
import { type GraphLanguage, legsOf } from './route-graph.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
  /** In lines. */
  readonly label: readonly string[];
  /** A dead end: the answer of a table is not known. */
  readonly isOpen?: boolean;
}
/** An address, a number of addresses left out, or the value of an entry in a table. */
interface Node {
  readonly label: string;
  readonly outcome: ExpansionStep['outcome'] | 'more' | 'value';
}
interface Graph {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly edges: readonly Edge[];
}

export function expansionGraph(expansion: Expansion, language: GraphLanguage): string {
  const graph = graphOf(expansion);
  return language === 'dot' ? dot(graph) : mermaid(graph);
}

function graphOf({ trace }: Expansion): Graph {
  const { shown, hidden } = cutSteps(trace);
  const names = new Map<string, string>();
  const nodes = new Map<string, Node>();
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
    const legs = step.outcome === 'duplicate' ? [] : legsOf(step.asked ?? []).legs;
    let at = to;
    for (const [i, { text, label, isOpen }] of legs.entries()) {
      nodes.set(`t${index}_${i}`, { label: text, outcome: 'value' });
      edges.push({ from: at, to: `t${index}_${i}`, label, isOpen });
      if (!isOpen) at = `t${index}_${i}`;
    }
    const more = hidden.get(index);
    if (more === undefined) continue;
    nodes.set(`more${index}`, { label: `... and ${more} more`, outcome: 'more' });
    edges.push({ from: to, to: `more${index}`, label: [] });
  }
  return { nodes, edges: unique(edges) };
}

/** Each edge between two addresses once. */
function unique(edges: readonly Edge[]): readonly Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.label}`, edge])).values()];
}

function edgeLabel({ via }: ExpansionStep): readonly string[] {
  if (via.kind === 'include' || via.kind === 'forward') return [`${via.file}:${via.line}`];
  if (via.kind === 'userDatabase') return ['user database'];
  if (via.kind === 'relay') return [via.rule];
  return via.kind === 'detail' ? ['detail'] : [];
}

const DOT_STYLE: Readonly<Record<string, string>> = {
  delivered: ' style=bold',
  failed: ' color=red',
  more: ' shape=plaintext',
  value: ' style=rounded',
};

function dot({ nodes, edges }: Graph): string {
  const lines = ['digraph expansion {', '  rankdir=LR;', '  node [shape=box];'];
  for (const [id, { label, outcome }] of nodes)
    lines.push(`  ${id} [label=${dotText(label)}${ownField(DOT_STYLE, outcome) ?? ''}];`);
  for (const { from, to, label, isOpen } of edges) {
    const style = isOpen ? ' style=dashed' : '';
    lines.push(`  ${from} -> ${to}${label.length === 0 ? '' : ` [label=${dotText(...label)}${style}]`};`);
  }
  return `${lines.join('\n')}\n}\n`;
}

function dotText(...lines: readonly string[]): string {
  return `"${lines.map((text) => printable(text).replace(/["\\]/g, '\\$&')).join('\\n')}"`;
}

function mermaid({ nodes, edges }: Graph): string {
  const lines = ['flowchart LR'];
  for (const [id, { label, outcome }] of nodes) {
    const [open, close] = outcome === 'delivered' ? ['([', '])'] : ['[', ']'];
    lines.push(`  ${id}${open}${mermaidText(label)}${close}`);
  }
  for (const { from, to, label, isOpen } of edges) {
    lines.push(`  ${from} ${isOpen ? '-.->' : '-->'}${label.length === 0 ? '' : `|${mermaidText(...label)}|`} ${to}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Characters of Mermaid's own syntax become numeric entities. */
function mermaidText(...lines: readonly string[]): string {
  const safe = (text: string): string => printable(text).replace(/["#%&<>`;\\|{}]/g, (c) => `#${c.charCodeAt(0)};`);
  return `"${lines.map(safe).join('<br/>')}"`;
}
