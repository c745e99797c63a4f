/**
 * `expand` and `sendmail -bv`: recipients, errors and exit status in random worlds.
 */
import { ofExpansion, ofSendmail } from '../alias/answer.ts';
import { aliasesOf } from '../machine.ts';
import { aliasContext } from './alias-context.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { random } from './random.ts';

export const expandComparison: Comparison = {
  name: 'expand',
  shortCases: 60,
  run: async (oracle, seed, cases, report) => {
    for (let done = 0, index = 0; done < cases; index++) {
      const { asked, ...spec } = aliasContext(random(seed, index));
      const aliases = aliasesOf(spec);
      const queries = asked.map((address) => ({ kind: 'verify', address }) as const);
      const { results } = await oracle.ask({ ...spec, queries });
      for (const [i, address] of asked.entries()) {
        const ours = ofExpansion(aliases.expand(address));
        const answer = results[i]!;
        const theirs = ofSendmail({ ...answer, rc: answer.rc ?? -1 });
        const same = sameAnswer(ours, theirs);
        report.compared(same ? undefined : { asked: { address, ...spec }, theirs, ours });
        done++;
      }
    }
  },
};
