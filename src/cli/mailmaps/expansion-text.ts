/**
 * An expansion -> text for people: the tree of addresses, then the recipients, then the errors.
 *
 * Below an address with many children only the first are printed, with the number of the others, so that the tree of a large
 * list is readable; the list of recipients is complete.
 */
import type { DeliveryTarget, Expansion, ExpansionStep } from '../../alias/expansion.ts';
import type { RouteStep } from '../../core/trace-step.ts';
import { printable } from '../program/printable.ts';
import { placeOf } from './check-report.ts';
import { steps } from './route-text.ts';

/** Children of an address that are printed if it has more than {@link CUT_AT}. */
const SHOWN = 8;
const CUT_AT = 12;
/** Most addresses of a tree: lists of lists multiply. */
export const MAX_SHOWN = 400;

export function expansionText({ recipients, errors, owner, trace }: Expansion): string {
  const lines = [...treeLines(trace), ''];
  lines.push(recipients.length === 1 ? '1 recipient' : `${recipients.length} recipients`);
  for (const recipient of recipients) lines.push(`  ${targetText(recipient)}`);
  if (owner !== undefined) lines.push(`envelope sender: ${owner}`);
  if (errors.length > 0) lines.push(errors.length === 1 ? '1 error' : `${errors.length} errors`);
  for (const { text, path } of errors) lines.push(`  ${text}${path === undefined ? '' : ` (${path.join(' > ')})`}`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** The steps that are printed, with counts of those left out. */
export interface CutSteps {
  readonly shown: readonly { readonly index: number; readonly step: ExpansionStep }[];
  /** The number of steps left out below a step, by its index. */
  readonly hidden: ReadonlyMap<number, number>;
}

/** The places of the aliases that steps were expanded by, by the index of the step. */
function aliasPlaces(trace: readonly ExpansionStep[]): ReadonlyMap<number, string> {
  const places = new Map<number, string>();
  for (const step of trace) {
    if (step.via.kind !== 'alias' || step.parent === undefined || places.has(step.parent)) continue;
    if (step.source?.line !== undefined) places.set(step.parent, placeOf(step).slice(2));
  }
  return places;
}

export function cutSteps(trace: readonly ExpansionStep[]): CutSteps {
  const children = new Map<number, number>();
  for (const { parent } of trace) if (parent !== undefined) children.set(parent, (children.get(parent) ?? 0) + 1);
  const seen = new Map<number, number>();
  const hidden = new Map<number, number>();
  const visible = new Set<number>();
  const shown: { index: number; step: ExpansionStep }[] = [];
  for (const [index, step] of trace.entries()) {
    const { parent } = step;
    if (parent !== undefined) {
      if (!visible.has(parent)) continue;
      const nth = (seen.get(parent) ?? 0) + 1;
      seen.set(parent, nth);
      const cut = children.get(parent)! > CUT_AT && nth > SHOWN;
      if (cut || shown.length >= MAX_SHOWN) {
        hidden.set(parent, (hidden.get(parent) ?? 0) + 1);
        continue;
      }
    }
    visible.add(index);
    shown.push({ index, step });
  }
  return { shown, hidden };
}

function treeLines(trace: readonly ExpansionStep[]): string[] {
  const { shown, hidden } = cutSteps(trace);
  const places = aliasPlaces(trace);
  const lines: string[] = [];
  const open: { index: number; depth: number }[] = [];
  const closeTo = (depth: number): void => {
    for (let last = open.at(-1); last !== undefined && last.depth >= depth; last = open.at(-1)) {
      open.pop();
      const more = hidden.get(last.index);
      if (more !== undefined) lines.push(`${indent(last.depth + 1)}... and ${more} more`);
    }
  };
  for (const { index, step } of shown) {
    closeTo(step.depth);
    lines.push(indent(step.depth) + stepText(step, places.get(index)));
    for (const line of steps((step.asked ?? []).filter(matters), step.depth + 2)) lines.push(line);
    open.push({ index, depth: step.depth });
  }
  closeTo(0);
  return lines;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

/** Keys that are in no table, and classes that do not hold, are left out. */
function matters(step: RouteStep): boolean {
  if (step.kind === 'table') return step.status !== 'notFound';
  return step.kind === 'class' && step.holds;
}

/** @param place of the alias, if it is one */
function stepText(step: ExpansionStep, place: string | undefined): string {
  const { address, via, outcome, reason } = step;
  const notes: string[] = place === undefined ? [] : [place];
  if (via.kind === 'include' || via.kind === 'forward') notes.push(`${via.file}:${via.line}`);
  if (via.kind === 'detail') notes.push('without its detail');
  if (via.kind === 'userDatabase') notes.push('by the user database');
  if (via.kind === 'relay') notes.push(`by ${via.rule}${placeOf(step)}`);
  if (outcome === 'duplicate') notes.push('on the list already');
  if (outcome === 'loop') notes.push('leads back to where it came from');
  if (outcome === 'failed') notes.push('failed');
  if (outcome === 'passedOver') notes.push(`not followed: ${reason}`);
  return notes.length === 0 ? address.trim() : `${address.trim()}  [${notes.join(', ')}]`;
}

/** A recipient in one line. */
function targetText(target: DeliveryTarget): string {
  const sender = target.owner === undefined ? '' : `, sender ${target.owner}`;
  switch (target.kind) {
    case 'user':
      return `${target.name}${target.detail === undefined ? '' : `+${target.detail}`}${sender && ` (${sender.slice(2)})`}`;
    case 'address':
      return `${target.localPart}@${target.domain}${sender && ` (${sender.slice(2)})`}`;
    case 'program': {
      const refused = target.refused === undefined ? '' : `, refused: ${target.refused}`;
      return `|${target.command} (program of ${target.from.trim()}${runBy(target.user)}${refused}${sender})`;
    }
    case 'file':
      return `${target.path} (file of ${target.from.trim()}${runBy(target.user)}${sender})`;
  }
}

function runBy(user: string | undefined): string {
  return user === undefined ? '' : `, as ${user}`;
}
