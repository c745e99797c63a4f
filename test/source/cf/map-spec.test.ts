/** The specification of a map in sendmail.cf, and lists of alias files, as sendmail 8.17's programs parse them. */
import { describe, expect, it } from 'vitest';
import { parseAliasFiles, parseMapSpec, splitAliasFiles } from '../../../src/source/cf/map-spec.ts';

describe('flags and file', () => {
  // biome-ignore format: one case per line
  it.each<[string, ReturnType<typeof parseMapSpec>]>([
    ['/f',                          { optional: false, flags: {}, append: false, file: '/f', illegal: [] }],
    ['-o /f more',                  { optional: true,  flags: {}, append: false, file: '/f', illegal: [] }],
    ['-T<TMPF> -o -a. /f',          { optional: true,  flags: { suffix: '.' }, append: false, file: '/f', illegal: [] }],
    ['-aY -a /f',                   { optional: false, flags: { suffix: '' }, append: false, file: '/f', illegal: [] }],
    ['-k 1 -v2 -z: /f',             { optional: false, flags: {}, append: false, file: '/f', illegal: [] }],
    ['-S. -A -t -D -O /f',          { optional: false, flags: { onlyWithoutNul: true }, append: true,  file: '/f', illegal: [] }],
    ['-q -fo -m -N /f', { optional: false, flags: { keepQuotes: true, keepCase: true, matchOnly: true, onlyWithNul: true }, append: false, file: '/f', illegal: [] }],
    ['-x -o -y1 /f',                { optional: true,  flags: {}, append: false, file: '/f', illegal: ['x', 'y'] }],
    ['- /f',                        { optional: false, flags: {}, append: false, file: '/f', illegal: [' '] }],
    ['-d5 /f',                      { optional: false, flags: {}, append: false, file: '/f', illegal: [] }],
    ['-k',                          { optional: false, flags: {}, append: false, file: '',   illegal: [] }],
  ])('%s', (text, spec) => expect(parseMapSpec(text)).toEqual(spec));

  it('takes any number of flags', () => {
    expect(parseMapSpec(`${'-m '.repeat(300_000)}-o /etc/a`)).toMatchObject({ file: '/etc/a', optional: true });
  });
});

describe('a list of alias files', () => {
  // biome-ignore format: one case per line
  it.each<[string, string[]]>([
    ['/x',                    ['implicit /x']],
    [' /x , /y ',             ['implicit /x', 'implicit /y']],
    ['hash:/x,btree: -o /y',  ['hash /x', 'btree /y']],
    ['/x,',                   ['implicit /x']],
    [',/x',                   ['implicit ', 'implicit /x']],
    ['/x,,/y',                ['implicit /x', 'implicit ', 'implicit /y']],
    ['',                      ['implicit aliases']],
    ['hash:,/x',              ['hash ', 'implicit /x']],
    [':/x',                   [' /x']],
    ['/x:y',                  ['implicit /x:y']],
    ['"/x",/y',               ['implicit "/x",/y']],
    ['"/x,/y"',               ['implicit "/x', 'implicit /y"']],
    ['""/x,/y',               ['implicit ""/x', 'implicit /y']],
    ['/x"a,b"c,/y',           ['implicit /x"a,b"c', 'implicit /y']],
    ['hash:"/x,y",/z',        ['hash "/x,y"', 'implicit /z']],
  ])('of newaliases: %s', (value, files) => {
    expect(parseAliasFiles(value).map(({ mapClass, file }) => `${mapClass} ${file}`)).toEqual(files);
  });

  // biome-ignore format: one case per line
  it.each<[string, string[]]>([
    ['/x , hash:/y ',    ['/x', 'hash:/y ']],
    ['',                 []],
    [',/x',              ['', '/x']],
    ['"/x",/y',          ['"/x",/y']],
    ['hash:"/x,y",/z',   ['hash:"/x', 'y"', '/z']],
    ['a"b,c',            ['a"b', 'c']],
  ])('of praliases: %s', (value, items) => {
    expect(splitAliasFiles(value, /[ ,/]/)).toEqual(items);
  });
});
