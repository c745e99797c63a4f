/**
 * Random sendmail.cf files and lines typed in test mode, to our engine and to `sendmail -bt`: every byte must be the same.
 */
import { type CaseWorld, caseMachine } from '../rules/case-machine.ts';
import { conversation } from '../rules/conversation.ts';
import type { Comparison } from './comparison.ts';
import { random } from './random.ts';
import { type RulesWorld, rulesWorld } from './rules-world.ts';

const HOSTS = '127.0.0.1 localhost mail.oracle.test mail\n::1 localhost ip6-localhost\n';

function ours({ cf, maps, files, lines }: RulesWorld): string {
  const world: CaseWorld = { maps, files, hosts: HOSTS };
  return conversation(cf, lines, caseMachine(world));
}

export const rulesComparison: Comparison = {
  name: 'rules',
  shortCases: 30,
  async run(oracle, seed, cases, report) {
    for (let i = 0; i < cases; i++) {
      const world = rulesWorld(random(seed, i));
      const { results } = await oracle.ask({
        newaliases: false,
        files: { 'test.cf': world.cf, 'makemap.cf': 'V10/Berkeley\n', ...world.files, ...world.maps },
        queries: [
          ...Object.entries(world.maps).map(
            ([name, text]) =>
              ({
                kind: 'cmd',
                prog: 'makemap',
                args: ['-C', '/etc/mail/makemap.cf', 'hash', `/etc/mail/${name}`],
                stdin: text,
              }) as const,
          ),
          {
            kind: 'cmd',
            prog: 'sendmail',
            args: ['-bt', '-C', '/etc/mail/test.cf'],
            stdin: `${world.lines.join('\n')}\n`,
          } as const,
        ],
      });
      const { stdout, rc } = results.at(-1)!;
      const theirs = withoutMemoryError(stdout);
      // a memory error or a slow expression ended it
      const isCut = rc === null || rc < 0;
      const answer = withoutMemoryError(ours(world)).slice(0, isCut ? theirs.length : undefined);
      report.compared(theirs === answer ? undefined : firstDifference(world, theirs, answer));
    }
  },
};

/** After a temporary failure sendmail prints the name of a mailer that it has not set. */
function withoutMemoryError(text: string): string {
  return text.replace(/(no mailer in parsed address\nmailer )[^,\n]*/g, '$1?');
}

/** The first line that differs, with the one before and the rules. */
function firstDifference(
  world: RulesWorld,
  theirs: string,
  answer: string,
): { asked: unknown; theirs: unknown; ours: unknown } {
  const [one, two] = [theirs.split('\n'), answer.split('\n')];
  const at = one.findIndex((line, i) => line !== two[i]);
  const near = (lines: readonly string[]): readonly string[] => lines.slice(Math.max(0, at - 2), at + 2);
  const line = one.slice(0, at).filter((each) => each.startsWith('> ')).length;
  return {
    asked: {
      cf: world.cf,
      maps: world.maps,
      files: world.files,
      line: world.lines.slice(Math.max(0, line - 1), line + 1),
    },
    theirs: near(one),
    ours: near(two),
  };
}
