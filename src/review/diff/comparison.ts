/** Questions -> the groups in which two configurations answer differently: the same entries, the same answers. */
import type { Decision } from '../../access/decision.ts';
import type { Facts } from '../../core/facts.ts';
import { foldCase } from '../../core/fold.ts';
import { decide, EFFECTS, type Effect, effectOf, type Question, shown } from '../question.ts';
import type { Reviewed } from '../sources.ts';
import { type DnsStates, underDns } from './dns-answers.ts';

/** One group of differences. */
export interface Difference {
  readonly effect: Effect;
  /** The changed keys that the decisions looked up. */
  readonly keys: readonly string[];
  readonly before: string;
  readonly after: string;
  /** One question of the group. */
  readonly example: Question;
  /** The number of classes of questions in the group. */
  readonly classes: number;
}

const MOST_KEPT = 100_000;

/** Asks both sides and keeps the differences in groups. */
export class Comparison {
  questions = 0;
  /** How often a configuration was asked, for a probe or a question. */
  decisions = 0;
  /** Not everything was asked: there was too much. */
  isCut = false;
  readonly #before: Reviewed;
  readonly #after: Reviewed;
  readonly #changed: ReadonlySet<string>;
  readonly #states: DnsStates;
  readonly #behind = new Map<string, readonly string[]>();
  readonly #groups = new Map<string, Difference & { classes: number }>();

  constructor(before: Reviewed, after: Reviewed, changed: ReadonlySet<string>, states: DnsStates) {
    this.#before = before;
    this.#after = after;
    this.#changed = changed;
    this.#states = states;
  }

  /** Asks with every answer of DNS that can change the decision. */
  ask(question: Question): void {
    const both = underDns(this.#states, (facts) => this.#decideBoth(question, facts));
    for (const { dns, answer } of both) this.#compare(dns.length === 0 ? question : { ...question, dns }, ...answer);
  }

  /** Both answers, and the changed entries that they looked up, as one text to compare. */
  answers(question: Question): string {
    const both = underDns(this.#states, (facts) => this.#decideBoth(question, facts));
    let text = '';
    for (const { answer } of both) {
      const [old, now] = answer;
      const before = shown(old, question);
      const after = isSameAnswer(old, now) ? before : shown(now, question);
      text += `${before} ${this.#reasonOf(old)}\t${after} ${this.#reasonOf(now)}\t`;
    }
    return text;
  }

  /** The rule and the changed entries on which a decision depends. */
  #reasonOf(decision: Decision): string {
    const { final, because } = decision;
    return `${final} ${because.rule} ${this.#keysOf(decision).join(' ')}`;
  }

  #decideBoth(question: Question, facts: Facts): readonly [Decision, Decision] {
    this.decisions += 2;
    return [decide(this.#before, question, facts), decide(this.#after, question, facts)];
  }

  differences(): readonly Difference[] {
    const order = ({ effect }: Difference): number => EFFECTS.indexOf(effect);
    return [...this.#groups.values()].sort((a, b) => order(a) - order(b) || b.classes - a.classes);
  }

  #compare(question: Question, old: Decision, now: Decision): void {
    this.questions++;
    if (isSameAnswer(old, now)) return;
    const [before, after] = [shown(old, question), shown(now, question)];
    if (before === after) return;
    const keys = [...new Set([...this.#keysOf(old), ...this.#keysOf(now)])].sort();
    const name = JSON.stringify([question.kind, keys, before, after]);
    const group = this.#groups.get(name);
    if (group !== undefined) group.classes++;
    else this.#groups.set(name, { effect: effectOf(old, now), keys, before, after, example: question, classes: 1 });
  }

  /** The changed keys and class words that a decision looked up. */
  #keysOf({ trace }: Decision): readonly string[] {
    if (this.#changed.size === 0) return [];
    const keys: string[] = [];
    for (const step of trace) {
      if (step.kind === 'key') keys.push(...this.#changedBehind(step.key, step.key));
      else if (step.kind === 'class') keys.push(...this.#changedBehind(`${step.rule} ${step.subject}`, step));
    }
    return keys;
  }

  /** The changed entries of a step of a trace; remembered, because the same steps occur often. */
  #changedBehind(name: string, step: string | { readonly rule: string; readonly subject: string }): readonly string[] {
    const kept = this.#behind.get(name);
    if (kept !== undefined) return kept;
    const keys = (typeof step === 'string' ? [foldCase(step)] : wordsBehind(step)).filter((key) =>
      this.#changed.has(key),
    );
    if (this.#behind.size >= MOST_KEPT) this.#behind.clear();
    this.#behind.set(name, keys);
    return keys;
  }
}

/** The words of a class that a test of it may have met. */
function wordsBehind({ rule, subject }: { readonly rule: string; readonly subject: string }): string[] {
  const parts = foldCase(subject).split('.');
  const words = parts.flatMap((_, i) => [
    ...[parts.slice(i).join('.'), `.${parts.slice(i).join('.')}`],
    ...[parts.slice(0, i + 1).join('.'), `${parts.slice(0, i + 1).join('.')}.`],
  ]);
  return [...new Set(words)].map((word) => `${rule} ${word}`);
}

/** Compares without building texts, which takes long. */
function isSameAnswer(old: Decision, now: Decision): boolean {
  return (
    old.action === now.action &&
    old.reply?.code === now.reply?.code &&
    old.reply?.enhanced === now.reply?.enhanced &&
    old.reply?.text === now.reply?.text &&
    old.reply?.prefixed === now.reply?.prefixed &&
    old.reason === now.reason &&
    old.because.rule === now.because.rule
  );
}
