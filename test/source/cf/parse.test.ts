import { describe, expect, it } from 'vitest';
import { expandMacros } from '../../../src/source/cf/macros.ts';
import { parseAliasFiles } from '../../../src/source/cf/map-spec.ts';
import { isTrue } from '../../../src/source/cf/options.ts';
import { mapNamed, optionValue, optionValues, parseSendmailCf, type SendmailCf } from '../../../src/source/cf/parse.ts';

function parse(text: string): SendmailCf {
  return parseSendmailCf(text, { file: 'x.cf', hostName: 'mail.example.com' });
}

describe('K lines', () => {
  it('name, class, flags and file, with their place', () => {
    const { maps } = parse('# c\nKaccess hash -o -T<TMPF> -a. /etc/mail/access\n');
    expect(maps).toMatchObject([
      {
        file: 'x.cf',
        line: 2,
        name: 'access',
        mapClass: 'hash',
        optional: true,
        flags: { suffix: '.' },
        mapFile: '/etc/mail/access',
      },
    ]);
  });
  it.each([
    ['Kx hash -m /a\nKX hash -aZ /b', { flags: { matchOnly: true, suffix: 'Z' }, mapFile: '/b' }],
    ['Kx hash -o -N /a\nKx hash', { optional: true, flags: {}, mapFile: '/a' }],
    ['D{d}/etc\nKx HASH \x24{d}/a', { name: 'x', mapClass: 'hash', mapFile: '/etc/a' }],
    ['Kx hash \x24{d}/a\nD{d}/etc', { mapFile: '/a' }],
  ])('the last of a name counts, with what those before it say: %j', (text, map) => {
    expect(mapNamed(parse(text), 'x')).toMatchObject(map);
  });
  it('continue on indented lines', () => {
    expect(parse('Kaccess hash\n\t-f\n  /etc/mail/access\n').maps).toMatchObject([{ mapFile: '/etc/mail/access' }]);
  });
  it.each([
    ['K', 'readcf: config K line: no map name'],
    ['Kx', 'readcf: config K line, map x: no map class'],
    ['Kx hash', 'No file name for hash map x'],
    ['Kx hash -x /f', 'Illegal option x map x'],
    ['zx', 'unknown configuration line "zx"'],
    ['O =x', 'readcf: null option name'],
  ])('%s is a problem', (line, text) => {
    expect(parse(line).problems).toMatchObject([{ text, status: 70, line: 1 }]);
  });
});

describe('F lines', () => {
  const filesOf = (text: string, name: string) => parse(`V10\n${text}\n`).members(name).files;
  it.each([
    ['Fw/etc/names', 'w', { className: 'w', path: '/etc/names', optional: false, format: '%s', line: 2 }],
    ['F{w}/etc/names', 'w', { className: 'w' }],
    ['FR-o /etc/domains', 'R', { path: '/etc/domains', optional: true }],
    ['FR -ox /etc/domains', 'R', { path: '/etc/domains', optional: true }],
    ['F{x} -o /etc/names %[^\\#]', 'x', { optional: true, format: '%[^#]' }],
    ['Fw /etc/names a%*s %s', 'w', { path: '/etc/names', format: 'a%*s %s' }],
    ['Fw/etc/names\t%s', 'w', { path: '/etc/names\t%s', format: '%s' }],
    ['Fw/etc/a@hash:b', 'w', { path: '/etc/a@hash:b' }],
    ['Fwa@b', 'w', { path: 'a@b' }],
    ['Fw"/etc/a b" %s', 'w', { path: '/etc/a b' }],
  ])('%s', (text, name, file) => {
    expect(filesOf(text, name)).toMatchObject([file]);
  });
  it.each(['Fw|/bin/names -x', 'Fw -o |/bin/names', 'Fwkey@ldap:spec', 'Fw/f %d', 'Fw/f %s%s', 'Fw/f x'])(
    '%s is not followed, and reported',
    (text) => {
      const cf = parse(text);
      expect(cf.members('w').files).toEqual([]);
      expect(cf.problems).toMatchObject([{ severity: 'warning', ours: true, line: 1 }]);
    },
  );
  it.each(['FR', 'FR-o', 'FR-o/etc/names'])('%s has no file', (text) => {
    expect(parse(text).problems).toMatchObject([{ text: 'fileclass: missing file name' }]);
  });
});

