/**
 * Replies to EXPN and VRFY in random alias worlds, by the daemon, under PrivacyOptions and before HELO as well.
 */
import type { PrivacyOption } from '../../src/alias/smtp.ts';
import { printed } from '../alias/answer.ts';
import { aliasesOf } from '../machine.ts';
import { randomAddress } from './address-generator.ts';
import { aliasContext } from './alias-context.ts';
import { ODD } from './alias-item.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

const PRIVACY: readonly PrivacyOption[] = ['novrfy', 'noexpn', 'needvrfyhelo', 'needexpnhelo', 'goaway'];

/** sendmail lists recipients in an order of its own; an error is alone. */
function asSet(lines: readonly string[]): string[] {
  return lines.map((line) => printed(`${line.slice(0, 3)} ${line.slice(4)}`)).sort();
}

export const expnComparison: Comparison = {
  name: 'expn',
  shortCases: 30,
  run: async (oracle, seed, cases, report) => {
    for (let done = 0, index = 0; done < cases; index++) {
      const r = random(seed, index);
      const { asked, ...given } = aliasContext(r);
      const privacy = r.chance(0.2) ? r.sample(PRIVACY, r.int(1, 2)) : [];
      const spec = { ...given, options: { ...given.options, PrivacyOptions: privacy.join() || 'public' } };
      const aliases = aliasesOf(spec);
      const greeted = privacy.length === 0 || r.chance(0.5);
      const addresses = [...asked.filter((a) => typeof a === 'string').slice(0, 3), odd(r), odd(r)];
      const questions = addresses.flatMap((address) => [
        { kind: 'EXPN', address },
        { kind: 'VRFY', address },
      ]);
      // the daemon, a connection each: it remembers how the addresses before were separated
      const queries = questions.map(({ kind, address }) => {
        return { kind: 'smtp', lines: [greeted ? 'EHLO client.example' : 'NOOP', `${kind} ${address}`] } as const;
      });
      const { results } = await oracle.ask({ ...spec, queries });
      for (const [i, { kind, address }] of questions.entries()) {
        const ours = asSet(aliases.answer(kind as 'EXPN' | 'VRFY', address, privacy, greeted));
        const theirs = asSet(results[i]!.replies[2]!);
        const same = sameAnswer(ours, theirs);
        report.compared(same ? undefined : { asked: { kind, address, greeted, ...spec }, theirs, ours });
        done++;
      }
    }
  },
};

/** A text that cannot be an argument of a program, too: bytes above 127. */
function odd(r: Random): string {
  return (r.chance(0.5) ? r.pick(ODD) : randomAddress(r)).replace(/[\r\n\0]/g, '');
}
