/**
 * Two configurations -> the questions that they answer differently, complete: each class of clients, senders and
 * recipients (classes.ts) is asked once, of both, with all facts of a session (sessions.ts) and all answers of DNS
 * (dns-answers.ts) that count.
 *
 * Compared: check_relay, check_mail and check_rcpt, the expansion of every alias, the routes of addresses that the tables name,
 * and their forms outside (routes.ts). A changed entry that affects none of these (a setting such as ClientRate:) is listed as
 * `other`.
 * Limit: the questions of {@link askAll}. Beyond them, and where rules of a sendmail.cf's own decide, the answer says that it is sampled.
 */
import type { Decision } from '../../access/decision.ts';
import type { Expansion } from '../../alias/expansion.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import { foldCase } from '../../core/fold.ts';
import { valueWithoutPasswords } from '../../core/passwords.ts';
import { decide, type Question, senderCounts } from '../question.ts';
import { type Reviewed, reviewed } from '../sources.ts';
import { classesOf } from './classes.ts';
import { Comparison, type Difference } from './comparison.ts';
import { dnsStates, UNKNOWN_TO_CLASSES } from './dns-answers.ts';
import { type ExpansionDifference, expansionDifferences } from './expansions.ts';
import { type Entries, isDeciding, type Observed, splitKey } from './observe.ts';
import { observedOf } from './observed.ts';
import { askAll, type Space, sampled } from './questions.ts';
import { type RewriteDifference, type RouteDifference, rewriteDifferences, routeDifferences } from './routes.ts';
import { sessionsOf } from './sessions.ts';
import { strangerRelays } from './strangers.ts';

export type Change = 'added' | 'removed' | 'changed';

/** A changed entry of the access map, word of a class, or feature. */
export interface ChangedEntry {
  readonly change: Change;
  /** The key, or `class w NAME`, `class R NAME`, `feature NAME`. */
  readonly key: string;
  /** Values; passwords are stars. */
  readonly before?: string;
  readonly after?: string;
}

/** The differences between two configurations. */
export interface DiffResult {
  readonly entries: readonly ChangedEntry[];
  /** Changed entries that no compared question can show. */
  readonly other: readonly ChangedEntry[];
  readonly differences: readonly Difference[];
  readonly expansions: readonly ExpansionDifference[];
  readonly routes: readonly RouteDifference[];
  /** Addresses that look different outside. */
  readonly rewrites: readonly RewriteDifference[];
  /** Set if the new configuration lets a stranger send to a stranger: a question that shows it. */
  readonly openRelay?: Question;
  readonly questions: number;
  /** The decisions of both about a question of a difference, with their traces. */
  readonly decisions: (question: Question) => { readonly before: Decision; readonly after: Decision };
  /** The recipients of mail for a name in both. */
  readonly expanded: (name: string) => { readonly before: Expansion; readonly after: Expansion };
  /**
   * True: there may be more differences, because not every question was asked, or because rules that are not followed decide
   * as well.
   */
  readonly isSampled: boolean;
}

const BY_FILE = { withFileRules: true };