/** Lines of a sendmail.cf -> the members of class R, as `sendmail -bt` prints them for `$=R`. */
const MEMBERS: readonly (readonly [lines: string, members: string])[] = [
  ['CR a  b\tc', 'a b c'],
  ['CRa\n b\n\tc', 'a b c'],
  ['C{R}a', 'a'],
  ['C R a', ''],
  ['CRA\nCRa', 'A'],
  ['CR"a b"', '"a b"'],
  ['CR$m x', 'example.com x'],
  ['CR$j $w', 'mail.example.com mail'],
  ['Djq.r\nCR$j $w', 'q.r mail'],
  ['CR$X\nDXlate', ''],
  ['D{x}y z\nCRa\x24{x}b', 'ay zb'],
  ['D{x}"y z"\nCR\x24{x}', 'y z'],
  ['D{x}$j\nCR\x24{x}', 'mail.example.com'],
  ['CRa$?{x}b$|c$.d', 'acd'],
  ['D{x}1\nCRa$?{x}b$|c$.d e', 'abd e'],
  ['CR$?wa$?{q}b$|c$.d$|e$.f', 'acdf'],
  ['CR$?{q}a b c\nCRz', 'z'],
  ['CR$$m', '$m'],
  ['C{x}a b\nCR$={x}', 'a b'],
  ['C{x}a\nCR$=x r\nC{x}late', 'a r'],
  ['Cxa\nCRq$=x', 'q\x93x'],
  ['CR$=R a', 'a'],
  ['CR$&j', '\x82j'],
  ['CR$*', '\x90'],
  ['C{a-b}x\nCR$={ab}', 'x'],
  ['CRa #b', 'a'],
];

describe('members of a class', () => {
  const words = (text: string, name = 'R'): string =>
    parse(`V10\n${text}\n`)
      .members(name)
      .words.map(({ word }) => word)
      .join(' ');
  it.each(MEMBERS)('%j', (lines, members) => {
    expect(words(lines)).toBe(members);
  });
  it('class t of T lines, class w of $j', () => {
    expect(words('Troot uucp', 't')).toBe('root uucp');
    expect(words('Djq.$m', 'w')).toBe('q.example.com');
  });
  it('copies files as well', () => {
    expect(parse('FV/v\nCR$=V\n').members('R').files).toMatchObject([{ path: '/v' }]);
  });
  it('ends where classes copy each other', () => {
    expect(words('C{a}x\nC{b}y\n'.concat('C{a}$={b}\nC{b}$={a}\n'.repeat(2000)), 'a')).toBe('x y');
  });
  const NO_ID = 'Unable to assign macro/class ID (mid = 0xffffffff)';
  it.each([
    ['C', ['Name required for macro/class']],
    ['F{}', ['Name required for macro/class']],
    ['C{abx', ['Unbalanced { on abx', NO_ID]],
    ['C{a b}x', ['Invalid macro/class character  ']],
    ['C{abcdefghijklmnopqrstuvwxy}x', []],
    [
      'C{abcdefghijklmnopqrstuvwxyz}x',
      [`Macro/class name ({abcdefghijklmnopqrstuvwxy}) too long (25 chars max)`, NO_ID],
    ],
  ])('%s: %j', (line, texts) => {
    expect(parse(line).problems.map(({ text }) => text)).toEqual(texts);
  });
});

/** A D line's value -> the macro's value, as `sendmail -bt` prints it. */
const VALUES: readonly (readonly [line: string, value: string])[] = [
  [' x  ', ' x'],
  ['" x  "', ' x  '],
  ['a"b c"d', 'ab cd'],
  ['"a', 'a'],
  ['a\\rb\\fc\\bd\\0e\\\\f', 'a\rb\fc\bd0e\\f'],
  ['a\\nb\\tc', 'a\nbtc'],
  ['x\\', 'x'],
  ['a\n b', 'a\n b'],
  ['y'.repeat(3000), 'y'.repeat(2047)],
];
it.each(VALUES)('macro value %j', (line, value) => {
  expect(parse(`V10\nD{x}${line}\n`).macros('x')).toBe(value);
});

