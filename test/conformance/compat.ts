/** Random `Compat:` entries, senders and recipients: check_compat by our rules and by sendmail's. */
import type { Decision } from '../../src/access/decision.ts';
import { ours as ourAnswer, theirs as theirAnswer } from '../access/answer.ts';
import { checksOf } from '../machine.ts';
import type { DecisionAnswer, RulesetQuery } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import { type Comparison, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';

const words = wordsOf('compat');

const NAMES = [
  'a@x.example',
  'b@y.example',
  'A@X.Example',
  'alice',
  'alice+x@local.test',
  'a.b@x-y.test',
  'x@[192.0.2.1]',
];
const VALUES = words('values');
/** Questions of one configuration. */
const BATCH = 40;

function entry(r: Random): string {
  return `${r.pick(['Compat', 'compat'])}:${r.pick(NAMES)}<@>${r.pick(NAMES)}\t${r.pick(VALUES)}\n`;
}

function bracketed(r: Random, address: string): string {
  return r.chance(0.2) ? `<${address}>` : address;
}

/** The mark of its text shows a temporary failure, because its code is that of a refusal. */
function action(decision: Decision): string {
  return ourAnswer(decision, { kind: 'relay' }).replace(/^accepted( final)?$/, 'accepted');
}

export const compatComparison: Comparison = {
  name: 'compat',
  shortCases: 160,
  async run(oracle, seed, cases, report) {
    for (let first = 0; first < cases; first += BATCH) {
      const r = random(seed, first);
      const features = ['accept_unresolvable_domains', 'compat_check'];
      const files = { access: r.list(r.int(10, 40), () => entry(r)).join('') };
      const pairs = r.list(BATCH, () => [bracketed(r, r.pick(NAMES)), bracketed(r, r.pick(NAMES))] as const);
      const queries = pairs.map(
        ([sender, recipient]): RulesetQuery => ({
          kind: 'ruleset',
          rulesets: 'Start,check_compat',
          input: `${sender} $| ${recipient}`,
        }),
      );
      const { results } = await oracle.ask({ features, files, queries });
      const checks = checksOf(features, files);
      for (const [i, [sender, recipient]] of pairs.entries()) {
        const real = sevenBit(theirAnswer(results[i] as DecisionAnswer)).replace(/^accepted.*/, 'accepted');
        const mine = sevenBit(action(checks.checkCompat(sender, recipient)));
        const asked = { sender, recipient, features, files };
        report.compared(real === mine ? undefined : { asked, theirs: real, ours: mine });
      }
    }
  },
};
