/**
 * A relay's configuration with an access map of 100,000 entries, and the questions to it: usual recipients, and recipients that
 * cause as many lookups as possible.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { type Random, random } from '../conformance/random.ts';
import { ours, runCommand } from './command.ts';
import type { Bench } from './group.ts';
import { accessLine, inputFile, word } from './inputs.ts';

const ENTRIES = 100_000;
/** Enough decisions for a steady rate on both sides; the worst case takes sendmail milliseconds each. */
const TYPICAL_CLIENTS = 400;
const WORST_CLIENTS = 40;
const RECIPIENTS_EACH = 100;
const LOCAL = ['here.example', 'example.com', 'lists.here.example'];
const RELAYED = ['customer.example', 'partner.test'];

/** The files of the directory besides the access map. */
export const LISTS: Readonly<Record<string, string>> = {
  'local-host-names': `${LOCAL.join('\n')}\n`,
  'relay-domains': `${RELAYED.join('\n')}\n`,
};

/** One client and whom it wants to reach. */
export interface Question {
  readonly session: { readonly sender: string; readonly client: { readonly address: string; readonly name: string } };
  readonly recipients: readonly string[];
}

/** Makes the directory; gives the text of its access map. */
export function makeRelayWorld(bench: Bench, directory: string): string {
  const access = inputFile(bench, 'access', ENTRIES, accessLine);
  mkdirSync(directory);
  for (const [name, text] of Object.entries(LISTS)) writeFileSync(`${directory}/${name}`, text);
  copyFileSync(access, `${directory}/access`);
  runCommand({ argv: ours('makemap', 'hash', `${directory}/access`), stdin: access });
  return access;
}

/** Decisions that a list of questions asks for. */
export function decisionsOf(questions: readonly Question[]): number {
  return questions.length * RECIPIENTS_EACH;
}

/** Writes questions as the calls read them, one JSON value a line. */
export function writeQuestions(path: string, questions: readonly Question[]): string {
  writeFileSync(path, questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  return path;
}

export function typicalQuestions(seed: number): Question[] {
  const r = random(seed, 1);
  const recipient = (): string => {
    const host = r.pick([...LOCAL, ...LOCAL, ...RELAYED, `${word(r.int(0, 999))}.example`]);
    return `${word(r.int(0, 9_999))}@${host}`;
  };
  return r.list(TYPICAL_CLIENTS, (i) => ({
    session: {
      sender: `${word(r.int(0, 9_999))}@${word(i)}.example`,
      client: { address: `198.51.${i % 256}.${r.int(1, 254)}`, name: `mx${i}.${word(r.int(0, 999))}.example` },
    },
    recipients: r.list(RECIPIENTS_EACH, recipient),
  }));
}

/** No entry matches, and every part of every name and address is tried. */
export function worstQuestions(seed: number): Question[] {
  const r = random(seed, 2);
  return r.list(WORST_CLIENTS, (i) => ({
    session: {
      sender: `a.sender@${deepDomain(r, 8)}`,
      client: { address: `IPv6:2001:db8:${i + 1}:22:333:4444:55:${r.int(1, 9_999)}`, name: deepDomain(r, 10) },
    },
    recipients: r.list(RECIPIENTS_EACH, () => `${word(r.int(0, 9_999))}+detail@${deepDomain(r, 16)}`),
  }));
}

const deepDomain = (r: Random, depth: number): string => `${r.list(depth, () => word(r.int(0, 999))).join('.')}.test`;