it.each([
  ['', 'mail.example.com'],
  ['V4\n', 'mail.example.com'],
  ['V5\n', 'mail'],
])('$w of level %j', (level, name) => {
  expect(parse(`${level}Ax\n`).macros('w')).toBe(name);
});

describe('options', () => {
  const cf = parse(
    'V10/Berkeley\nO AliasFile=/a, hash:/b # c\nOA/c\nO CheckAliases = True\nOJ$z/.f#x\nO Timeout.ident=0\n',
  );
  it('by name and by letter, in order', () => {
    expect(optionValues(cf, 'aliasfile')).toEqual(['/a, hash:/b', '/c']);
    expect(optionValue(cf, 'ForwardPath')).toBe('$z/.f');
    expect(optionValue(cf, 'timeout.IDENT')).toBe('0');
    expect(optionValue(cf, 'nosuch')).toBeUndefined();
  });
  it.each([
    ['O AliasF=/a', 'AliasFile', 'Option AliasF used as abbreviation for AliasFile'],
    ['O trusted=x', 'TrustedUser', 'Option trusted used as abbreviation for TrustedUser'],
    ['O Alias=/a', undefined, 'readcf: ambiguous option name Alias (matches AliasFile and AliasWait)'],
    ['O NoSuch=x', undefined, 'readcf: unknown option name NoSuch'],
    ['O  CheckAliases=True', undefined, 'readcf: unknown option name  CheckAliases'],
    ['O .x=1', undefined, 'readcf: ambiguous option name  (matches SevenBitInput and EightBitMode)'],
    ['ON', undefined, 'readcf: unknown option name 0x4e'],
    ['O Timeout.ident=0', 'Timeout.ident', undefined],
  ])('%s is %s', (line, name, text) => {
    const { options, problems } = parse(line);
    expect(options).toMatchObject(name === undefined ? [] : [{ name }]);
    expect(problems).toMatchObject(text === undefined ? [] : [{ text }]);
  });
  it.each([
    ['', true],
    ['True', true],
    ['yes', true],
    ['False', false],
    ['1', false],
    [undefined, false],
  ])('%j is %j', (value, truth) => {
    expect(isTrue(value)).toBe(truth);
  });
  it('keeps byte A0, the end of `à`, in front of a comment', () => {
    expect(optionValue(parse('V10\nO HelpFile=/caf\xc3\xa0 # c\n'), 'HelpFile')).toBe('/caf\xc3\xa0');
  });
  it('keeps # without a V line', () => {
    expect(optionValue(parse('O HelpFile=a#b'), 'HelpFile')).toBe('a#b');
  });
});

describe('alias files', () => {
  it.each([
    ['/a', [['implicit', '/a', false]]],
    [
      'hash:-o /a, btree:/b,/c',
      [
        ['hash', '/a', true],
        ['btree', '/b', false],
        ['implicit', '/c', false],
      ],
    ],
    ['', [['implicit', 'aliases', false]]],
  ])('%j', (value, files) => {
    expect(
      parseAliasFiles(value)
        .slice(0, 3)
        .map((spec) => [spec.mapClass, spec.file, spec.optional]),
    ).toEqual(files);
  });
});

describe('macros', () => {
  const values: Readonly<Record<string, string>> = {
    j: '$w.$m',
    w: 'mail',
    m: 'example.com',
    loop: 'x\x24{loop}',
    many: '\x24{many}'.repeat(50),
  };
  const macros = (name: string): string | undefined => values[name];
  it.each([
    ['$j', 'mail.example.com'],
    ['a$$b', 'a$b'],
    ['\x24{w}!$&w', 'mail!mail'],
    ['$?wyes $w$|no$.', 'yes mail'],
    ['$?xyes$|no$?w, but w$..', 'no, but w.'],
    ['$?{w}a$.b', 'ab'],
    ['$nothing', 'othing'],
    ['trailing $', 'trailing $'],
  ])('%s is %s', (text, expanded) => {
    expect(expandMacros(text, macros)).toBe(expanded);
  });
  it('ends with macros that name themselves', () => {
    expect(expandMacros('\x24{loop}', macros)).toBe('x'.repeat(11));
    expect(expandMacros('\x24{many}', macros)).toBe('');
  });
});
