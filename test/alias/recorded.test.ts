/** Recorded answers and deliveries of `sendmail -bv` (test/data/alias.json), compared with `expand`. */
import { describe, expect, it } from 'vitest';
import { aliasesOf, type MachineSpec, machine } from '../machine.ts';
import type { DeliverAnswer } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { ofExpansion, ofSendmail, type Verified } from './answer.ts';
import { delivered, sent } from './delivery-answer.ts';

interface Group extends MachineSpec {
  readonly group: string;
  readonly cases: readonly {
    readonly question: { readonly kind: string; readonly address: string | string[]; readonly rcpt: string };
    readonly answer: Verified & Pick<DeliverAnswer, 'deliveries'>;
  }[];
}
const recorded = readData<{ groups: Group[] }>('alias');
/** Groups with questions of a kind. Without any alias database our answer is a temporary failure; see expand.test.ts. */
function asking(kind: string): readonly Group[] {
  return recorded.groups.filter(
    ({ group, cases }) => group !== 'aliases-none' && cases.some((c) => c.question.kind === kind),
  );
}

describe.each(asking('verify'))('$group', (group) => {
  const aliases = aliasesOf(group);
  it.each(group.cases.filter((c) => c.question.kind === 'verify'))('$question.address', ({ question, answer }) => {
    expect(ofExpansion(aliases.expand(question.address))).toEqual(ofSendmail(answer));
  });
});

describe.each(asking('deliver'))('deliveries: $group', (group) => {
  const aliases = aliasesOf(group);
  const world = machine(group);
  it.each(group.cases.filter((c) => c.question.kind === 'deliver'))('$question.rcpt', ({ question, answer }) => {
    expect(sent(aliases.expand(question.rcpt), world)).toEqual(delivered(answer));
  });
});
