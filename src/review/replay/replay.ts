/**
 * Lines of mail logs -> the decisions of a configuration that differ from the log, or from an old configuration. Each question
 * goes as far as the client got: check_relay, check_mail, check_rcpt, until one refuses.
 *
 * Without an old configuration, the log has the old answers: accepted, refused, discarded, quarantined. The texts of refusals
 * are then not compared, because many come from elsewhere (milters, DNS lists, another mail server). Assumed: the sender's
 * domain resolves. Limits: {@link Join}; {@link MOST_REMEMBERED} verdicts; {@link
 * MOST_GROUPS} groups.
 */
import type { Decision } from '../../access/decision.ts';
import type { MailMapsOptions } from '../../config/options.ts';
import type { ByteString } from '../../core/bytes.ts';
import { decodeText } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { accessEntries } from '../../source/access-entry.ts';
import { EFFECTS, type Effect, effectOf, type Question, refuses, relays, shown } from '../question.ts';
import { type Reviewed, reviewed } from '../sources.ts';
import { Conversations } from './conversations.ts';
import type { LogEvent, Logged, LoggedQuestion } from './event.ts';
import { Join } from './join.ts';
import { parseLogLine } from './log-line.ts';
import { postfixEvent } from './postfix-log.ts';
import { sendmailEvent } from './sendmail-log.ts';
import { type States, statesUnder } from './states.ts';

/** Mail of a log about which a configuration would decide differently, for one reason. */
export interface ReplayGroup {
  readonly effect: Effect;
  readonly before: string;
  readonly after: string;
  /** The entry or rule that decides in the new configuration, with its place: `To:a.example RELAY (access:31)`. */
  readonly because: string;
  readonly count: number;
  readonly example: Question;
  /** The time of the example, as written in the log. */
  readonly time: string;
}

/** The decisions about the mail of a log, compared. */
export interface ReplayResult {
  readonly lines: number;
  /** Lines with facts about a question. */
  readonly understood: number;
  readonly questions: number;
  readonly unchanged: number;
  /** Questions whose answer depends on a fact that the log does not have, and an example. */
  readonly undetermined: number;
  readonly undeterminedExample?: Question;
  /** Ordered by danger, then by number. */
  readonly groups: readonly ReplayGroup[];
  /** Differences beyond the groups that are kept. */
  readonly ungrouped: number;
  /** The decision that ends the conversation of an example, with its trace; `before` if there is an old configuration. */
  readonly decisions: (question: Question) => { readonly before?: Decision; readonly after: Decision };
}

const MOST_REMEMBERED = 200_000;
const MOST_GROUPS = 10_000;

type Verdict = 'unchanged' | 'undetermined' | Omit<ReplayGroup, 'count' | 'time'>;

const BY_FILE = { withFileRules: true };

export class Replay {
  #lines = 0;
  #understood = 0;
  #questions = 0;
  #unchanged = 0;
  #undetermined = 0;
  #undeterminedExample: Question | undefined;
  #ungrouped = 0;
  readonly #groups = new Map<string, ReplayGroup & { count: number }>();
  #verdicts = new Map<string, Verdict>();
  readonly #join = new Join((question) => this.#ask(question));
  readonly #now: Conversations;
  readonly #old: Conversations | undefined;
  readonly #statesOf: (question: LoggedQuestion) => States;
  readonly #placeOf: (key: string) => string | undefined;

  /** @throws MapError and TypeError as `openMailMaps` */
  constructor(newOptions: MailMapsOptions, oldOptions?: MailMapsOptions) {
    const now = reviewed(newOptions, BY_FILE);
    const old = oldOptions === undefined ? undefined : reviewed(oldOptions, BY_FILE);
    this.#now = new Conversations(now);
    this.#old = old && new Conversations(old);
    this.#statesOf = statesUnder(old === undefined ? [now] : [now, old]);
    this.#placeOf = placeFinder(now);
  }

  /** A line without its newline. */
  line(text: ByteString): void {
    this.#lines++;
    const line = parseLogLine(text);
    const events = line === undefined ? undefined : eventsOf(line.program, line.message);
    if (line === undefined || events === undefined) return;
    this.#understood++;
    if ('kind' in events) this.#join.add(events, line.time, line.process);
    else for (const event of events) this.#join.add(event, line.time, line.process);
  }

