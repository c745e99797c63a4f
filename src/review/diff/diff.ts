/**
 * Two configurations -> the questions that they answer differently, complete: each class of clients, senders and
 * recipients is asked once (classes.ts), of both.
 *
 * Compared: check_relay, check_mail and check_rcpt without TLS certificates, the expansion of every alias, and the ways of
 * addresses that the tables name (routes.ts). A change that these cannot show (settings, certificates) is listed as `other`.
 * Limit: 2,000,000 questions. Beyond them, and where DNS or rules that are not followed decide as well, the answer says
 * that it is sampled.
 */
import type { Decision } from '../../access/decision.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { accessEntries } from '../../source/access-entry.ts';
import { parseClassFile } from '../../source/class-file.ts';
import { scanFormat } from '../../source/scan-format.ts';
import {
  type Asked,
  decide,
  EFFECTS,
  type Effect,
  effectOf,
  type Question,
  relays,
  SENDER_COUNTS,
  shown,
} from '../question.ts';
import { type Reviewed, reviewed } from '../sources.ts';
import { type Class, type Classes, type ClientExample, classesOf, type Mailbox } from './classes.ts';
import { type Entries, isDeciding, type Observed } from './observe.ts';
import { type RouteDifference, routeDifferences } from './routes.ts';

export type Change = 'added' | 'removed' | 'changed';

/** An entry of the access map or a word of a class that is not the same. */
export interface ChangedEntry {
  readonly change: Change;
  /** The key, or `class w NAME`, `class R NAME`. */
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

/** One group of differences: the same entries, the same answers. */
export interface Difference {
  readonly effect: Effect;
  /** Keys among the changed ones that the decisions asked for. */
  readonly keys: readonly string[];
  readonly before: string;
  readonly after: string;
  /** One question of the group. */
  readonly example: Question;
  /** How many classes of questions are in the group. */
  readonly classes: number;
}

export interface ExpansionDifference {
  readonly name: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly errors: readonly string[];
}

export interface DiffResult {
  readonly entries: readonly ChangedEntry[];
  /** Changed entries that no compared question can show. */
  readonly other: readonly ChangedEntry[];
  readonly differences: readonly Difference[];
  readonly expansions: readonly ExpansionDifference[];
  readonly routes: readonly RouteDifference[];
  /** A stranger may send to a stranger in the new configuration: the question that shows it. */
  readonly openRelay?: Question;
  readonly questions: number;
  readonly isSampled: boolean;
}

const MOST_QUESTIONS = 2_000_000;

/** Compares two configurations. @throws MapError and TypeError as `openMailMaps` */
export function diff(oldOptions: MailMapsOptions, newOptions: MailMapsOptions): DiffResult {
  const [before, after] = [reviewed(oldOptions), reviewed(newOptions)];
  const [seenBefore, seenAfter] = [observedOf(before), observedOf(after)];
  const entries = [
    ...changedEntries(seenBefore.entries, seenAfter.entries),
    ...changedWords('w', seenBefore.local, seenAfter.local),
    ...changedWords('R', seenBefore.relay, seenAfter.relay),
  ];
  const changed = new Set(entries.map(({ key }) => key));
  const sameRules = rulesOf(before) === rulesOf(after);
  const classes = classesOf(seenBefore, seenAfter, changed);
  const asked = new Comparison(before, after, changed);
  const features = [...before.settings.features, ...after.settings.features];
  const isCut = askAll(classes, sameRules, features, asked);
  const openRelay = strangerRelays(after, classes);
  return {
    entries,
    other: entries.filter(({ key }) => !key.startsWith('class ') && !isDeciding(key)),
    differences: asked.differences(),
    expansions: expansionDifferences(before, after),
    routes: routeDifferences(before, after, changedHosts(entries)),
    ...(openRelay !== undefined && { openRelay }),
    questions: asked.questions,
    isSampled: isCut || dependsOnMore(before) || dependsOnMore(after),
  };
}

/** The part of a configuration that decisions can see. */
export function observedOf({ settings, texts }: Reviewed): Observed {
  const entries = new Map<ByteString, ByteString>();
  for (const { kind, text } of texts)
    if (kind === 'access')
      for (const { key, value } of accessEntries(text.split('\n')))
        if (!entries.has(foldCase(key))) entries.set(foldCase(key), value);
  const words = ({ words: named, files }: Reviewed['settings']['localHosts']): ReadonlySet<ByteString> => {
    const inFiles = files.flatMap(({ path, format = '%s' }) =>
      parseClassFile(texts.find(({ file }) => file === path)?.text ?? '', scanFormat(format)),
    );
    return new Set([...named, ...inFiles].map(foldCase));
  };
  const host = foldCase(settings.hostName);
  const domain = host.slice(host.indexOf('.') + 1);
  return { entries, local: words(settings.localHosts), relay: words(settings.relayDomains), domain };
}

function changedEntries(before: Entries, after: Entries): ChangedEntry[] {
  const changes: ChangedEntry[] = [];
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push({ change: 'added', key, after: value });
    else if (old !== value) changes.push({ change: 'changed', key, before: old, after: value });
  }
  for (const [key, value] of before) if (!after.has(key)) changes.push({ change: 'removed', key, before: value });
  return changes;
}

