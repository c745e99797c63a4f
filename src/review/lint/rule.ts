/** A lint rule: a pure function over the context. core/codes/ has its severity, its reason and its examples. */
import type { AccessEntry } from '../../source/access-entry.ts';
import type { LintContext } from './context.ts';
import type { Found, Place } from './finding.ts';
import type { WarnedCode } from './warned.ts';

export type Rule = (context: LintContext) => Iterable<Found>;

/** A rule for each code of a group, except for the warnings of the programs. */
export type RulesOf<Codes> = Readonly<Record<Exclude<keyof Codes, WarnedCode | 'MM901'>, Rule>>;

/** A text, or a text with more fields; undefined: nothing is wrong. */
export type Saying = string | (Partial<Found> & { readonly text: string }) | undefined;

export type Entry = LintContext['access'][number];

/** A rule about each of several things that have a place. */
export function ruleAbout<T>(
  things: (context: LintContext) => Iterable<T>,
  placeOf: (thing: T) => Place,
  say: (thing: T, context: LintContext) => Saying,
): Rule {
  return function* (context) {
    for (const thing of things(context)) {
      const said = say(thing, context);
      if (said !== undefined) yield { ...placeOf(thing), ...(typeof said === 'string' ? { text: said } : said) };
    }
  };
}

/** A rule about one part of each access entry. */
export function entryRule(
  part: 'subject' | 'value' | 'key',
  say: (entry: Entry, context: LintContext) => Saying,
): Rule {
  return ruleAbout(
    ({ access }) => access,
    (entry) => placeOf(entry, part),
    say,
  );
}

/** The place of a part of an entry. */
export function placeOf(entry: AccessEntry & { readonly file: string }, part: 'subject' | 'value' | 'key'): Place {
  const columns = { key: entry.keyColumn, subject: entry.subjectColumn, value: entry.valueColumn };
  return { file: entry.file, line: entry.line, column: columns[part], length: entry[part].length };
}
