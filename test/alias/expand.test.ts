/** The other results of an expansion: steps, owners, limits. */

import { describe, expect, it } from 'vitest';
import type { AliasContext } from '../../src/alias/context.ts';
import { expand } from '../../src/alias/expand.ts';
import type { DeliveryTarget, Expansion } from '../../src/alias/expansion.ts';
import { MAX_ADDRESSES, MAX_ALIAS_RECURSION, MAX_ERRORS, MAX_LIST_BYTES } from '../../src/alias/limits.ts';
import { answerExpn } from '../../src/alias/smtp.ts';
import { MapError } from '../../src/core/errors.ts';
import { type ListFile, MAX_LIST_FILE_BYTES } from '../../src/core/list-file.ts';
import type { Lookup } from '../../src/core/lookup.ts';
import { lookupIn } from '../lookup-in.ts';
import { machine } from '../machine.ts';
import type { Files } from '../oracle/jobs.ts';
import { fc } from '../property.ts';

function names({ recipients }: Expansion): string[] {
  return recipients.map((r) => (r.kind === 'user' ? r.name : r.kind));
}

function contextOf(aliases: string, files: Files = {}, options: Partial<AliasContext['options']> = {}): AliasContext {
  const context = machine({ files: { aliases, ...files } });
  return { ...context, options: { ...context.options, ...options } };
}

describe('recipients', () => {
  it('come in reading order, each once', () => {
    expect(names(expand('a', contextOf('a: carol, b, alice\nb: alice, bob\n')))).toEqual(['carol', 'alice', 'bob']);
  });
  it('say what they are, from whom, as whom they run and who gets reports of errors', () => {
    const files = { 'home/bob/.forward': '"|/bin/p x", /etc/mail/home/bob/mbox, x@y.example\n' };
    const { recipients } = expand('l', contextOf('l: alice+d, bob, "|/bin/q"\nowner-l: carol\n', files));
    const owner = 'carol';
    expect(recipients).toEqual<DeliveryTarget[]>([
      { kind: 'user', name: 'alice', detail: 'd', owner },
      { kind: 'program', command: '/bin/p x', from: 'bob', user: 'bob', owner },
      { kind: 'file', path: '/etc/mail/home/bob/mbox', from: 'bob', user: 'bob', owner },
      { kind: 'address', localPart: 'x', domain: 'y.example', owner },
      { kind: 'program', command: '/bin/q', from: 'l', owner },
    ]);
  });
  it.each([
    ['\\alice, alice', ['alice']],
    ['"|\\/bin/x y", "|/bin/x y"', ['program']],
    ['"/etc/f", /etc/\\f', ['file']],
    ['far!bob, bob@far.uucp', ['address']],
  ])('count once what is written in two ways: %s', (list, once) => {
    expect(names(expand('a', contextOf(`a: ${list}\n`)))).toEqual(once);
  });
});

describe('owner', () => {
  it.each([
    ['one plain address', 'l: alice\nowner-l: Bob <bob>\n', 'l', 'bob'],
    ['a remote address', 'l: alice\nowner-l: bob@r.example\n', 'l', 'bob@r.example'],
    ['a list: its own name', 'l: alice\nowner-l: bob, carol\n', 'l', 'owner-l'],
    ['an :include:', 'l: alice\nowner-l: :include:/x\n', 'l', 'owner-l'],
    ['the owner of an owner', 'l: alice\nowner-l: bob\nowner-owner: carol\n', 'owner-l', 'carol'],
    ['no alias, no owner', 'owner-alice: bob\n', 'alice', undefined],
  ])('%s', (_, aliases, address, owner) => {
    expect(expand(address, contextOf(aliases)).owner).toBe(owner);
  });
  it('the innermost list decides', () => {
    const { recipients } = expand('l', contextOf('l: alice, m\nm: bob\nowner-l: carol\nowner-m: dave\n'));
    expect(recipients.map((r) => r.owner)).toEqual(['carol', 'dave']);
  });
});

