/**
 * Replies to EXPN and VRFY in random alias worlds, by the daemon.
 */
import { answerExpn, answerVrfy } from '../../src/alias/smtp.ts';
import { printed } from '../alias/answer.ts';
import { machine } from '../alias/machine.ts';
import { aliasWorld } from './alias-world.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { random } from './random.ts';

/** sendmail lists recipients in an order of its own; an error is alone. */
function asSet(lines: readonly string[]): string[] {
  return lines.map((line) => printed(`${line.slice(0, 3)} ${line.slice(4)}`)).sort();
}

export const expnComparison: Comparison = {
  name: 'expn',
  shortCases: 30,
  run: async (oracle, seed, cases, report) => {
    for (let done = 0, index = 0; done < cases; index++) {
      const { asked, ...spec } = aliasWorld(random(seed, index));
      const world = machine(spec);
      const addresses = asked.filter((a) => typeof a === 'string').slice(0, 5);
      const questions = addresses.flatMap((address) => [
        { kind: 'EXPN', address },
        { kind: 'VRFY', address },
      ]);
      // the daemon, a connection each: it remembers how the addresses before were separated
      const queries = questions.map(({ kind, address }) => {
        return { kind: 'smtp', lines: ['EHLO client.example', `${kind} ${address}`] } as const;
      });
      const { results } = await oracle.ask({ ...spec, queries });
      for (const [i, { kind, address }] of questions.entries()) {
        const ours = asSet(kind === 'EXPN' ? answerExpn(address, world) : answerVrfy(address, world));
        const theirs = asSet(results[i]!.replies[2]!);
        const same = sameAnswer(ours, theirs);
        report.compared(same ? undefined : { asked: { kind, address, ...spec }, theirs, ours });
        done++;
      }
    }
  },
};
