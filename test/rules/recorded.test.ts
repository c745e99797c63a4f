/**
 * Recorded conversations with `sendmail -bt`: what the program printed is what the engine prints, to the byte.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/rules/read.ts';
import { BANNER, PROMPT, TestMode } from '../../src/rules/test-mode.ts';
import { type CaseWorld, caseMachine } from './case-machine.ts';

interface Conversation extends CaseWorld {
  readonly id: string;
  readonly cf: string;
  readonly lines: readonly string[];
  readonly out?: string;
  readonly sha256?: string;
}

const DATA: URL = new URL('../data/rules/', import.meta.url);
const LONGEST_LINE = 2047;

function printed({ cf, lines, ...world }: Conversation): string {
  let out = '';
  const print = (text: string): void => {
    out += text;
  };
  const read = readConfiguration(cf, '/etc/mail/test.cf', {
    machine: caseMachine(world),
    print: (line) => print(`${line}\n`),
    parseAliases: () => [],
  });
  if (!('configuration' in read)) return out;
  print(BANNER);
  const mode = new TestMode(read.configuration, print);
  for (const line of lines.flatMap(pieces)) {
    print(PROMPT);
    if (!mode.answer(line)) return out;
  }
  print(PROMPT);
  return out;
}

function pieces(line: string): readonly string[] {
  return line.length < LONGEST_LINE ? [line] : line.match(new RegExp(`[\\s\\S]{1,${LONGEST_LINE}}`, 'g'))!;
}

describe.each(readdirSync(DATA))('%s', (file) => {
  const { cases } = JSON.parse(readFileSync(new URL(file, DATA), 'utf8')) as { cases: readonly Conversation[] };

  it.each(cases)('$id', (conversation) => {
    const out = printed(conversation);
    if (conversation.out === undefined)
      expect(createHash('sha256').update(out, 'latin1').digest('hex')).toBe(conversation.sha256);
    else expect(out).toBe(conversation.out);
  });
});
