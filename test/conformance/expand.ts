/**
 * `expand` and `sendmail -bv`: recipients, errors and exit status in random worlds.
 */
import { ofExpansion, ofSendmail } from '../alias/answer.ts';
import { aliasesOf } from '../machine.ts';
import { envelopeAddress } from './access-questions.ts';
import { aliasContext } from './alias-context.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { random } from './random.ts';

/** Addresses of RCPT: in brackets `-bv` reads one address, but for commas. */
export const recipientComparison: Comparison = {
  name: 'expand-recipient',
  shortCases: 60,
  run: async (oracle, seed, cases, report) => {
    for (let done = 0, index = 0; done < cases; index++) {
      const r = random(seed, index);
      const { asked, ...spec } = aliasContext(r);
      const aliases = aliasesOf(spec);
      const recipients = [...asked.flat(), ...r.list(asked.length * 3, () => envelopeAddress(r))].filter(isOne);
      const queries = recipients.map((recipient) => ({ kind: 'verify', address: `<${recipient}>` }) as const);
      const { results } = await oracle.ask({ ...spec, queries });
      for (const [i, recipient] of recipients.entries()) {
        const ours = ofExpansion(aliases.expandRecipient(recipient));
        const answer = results[i]!;
        const theirs = ofSendmail({ ...answer, rc: answer.rc ?? -1 });
        report.compared(sameAnswer(ours, theirs) ? undefined : { asked: { recipient, ...spec }, theirs, ours });
        done++;
      }
    }
  },
};

const isOne = (address: string): boolean =>
  address !== '' && address.length < 250 && !/[<>,\x00-\x1f\x7f-\xff]/.test(address);

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
