/** Access keys that have no effect in this configuration. The searches are those of FEATURE(access_db). */

import type { KEY_CODES } from '../../../core/codes/keys.ts';
import { foldCase } from '../../../core/fold.ts';
import { ownField } from '../../../core/own-field.ts';
import type { SubjectKind } from '../../../source/access-entry.ts';
import { FRESH } from '../../table-address.ts';
import { entriesBySubject, type LintContext } from '../context.ts';
import type { Found } from '../finding.ts';
import { isException } from '../recipients.ts';
import type { RulesOf } from '../rule.ts';
import { type Entry, entryRule, placeOf } from '../rule.ts';
import { relayWitness } from '../witness.ts';
import { wordOf } from '../words.ts';

/** Tags whose subjects are hosts, networks or addresses. */
const PLAIN_TAGS: readonly (string | undefined)[] = [undefined, 'Connect', 'From', 'To', 'Spam'];

/** Most relayed domains that are tried to prove that an entry does not count for one. */
const TRIED = 20;

/** FEATUREs without which a tag is never looked up. */
const NEEDED: Readonly<Record<string, RegExp>> = {
  Spam: /^delay_checks:(?:friend|hater)/,
  GreetPause: /^greet_pause/,
  ClientRate: /^ratecontrol/,
  ClientConn: /^conncontrol/,
  Compat: /^compat_check/,
  QGRP: /^queuegroup/,
};

/** The tags under which a key without a tag is looked up, by its form. */
const SEARCHED: Readonly<Partial<Record<SubjectKind, readonly ('Connect' | 'From' | 'To')[]>>> = {
  host: ['Connect', 'From', 'To'],
  address: ['From', 'To'],
  user: ['From', 'To'],
  network: ['Connect'],
  ipv6: ['Connect'],
};

const isRefusal = (value: string): boolean => ['', 'REJECT', 'DISCARD'].includes(wordOf(value));

function hasFeature({ features, featuresOfCf }: LintContext, pattern: RegExp): boolean {
  return [...features, ...featuresOfCf].some((feature) => pattern.test(feature));
}

/** Domains whose mail is sent on: words of class R, and To: entries with RELAY. */
function relayedDomains({ relayDomains, access }: LintContext): readonly string[] {
  const entries = access.filter(({ tag, kind, value }) => tag === 'To' && kind === 'host' && wordOf(value) === 'RELAY');
  const names = [...relayDomains.map(({ word }) => word), ...entries.map(({ subject }) => subject)];
  return names.filter((name) => /^[\w.-]+$/.test(name) && /[a-z]/i.test(name)).slice(0, TRIED);
}

/** The FEATURE without which an entry has no effect; undefined: it has an effect. */
function missingFeature(entry: Entry, context: LintContext): string | undefined {
  const { tag, value, kind } = entry;
  const needed = ownField(NEEDED, tag ?? '');
  if (needed !== undefined)
    return hasFeature(context, needed) ? undefined : needed.source.replace(/^\^|\(\?:|\)/g, '').replace('|', ' or ');
  if (tag !== 'To' || kind === 'empty') return undefined;
  const isRelayed = kind === 'address' && wordOf(value) === 'RELAY';
  if (isRelayed && !hasFeature(context, /^access_db:relaytofulladdress$/) && !isException(entry, context))
    return 'access_db:relaytofulladdress';
  return isRefusal(value) && !hasFeature(context, /^blocklist_recipients$/) ? 'blocklist_recipients' : undefined;
}

/** Whether lint knows all features that may give the tag an effect. Without a sendmail.cf, other hosts may have more. */
function areFeaturesKnown({ tag }: Entry, { hasCf, features }: LintContext): boolean {
  return hasCf || tag === 'Spam' || (tag === 'To' && features.size > 0);
}

