/**
 * A route or a rewriting -> the source of a graph: the address, the entries found, in order, and the answer. The classes that led
 * to an entry or to the answer stand above it. A lookup that failed, or was not made, is a branch of the address that it was
 * about.
 */
import type { RouteStep } from '../../core/trace-step.ts';
import type { RouteBecause } from '../../route/trace.ts';
import { placeOf } from './check-report.ts';
import { NOT } from './route-text.ts';

export type GraphLanguage = 'dot' | 'mermaid';

/** The fields that route and rewrite have in common. */
interface Traced {
  readonly because: RouteBecause;
  readonly trace: readonly RouteStep[];
}

interface Graph {
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: readonly string[];
  /** A dead end: the answer is not known. */
  readonly isOpen: boolean;
}

/** One step from an address: to the value of an entry, or to a dead end. */
export interface Leg {
  readonly text: string;
  /** The classes that led to it, and the key, a line each. */
  readonly label: readonly string[];
  readonly isOpen: boolean;
}

/** The legs of a path, and the classes that were found after the last one. */
export function legsOf(trace: readonly RouteStep[]): { readonly legs: Leg[]; readonly classes: readonly string[] } {
  const legs: Leg[] = [];
  let classes: string[] = [];
  for (const step of trace) {
    if (step.kind === 'class' && step.holds)
      classes.push(`${step.word ?? step.subject} in ${step.rule}${placeOf(step)}`);
    if (step.kind === 'note') legs.push({ text: step.text, label: [step.rule], isOpen: true });
    if (step.kind !== 'table' || step.status === 'notFound') continue;
    const label = `${step.table}: ${step.key}${placeOf(step)}`;
    if (step.status === 'found') {
      legs.push({ text: step.value ?? '', label: [...classes, label], isOpen: false });
      classes = [];
    } else legs.push({ text: NOT[step.status], label: [label], isOpen: true });
  }
  return { legs, classes };
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
  const { legs, classes } = legsOf(trace);
  for (const { text, label, isOpen } of [...legs, { text: answer, label: [...classes, because.rule], isOpen: false }]) {
    const to = nodes.push(text) - 1;
    edges.push({ from: at, to, label, isOpen });
    if (!isOpen) at = to;
  }
  return language === 'dot' ? dot({ nodes, edges }) : mermaid({ nodes, edges });
}

function dot({ nodes, edges }: Graph): string {
  const safe = (text: string): string => text.replace(/[\\"]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, '?');
  const quoted = (...lines: readonly string[]): string => `"${lines.map(safe).join('\\n')}"`;
  return [
    'digraph route {',
    '  rankdir=LR;',
    ...nodes.map((text, i) => `  n${i} [label=${quoted(text)}];`),
    ...edges.map(
      ({ from, to, label, isOpen }) =>
        `  n${from} -> n${to} [label=${quoted(...label)}${isOpen ? ' style=dashed' : ''}];`,
    ),
    '}',
    '',
  ].join('\n');
}

function mermaid({ nodes, edges }: Graph): string {
  const safe = (text: string): string => text.replace(/[^\w @.,:+=/-]/gu, (c) => `#${c.codePointAt(0)};`);
  const quoted = (...lines: readonly string[]): string => `"${lines.map(safe).join('<br/>')}"`;
  return [
    'flowchart LR',
    ...nodes.map((text, i) => `  n${i}[${quoted(text)}]`),
    ...edges.map(({ from, to, label, isOpen }) => `  n${from} ${isOpen ? '-.->' : '-->'}|${quoted(...label)}| n${to}`),
    '',
  ].join('\n');
}
