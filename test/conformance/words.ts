/**
 * Names made of the words that sendmail's rulesets use for themselves (RELAY, OK, T, TEMP ...), where names of others stand:
 * clients, HELO, senders, recipients, hosts of both lists and of the access map. A real daemon answers on real connections; our
 * rules, and those of the sendmail.cf that m4 wrote, run by our engine, must say the same but for the rows of COMPATIBILITY.md.
 */
import type { Checks } from '../../src/access/checks.ts';
import type { Rulings } from '../../src/config/rulings.ts';
import type { Facts } from '../../src/core/facts.ts';
import { checksOf, fileRulingsOf } from '../machine.ts';
import { oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { DnsEntry, DnsTable } from '../oracle/jobs.ts';
import type { Comparison } from './comparison.ts';
import { type Random, random } from './random.ts';
import { SWITCH } from './relay.ts';
import { differenceOf, type Exchange, exchanges, type Session, spoken } from './relay-daemon.ts';
import { factsOf } from './rules-and-built-in.ts';

/** The words of the rules, classes and marks of m4's files. */
const WORDS = [
  'RELAY OK REJECT DISCARD SKIP ERROR QUARANTINE T O F D U E A MX NO YES TEMP PERM OKR OKSOFAR REMOTE FRIEND',
  'HATER SPAMFRIEND NOSPAMHATER SUBJECT deferred d TMPF NONE FAIL FORGED VERIFY ENCR CN CS CI REQ TRUE FALSE',
  'MAIL STARTTLS LOCAL PERCENT_HACK BANG_PATH nouser identical REDIRECT UUCP BITNET BADMX error discard local',
  'relay esmtp prog postmaster Connect From To Spam ok no x smtp',
].flatMap((line) => line.split(' '));
const SIGNS = ['?', '*', '@', '!', '+', '<>', '$', '%', '=', '&', '|', '[', ']', ':', ';', ',', '-', '.', '"', '\\'];
const FEATURES = [
  'blocklist_recipients relay_entire_domain relay_hosts_only relay_mail_from relay_local_from loose_relay_check',
  'delay_checks require_rdns use_client_ptr block_bad_helo accept_unqualified_senders access_db:skip',
  'access_db:relaytofulladdress nopercenthack:reject nouucp:reject no_access_db',
].flatMap((line) => line.split(' '));
const SESSIONS = 12;
const RECIPIENTS = 5;
const ALWAYS = 'accept_unresolvable_domains';

function cased(r: Random, word: string): string {
  return r.pick([word, word.toLowerCase(), word.toUpperCase()]);
}

/** A host name, as DNS may confirm it. */
function hostName(r: Random): string {
  const word = (): string => cased(r, r.pick(WORDS)).replaceAll('_', '-');
  return r.weighted<() => string>([
    [3, word],
    [3, () => `${word()}.example`],
    [2, () => `${word()}.${word()}`],
    [1, () => `x.${word()}`],
    [1, () => `${word()}.${word()}.${word()}`],
    [1, () => `${word()}-${word()}.example`],
  ])();
}

/** A name that is not the machine's own in its hosts file. */
function clientName(r: Random): string {
  const name = r.chance(0.2) ? r.pick(['relay', 'RELAY', 't', 'T.example', 't.relay', 'T.x.example']) : hostName(r);
  return name.toLowerCase() === 'mail' ? clientName(r) : name;
}

function localPart(r: Random): string {
  return r
    .weighted<() => string>([
      [4, () => cased(r, r.pick(WORDS))],
      [2, () => r.pick(SIGNS)],
      [1, () => `${r.pick(WORDS)}${r.pick(SIGNS)}${r.pick(WORDS)}`],
      [1, () => `${r.pick(WORDS)}%${hostName(r)}`],
      [1, () => `${hostName(r)}!${r.pick(WORDS)}`],
      [1, () => `"${r.pick(WORDS)}${r.pick(SIGNS)}"`],
    ])()
    .replaceAll('>', '')
    .replaceAll('<', '');
}

function address(r: Random): string {
  return r.chance(0.15) ? localPart(r) : `${localPart(r)}@${hostName(r)}`;
}

interface World {
  readonly features: readonly string[];
  readonly files: { readonly access: string; readonly 'relay-domains': string; readonly 'local-host-names': string };
}

function world(r: Random): World {
  const chosen = r.sample(FEATURES, r.int(0, 4));
  const features = [...new Set([...chosen, ALWAYS])].filter(
    (feature) => !chosen.includes('no_access_db') || !/^(access_db|relay_mail_from)/.test(feature),
  );
  const entry = (): string =>
    `${r.pick(['Connect:', 'From:', 'To:', ''])}${r.chance(0.7) ? hostName(r) : address(r)}\t${cased(r, r.pick(WORDS))}\n`;
  const access = r.chance(0.5)
    ? ''
    : r
        .list(r.int(0, 8), entry)
        .filter((line) => !/[#"\\]/.test(line))
        .join('');
  const names = (most: number): string => r.list(r.int(0, most), () => `${hostName(r)}\n`).join('');
  return { features: features.sort(), files: { access, 'relay-domains': names(2), 'local-host-names': names(2) } };
}

function session(r: Random, index: number): Session {
  const name = clientName(r);
  const client = { address: `192.0.2.${index + 1}`, name, helo: r.chance(0.5) ? hostName(r) : 'client.example' };
  return { client, sender: r.chance(0.1) ? '' : address(r), recipients: r.list(RECIPIENTS, () => address(r)) };
}

/** The rulings of a file, with what the private network's DNS server says. */
function withFacts(rulings: Rulings, facts: Facts): Checks {
  return {
    ...rulings,
    checkRelay: (client) => rulings.checkRelay(client, facts),
    checkMail: (sender, session) => rulings.checkMail(sender, session, facts),
    checkRcpt: (recipient, session) => rulings.checkRcpt(recipient, session, facts),
  };
}

/** Names and addresses of the clients; no other name exists. */
function dnsOf(sessions: readonly Session[]): DnsTable {
  const table: Record<string, DnsEntry> = {};
  for (const { client } of sessions) {
    const name = (client.name ?? '').toLowerCase();
    table[client.address] = { PTR: [name] };
    table[name] = { A: [...(table[name]?.A ?? []), client.address] };
  }
  return table;
}

/** The accidents of COMPATIBILITY.md; none lets anybody in here. */
function isOnPurpose({ asked, theirs, ours }: Exchange): boolean {
  const { client } = asked as Session;
  const isAccident = /^t(\.|$)/i.test(client.name ?? '') && theirs === '554 5.3.5 buildaddr: no user';
  const isRelay = client.name?.toLowerCase() === 'relay' && !theirs?.includes('Relaying denied');
  // A limit of sendmail's engine, for an address that both refuse.
  const isTooDeep = /excessive recursion/.test(theirs ?? '') && ours.startsWith('554');
  return isTooDeep || ((isAccident || isRelay) && ours.includes('... Relaying denied'));
}

export const wordsComparison: Comparison = {
  name: 'words',
  shortCases: 60,
  async run(oracle, seed, cases, report) {
    const made = new Map<string, string>();
    for (let done = 0, round = 0; done < cases; round++) {
      const r = random(seed, round);
      const { features, files } = world(r);
      const sessions = r.list(SESSIONS, (i) => session(r, i));
      const dns = dnsOf(sessions);
      const job = { features, files: { ...files, ...SWITCH }, dns };
      const { results } = await oracle.ask({ ...job, newaliases: false, queries: sessions.map(spoken) });
      const key = features.join('\n');
      const cf = made.get(key) ?? configuration(oracleDirectory, features);
      made.set(key, cf);
      const both: readonly (readonly [string, Checks])[] = [
        ['built-in', checksOf(features, files)],
        ['file', withFacts(fileRulingsOf(cf, { ...files, ...SWITCH }), factsOf(dns))],
      ];
      for (const [rules, checks] of both) {
        for (const [i, each] of sessions.entries()) {
          const replies = results[i]!.replies.map((lines) => lines.at(-1)!);
          for (const exchange of exchanges(checks, each, replies)) {
            const differs = differenceOf(exchange, false, { rules, features, files });
            report.compared(isOnPurpose(exchange) ? undefined : differs);
            done++;
          }
        }
      }
    }
  },
};
