/**
 * Random addresses to our parser and to sendmail: the daemon's refusals, the result of CanonAddr, the target of an alias'
 * value, and the key of an alias' name.
 */

import type { AddressRules } from '../../src/address/canonify.ts';
import { keptText, parseAddress } from '../../src/address/parse.ts';
import { resolveTokens } from '../../src/address/parse0.ts';
import { shortenAddress } from '../../src/address/show.ts';
import { readSmtpAddress } from '../../src/address/smtp-syntax.ts';
import { tokenize } from '../../src/address/tokens.ts';
import type { Oracle } from '../oracle/client.ts';
import { randomAddress } from './address-generator.ts';
import { type Comparison, type Report, sameAnswer, sevenBit } from './comparison.ts';
import { random } from './random.ts';

const HOST_NAME = 'mail.oracle.test';
const LOCAL = new Set([HOST_NAME, 'mail', 'localhost', '[127.0.0.1]']);
const FEATURES = ['accept_unresolvable_domains', 'promiscuous_relay', 'accept_unqualified_senders'];
/** Questions in one job. */
const BATCH = 400;

const rules: AddressRules = { hostName: HOST_NAME, isLocal: (host) => LOCAL.has(host.toLowerCase()) };

type Ask = (oracle: Oracle, addresses: readonly string[], report: Report) => Promise<void>;

function comparison(name: string, shortCases: number, ask: Ask): Comparison {
  return {
    name,
    shortCases,
    async run(oracle, seed, cases, report) {
      for (let first = 0; first < cases; first += BATCH) {
        const size = Math.min(BATCH, cases - first);
        await ask(
          oracle,
          Array.from({ length: size }, (_, i) => randomAddress(random(seed, first + i))),
          report,
        );
      }
    },
  };
}

function compare(report: Report, asked: unknown, theirs: unknown, ours: unknown): void {
  report.compared(sameAnswer(theirs, ours) ? undefined : { asked, theirs, ours });
}

function ourReply(command: 'MAIL' | 'RCPT', address: string): string | undefined {
  const reply = readSmtpAddress(command, address, rules).refused?.reply;
  if (reply === undefined) return undefined;
  const prefix = reply.prefixed ? `${reply.shown ?? shortenAddress(`<${address}>`)}... ` : '';
  return sevenBit(`${reply.code} ${reply.enhanced} ${prefix}${reply.text}`);
}

/** Replies that come from later than the syntax. */
const LATER = /^250 |^550 5\.1\.1 .*User unknown$|^553 5\.0\.0 .*User address required$/;

/** Bytes of an address from which on the daemon closes the connection (MAXLINE, 2048, less the command). */
const COMMAND_ROOM = 2000;

const smtp = comparison('address-smtp', 400, async (oracle, made, report) => {
  const addresses = made.filter((address) => address.length < COMMAND_ROOM);
  const answer = await oracle.ask({
    features: FEATURES,
    queries: addresses.map((address) => ({
      kind: 'smtp' as const,
      lines: [`MAIL FROM:<${address}>`, 'RSET', 'MAIL FROM:<a@b.example>', `RCPT TO:<${address}>`],
    })),
  });
  for (const [i, address] of addresses.entries()) {
    const replies = answer.results[i]!.replies.map((lines) => lines.join('\n'));
    const theirs = [replies[1], replies[4]].map((line) => (LATER.test(line ?? '') ? undefined : line));
    compare(report, address, theirs, [ourReply('MAIL', address), ourReply('RCPT', address)]);
  }
});

/** The tokens as test mode prints them. */
function printed(address: string, reading: AddressRules): string {
  const result = resolveTokens(tokenize(address).tokens, reading, []);
  if (result === undefined) return 'error';
  const host = result.host === undefined ? [] : ['<', '@', ...result.host, '>'];
  return [...result.local, ...host].join(' ');
}

/** Test mode ends its input at a comma, knows no comments and leaves control characters out. */
const UNASKABLE = /[,()\x00-\x1f\x7f-\xff]|\\ |^[ >\\]*$/;

async function askCanonical(
  oracle: Oracle,
  made: readonly string[],
  report: Report,
  features: readonly string[],
  reading: AddressRules,
): Promise<void> {
  const addresses = made.filter((address) => !UNASKABLE.test(address));
  const answer = await oracle.ask({
    features,
    queries: addresses.map((input) => ({ kind: 'ruleset' as const, rulesets: 'CanonAddr', input })),
  });
  for (const [i, address] of addresses.entries()) {
    const { raw, messages } = answer.results[i]!;
    const theirs = raw?.startsWith('$# error') || raw === undefined || raw === null ? 'error' : raw;
    const ours = printed(address, reading);
    if (messages?.some((m) => /Infinite loop|too long|status/.test(m))) continue;
    compare(report, address, theirs.replace(/ +/g, ' '), ours.replace(/ +/g, ' '));
  }
}

const canonical = comparison('address-canonical', 2000, (oracle, made, report) =>
  askCanonical(oracle, made, report, [], rules),
);

const plain = comparison('address-plain', 1000, (oracle, made, report) =>
  askCanonical(oracle, made, report, ['nopercenthack:nospecial', 'nouucp:nospecial'], {
    ...rules,
    percentHack: false,
    bangPath: false,
  }),
);

/** Kind and problems of an address, as test mode's /parse prints them. */
function parsedLines(text: string): string[] {
  const { address, problems, undeliverable, shown } = parseAddress(text, rules);
  const said = problems.map((p) =>
    p.bare ? p.text : `${shortenAddress(p.whole ? text : keptText(shown))}... ${p.text}`,
  );
  const mailer = { local: 'local', remote: 'esmtp', program: 'prog', file: '*file*', include: '*include*' };
  if (address === undefined) return [...said, 'none'].map(sevenBit);
  if (undeliverable) return [...said, 'bad'].map(sevenBit);
  const host = address.kind === 'remote' ? `, host ${address.host}` : '';
  const user = address.kind === 'include' ? address.path : address.text;
  return [...said.map(sevenBit), `mailer ${mailer[address.kind]}${host}, user ${user}`];
}

const STEP = /^(\S+ +(input|returns):|Cracked address|Parsing envelope)/;

const parse = comparison('address-parse', 2000, async (oracle, made, report) => {
  const addresses = made
    .map((each) => each.replace(/^[\t\v\f ]+|[\t\v\f ]+$/g, ''))
    .filter((each) => /^[^>][^\xff]*$/.test(each) && each.length < COMMAND_ROOM);
  const answer = await oracle.ask({
    queries: addresses.map((address) => ({ kind: 'parse' as const, address })),
  });
  for (const [i, address] of addresses.entries()) {
    const theirs = answer.results[i]!.lines.filter((line) => !STEP.test(line)).map((line) =>
      line.replace(/^(Cannot parse|mailer \*error\*.*)$/s, 'none'),
    );
    const ours = parsedLines(address);
    if (ours.some((line) => line.startsWith('Infinite loop'))) continue;
    if (ours.at(-1) === 'bad') theirs[theirs.length - 1] = 'bad';
    compare(report, address, theirs, ours);
  }
});

export const ADDRESS_COMPARISONS: readonly Comparison[] = [smtp, canonical, plain, parse];
