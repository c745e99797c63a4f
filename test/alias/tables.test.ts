/** Recorded answers of `sendmail -bv` through all tables (test/data/tables-expand.json), compared with `expand`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/core/bytes.ts';
import { aliasesOf, type MachineSpec } from '../machine.ts';
import { ofExpansion, ofSendmail, throughTables, type Verified } from './answer.ts';

interface Group extends MachineSpec {
  readonly group: string;
  readonly about: string;
  readonly cases: readonly (readonly [address: string, answer: Verified])[];
}

const text = readFileSync(new URL('../data/tables-expand.json', import.meta.url), 'utf8');
const { groups } = JSON.parse(text) as { readonly groups: readonly Group[] };

describe.each(groups)('$group: $about', (group) => {
  const aliases = aliasesOf(group);
  it.each(group.cases)('%s', (address, answer) => {
    const ours = throughTables(ofExpansion(aliases.expand(encodeText(address))));
    expect(ours).toEqual(throughTables(ofSendmail(answer)));
  });
});
