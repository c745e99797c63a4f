/** The rulesets of a sendmail.cf as functions. */
import { describe, expect, it } from 'vitest';
import { type LookupResult, loadRules, MapError } from '../../src/index.ts';
import { tableResolver } from '../access/table-resolver.ts';

const CF = `V10/Berkeley
O OperatorChars=.:%@!^/[]+
Kcolor hash -T<TMP> /etc/mail/color
Kzone dns -R A
C{mine}here.example
Sjudge
R$* $| $*\t$@ $1 and $2
R$+ @ $={mine}\t$#local $: $1
R$+ @ $+\t$#esmtp $@ $2 $: $1 @ $2
R$+ . list\t$@ $(zone $1.list.example $: none $)
R$+\t$: $(color $1 $@ $&{shade} $: plain $)
${[1, 2, 3, 4, 5, 6].map((number) => `S${number}\nR$*\t$>${number + 1} $1\n`).join('')}`;

const found = (value: string): LookupResult => ({ status: 'found', value });
const NOT_FOUND: LookupResult = { status: 'notFound' };
const FAILED: LookupResult = { status: 'tempFail', error: new MapError('unreadable', 'gone') };

function rules(color: (key: string, ...args: readonly string[]) => LookupResult = () => NOT_FOUND) {
  return loadRules(CF, { tables: { color }, classes: { mine: ['there.example'] }, macros: { shade: 'dark' } });
}

describe('a ruleset', () => {
  it.each([
    ['a table', 'sky', 'blue'],
    ['no entry', 'sea', 'plain'],
    ['a class of the file', 'bob@here.example', '$# local $: bob'],
    ['a class of the caller', 'bob@there.example', '$# local $: bob'],
    ['two texts', ['a', 'b'], 'a and b'],
  ] as const)('answers by %s', (_, workspace, expected) => {
    expect(rules((key) => (key === 'sky' ? found('blue') : NOT_FOUND)).call('judge', workspace).text).toBe(expected);
  });

  it('gives mailer, host and user', () => {
    const { resolved } = rules().call('judge', 'bob@far.example');
    expect(resolved).toEqual({ mailer: 'esmtp', host: 'far.example', user: 'bob@far.example' });
  });

  it.each([
    ['of the caller', {}, 'dark'],
    ['of the call', { macros: { shade: 'light' } }, 'light'],
  ] as const)('passes macros %s as arguments', (_, options, shade) => {
    const of = rules((_key, ...args) => found(args.join()));
    expect(of.call('judge', 'sky', options).text).toBe(shade);
    expect(of.call('judge', 'sky').text).toBe('dark');
  });

  it('names the entry and the rule', () => {
    const { because, trace } = rules(() => found('blue')).call('judge', 'sky');
    expect(because).toMatchObject({ rule: 'judge', at: { file: 'sendmail.cf', line: 11 } });
    expect(trace).toContainEqual(expect.objectContaining({ kind: 'key', map: 'color', key: 'sky', value: 'blue' }));
  });

  it('uses -T of the K line where a table cannot tell', () => {
    expect(rules(() => FAILED).call('judge', 'sky')).toMatchObject({ text: 'sky < TMP >', cannotTell: false });
  });

  it('cannot tell without DNS, and asks it in ask()', async () => {
    expect(rules().call('judge', 'a.list').cannotTell).toBe(true);
    const resolver = tableResolver({ 'a.list.example': { A: ['127.0.0.2'] } });
    const asked = await rules().ask('judge', 'a.list', { resolver });
    expect(asked).toMatchObject({ cannotTell: false, tokens: ['127', '.', '0', '.', '0', '.', '2'] });
  });
});

describe('mistakes', () => {
  it.each([
    ['an unknown ruleset', () => rules().call('nosuch', 'a'), /there is no ruleset nosuch/],
    ['rules without end', () => rules().call('1', 'x'), /do not end/],
    ['a workspace of numbers', () => rules().call('judge', [1] as never), /workspace must be/],
    ['an unknown option', () => loadRules('', { tabels: {} } as never), /tabels.*tables/],
  ])('%s', (_, call, expected) => {
    expect(call).toThrow(expected);
  });

  it('of the file are problems with their lines', () => {
    expect(loadRules('V10\nRlost\tx\n').problems).toContainEqual(
      expect.objectContaining({ code: 'MM701', file: 'sendmail.cf', line: 2 }),
    );
  });
});
