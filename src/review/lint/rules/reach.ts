/**
 * Entries and class words that let too many hosts relay. Each finding has a proof: a question to the configuration, with its
 * answer.
 */

import type { REACH_CODES } from '../../../core/codes/reach.ts';
import { foldCase } from '../../../core/fold.ts';
import { entriesBySubject, type LintContext } from '../context.ts';
import type { Found, Place } from '../finding.ts';
import type { RulesOf } from '../rule.ts';
import { type Entry, entryRule, placeOf } from '../rule.ts';
import { type Mail, openWitness, relayWitness, strangerTo } from '../witness.ts';
import { wordOf } from '../words.ts';

/** Usual top-level domains; words of two letters are countries. */
const TOP_LEVEL =
  /^(?:[a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|name|pro|aero|coop|museum|app|dev|xyz|online|site|shop|cloud|email|club|top|live|news|blog|tech|store|space|website|world|agency|life|today|zone|company|network|systems|services|solutions|media|digital|group|center|cat|jobs|mobi|tel|travel|asia|post)$/i;
/** Names of two labels below which everybody registers domains. */
const REGISTRY =
  /^(?:(?:ac|co|com|edu|gov|ltd|me|net|nhs|org|plc|sch)\.uk|(?:ac|co|com|edu|gob|gov|id|info|mil|ne|net|nom|or|org|web)\.(?:ar|au|bo|br|cn|co|ec|hk|id|il|in|jp|ke|kr|mx|my|ng|nz|pe|ph|pk|pl|pt|sg|th|tr|tw|ua|uy|ve|vn|za)|(?:ac|co|gv|or)\.at)$/i;
/** Providers of mailboxes for everybody. */
const PROVIDER =
  /^(?:gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|aol|icloud|gmx|protonmail|zoho|mail|yandex|qq|163|126)\.(?:com|net|de|ru)$/i;

/** Octets that are mostly private, or are not on the Internet. */
const PRIVATE_OCTET = /^(?:10|127|172|192)$/;
/** The rest of an address of the Internet. */
const REST = '.99.113.217';

const isRelay = (value: string): boolean => wordOf(value) === 'RELAY';

const LOCALHOST = /^localhost(?:\.localdomain)?$/i;

/** More than one label, and no network. */
const DOMAIN = /^[\w-]+\.[\w.-]+$/;

/** A name that lets mail through, as a client, a recipient or both: of an access entry with RELAY, or a word of class R. */
interface Relaying {
  readonly tag: string | undefined;
  readonly name: string;
  readonly place: Place;
}

/** The entries and words that let mail through, and whose names have this form. */
function* relaying({ access, relayDomains }: LintContext, form: RegExp): Iterable<Relaying> {
  for (const entry of access)
    if (form.test(entry.subject) && isRelay(entry.value))
      yield { tag: entry.tag, name: entry.subject, place: placeOf(entry, 'subject') };
  for (const { file, line, column, word } of relayDomains)
    if (form.test(word)) yield { tag: undefined, name: word, place: { file, line, column, length: word.length } };
}

/** A finding if the mail is relayed, with the proof. */
function proved(context: LintContext, mail: Partial<Mail>, place: Place, text: string, help?: string): Found[] {
  const witness = relayWitness(context.checks, mail);
  return witness === undefined ? [] : [{ ...place, text, witness, ...(help !== undefined && { help }) }];
}

/**
 * Questions about the entries of one rule. If all of so many are answered with "relayed", more entries are findings without a
 * proof, unless another entry has the same subject. Without a bound, a generated file asks a question for every line.
 */
const MOST_ASKED = 1000;

/** A finding for each domain entry with this tag, with the proof that a client with a name below it may relay. */
function* relayingClients(
  context: LintContext,
  tag: Entry['tag'],
  say: (subject: string) => { readonly text: string; readonly help: string },
): Iterable<Found> {
  const [same, tagged] = [entriesBySubject(context, tag), entriesBySubject(context, 'Connect')];
  let [asked, areAllProved] = [0, true];
  for (const entry of context.access) {
    if (entry.tag !== tag || !isDomainEntry(entry)) continue;
    const subject = foldCase(entry.subject);
    const isAlone = same.get(subject) === entry && (tag === 'Connect' || !tagged.has(subject));
    const [place, said] = [placeOf(entry, 'subject'), say(entry.subject)];
    if (areAllProved && asked >= MOST_ASKED && isAlone) yield { ...place, ...said };
    else {
      const found = proved(context, clientBelow(entry.subject, context), place, said.text, said.help);
      asked++;
      areAllProved &&= found.length > 0;
      yield* found;
    }
  }
}

/** A client with an address of the network of an octet, and no name. */
const clientIn = (octet: string): Partial<Mail> => ({ client: { address: `${octet}${REST}` } });
/** A stranger whose name is below another one. */
const clientBelow = (name: string, { checks }: LintContext): Partial<Mail> => ({
  client: { ...strangerTo(checks), name: `host-a1b2.${name}` },
});

const isDomainEntry = ({ kind, subject, value }: Entry): boolean =>
  kind === 'host' && DOMAIN.test(subject) && /[a-z]/i.test(subject) && !LOCALHOST.test(subject) && isRelay(value);

export const REACH_RULES: RulesOf<typeof REACH_CODES> = {
  *MM001(context: LintContext): Iterable<Found> {
    const { sources, features } = context;
    const by = features.has('promiscuous_relay') ? 'promiscuous_relay lets' : 'this configuration lets';
    const place = { file: sources[0]?.file ?? 'access', line: 1, column: 1, length: 1 };
    const witness = openWitness(context.checks);
    if (witness !== undefined) yield { ...place, text: `${by} a stranger send to a stranger`, witness };
  },
  *MM002(context: LintContext): Iterable<Found> {
    for (const { tag, name: written, place } of relaying(context, /^\.*[a-z\d-]+(?:\.[a-z]{2})?$/i)) {
      const name = written.replace(/^\.+/, '');
      if (!TOP_LEVEL.test(name) && !REGISTRY.test(name)) continue;
      if (tag !== undefined && tag !== 'To' && tag !== 'Connect') continue;
      const toIt =
        tag === 'Connect'
          ? []
          : proved(
              context,
              { recipient: `somebody@elsewhere-c3d4.${name}` },
              place,
              `everything below ${name} is relayed for anybody`,
            );
      yield* toIt.length > 0
        ? toIt
        : proved(context, clientBelow(name, context), place, `every client with a name below ${name} may relay`);
    }
  },
  MM003: (context) =>
    relayingClients(context, undefined, (subject) => ({
      text: `${subject} is relayed to, and its hosts may send anywhere`,
      help: `write To:${subject} or Connect:${subject}`,
    })),
  MM004: (context) =>
    relayingClients(context, 'Connect', (subject) => ({
      text: `every host with a name below ${subject} may relay`,
      help: 'name the networks instead',
    })),
  *MM005(context: LintContext): Iterable<Found> {
    for (const entry of context.access) {
      if (entry.tag !== 'From' || !isRelay(entry.value)) continue;
      const sender = senderOf(entry);
      if (sender !== undefined)
        yield* proved(
          context,
          { sender },
          placeOf(entry, 'subject'),
          `anybody who says that he is ${sender} may relay`,
        );
    }
  },
  MM006: entryRule('value', ({ tag, value }, { features }) =>
    tag === 'From' && isRelay(value) && ![...features].some((feature) => feature.startsWith('relay_mail_from'))
      ? { text: 'the sender is accepted, and may not relay', help: 'write OK' }
      : undefined,
  ),
  *MM007(context: LintContext): Iterable<Found> {
    for (const { name, place } of relaying(context, /^(?:172|192)\.?$/))
      yield* proved(
        context,
        clientIn(name.replace('.', '')),
        place,
        `${name} is mostly not private: strangers may relay`,
      );
  },
  *MM008(context: LintContext): Iterable<Found> {
    for (const { name, place } of relaying(context, /^\d{1,3}\.?$/))
      if (!PRIVATE_OCTET.test(name.replace('.', '')))
        yield* proved(
          context,
          clientIn(name.replace('.', '')),
          place,
          `${name} is 16 million public addresses: all of them may relay`,
        );
  },
  *MM009({ relayDomains, localHosts }: LintContext): Iterable<Found> {
    const locals = new Map(localHosts.map((local) => [foldCase(local.word), local]));
    for (const { file, line, column, word } of relayDomains) {
      const local = locals.get(foldCase(word));
      if (local === undefined) continue;
      const text = `${word} is in ${local.file} (line ${local.line}) too: its mail is delivered here`;
      yield { file, line, column, length: word.length, text };
    }
  },
  *MM011(context: LintContext): Iterable<Found> {
    for (const { tag, name, place } of relaying(context, PROVIDER)) {
      if (tag !== undefined && tag !== 'To') continue;
      const text = `mail to everybody at ${name} is relayed for anybody`;
      yield* proved(context, { recipient: `somebody@${name}` }, place, text, 'to send there, let your clients relay');
    }
  },
  *MM506(context: LintContext): Iterable<Found> {
    for (const { name, place } of relaying(context, LOCALHOST)) {
      if (!context.relayDomains.some(({ file }) => file === place.file)) continue;
      const mail = { client: { ...strangerTo(context.checks), name } };
      yield* proved(context, mail, place, `every client with the name ${name} may relay`);
    }
  },
};

function senderOf({ kind, subject }: Entry): string | undefined {
  if (kind === 'address') return subject;
  return kind === 'host' ? `someone@${subject}` : undefined;
}
