/** Lookups of whole addresses in an alias map, as Postfix sends them. */
import { describe, expect, it } from 'vitest';
import { MapError } from '../../src/core/errors.ts';
import { withAddresses } from '../../src/serve/alias-addresses.ts';
import { lookupIn } from '../lookup-in.ts';

const ALIASES = new Map(
  Object.entries({
    root: 'alice, admin@far.example',
    sales: 'alice+sales, bob',
    'sales+late': 'bob',
    'news+*': 'carol',
    carol: '\\carol, carol@far.example',
    dave: 'dave, d@far.example',
    team: 'alice, "Carol Cole" <carol>',
    mixed: 'alice, "|/bin/program"',
    program: '"|/bin/program"',
    file: '/var/mail/archive',
    list: ':include:/etc/mail/lists/list',
    owned: 'alice, bob',
    'owner-owned': 'alice',
    broken: 'alice, <bob',
    empty: '',
    long: 'alice, '.repeat(20_000),
    '"a b"': 'alice',
    '"a': 'bob',
    'x@far.example': 'bob',
    '@': '@',
  }),
);
const RULES = {
  isLocal: (host: string) => /^(?:here|mail\.here)\.example$/i.test(host),
  hostName: 'mail.here.example',
};

const lookup = withAddresses(lookupIn(ALIASES), RULES);

describe('an alias map', () => {
  it.each<[string, string, string | undefined]>([
    ['a bare name', 'root', 'alice, admin@far.example'],
    ['a bare name whose alias is a program', 'program', '"|/bin/program"'],
    ['a bare name that is none', 'nosuch', undefined],
    ["sendmail's mark", '@', '@'],
    ['a user of ours', 'root@here.example', 'alice, admin@far.example'],
    ['in capitals', 'Root@HERE.Example', 'alice, admin@far.example'],
    ['of this host', 'root@localhost', 'alice, admin@far.example'],
    ['in quotes', '"a b"@here.example', 'alice'],
    ['in quotes with a plus', '"a+b"@here.example', undefined],
    ['a user with a detail that has an alias', 'sales+late@here.example', 'bob'],
    ['a user with another detail', 'sales+x@here.example', 'alice+sales, bob'],
    ['a user whose details have one', 'news+x@here.example', 'carol'],
    ['names and phrases', 'team@here.example', 'alice, "Carol Cole" <carol>'],
    ['a user elsewhere', 'root@far.example', undefined],
    ['an address elsewhere that is a key', 'x@far.example', 'bob'],
    ['a user elsewhere, behind a percent', 'root%far.example@here.example', undefined],
    ['what only local(8) delivers: a program', 'program@here.example', undefined],
    ['a file', 'file@here.example', undefined],
    ['a list', 'list@here.example', undefined],
    ['one of several', 'mixed@here.example', undefined],
    ['a copy to the own mailbox', 'carol@here.example', undefined],
    ['without its backslash', 'dave@here.example', undefined],
    ['a list with an owner', 'owned@here.example', undefined],
    ['the owner', 'owner-owned@here.example', 'alice'],
    ['what is no list of addresses', 'broken@here.example', undefined],
    ['nothing', 'empty@here.example', undefined],
    ['more than Postfix takes', 'long@here.example', undefined],
    ['no alias', 'nosuch@here.example', undefined],
    ['no address', 'a, b@here.example', undefined],
    ['nobody', '@here.example', undefined],
  ])('is asked for %s', (_what, key, value) => {
    expect(lookup(key)).toEqual(value === undefined ? { status: 'notFound' } : { status: 'found', value });
  });

  it.each([
    [1000, 1000, 'found'],
    [1001, 1001, 'notFound'],
    [8000, 1001, 'notFound'],
  ])('is asked for a list of %i members, and parses %i of them', (members, parsed, status) => {
    let hosts = 0;
    const rules = { ...RULES, isLocal: (host: string) => host.startsWith('m') && ++hosts < 0 };
    const list = Array.from({ length: members }, (_, i) => `a@m${i}.x.y`).join(',');
    const big = withAddresses(lookupIn(new Map([['big', list]])), {
      ...rules,
      isLocal: (h) => h === 'here.example' || rules.isLocal(h),
    });
    expect(big('big@here.example').status).toBe(status);
    expect(hosts).toBe(parsed);
  });

  it('is asked for a list that is broken at its start, and parses its first member only', () => {
    let hosts = 0;
    const isLocal = (host: string): boolean => host === 'here.example' || ++hosts < 0;
    const list = `<b,${'a@far.example,'.repeat(5000)}`;
    expect(withAddresses(lookupIn(new Map([['bad', list]])), { ...RULES, isLocal })('bad@here.example').status).toBe(
      'notFound',
    );
    expect(hosts).toBeLessThan(5);
  });

  it.each<[string, string, string, string]>([
    ['with as many comments as members', 'm@here.example', '"A" <a@b.example> (c), '.repeat(999), 'found'],
    ['with too many comments', 'm@here.example', `a@b.example${'(c)'.repeat(4001)}`, 'notFound'],
    ['of brackets', 'm@here.example', '('.repeat(98_000), 'notFound'],
  ])('is asked for a value %s', (_what, key, value, status) => {
    expect(withAddresses(lookupIn(new Map([['m', value]])), RULES)(key).status).toBe(status);
  });

  it('takes a key that is too long for SMTP as it is, without parsing it', () => {
    const keys: string[] = [];
    const all = withAddresses((key) => {
      keys.push(key);
      return { status: 'notFound' };
    }, RULES);
    const long = `${'a@b,'.repeat(25_000)}root@here.example`;
    all(long);
    expect(keys).toEqual([long]);
  });

  it('cannot tell when the map cannot, also about the owner', () => {
    const error = new MapError('damaged', 'it is');
    const failing = (bad: string): ReturnType<typeof lookup> =>
      withAddresses(
        (key) => (key === bad ? { status: 'tempFail', error } : lookupIn(ALIASES)(key)),
        RULES,
      )('root@here.example');
    expect([failing('root'), failing('owner-root')]).toEqual([
      { status: 'tempFail', error },
      { status: 'tempFail', error },
    ]);
  });
});
