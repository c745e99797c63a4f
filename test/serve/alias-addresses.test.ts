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