describe('trace', () => {
  it('shows who led to whom, and through which line of which file', () => {
    const files = { list: '# members\nbob, alice\n', 'home/bob/.forward': 'carol\n' };
    expect(expand('l', contextOf('l: :include:/etc/mail/list, nosuch\n', files)).trace).toEqual([
      { depth: 0, address: 'l', via: { kind: 'asked' }, outcome: 'expanded' },
      {
        parent: 0,
        depth: 1,
        address: ':include:/etc/mail/list',
        via: { kind: 'alias', key: 'l', map: 0 },
        outcome: 'expanded',
      },
      {
        parent: 1,
        depth: 2,
        address: 'bob',
        via: { kind: 'include', file: '/etc/mail/list', line: 2 },
        outcome: 'expanded',
      },
      {
        parent: 2,
        depth: 3,
        address: 'carol',
        via: { kind: 'forward', file: '/etc/mail/home/bob/.forward', line: 1 },
        outcome: 'delivered',
        recipient: 0,
      },
      {
        parent: 1,
        depth: 2,
        address: 'alice',
        via: { kind: 'include', file: '/etc/mail/list', line: 2 },
        outcome: 'delivered',
        recipient: 1,
      },
      {
        parent: 0,
        depth: 1,
        address: 'nosuch',
        via: { kind: 'alias', key: 'l', map: 0 },
        outcome: 'failed',
        reason: 'User unknown',
      },
    ]);
  });
  it('says which recipient an equal address and a loop stand for', () => {
    const { trace } = expand('a', contextOf('a: alice, alice, b\nb: bob\nbob: b\n'));
    expect(trace.map(({ address, outcome, recipient }) => [address, outcome, recipient])).toEqual([
      ['a', 'expanded', undefined],
      ['alice', 'duplicate', 0],
      ['alice', 'delivered', 0],
      ['b', 'expanded', undefined],
      ['bob', 'delivered', 1],
      ['b', 'loop', 1],
    ]);
  });
});

describe('errors', () => {
  it('have code, address, reply, file and line', () => {
    const { errors } = expand('l', contextOf('l: :include:/etc/mail/list\n', { list: '\nnosuch\n' }));
    expect(errors).toEqual([
      {
        code: 'unknownUser',
        address: 'nosuch',
        text: '/etc/mail/list: line 2: nosuch... User unknown',
        reply: { code: 550, enhanced: '5.1.1', text: 'nosuch... User unknown' },
        status: 67,
        file: '/etc/mail/list',
        line: 2,
      },
    ]);
  });
  it('a loop comes with its whole path', () => {
    const { errors } = expand('a', contextOf('a: b\nb: c\nc: a\n'));
    expect(errors.map(({ code, path }) => [code, path])).toEqual([['loop', ['a', 'b', 'c', 'a']]]);
  });
  // `sendmail -bv a` 8.17.1.9: the rules remove 99 brackets, and the rest is split again for ruleset 5
  it.each([
    [`${'<'.repeat(99)}bob${'>'.repeat(99)}`, 0, 0],
    [`${'<'.repeat(100)}bob${'>'.repeat(100)}`, 0, 100],
    [`${'<'.repeat(101)}bob@x.example${'>'.repeat(101)}`, 0, 101],
    [`${'<'.repeat(101)}bob`, 101, 101],
  ])('%s is complained of for what its brackets leave', (member, opening, closing) => {
    const said = expand('a', contextOf(`a: ${member}, carol\n`)).errors.map(({ text }) =>
      text.replace(/^.*\.\.\. /, ''),
    );
    expect(said.filter((text) => text === "Unbalanced '<'")).toHaveLength(opening);
    expect(said.filter((text) => text === "Unbalanced '>'")).toHaveLength(closing);
    expect(said.includes('User unknown')).toBe(closing > 0);
  });
  it('so does what is nested too deep', () => {
    const { errors } = expand('a', contextOf('a: b\nb: c\nc: alice\n', {}, { maxAliasRecursion: 2 }));
    expect(errors.map(({ path }) => path)).toEqual([['a', 'b', 'c', 'alice']]);
  });
  it('a map that cannot be asked is a temporary failure, unless another one knows', () => {
    const broken: Lookup = () => ({ status: 'tempFail', error: new MapError('unreadable', 'broken') });
    const context = contextOf('a: x@r.example\n');
    const twoMaps = { ...context, aliases: [broken, ...context.aliases] };
    expect(names(expand('a', twoMaps))).toEqual(['address']);
    const { recipients, errors } = expand('bob', twoMaps);
    expect(recipients).toEqual([]);
    expect(errors.map((e) => [e.code, e.reply.code])).toEqual([['tempFail', 451]]);
  });
});

