/**
 * No family of faults is left out: each is in one part, and each part has its test file.
 *
 * @module-tag slow
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAMILIES, PARTS } from './families.ts';

const files = readdirSync('test/faults').filter((name) => name.endsWith('.ts'));
const textOf = (name: string): string => readFileSync(`test/faults/${name}`, 'utf8');

it('each family is in exactly one part', () => {
  const declared = files.flatMap((file) =>
    [...textOf(file).matchAll(/: Family = \{\n {2}name: '([\w-]+)'/g)].map(([, name]) => name),
  );
  expect(FAMILIES.map(({ name }) => name).sort()).toEqual(declared.sort());
});

it('each part is run by the test file of its name', () => {
  const run = files.filter((file) => textOf(file).includes('\nholdThroughFaults(PARTS.'));
  expect(run.sort()).toEqual(Object.keys(PARTS).map((part) => `${part}.test.ts`));
  for (const part of Object.keys(PARTS))
    expect(textOf(`${part}.test.ts`)).toContain(`\nholdThroughFaults(PARTS.${part});`);
});
