/**
 * Decisions and expansions -> graphs for the pictures of a report: the entries that a decision found, in order, and the
 * addresses behind an alias. Limit: {@link MOST_NODES} nodes; of a difference, the changed nodes are kept.
 */
import type { Decision, TraceStep } from '../../access/decision.ts';
import { formatReply } from '../../access/reply.ts';
import type { Expansion, ExpansionStep } from '../../alias/expansion.ts';
import type { Source } from '../../core/source.ts';
import { type Question, questionText } from '../question.ts';

/** The border shows it, and the label names it. */
export type Mark = 'added' | 'removed' | 'end' | 'failed';

export interface GraphNode {
  readonly lines: readonly string[];
  readonly mark?: Mark;
}

export interface Graph {
  readonly title: string;
  /** A path runs down, a tree runs to the right. */
  readonly runs: 'down' | 'right';
  readonly nodes: readonly GraphNode[];
  /** Indexes of nodes. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

const MOST_NODES = 60;

/** Question, entries that were found, and answer; of two decisions, one branch each. */
export function decisionGraph(question: Question, answers: Readonly<Record<string, Decision>>): Graph {
  const nodes: GraphNode[] = [{ lines: questionText(question).split(', ') }];
  const edges: [number, number][] = [];
  for (const [name, decision] of Object.entries(answers)) {
    let from = 0;
    for (const node of [...stepNodes(decision), answerNode(name, decision)]) {
      const to = nodes.push(node) - 1;
      edges.push([from, to]);
      from = to;
    }
  }
  return { title: questionText(question), runs: 'down', nodes, edges };
}

function stepNodes({ trace }: Decision): GraphNode[] {
  const nodes = trace.flatMap((step) => stepNode(step) ?? []);
  // the first and the last steps are the most useful
  if (nodes.length <= MOST_NODES) return nodes;
  const left = { lines: [`... ${nodes.length - MOST_NODES} more`] };
  return [...nodes.slice(0, MOST_NODES / 2), left, ...nodes.slice(-MOST_NODES / 2)];
}

function stepNode(step: TraceStep): GraphNode | undefined {
  if (step.kind === 'key' && step.status === 'found')
    return { lines: [`${step.key}  ${step.value ?? ''}`, ...placeOf(step)] };
  if (step.kind === 'key' && step.status === 'tempFail') return { lines: [step.key, 'cannot tell'], mark: 'failed' };
  return step.kind === 'class' && step.holds
    ? { lines: [`${step.subject} is in ${step.rule}`, ...placeOf(step)] }
    : undefined;
}

function placeOf({ source }: { readonly source?: Source | undefined }): string[] {
  if (source === undefined) return [];
  const name = source.file.slice(source.file.lastIndexOf('/') + 1);
  return [source.line === undefined ? name : `${name}:${source.line}`];
}

function answerNode(name: string, decision: Decision): GraphNode {
  const { action, reply, because } = decision;
  const answer = reply === undefined ? action : formatReply(decision);
  const lines = [name === '' ? answer : `${name}: ${answer}`, `by ${because.rule}`];
  return { lines, mark: reply === undefined ? 'end' : 'failed' };
}

/** The addresses behind one name. */
export function expansionGraph(name: string, expansion: Expansion): Graph {
  return treeGraph(`who gets mail for ${name}`, pathsOf(expansion), (path) => markOf(path.step));
}

/** The addresses behind one name in two configurations: all that changes, and the way to it. */
export function changedGraph(name: string, before: Expansion, after: Expansion): Graph {
  const [old, now] = [pathsOf(before), pathsOf(after)];
  const markOfPath = (path: string): Mark | undefined =>
    !old.has(path) ? 'added' : !now.has(path) ? 'removed' : undefined;
  const touched = new Map<string, Path>();
  for (const [path, { step, up }] of [...old, ...now]) {
    if (markOfPath(path) === undefined) continue;
    for (let at: string | undefined = path; at !== undefined && !touched.has(at); at = (now.get(at) ?? old.get(at))?.up)
      touched.set(at, (now.get(at) ?? old.get(at) ?? { step, up })!);
  }
  return treeGraph(`who gets mail for ${name}`, touched, (_, path) => markOfPath(path));
}

/** A step, and the path of the step that led to it. */
interface Path {
  readonly step: ExpansionStep;
  readonly up: string | undefined;
}

/** Each way to an address by the addresses on it, so that those of two expansions can be compared. */
function pathsOf({ trace }: Expansion): ReadonlyMap<string, Path> {
  const names: string[] = [];
  const paths = new Map<string, Path>();
  for (const step of trace) {
    const up = step.parent === undefined ? undefined : names[step.parent];
    const name = `${up ?? ''}\0${step.address.trim()}`;
    names.push(name);
    if (!paths.has(name)) paths.set(name, { step, up });
  }
  return paths;
}

const WORDS: Readonly<Partial<Record<Mark, string>>> = { added: '+ ', removed: '- ' };

/** Shorter paths come before longer ones, so that a cut leaves no node without its parent. */
function treeGraph(
  title: string,
  paths: ReadonlyMap<string, Path>,
  markFor: (path: Path, name: string) => Mark | undefined,
): Graph {
  const depth = (name: string): number => name.split('\0').length;
  const sorted = [...paths].sort(([a], [b]) => depth(a) - depth(b));
  const shown = sorted.slice(0, MOST_NODES);
  const indexes = new Map(shown.map(([name], i) => [name, i]));
  const nodes = shown.map(([name, path]): GraphNode => {
    const mark = markFor(path, name);
    const lines = [`${WORDS[mark ?? 'end'] ?? ''}${path.step.address.trim()}`, ...detailsOf(path.step)];
    return { lines, ...(mark !== undefined && { mark }) };
  });
  const edges = shown.flatMap(([name, { up }]) =>
    up === undefined ? [] : [[indexes.get(up)!, indexes.get(name)!] as const],
  );
  const left = sorted.length - shown.length;
  return {
    title,
    runs: 'right',
    nodes: left > 0 ? [...nodes, { lines: [`${left} more are not shown`] }] : nodes,
    edges,
  };
}

function detailsOf({ source, outcome, reason }: ExpansionStep): string[] {
  const fate = outcome === 'expanded' || outcome === 'delivered' ? [] : [reason ?? outcome];
  return [...placeOf({ source }), ...fate];
}

function markOf({ outcome }: ExpansionStep): Mark | undefined {
  if (outcome === 'delivered') return 'end';
  return outcome === 'failed' || outcome === 'loop' ? 'failed' : undefined;
}
