/**
 * A whole conversation in test mode: what is printed from the first complaint about the file to the last prompt.
 */
import type { Machine } from '../../src/rules/machine.ts';
import { readConfiguration } from '../../src/rules/read.ts';
import { BANNER, PROMPT, TestMode } from '../../src/rules/test-mode.ts';

/** sendmail reads that many bytes at a time. */
const LONGEST_LINE = 2047;

export function conversation(cf: string, lines: readonly string[], machine: Machine): string {
  let out = '';
  const print = (text: string): void => {
    out += text;
  };
  const read = readConfiguration(cf, '/etc/mail/test.cf', {
    machine,
    print: (line) => print(`${line}\n`),
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
  if (line.length < LONGEST_LINE) return [line];
  return line.match(new RegExp(`[\\s\\S]{1,${LONGEST_LINE}}`, 'g'))!;
}
