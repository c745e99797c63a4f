/** EXPN and VRFY: what sendmail answered (test/data/alias.json), and PrivacyOptions. */
import { describe, expect, it } from 'vitest';
import type { PrivacyOption } from '../../src/alias/smtp.ts';
import { aliasesOf, type MachineSpec } from '../machine.ts';
import { readData } from '../read-data.ts';

interface Group extends MachineSpec {
  readonly group: string;
  readonly cases: readonly {
    readonly question: { readonly kind: string; readonly address: string };
    readonly answer: { readonly lines: readonly string[] };
  }[];
}
const recorded = readData<{ groups: Group[] }>('alias');
const kinds = ['expn', 'vrfy'];
const groups = recorded.groups.filter((g) => g.cases.some((c) => kinds.includes(c.question.kind)));

/** sendmail lists recipients in an order of its own: code and mark aside, they are compared as a set. */
function asSet(lines: readonly string[]): string[] {
  return lines.map((line) => `${line.slice(0, 3)} ${line.slice(4)}`).sort();
}

describe.each(groups)('recorded: $group', (group) => {
  const aliases = aliasesOf(group);
  it.each(group.cases.filter((c) => kinds.includes(c.question.kind)))(
    '$question.kind $question.address',
    ({ question: { kind, address }, answer }) => {
      const lines = aliases.answer(kind === 'expn' ? 'EXPN' : 'VRFY', address);
      expect(asSet(lines)).toEqual(asSet(answer.lines));
    },
  );
});

interface Session extends MachineSpec {
  readonly group: string;
  readonly options: { readonly PrivacyOptions: string };
  readonly cases: readonly {
    readonly question: { readonly kind: string; readonly lines: readonly string[] };
    readonly answer: { readonly replies: readonly string[][] };
  }[];
}
const sessions = (recorded.groups as unknown as readonly Session[]).filter(({ group }) => group.startsWith('privacy'));

describe.each(sessions)('$group', (session) => {
  const aliases = aliasesOf(session);
  it.each(session.cases)('$question.lines', ({ question: { lines }, answer: { replies } }) => {
    const greeted = lines[0]!.startsWith('HELO');
    for (const [i, line] of lines.entries()) {
      const [command, address = ''] = line.split(' ');
      if (command === 'HELO') continue;
      const kind = command === 'EXPN' ? 'EXPN' : 'VRFY';
      expect(aliases.answer(kind, address, undefined, greeted), line).toEqual(replies[i + 1]);
    }
  });
});

const aliases = aliasesOf({ files: { aliases: 'b: erin, \\alice\nr: x@r.example\nn: ,\n' } });
const REFUSED = '502 5.7.0 Sorry, we do not allow this operation';
const UNTOLD = '252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)';

it.each<[string, PrivacyOption[], string[], string[]]>([
  [
    'b',
    [],
    ['250-2.1.5 Erin Else <erin@mail.oracle.test>', '250 2.1.5 Alice Anders <\\alice@mail.oracle.test>'],
    ['250 2.1.5 <b@mail.oracle.test>'],
  ],
  ['b', ['goaway'], [REFUSED], [UNTOLD]],
  ['b', ['noexpn'], [REFUSED], ['250 2.1.5 <b@mail.oracle.test>']],
  [
    'alice bob',
    ['novrfy'],
    ['250-2.1.5 Alice Anders <alice@mail.oracle.test>', '250 2.1.5 Bob Burns <bob@mail.oracle.test>'],
    [UNTOLD],
  ],
  [
    'alice carol',
    ['noexpn'],
    [REFUSED],
    ['250-2.1.5 Alice Anders <alice@mail.oracle.test>', '250 2.1.5 Carol Cole <carol@mail.oracle.test>'],
  ],
  [
    '/tmp/x',
    [],
    ['550 5.7.1 /tmp/x... Cannot mail directly to files'],
    ['550 5.7.1 /tmp/x... Cannot mail directly to files'],
  ],
  ['remote!u', [], ['250 2.1.5 <remote!u@mail.oracle.test>'], ['252 2.1.5 <remote!u@mail.oracle.test>']],
  ['', [], ['501 5.5.2 Argument required'], ['501 5.5.2 Argument required']],
  [' \t', [], ['501 5.5.2 Argument required'], ['501 5.5.2 Argument required']],
  ['\xa0', [], ['550 5.1.1 \xa0... User unknown'], ['550 5.1.1 \xa0... User unknown']],
  ['n', [], ['554 5.4.6 aliasing/forwarding loop broken'], ['250 2.1.5 <n@mail.oracle.test>']],
])('%s under %j', (address, privacy, expn, vrfy) => {
  expect(aliases.answer('EXPN', address, privacy)).toEqual(expn);
  expect(aliases.answer('VRFY', address, privacy)).toEqual(vrfy);
});
