/**
 * The rules of a sendmail.cf, compared with those that sendmail-cf's m4 writes for the recognised features -> the
 * edits: rules that are not m4's, missing rules, and rules in another order, with their lines.
 *
 * Limits: files of 8.12 to 8.18 are compared. Only 8.17 is known exactly; in files of other versions, only the rules that every
 * version has must exist. A ruleset that m4 does not know is not compared; the rules that call it count as foreign. A file
 * without any rules gives no finding.
 */

import { ownField } from '../../../core/own-field.ts';
import type { RulesetTexts, RuleText } from '../rulesets.ts';
import { CONDITIONS, KNOWN_RULES, REPEATED_ANYWHERE } from './known-rules.ts';
import { ruleMark } from './rule-mark.ts';

export interface ForeignRules {
  readonly ruleset: string;
  readonly line: number;
  readonly text: string;
}

/** A file without these rulesets was not made by sendmail-cf. */
const CORE = ['canonify', 'Canonify2', 'parse', 'Parse0', 'Parse1', 'Basic_check_mail', 'Basic_check_rcpt', 'Rcpt_ok'];

/** @param version the version in the file (`$Z`): `8.17.1.9/Debian-2` */
export function foreignRules(texts: RulesetTexts, items: readonly string[], version: string): readonly ForeignRules[] {
  if (texts.rulesets.size === 0) return [];
  const lacking = CORE.filter((name) => !texts.rulesets.has(name));
  if (lacking.length > 0) {
    const text = `its rules are not those of sendmail-cf 8.12 to 8.18 (no ruleset ${lacking[0]}), and are not followed`;
    return [{ ruleset: lacking[0]!, line: 1, text }];
  }
  const holds = conditionsOf(items, version.startsWith('8.17.'));
  return [...texts.rulesets].flatMap(([name, { rules, line }]) => {
    const known = ownField(KNOWN_RULES, name);
    if (known === undefined) return name.startsWith('check_') ? unknownRuleset(name, line) : [];
    return compareRuleset(name, line, rules, known, holds);
  });
}

function unknownRuleset(ruleset: string, line: number): ForeignRules[] {
  return [{ ruleset, line, text: `ruleset ${ruleset} is not sendmail-cf's, and is not followed` }];
}

type Holds = (condition: string) => boolean | undefined;

/** True if a rule must exist; undefined: it may. */
function conditionsOf(items: readonly string[], isExact: boolean): Holds {
  const names = new Set(items.flatMap(itemNames));
  const holds = (term: string): boolean => (term.startsWith('!') ? !names.has(term.slice(1)) : names.has(term));
  const known = new Map<string, boolean | undefined>();
  const decide = (condition: string): boolean | undefined => {
    if (condition === '?' || (condition.endsWith('^') && !isExact)) return undefined;
    const text = condition.replace(/\^$/, '');
    if (text === '+') return true;
    return text.includes('|') ? text.split('|').some(holds) : text.split('&').every(holds);
  };
  return (condition) => {
    if (!known.has(condition)) known.set(condition, decide(condition));
    return known.get(condition);
  };
}

/** `access_db:skip` counts as `access_db`, too; a define counts by its name; `:*` stands for any argument. */
function itemNames(item: string): string[] {
  if (item.startsWith('define:')) return [item.split('=', 1)[0]!];
  const name = item.split(':', 1)[0]!;
  return item === name ? [name] : [name, item, `${name}:*`];
}