function changedWords(name: string, before: ReadonlySet<string>, after: ReadonlySet<string>): ChangedEntry[] {
  const added = [...after].filter((word) => !before.has(word));
  const removed = [...before].filter((word) => !after.has(word));
  return [
    ...added.map((word) => ({ change: 'added' as const, key: `class ${name} ${word}` })),
    ...removed.map((word) => ({ change: 'removed' as const, key: `class ${name} ${word}` })),
  ];
}

/** Names that a class gained or lost. */
function changedHosts(entries: readonly ChangedEntry[]): string[] {
  return entries.flatMap(({ key }) => /^class [wR] ([a-z\d][\w.-]*)$/.exec(key)?.[1] ?? []);
}

/** Features that ask DNS, which no class knows. */
const ASKS_DNS = /^(?:dnsbl|enhdnsbl|rhsbl|badmx|mtamark|relay_based_on_MX)$/;

/** Whether decisions see more than the classes do: DNS, or a feature or rules of one's own that are not followed. */
function dependsOnMore({ configuration }: Asked): boolean {
  return configuration.features.some(({ name, followed }) => !followed || ASKS_DNS.test(name));
}

/** Everything but entries and words that decisions depend on. */
function rulesOf({ settings }: Reviewed): string {
  const { features, hostName, compressedAddresses, reading } = settings;
  return JSON.stringify([[...features].sort(), hostName, compressedAddresses, reading]);
}

/** Asks every question that can differ. Returns true if there are too many. */
function askAll(classes: Classes, sameRules: boolean, features: readonly string[], asked: Comparison): boolean {
  const differ = (...some: readonly Class<unknown>[]): boolean => !sameRules || some.some(({ isSame }) => !isSame);
  const { clients, recipients } = classes;
  const senders = [NULL_SENDER, ...classes.senders];
  const rcptSenders = features.some((feature) => SENDER_COUNTS.test(feature)) ? senders : senders.slice(0, 2);
  for (const client of clients) {
    if (asked.questions > MOST_QUESTIONS) return true;
    if (differ(client)) asked.ask({ kind: 'relay', client: client.example });
    for (const sender of senders)
      if (differ(client, sender))
        asked.ask({ kind: 'mail', client: client.example, sender: addressOf(sender.example) });
    for (const sender of rcptSenders)
      for (const recipient of recipients)
        if (differ(client, sender, recipient)) askRecipient(client.example, sender.example, recipient.example, asked);
  }
  return false;
}

const NULL_SENDER: Class<Mailbox> = { observed: '', isSame: true, example: { local: '', host: '' } };

/** Asks about an address as it is, and behind this host, as a percent hack. */
function askRecipient(client: ClientExample, from: Mailbox, { local, host }: Mailbox, asked: Comparison): void {
  const sender = addressOf(from);
  asked.ask({ kind: 'rcpt', client, sender, recipient: `${local}@${host}` });
  asked.ask({ kind: 'rcpt', client, sender, recipient: `${local}%${host}@localhost` });
}

