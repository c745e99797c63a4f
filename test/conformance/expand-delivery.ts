/**
 * What an expansion leads to, beside `-bv`: replies to EXPN and VRFY, and real deliveries with their senders.
 */
import { expand } from '../../src/alias/expand.ts';
import type { Expansion } from '../../src/alias/expansion.ts';
import { answerExpn, answerVrfy } from '../../src/alias/smtp.ts';
import { HOST, machine } from '../alias/machine.ts';
import type { DeliverAnswer } from '../oracle/jobs.ts';
import { aliasWorld } from './alias-world.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';

/** sendmail lists recipients in an order of its own; an error is alone. */
function asSet(lines: readonly string[]): string[] {
  return lines.map((line) => `${line.slice(0, 3)} ${line.slice(4)}`).sort();
}

export const expnComparison: Comparison = {
  name: 'expn',
  shortCases: 30,
  run: async (oracle, seed, cases, report) => {
    for (let done = 0, index = 0; done < cases; index++) {
      const { asked, ...spec } = aliasWorld(random(seed, index));
      const world = machine(spec);
      const addresses = asked.filter((a): a is string => typeof a === 'string' && /^[\w+.@]+$/.test(a)).slice(0, 5);
      const queries = addresses.flatMap(
        (address) =>
          [
            { kind: 'expn', address },
            { kind: 'vrfy', address },
          ] as const,
      );
      const { results } = await oracle.ask({ ...spec, queries });
      for (const [i, { kind, address }] of queries.entries()) {
        const ours = asSet(kind === 'expn' ? answerExpn(address, world) : answerVrfy(address, world));
        const theirs = asSet(results[i]!.lines);
        const same = sameAnswer(ours, theirs);
        report.compared(same ? undefined : { asked: { kind, address, ...spec }, theirs, ours });
        done++;
      }
    }
  },
};

const SENDER = 'sender@outside.example';

export const deliveryComparison: Comparison = {
  name: 'delivery',
  shortCases: 20,
  run: async (oracle, seed, cases, report) => {
    for (let done = 0, index = 0; done < cases; index++) {
      const r = random(seed, index);
      const files = { aliases: owners(r) };
      const world = machine({ files });
      const addresses = r.list(5, () => r.pick(NAMES));
      const queries = addresses.map((rcpt) => ({ kind: 'deliver', rcpt, sender: SENDER }) as const);
      const { results } = await oracle.ask({ files, queries });
      for (const [i, address] of addresses.entries()) {
        const expansion = expand(address, world);
        const ours = sent(expansion);
        const all = delivered(results[i]!);
        // an error is reported to the sender or the owner, by deliveries of its own
        const theirs = expansion.errors.length === 0 ? all : all.filter((line) => ours.includes(line));
        const same = sameAnswer(ours, theirs);
        report.compared(same ? undefined : { asked: { address, files }, theirs, ours });
        done++;
      }
    }
  },
};

const NAMES = ['l', 'm', 'n', 'o', 'l+x', 'm+y', 'alice', 'bob+z', 'owner-l', 'owner-n', 'L'];
const MEMBERS = ['alice', 'bob', 'carol+d', 'x@far.example', 'y@far.example', 'l', 'm', 'n', 'm+y', 'o+q'];
const OWNERS = [
  'erin',
  'dave@far.example',
  'bob, carol',
  'nosuch',
  'Erin Else <erin>',
  '"|/bin/x"',
  'm',
  'erin (c)',
  '<bob>',
];

/** Lists in lists with owners of all kinds. */
function owners(r: Random): string {
  const lines: string[] = [];
  for (const name of ['l', 'm', 'n', 'o', 'm+y', 'l+*', 'owner']) {
    if (name !== 'owner' && r.chance(0.8)) lines.push(`${name}: ${r.sample(MEMBERS, r.int(1, 3)).join(', ')}\n`);
    if (r.chance(0.5)) lines.push(`owner-${name}: ${r.pick(OWNERS)}\n`);
  }
  return lines.join('');
}

/** Who gets it, from whom. Programs run without a record; one call for several users shows no details. */
function sent({ recipients }: Expansion): string[] {
  const all = recipients.flatMap((r) => {
    const from = `from ${bare(r.owner ?? SENDER)}`;
    if (r.kind === 'user') return `${r.name} ${from}`;
    return r.kind === 'address' ? `${r.localPart}@${r.domain} ${from}` : [];
  });
  return [...new Set(all)].sort();
}

function delivered({ deliveries }: DeliverAnswer): string[] {
  const all = deliveries
    // errors are sent back to the sender, or to the owner, from nobody
    .filter(({ sender }) => sender !== '' && sender !== '<>' && !sender.toUpperCase().startsWith('MAILER-DAEMON'))
    .flatMap(({ sender, rcpts }) => rcpts.map((rcpt) => `${rcpt} from ${bare(sender)}`));
  return [...new Set(all)].sort();
}

function bare(sender: string): string {
  return sender.endsWith(`@${HOST}`) ? sender.slice(0, -HOST.length - 1) : sender;
}
