/** A Route or a rewritten address -> lines for people: the answer, then the tables and classes that were asked, as a tree. */
import type { ClassStep, RouteStep, TableStep } from '../../core/trace-step.ts';
import type { Rewritten } from '../../route/rewrite.ts';
import type { Route } from '../../route/route.ts';
import type { RouteBecause } from '../../route/trace.ts';
import { printable } from '../program/printable.ts';
import { byRule, placeOf } from './check-report.ts';

/** The report, with a final newline, safe to print on a terminal. */
export function routeText(address: string, route: Route): string {
  const lines = [answerOf(address, route), reason(route.because), ...steps(route.trace)];
  return `${lines.map(printable).join('\n')}\n`;
}

export function rewrittenText({ address, because, trace }: Rewritten): string {
  return `${[address, reason(because), ...steps(trace)].map(printable).join('\n')}\n`;
}

/** The answer in one line: `esmtp to mx.example: user@far.example`, or the reply. */
export function answerOf(address: string, route: Route): string {
  if ('reply' in route) {
    const { code, enhanced, text, prefixed, shown } = route.reply;
    const prefix = prefixed ? `${shown ?? `<${address}>`}... ` : '';
    const word = route.kind === 'tempFail' ? 'temporary failure' : 'refused';
    return `${word}: ${[code, enhanced, prefix + text].filter((part) => part !== '').join(' ')}`;
  }
  const { mailer, host, user } = route;
  return `${mailer}${host === undefined ? '' : ` to ${host}`}: ${user}`;
}

function reason(because: RouteBecause): string {
  const { rule, key, value } = because;
  const entry = key === undefined ? '' : `: ${key} ${value ?? 'cannot be looked up'}`;
  const place = key === undefined && because.at !== undefined ? '' : placeOf(because);
  return `because of ${rule}${entry}${place}${byRule(because)}`;
}

export const NOT = { notFound: '-', notAsked: 'not asked', tempFail: 'cannot tell' } as const;

/** Each entry found indents the steps after it by one level. The rules of a sendmail.cf that were applied are left out. */
export function steps(trace: readonly RouteStep[], begin = 1): string[] {
  let depth = begin;
  return trace.flatMap((step) => {
    if (step.kind === 'rule') return [];
    const line = `${'  '.repeat(depth)}${stepText(step)}`;
    if (step.kind === 'table' && step.status === 'found') depth += 1;
    return [line];
  });
}

function stepText(step: Exclude<RouteStep, { readonly kind: 'rule' }>): string {
  switch (step.kind) {
    case 'note':
      return `${step.rule}: ${step.text}`;
    case 'class':
      return `${step.subject} in ${step.rule}?   ${step.holds ? `yes${wordOf(step)}${placeOf(step)}` : 'no'}`;
    case 'table':
      return `${step.table}: ${step.key}   ${answerOfTable(step)}`;
  }
}

function answerOfTable(step: TableStep): string {
  return step.status === 'found' ? `${step.value ?? ''}${placeOf(step)}` : NOT[step.status];
}

function wordOf({ word }: ClassStep): string {
  return word === undefined ? '' : `: ${word}`;
}