/** `''` is the null sender. */
function addressOf({ local, host }: Mailbox): string {
  return host === '' ? '' : `${local}@${host}`;
}

/** Asks both sides and keeps the differences in groups. */
class Comparison {
  questions = 0;
  readonly #before: Reviewed;
  readonly #after: Reviewed;
  readonly #changed: ReadonlySet<string>;
  readonly #groups = new Map<string, Difference & { classes: number }>();

  constructor(before: Reviewed, after: Reviewed, changed: ReadonlySet<string>) {
    this.#before = before;
    this.#after = after;
    this.#changed = changed;
  }

  ask(question: Question): void {
    this.questions++;
    const [old, now] = [decide(this.#before, question), decide(this.#after, question)];
    const [before, after] = [shown(old, question), shown(now, question)];
    if (before === after) return;
    const keys = [...new Set([...this.#keysOf(old), ...this.#keysOf(now)])].sort();
    const name = JSON.stringify([question.kind, keys, before, after]);
    const group = this.#groups.get(name);
    if (group !== undefined) group.classes++;
    else this.#groups.set(name, { effect: effectOf(old, now), keys, before, after, example: question, classes: 1 });
  }

  differences(): readonly Difference[] {
    const order = ({ effect }: Difference): number => EFFECTS.indexOf(effect);
    return [...this.#groups.values()].sort((a, b) => order(a) - order(b) || b.classes - a.classes);
  }

  /** Changed keys and class words that a decision asked for. */
  #keysOf({ trace }: Decision): string[] {
    return trace.flatMap((step) => {
      if (step.kind === 'key') return this.#changed.has(foldCase(step.key)) ? [foldCase(step.key)] : [];
      if (step.kind !== 'class') return [];
      const parts = foldCase(step.subject).split('.');
      const words = parts.flatMap((_, i) => [parts.slice(i).join('.'), parts.slice(0, i + 1).join('.')]);
      return words.map((word) => `${step.rule} ${word}`).filter((key) => this.#changed.has(key));
    });
  }
}

/** A client, sender and recipient of which no key and no class says anything, and mail that passes. */
export function strangerRelays(after: Asked, { clients, recipients }: Classes): Question | undefined {
  const client = clients.find(({ example: { name } }) => name === 'zq7x.invalid')?.example;
  const mailbox = recipients.find(({ example: { host } }) => host === 'zq7x.invalid')?.example;
  if (client === undefined || mailbox === undefined) return undefined;
  const question: Question = { kind: 'rcpt', client, sender: addressOf(mailbox), recipient: `x${addressOf(mailbox)}` };
  return relays(decide(after, question)) || decide(after, question).action === 'ok' ? question : undefined;
}

function expansionDifferences(before: Reviewed, after: Reviewed): ExpansionDifference[] {
  const names = new Set([...aliasNames(before), ...aliasNames(after)]);
  return [...names].flatMap((name) => {
    const [old, now] = [expanded(before, name), expanded(after, name)];
    const added = now.recipients.filter((recipient) => !old.recipients.includes(recipient));
    const removed = old.recipients.filter((recipient) => !now.recipients.includes(recipient));
    const errors = now.errors.filter((error) => !old.errors.includes(error));
    return added.length + removed.length + errors.length > 0 ? [{ name, added, removed, errors }] : [];
  });
}

export function aliasNames({ texts }: Reviewed): string[] {
  return texts
    .filter(({ kind }) => kind === 'aliases')
    .flatMap(({ text }) => [...text.matchAll(/^([^\s#":][^\s:]*)[ \t]*:/gm)].map(([, name]) => foldCase(name!)));
}

function expanded({ configuration }: Reviewed, name: string): { recipients: string[]; errors: string[] } {
  const { recipients, errors } = configuration.expand(name);
  return { recipients: recipients.map(targetText), errors: errors.map(({ text }) => text) };
}

export function targetText(target: ReturnType<Reviewed['configuration']['expand']>['recipients'][number]): string {
  if (target.kind === 'user') return target.detail === undefined ? target.name : `${target.name}+${target.detail}`;
  if (target.kind === 'address') return `${target.localPart}@${target.domain}`;
  return target.kind === 'program' ? `|${target.command}` : target.path;
}
