/** Steps that explain an answer: the shapes that decisions, routes and expansions share. */
import type { Source } from './source.ts';

/** A test whether a subject is in a class, ends in a word of it, or begins with one. */
export interface ClassStep {
  readonly kind: 'class';
  /** The class by its name in a sendmail.mc (`VIRTUSER_DOMAIN`), or as `class w`. */
  readonly rule: string;
  readonly subject: string;
  readonly holds: boolean;
  /** The word that the subject ends in, if it is not the whole subject. */
  readonly word?: string;
  /** The place of the word of the class, unless it is one of the host's own names. */
  readonly source?: Source | undefined;
}

/** A rule of a sendmail.cf, by its ruleset and place, and the text that it made. */
export interface AppliedRule {
  readonly kind: 'rule';
  readonly rule: string;
  readonly text: string;
  readonly at?: Source;
}

/** A remark, such as a fact of DNS that was not asked for. */
export interface Remark {
  readonly kind: 'note';
  readonly rule: string;
  readonly text: string;
}

/** A table by the name of its FEATURE, and its answer for a key. */
export interface TableStep {
  readonly kind: 'table';
  readonly table: string;
  readonly key: string;
  /** `notAsked`: the answer depends on DNS, which was not asked. */
  readonly status: 'found' | 'notFound' | 'tempFail' | 'notAsked';
  /** The value, with `%1` and the like replaced. */
  readonly value?: string;
  /** The value as the table holds it, if `value` was made from it. */
  readonly entry?: string;
  /** The place of the entry. */
  readonly source?: Source | undefined;
  /** The rule of a sendmail.cf that asked, where its own rules decide. */
  readonly at?: Source;
}

/** One step to where mail goes: a table or a class that was asked; by the rules of a sendmail.cf also a rule, or a remark. */
export type RouteStep = TableStep | ClassStep | AppliedRule | Remark;