/** Compares two configurations. @throws MapError and TypeError as `openMailMaps` */
export function diff(oldOptions: MailMapsOptions, newOptions: MailMapsOptions): DiffResult {
  const [before, after] = [reviewed(oldOptions, BY_FILE), reviewed(newOptions, BY_FILE)];
  const [seenBefore, seenAfter] = [observedOf(before), observedOf(after)];
  const entries = [
    ...changedEntries(seenBefore.entries, seenAfter.entries),
    ...changedWords('class w', seenBefore.local, seenAfter.local),
    ...changedWords('class R', seenBefore.relay, seenAfter.relay),
    ...changedWords('feature', featuresOf(before), featuresOf(after)),
  ];
  const changed = new Set(entries.map(({ key }) => key));
  const sides = [
    { reviewed: before, observed: seenBefore },
    { reviewed: after, observed: seenAfter },
  ];
  const features = [...before.settings.features, ...after.settings.features];
  const asked = new Comparison(
    before,
    after,
    changed,
    dnsStates([before, after], ownNames(before, after, seenBefore, seenAfter)),
  );
  const isSame = rulesOf(before) === rulesOf(after);
  const classes = classesOf(seenBefore, seenAfter, changed, {
    seesPtr: features.includes('use_client_ptr'),
    differ: !isSame,
  });
  const space: Space = {
    classes,
    sessions: sessionsOf(sides, changed),
    isSame,
    senderCounts: [before, after].some(senderCounts),
    excused: [...seenBefore.entries.keys(), ...seenAfter.entries.keys()]
      .filter((key) => key.startsWith('spam:'))
      .map((key) => splitKey(key)[1]),
  };
  const fileDecides = [before, after].some(({ settings }) => settings.decidingFile !== undefined);
  askAll(fileDecides ? sampled(space) : space, asked);
  const openRelay = strangerRelays(after, classes);
  return {
    entries,
    other: entries.filter(({ key }) => !/^(?:class|feature) /.test(key) && !isDeciding(key)),
    differences: asked.differences(),
    expansions: expansionDifferences(before, after),
    routes: routeDifferences(before, after, changedHosts(entries)),
    rewrites: rewriteDifferences(before, after, changedHosts(entries)),
    ...(openRelay !== undefined && { openRelay }),
    questions: asked.questions,
    decisions: (question) => ({ before: decide(before, question), after: decide(after, question) }),
    expanded: (name) => ({ before: before.configuration.expand(name), after: after.configuration.expand(name) }),
    isSampled: asked.isCut || [before, after].some(dependsOnMore),
  };
}

/** A host name for each set of the two configurations that take it for their own. */
function ownNames(before: Reviewed, after: Reviewed, old: Observed, now: Observed): readonly string[] {
  const names = [before, after].map(({ settings }) => foldCase(settings.hostName));
  const words = [...names, ...old.local, ...now.local].filter((word) => /^[a-z\d]/.test(word));
  const isLocal = (word: string): string =>
    [names[0] === word || old.local.has(word), names[1] === word || now.local.has(word)].join();
  return [...new Map(words.toReversed().map((word) => [isLocal(word), word])).values()];
}

function changedEntries(before: Entries, after: Entries): ChangedEntry[] {
  const changes: ChangedEntry[] = [];
  const shown = valueWithoutPasswords;
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push({ change: 'added', key, after: shown(key, value) });
    else if (old !== value) changes.push({ change: 'changed', key, before: shown(key, old), after: shown(key, value) });
  }
  for (const [key, value] of before)
    if (!after.has(key)) changes.push({ change: 'removed', key, before: shown(key, value) });
  return changes;
}

function changedWords(name: string, before: ReadonlySet<string>, after: ReadonlySet<string>): ChangedEntry[] {
  const added = [...after].filter((word) => !before.has(word));
  const removed = [...before].filter((word) => !after.has(word));
  return [
    ...added.map((word) => ({ change: 'added' as const, key: `${name} ${word}` })),
    ...removed.map((word) => ({ change: 'removed' as const, key: `${name} ${word}` })),
  ];
}

function featuresOf({ configuration }: Reviewed): ReadonlySet<string> {
  return new Set(
    configuration.features.map(({ name, argument }) => (argument === undefined ? name : `${name}:${argument}`)),
  );
}

/** Names that a class gained or lost. */
function changedHosts(entries: readonly ChangedEntry[]): string[] {
  return entries.flatMap(({ key }) => /^class [wR] ([a-z\d][\w.-]*)$/.exec(key)?.[1] ?? []);
}

/**
 * Whether decisions depend on more than the classes: a map without its source file, a feature or local rules that are not
 * followed.
 */
export function dependsOnMore({ configuration, settings, hasUnread }: Reviewed): boolean {
  return (
    hasUnread ||
    settings.decidingFile !== undefined ||
    settings.relayDoubt !== undefined ||
    configuration.features.some(({ followed }) => !followed) ||
    settings.features.some((feature) => UNKNOWN_TO_CLASSES.test(feature))
  );
}

/** Everything that decisions depend on, except entries and words. */
function rulesOf({ settings, texts }: Reviewed): string {
  const { features, hostName, compressedAddresses, reading, relayDoubt, route, decidingFile } = settings;
  const tables = texts.filter(({ kind }) => kind === 'table').map(({ text }) => text);
  const routing = tables.length === 0 ? [] : [tables, route.items, [...settings.localHosts.words]];
  return JSON.stringify([
    [...features].sort(),
    hostName,
    compressedAddresses,
    reading,
    relayDoubt,
    decidingFile?.text,
    routing,
  ]);
}
