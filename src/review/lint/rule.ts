/**
 * A lint rule: a pure function over the context, with its reason and an example of each outcome. The examples are its test
 * and its page.
 */
import type { AccessEntry } from '../../source/access-entry.ts';
import type { ClassWord, LintContext } from './context.ts';
import type { Finding, Severity } from './finding.ts';

/** A configuration in a few lines: files by their usual names. */
export interface Example {
  readonly files: Readonly<Record<string, string>>;
  readonly features?: readonly string[];
}

export interface Rule {
  readonly code: string;
  readonly severity: Severity;
  /** A short description of the fault, without names. */
  readonly title: string;
  /** Why it matters: one or two sentences. */
  readonly why: string;
  readonly bad: Example;
  readonly good: Example;
  check(context: LintContext): Iterable<Found>;
}

/** A finding before its rule is known; the severity is the rule's unless it is given. */
export type Found = Omit<Finding, 'code' | 'severity'> & { readonly severity?: Severity };

type Entry = LintContext['access'][number];
/** The result of an entry rule: a text, or a text with more fields. */
type Saying = string | (Partial<Found> & { readonly text: string }) | undefined;

interface RuleText extends Omit<Rule, 'check' | 'bad' | 'good'> {
  /** A source of the kind that the rule is about, or a whole example. */
  readonly bad: string | Example;
  readonly good: string | Example;
}

/** A rule about one part of each access entry. */
export function entryRule(
  about: RuleText,
  part: 'subject' | 'value' | 'key',
  say: (entry: Entry, context: LintContext) => Saying,
): Rule {
  return {
    ...about,
    bad: exampleOf(about.bad, 'access'),
    good: exampleOf(about.good, 'access'),
    *check(context) {
      for (const entry of context.access) {
        const said = say(entry, context);
        if (said !== undefined)
          yield { ...placeOf(entry, part), ...(typeof said === 'string' ? { text: said } : said) };
      }
    },
  };
}

/** A rule about each word of the class files. */
export function wordRule(
  about: RuleText,
  file: 'relay-domains' | 'local-host-names',
  words: (context: LintContext) => readonly ClassWord[],
  say: (word: ClassWord, context: LintContext) => Saying,
): Rule {
  return {
    ...about,
    bad: exampleOf(about.bad, file),
    good: exampleOf(about.good, file),
    *check(context) {
      for (const word of words(context)) {
        const said = say(word, context);
        const place = { file: word.file, line: word.line, column: word.column, length: word.word.length };
        if (said !== undefined) yield { ...place, ...(typeof said === 'string' ? { text: said } : said) };
      }
    },
  };
}

export function exampleOf(example: string | Example, file: string): Example {
  return typeof example === 'string' ? { files: { [file]: `${example}\n` } } : example;
}

/** Where a part of an entry stands. */
export function placeOf(
  entry: AccessEntry & { readonly file: string },
  part: 'subject' | 'value' | 'key',
): Pick<Found, 'file' | 'line' | 'column' | 'length'> {
  const columns = { key: entry.keyColumn, subject: entry.subjectColumn, value: entry.valueColumn };
  return { file: entry.file, line: entry.line, column: columns[part], length: entry[part].length };
}