describe('a .forward that is not followed', () => {
  const home = '/etc/mail/home/bob';
  const reported = (why: 'missing' | 'rights' | undefined, unreadableForward?: 'passOver') => {
    const context = contextOf('');
    const readForward = (): ListFile => ({ status: 'refused', reason: 'Not so', ...(why && { why }) });
    const options = { ...context.options, ...(unreadableForward && { unreadableForward }) };
    return expand('bob', { ...context, options, files: { ...context.files, readForward } });
  };
  it('is a step of the trace with its reason, and the user gets the mail', () => {
    const { recipients, errors, trace } = reported(undefined);
    expect([recipients, errors]).toEqual([[{ kind: 'user', name: 'bob' }], []]);
    const step = { parent: 0, depth: 1, outcome: 'passedOver', reason: 'Not so' };
    expect(trace.slice(1)).toEqual(
      [`${home}/.forward.mail`, `${home}/.forward`].map((file) => ({
        ...step,
        address: file,
        via: { kind: 'forwardFile', file },
      })),
    );
  });
  it('since there is none is no step', () => {
    expect(reported('missing').trace).toHaveLength(1);
  });
  it('since this process may not look is a temporary failure', () => {
    const { recipients, errors, trace } = reported('rights');
    expect(recipients).toEqual([]);
    expect(errors).toMatchObject([{ code: 'tempFail', reply: { code: 451, enhanced: '4.2.4' } }]);
    expect(trace).toMatchObject([{ outcome: 'failed', reason: `Cannot open ${home}/.forward.mail: Not so` }]);
  });
  it('since this process may not look is a step where that was asked for', () => {
    const { recipients, errors, trace } = reported('rights', 'passOver');
    expect([recipients.length, errors, trace.length]).toEqual([1, [], 3]);
  });
});

describe('a file that cannot be opened for now', () => {
  const refused = (): ListFile => ({ status: 'refused', reason: 'Too many open files', why: 'later' });
  // asked of sendmail 8.17.1.9: EXPN of such a list
  it('is a temporary failure, for a list', () => {
    const context = contextOf('l: ":include:/etc/mail/list"\n', { list: 'x@r.example\n' });
    const away = { ...context, files: { ...context.files, readInclude: refused } };
    const { recipients, errors } = expand('l', away);
    expect([recipients, errors.map(({ code }) => code)]).toEqual([[], ['tempFail']]);
    expect(answerExpn('l', away)).toEqual(['451 4.2.4 Cannot open /etc/mail/list: Too many open files']);
  });
  it('is one for a .forward too, which nobody knows to be none', () => {
    const context = contextOf('');
    const { recipients, errors } = expand('bob, alice@far.example', {
      ...context,
      files: { ...context.files, readForward: refused },
    });
    expect(recipients).toMatchObject([{ kind: 'address' }]);
    expect(errors).toMatchObject([{ code: 'tempFail', reply: { code: 451, enhanced: '4.2.4' } }]);
  });
});