export const KEY_RULES: RulesOf<typeof KEY_CODES> = {
  MM106: entryRule('subject', ({ subject, subjectColumn, tag, file, line }, { features, sources }) => {
    const counts = features.has('access_db:lookupdotdomain') || !PLAIN_TAGS.includes(tag);
    if (!subject.startsWith('.') || counts) return undefined;
    const text = sources.find((source) => source.file === file)!.lines[line - 1]!;
    const replacement = text.slice(0, subjectColumn - 1) + text.slice(subjectColumn);
    return {
      text: `${subject} begins with a dot: the entry has no effect without access_db:lookupdotdomain`,
      help: `write ${subject.slice(1)}`,
      fix: [{ line, replacement }],
    };
  }),
  MM108: entryRule('subject', ({ subject, tag, kind, value }) =>
    (tag === 'To' || tag === 'From') &&
    kind === 'host' &&
    /^[a-z][\w-]*$/i.test(subject) &&
    !/^(?:RELAY|OK)$/i.test(value)
      ? { text: `${subject} is a host here`, help: `write ${tag}:${subject}@ for the user` }
      : undefined,
  ),
  *MM109(context: LintContext): Iterable<Found> {
    if (!hasFeature(context, /^blocklist_recipients$/)) return;
    // one question for each domain first: none of many entries counts for a domain that strangers may not send to
    const isRelayed = (domain: string): boolean =>
      relayWitness(context.checks, { recipient: `${FRESH}@${domain}` }) !== undefined;
    const domains = relayedDomains(context).filter(isRelayed);
    for (const entry of context.access) {
      if (entry.tag !== 'To' || entry.kind !== 'user' || !isRefusal(entry.value)) continue;
      for (const domain of domains) {
        const witness = relayWitness(context.checks, { recipient: `${entry.subject}${domain}` });
        if (witness === undefined) continue;
        const text = `${entry.key} does not count for ${domain}, which is relayed`;
        yield { ...placeOf(entry, 'key'), text, witness, help: `add To:${entry.subject}${domain}` };
        break;
      }
    }
  },
  MM111: entryRule('key', (entry, context) => {
    const missing = missingFeature(entry, context);
    if (missing === undefined) return undefined;
    const text = `${entry.key} needs ${missing}: the entry has no effect`;
    return areFeaturesKnown(entry, context) ? text : { text, severity: 'info' };
  }),
  *MM115(context: LintContext): Iterable<Found> {
    for (const entry of context.access) {
      const tags = entry.tag === undefined ? ownField(SEARCHED, entry.kind) : undefined;
      const subject = foldCase(entry.subject);
      if (tags?.every((tag) => entriesBySubject(context, tag).has(subject)) !== true) continue;
      const named = tags.map((tag) => `${tag}:${entry.subject}`).join(', ');
      yield { ...placeOf(entry, 'key'), text: `${entry.subject} is looked up only after ${named}` };
    }
  },
  *MM116(context: LintContext): Iterable<Found> {
    const byTag = new Map(PLAIN_TAGS.map((tag) => [tag, entriesBySubject(context, tag as undefined)]));
    for (const entry of context.access) {
      const entries = byTag.get(entry.tag);
      const parent = entries && parentOf(entry.subject, entry.kind, (subject) => entries.get(foldCase(subject)));
      if (parent === undefined || parent.value !== entry.value || parent === entry) continue;
      yield { ...placeOf(entry, 'key'), text: `${parent.key} (line ${parent.line}) says the same` };
    }
  },
  MM119: entryRule('subject', ({ subject, tag, kind, value }) => {
    const isClient = (tag === 'Connect' || tag === undefined) && kind === 'host';
    if (!isClient || wordOf(value) === 'RELAY') return undefined;
    const [first = '', ...more] = foldCase(subject).split('.');
    const help = 'give the host another name in DNS';
    if (first === 'relay' && more.length === 0)
      return { text: `sendmail relays for a client called ${subject}, whatever the entry says`, help };
    if (first !== 't' || more.length === 0) return undefined;
    return {
      text: `sendmail denies relaying to ${subject} with "554 5.3.5 buildaddr: no user"`,
      help,
      severity: 'info',
    };
  }),
};

/** The nearest entry above a host or network. */
function parentOf<T>(subject: string, kind: string, find: (subject: string) => T | undefined): T | undefined {
  const next =
    kind === 'network'
      ? (text: string) => text.slice(0, Math.max(0, text.lastIndexOf('.')))
      : (text: string) => text.replace(/^[^.]*\.?/, '');
  if (kind !== 'network' && kind !== 'host') return undefined;
  for (let above = next(subject); above !== ''; above = next(above)) {
    const found = find(above);
    if (found !== undefined) return found;
  }
  return undefined;
}