function compareRuleset(
  ruleset: string,
  line: number,
  rules: readonly RuleText[],
  known: string,
  holds: Holds,
): ForeignRules[] {
  const rows = known === '' ? [] : known.trim().split(/\s+/).map(rowOf);
  const ranks = new Map(rows.map(({ mark }, rank) => [mark, rank]));
  const free = new Set(rows.filter(({ condition }) => condition === '*').map(({ mark }) => mark));
  const marked = markAll(rules).filter(({ mark }) => !free.has(mark.split('#', 1)[0]!));
  const there = new Set(marked.map(({ mark }) => mark));
  const strange = marked.filter(({ mark }) => !ranks.has(mark));
  const others = marked.filter(({ mark }) => ranks.has(mark) && holds(conditionOf(rows, ranks, mark)) === false);
  const missing = rows.filter(
    ({ mark, condition }) => condition !== '*' && !there.has(mark) && holds(condition) === true,
  );
  const repeated = new Set(rows.filter(({ mark }) => mark.includes('#')).map(({ mark }) => mark.split('#', 1)[0]!));
  const ordered = marked.flatMap(({ mark, rule }) => {
    const isAnywhere = REPEATED_ANYWHERE.has(ruleset) && repeated.has(mark.split('#', 1)[0]!);
    const rank = isAnywhere ? undefined : ranks.get(mark);
    return rank === undefined ? [] : [{ rank, rule }];
  });
  const moved = ordered.filter(({ rank }, at) => at > 0 && rank < ordered[at - 1]!.rank);
  return [
    ...finding(ruleset, strange, `${whose(ruleset, strange, rules)}, and are not followed`),
    ...finding(ruleset, others, 'belong to features that are otherwise not in force'),
    ...(missing.length === 0
      ? []
      : [{ ruleset, line, text: `ruleset ${ruleset} lacks ${countOf(missing.length)} that sendmail-cf writes here` }]),
    ...finding(ruleset, moved, 'stand in another order than sendmail-cf writes them'),
  ];
}

/** Where m4 puts the rules that a sendmail.mc adds to a ruleset of its own. */
const ADDED: Readonly<Record<string, string>> = { ParseLocal: 'LOCAL_RULE_0', Canonify2: 'LOCAL_RULE_3' };
const SMART_HOST = '$: $>MailerToTriple < $S > $1 < @ $2 > $3';

function whose(ruleset: string, strange: readonly { readonly rule: RuleText }[], rules: readonly RuleText[]): string {
  if (ruleset.startsWith('Local_')) return 'are local ones';
  const added = ownField(ADDED, ruleset);
  if (added !== undefined) return `are those of ${added}, or an edit`;
  const smartHost = rules.findIndex(({ right }) => right === SMART_HOST);
  const isBeforeIt = strange.at(-1)?.rule === rules[smartHost - 1];
  return ruleset === 'Parse1' && isBeforeIt ? 'are those of LOCAL_NET_CONFIG, or an edit' : "are not sendmail-cf's";
}

interface Row {
  readonly mark: string;
  readonly condition: string;
}

function rowOf(text: string): Row {
  const [mark = '', index = ''] = text.split(':');
  return { mark, condition: CONDITIONS[Number.parseInt(index, 36)] ?? '?' };
}

function conditionOf(rows: readonly Row[], ranks: ReadonlyMap<string, number>, mark: string): string {
  return rows[ranks.get(mark)!]!.condition;
}

/** Rules with their marks; the second one with the same mark gets `#2`. */
function markAll(rules: readonly RuleText[]): { readonly mark: string; readonly rule: RuleText }[] {
  const counts = new Map<string, number>();
  return rules.map((rule) => {
    const mark = ruleMark(rule);
    const count = (counts.get(mark) ?? 0) + 1;
    counts.set(mark, count);
    return { mark: count === 1 ? mark : `${mark}#${count}`, rule };
  });
}

function finding(ruleset: string, found: readonly { readonly rule: RuleText }[], what: string): ForeignRules[] {
  const [first] = found;
  if (first === undefined) return [];
  const lines = found.map(({ rule }) => rule.line);
  const more = lines.length === 1 ? '' : ` (lines ${lines.join(', ')})`;
  return [{ ruleset, line: first.rule.line, text: `rules of ruleset ${ruleset} ${what}${more}` }];
}

function countOf(count: number): string {
  return count === 1 ? 'a rule' : `${count} rules`;
}