it('no text makes it fail', { tags: ['slow'] }, () => {
  const odd = fc
    .array(fc.constantFrom(...'ab\\"(),:;<>@%!|/+*. \t\n\r\0\x85\xff#'), { maxLength: 40 })
    .map((c) => c.join(''));
  fc.assert(
    fc.property(odd, odd, odd, (address, value, list) => {
      const context = {
        ...contextOf('', { list, 'home/alice/.forward': value }),
        aliases: [lookupIn(new Map([['a', `${value}, :include:/etc/mail/list, alice`]]))],
      };
      for (const text of [address, 'a']) {
        const { recipients, trace } = expand(text, context);
        expect(trace.every((step) => step.recipient === undefined || step.recipient < recipients.length)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('the restricted shell', () => {
  const look = (name: string) => (name === 'vacation' ? 'runnable' : 'missing');
  it.each([
    ['"|/usr/bin/vacation alice"', undefined],
    ['"|vacation a && exec vacation b || exit 75"', undefined],
    ['"|/bin/sh"', '"sh" not available for sendmail programs (stat failed)'],
    ['"|vacation $HOME"', 'cannot use $ in command'],
  ])('%s', (program, refused) => {
    const context = contextOf(`a: ${program}\n`, {}, { restrictedShell: look });
    expect(expand('a', context).recipients).toMatchObject([refused === undefined ? { kind: 'program' } : { refused }]);
  });
});

describe('limits', { tags: ['slow'] }, () => {
  const chain = (length: number): Map<string, string> =>
    new Map(Array.from({ length }, (_, i) => [`a${i}`, i + 1 < length ? `a${i + 1}` : 'alice']));
  const over = (entries: ReadonlyMap<string, string>, max = 10): AliasContext => ({
    ...contextOf('', {}, { maxAliasRecursion: max }),
    aliases: [
      (key) => {
        const value = entries.get(key);
        return value === undefined ? { status: 'notFound' } : { status: 'found', value };
      },
    ],
  });
  it.each([
    [10, 10, 0],
    [11, 10, 1],
    [MAX_ALIAS_RECURSION, 1_000_000, 0],
    [MAX_ALIAS_RECURSION + 1, 1_000_000, 1],
  ])('%i levels with a limit of %i', (levels, max, errors) => {
    expect(expand('a0', over(chain(levels), max)).errors.length).toBe(errors);
  });
  it.each([
    [MAX_ADDRESSES, 0],
    [MAX_ADDRESSES + 1, 1],
  ])('%i addresses', (count, errors) => {
    const value = 'x,'.repeat(count - 2);
    const expansion = expand('l', over(new Map([['l', `alice,${value}`]])));
    expect(expansion.errors.filter((e) => e.code === 'limit').length).toBe(errors);
  });
  it.each([
    [8, 0],
    [9, 1],
  ])('%i large lists', (count, errors) => {
    const context = contextOf(`l: ${Array.from({ length: count }, (_, i) => `:include:/${i}`).join(', ')}, alice\n`);
    const text = '#'.repeat(MAX_LIST_FILE_BYTES);
    const files = {
      ...context.files,
      readInclude: () => ({ status: 'opened', text, uid: 0, gid: 0, unsafe: false, ownerCertain: true }) as const,
    };
    expect(MAX_LIST_BYTES).toBe(8 * text.length);
    const expansion = expand('l', { ...context, files });
    expect(names(expansion)).toEqual(['alice']);
    expect(expansion.errors.filter((e) => e.code === 'limit').length).toBe(errors);
  });
  it.each([
    [MAX_ERRORS, 0],
    [MAX_ERRORS + 1, 1],
  ])('%i errors', (count, more) => {
    const value = Array.from({ length: count }, (_, i) => `n${i}`).join(',');
    const { errors } = expand('l', over(new Map([['l', `alice,${value}`]])));
    expect(errors.length).toBe(MAX_ERRORS + more);
    expect(errors.at(-1)!.code).toBe(more === 0 ? 'unknownUser' : 'limit');
  });
  it('a graph of 100,000 names with cycles ends, and every name is looked up twice at most', () => {
    const size = 100_000;
    const entries = new Map<string, string>();
    for (let i = 0; i < size; i++) entries.set(`n${i}`, `n${(i * 7 + 1) % size}, n${(i * 13 + 5) % size}, n0`);
    entries.set('all', Array.from({ length: size }, (_, i) => `n${i}`).join(','));
    let asked = 0;
    const context = over(entries);
    const counting = {
      ...context,
      aliases: context.aliases.map(
        (lookup): Lookup =>
          (key) => {
            asked++;
            return lookup(key);
          },
      ),
    };
    const { recipients, errors } = expand('all', counting);
    expect(recipients).toEqual([]);
    expect(errors.every((e) => ['loop', 'unknownUser', 'limit'].includes(e.code))).toBe(true);
    expect(asked).toBeLessThanOrEqual(2 * (size + 2));
  });
});
