/**
 * Recorded conversations with `sendmail -bt`: what the program printed is what the engine prints, to the byte.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dataIn, readData } from '../read-data.ts';
import { type CaseWorld, caseMachine } from './case-machine.ts';
import { conversation } from './conversation.ts';

interface Recorded extends CaseWorld {
  readonly id: string;
  readonly cf: string;
  readonly lines: readonly string[];
  readonly out?: string;
  readonly sha256?: string;
}

describe.each(dataIn('rules'))('%s', (file) => {
  const { cases } = readData<{ cases: readonly Recorded[] }>(file);

  it.each(cases)('$id', ({ cf, lines, out: expected, sha256, ...world }) => {
    const out = conversation(cf, lines, caseMachine(world));
    if (expected === undefined) expect(createHash('sha256').update(out, 'latin1').digest('hex')).toBe(sha256);
    else expect(out).toBe(expected);
  });
});
