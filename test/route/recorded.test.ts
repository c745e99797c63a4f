/** Every recorded answer of the real sendmail about where mail goes and what addresses look like outside, row by row. */
import { describe, expect, it } from 'vitest';
import type { FeatureSpec } from '../oracle/features.ts';
import type { Files } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { ours } from './answer.ts';
import { mapsOf } from './machine.ts';

interface Group<Case> {
  readonly group: string;
  readonly about: string;
  readonly features: readonly FeatureSpec[];
  readonly files: Files;
  readonly cases: readonly Case[];
}

function groupsOf<Case>(file: string): readonly Group<Case>[] {
  return readData<{ groups: readonly Group<Case>[] }>(file).groups;
}

describe.each(groupsOf<readonly [address: string, answer: string]>('route'))('$group: $about', (group) => {
  const maps = mapsOf(group);
  it.each(group.cases)('%s -> %s', (address, answer) => {
    expect(ours(maps.route(address), address)).toBe(answer);
  });
});

type Form = readonly [address: string, mailer: string, where: string, role: string, answer: string];

describe.each(groupsOf<Form>('rewrite'))('$group: $about', (group) => {
  const maps = mapsOf(group);
  it.each(group.cases)('%s for %s, %s %s -> %s', (address, mailer, where, role, answer) => {
    const how = { mailer, where: where as 'header' | 'envelope', role: role as 'sender' | 'recipient' };
    const made = (): string => maps.rewrite(address, how).address;
    if (answer.startsWith('none ')) expect(made).toThrow(answer.slice('none '.length));
    else expect(made()).toBe(answer);
  });
});
