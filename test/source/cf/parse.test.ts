import { describe, expect, it } from 'vitest';
import { expandMacros } from '../../../src/source/cf/macros.ts';
import { parseAliasFiles } from '../../../src/source/cf/map-spec.ts';
import { isTrue, optionValue, optionValues, parseSendmailCf, type SendmailCf } from '../../../src/source/cf/parse.ts';

function parse(text: string): SendmailCf {
  return parseSendmailCf(text, { file: 'x.cf', hostName: 'mail.example.com' });
}

describe('K lines', () => {
  it('name, class, flags and file, with their place', () => {
    const { maps } = parse('# c\nKaccess hash -o -T<TMPF> -a. /etc/mail/access\n');
    expect(maps).toMatchObject([
      { file: 'x.cf', line: 2, name: 'access', mapClass: 'hash', optional: true, mapFile: '/etc/mail/access' },
    ]);
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

describe('classes', () => {
  it.each([
    ['Fw/etc/names', { className: 'w', path: '/etc/names', optional: false, format: '%s' }],
    ['FR-o /etc/domains', { className: 'R', path: '/etc/domains', optional: true }],
    ['V10\nF{x}-o/etc/names %[^\\#]', { className: '{x}', optional: true }],
    ['V10\nFw /etc/names %[^\\#]', { path: '/etc/names', format: '%[^#]' }],
  ])('%s', (text, file) => {
    expect(parse(text).classFiles).toMatchObject([file]);
  });
  it.each(['Fw|/bin/names -x', 'Fwkey@ldap:spec'])('%s is not supported, and said', (text) => {
    expect(parse(text)).toMatchObject({ classFiles: [], problems: [{ severity: 'warning', ours: true }] });
  });
  it('expands macros in words, as far as they are defined', () => {
    expect(parse('Cw a $w.$m $j $X\nDXlate\nCR$X\n').classes.map(({ words }) => words)).toEqual([
      ['a', 'mail.example.com', 'mail.example.com'],
      ['late'],
    ]);
  });
});

describe('options', () => {
  const cf = parse(
    'V10/Berkeley\nO AliasFile=/a, hash:/b # c\nOA/c\nO  CheckAliases = True\nOJ$z/.f#x\nO Timeout.ident=0\n',
  );
  it('by name and by letter, in order', () => {
    expect(optionValues(cf, 'aliasfile')).toEqual(['/a, hash:/b', '/c']);
    expect(optionValue(cf, 'ForwardPath')).toBe('$z/.f');
    expect(optionValue(cf, 'timeout.IDENT')).toBe('0');
    expect(optionValue(cf, 'nosuch')).toBeUndefined();
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
    expect(optionValue(parse('V10\nO X=/caf\xc3\xa0 # c\n'), 'x')).toBe('/caf\xc3\xa0');
  });
  it('keeps # without a V line', () => {
    expect(optionValue(parse('O X=a#b'), 'x')).toBe('a#b');
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
    expect(expandMacros('\x24{loop}', macros)).toBe('x'.repeat(10));
    expect(expandMacros('\x24{many}', macros)).toBe('');
  });
});
