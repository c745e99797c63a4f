/** Recorded answers of `sendmail -bv` through all tables (test/data/tables-expand.json), compared with `expand`. */
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/core/bytes.ts';
import { aliasesOf, type MachineSpec } from '../machine.ts';
import { readData } from '../read-data.ts';
import { ofExpansion, ofSendmail, throughTables, type Verified } from './answer.ts';

interface Group extends MachineSpec {
  readonly group: string;
  readonly about: string;
  readonly cases: readonly (readonly [address: string, answer: Verified])[];
}

const { groups } = readData<{ readonly groups: readonly Group[] }>('tables-expand');

describe.each(groups)('$group: $about', (group) => {
  const aliases = aliasesOf(group);
  it.each(group.cases)('%s', (address, answer) => {
    const ours = throughTables(ofExpansion(aliases.expand(encodeText(address))));
    expect(ours).toEqual(throughTables(ofSendmail(answer)));
  });
});
