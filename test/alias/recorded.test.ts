/** What `sendmail -bv` answered (test/data/alias.json), asked of `expand`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expand } from '../../src/alias/expand.ts';
import { ofExpansion, ofSendmail, type Verified } from './answer.ts';
import { type MachineSpec, machine } from './machine.ts';

interface Group extends MachineSpec {
  readonly group: string;
  readonly cases: readonly {
    readonly question: { readonly kind: string; readonly address: string | string[] };
    readonly answer: Verified;
  }[];
}
const recorded: { groups: Group[] } = JSON.parse(readFileSync(new URL('../data/alias.json', import.meta.url), 'utf8'));
/** Groups with questions for -bv; without any alias database ours is a temporary failure, see expand.test.ts. */
const asked = recorded.groups.filter(
  ({ group, cases }) => group !== 'aliases-none' && cases.some((c) => c.question.kind === 'verify'),
);

describe.each(asked)('$group', (group) => {
  const world = machine(group);
  it.each(group.cases.filter((c) => c.question.kind === 'verify'))('$question.address', ({ question, answer }) => {
    const addresses = [question.address].flat();
    expect(ofExpansion(expand(addresses, world))).toEqual(ofSendmail(answer));
  });
});