  /** The result of all lines. */
  end(): ReplayResult {
    this.#join.end();
    const order = ({ effect }: ReplayGroup): number => EFFECTS.indexOf(effect);
    return {
      lines: this.#lines,
      understood: this.#understood,
      questions: this.#questions,
      unchanged: this.#unchanged,
      undetermined: this.#undetermined,
      ...(this.#undeterminedExample !== undefined && { undeterminedExample: this.#undeterminedExample }),
      groups: [...this.#groups.values()].sort((a, b) => order(a) - order(b) || b.count - a.count),
      ungrouped: this.#ungrouped,
      decisions: (question) => {
        const before = this.#old?.traced(question);
        return { ...(before !== undefined && { before }), after: this.#now.traced(question) };
      },
    };
  }

  #ask(question: LoggedQuestion): void {
    this.#questions++;
    const verdict = this.#verdictOf(question);
    if (verdict === 'unchanged') this.#unchanged++;
    else if (verdict === 'undetermined') this.#undetermined++;
    else this.#count(verdict, decodeText(question.time));
  }

  #count(difference: Omit<ReplayGroup, 'count' | 'time'>, time: string): void {
    const { effect, before, after, because } = difference;
    const name = JSON.stringify([effect, before, after, because]);
    const group = this.#groups.get(name);
    if (group !== undefined) group.count++;
    else if (this.#groups.size >= MOST_GROUPS) this.#ungrouped++;
    else this.#groups.set(name, { ...difference, count: 1, time });
  }

  /** The configurations do not change, so the same question has the same answer. */
  #verdictOf(question: LoggedQuestion): Verdict {
    const { logged } = question;
    const asked = nameOf(question);
    const remembered = this.#verdicts.get(asked);
    if (remembered !== undefined) return remembered;
    const verdict = this.#judge(this.#statesOf(question), logged);
    if (this.#verdicts.size >= MOST_REMEMBERED) this.#verdicts = new Map();
    this.#verdicts.set(asked, verdict);
    return verdict;
  }

  #judge({ questions, areAll }: States, logged: Logged): Verdict {
    const all = questions.map((question) => this.#compare(question, logged));
    const [first, ...others] = all;
    if (areAll && others.every((other) => other?.effect === first?.effect)) return first ?? 'unchanged';
    this.#undeterminedExample ??= questions[0];
    return 'undetermined';
  }

  /** undefined: the same answer. */
  #compare(question: Question, logged: Logged): Exclude<Verdict, string> | undefined {
    const now = this.#now.outcome(question);
    const old = this.#old?.outcome(question);
    const before = old === undefined ? logged.action.replace(/ for now$/, '') : shown(old, question);
    const after = old === undefined ? actionOf(now) : shown(now, question);
    if (before === after) return undefined;
    const effect = old === undefined ? loggedEffect(before, now) : effectOf(old, now);
    return { effect, before, after: shown(now, question), because: this.#because(now), example: question };
  }

  #because({ because }: Decision): string {
    if (because === undefined) return '';
    const { rule, key, value } = because;
    if (key === undefined) return rule;
    const place = this.#placeOf(key);
    return `${key} ${value ?? ''}${place === undefined ? '' : ` (${place})`}`;
  }
}

function eventsOf(program: ByteString, message: ByteString): LogEvent | readonly LogEvent[] | undefined {
  if (program.startsWith('postfix')) return postfixEvent(program.slice(program.lastIndexOf('/') + 1), message);
  return program.startsWith('sendmail') || program.startsWith('sm-') ? sendmailEvent(message) : undefined;
}

/** No path: a line of a log has no newline. */
const UNKNOWN = '\n';

/** A key of everything that a verdict depends on. */
function nameOf({ stage, client, auth, tls, sender, recipient, logged }: LoggedQuestion): string {
  const { address, name, nameState, helo } = client;
  const secured = typeof tls === 'object' ? [tls.verify, tls.issuer, tls.subject].join('\r') : tls;
  const paths = [sender ?? UNKNOWN, recipient ?? UNKNOWN];
  return [stage, address, name, nameState, helo, auth, secured, ...paths, logged.action].join('\0');
}

/** The place of the entry with a key. Most configurations decide as before, and need no places. */
function placeFinder(now: Reviewed): (key: string) => string | undefined {
  let places: ReadonlyMap<string, string> | undefined;
  return (key) => {
    places ??= placesOf(now);
    return places.get(foldCase(key));
  };
}

/** Folded keys -> `file:line` of the entry that stands in the map. */
function placesOf({ texts }: Reviewed): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const { kind, file, text } of texts)
    if (kind === 'access')
      for (const { key, line } of accessEntries(text.split('\n')))
        if (!places.has(foldCase(key))) places.set(foldCase(key), `${file.slice(file.lastIndexOf('/') + 1)}:${line}`);
  return places;
}

function actionOf(decision: Decision): string {
  if (refuses(decision)) return 'refused';
  if (decision.action === 'discard') return 'discarded';
  return decision.action === 'quarantine' ? 'quarantined' : 'accepted';
}

function loggedEffect(before: string, now: Decision): Effect {
  if (refuses(now)) return 'refuses';
  if (before !== 'refused') return 'answers otherwise';
  return relays(now) ? 'opens relaying' : 'accepts';
}
