/**
 * Findings about text that sendmail loses silently, by rule. Each was tried with sendmail 8.17: no lookup uses such a
 * key, and such a value refuses with itself as the text.
 */

import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/core/bytes.ts';
import { isCode } from '../../src/core/codes/codes.ts';
import { accessFindings } from '../../src/source/warnings/access.ts';
import { aliasFindings, listFindings } from '../../src/source/warnings/aliases.ts';
import { textFindings } from '../../src/source/warnings/characters.ts';
import { classFileFindings } from '../../src/source/warnings/class-file.ts';
import { isPlainAccess } from '../../src/source/warnings/plain-access.ts';
import { fc } from '../property.ts';

/** `code: text`, or nothing. */
function said(findings: readonly { readonly code: string; readonly text: string }[]): string[] {
  return findings.map(({ code, text }) => `${code}: ${Buffer.from(text, 'latin1')}`);
}

describe('a key of an access map', () => {
  // biome-ignore format: one case per line
  it.each([
    ['Connect:198.51.100.0/24',      'MM101', ': 198.51.100'],
    ['Connect:10.0.0.0/8',           'MM101', ': 10'],
    ['10.1.2.0/23',                  'MM101', 'a network is not written with a slash'],
    ['Connect:IPv6:2001:db8::/32',   'MM101', 'a network is not written with a slash'],
    ['Connect:192.168.',             'MM102', 'without the last dot: 192.168'],
    ['To:a.example.',                'MM102', 'a.example'],
    ['Connect:IPv6:2001:db8:',       'MM102', 'without the last colon'],
    ['Connect:IPv6:2001:db8::7',     'MM103', 'IPv6:2001:db8:0:0:0:0:0:7'],
    ['Connect:IPv6:2001:0db8',       'MM103', 'without leading zeros'],
    ['Connect:2001:db8::5',          'MM104', 'IPv6:2001:db8:0:0:0:0:0:5'],
    ['2001:db8:0:1',                 'MM104', 'begins with IPv6:'],
    ['fe80::1',                      'MM104', 'begins with IPv6:'],
    ['*.spam.example',               'MM105', 'no wildcards'],
    ['Connect:203.0.113.*',          'MM105', 'no wildcards'],
    ['From:*@spam.example',          'MM105', 'no wildcards'],
    ['@at.example',                  'MM107', 'without @: at.example'],
    ['To:@at.example',               'MM107', 'without @: at.example'],
    ['Conect:192.0.2.1',             'MM110', "no tag Conect:; did you mean 'Connect'?"],
    ['Form:a@b.example',             'MM110', "did you mean 'From'?"],
    ['http://a.example',             'MM110', 'no tag http:'],
    ['Connect:192.168.1.1-20',       'MM112', 'whole numbers'],
    ['Connect:10.0.0.x',             'MM112', 'whole numbers'],
    ['Connect:192.168.001',          'MM112', 'whole numbers'],
    ['Connect:192.0.2.256',          'MM112', 'whole numbers'],
    ['Connect:1.2.3.4.5',            'MM112', 'whole numbers'],
    ['Connect:192.168.O.1',          'MM112', 'whole numbers'],
    ['10.0.0.[1-5]',                 'MM112', 'whole numbers'],
    ['Connect:192.0.2.1:25',         'MM112', 'whole numbers'],
    ['Connect:192.0.2.1-192.0.2.9',  'MM112', 'whole numbers'],
    ['Connect:IPv6:2001:db8:12345',  'MM112', 'hexadecimal digits'],
    ['Connect:IPv6:2001:dbg',        'MM112', 'hexadecimal digits'],
    ['IPv6:1:2:3:4:5:6:7:8:9',       'MM112', 'hexadecimal digits'],
    ['Connect:[2001:db8::5]',        'MM104', 'IPv6:2001:db8:0:0:0:0:0:5'],
    ['Connect:[IPv6:2001:db8::5]',   'MM103', 'IPv6:2001:db8:0:0:0:0:0:5'],
    ['Connect:From:a.example',       'MM110', 'no tag Connect:From:'],
    ['From:mailto:a@b.example',      'MM110', 'no tag From:mailto:'],
    ['a.example,b.example',          'MM120', 'such a character'],
    ['From:a@b.example,',            'MM120', 'such a character'],
    [';',                            'MM120', 'such a character'],
    ['//',                           'MM120', 'such a character'],
    ['From:203.0.113',               'MM121', 'Connect:203.0.113'],
    ['to:10',                        'MM121', 'Connect:10'],
    ['/^dyn/',                       'MM113', 'regular expression'],
    ['To:bücher.example',            'MM114', ': xn--bcher-kva.example'],
    ['From:<a@b.example>',           'MM117', 'angle brackets'],
    ['To:',                          'MM118', 'ends at the blank'],
    ['\ufeffConnect:192.0.2.1',      'MM308', 'a byte order mark'],
    ['To:a.example\u00a0',           'MM308', 'a no-break space'],
    ['To:a.example\u200b',           'MM308', 'a character without width'],
    ['Connect：192.0.2.1',           'MM309', '： is taken for a letter'],
    ['user＠a.example',              'MM309', '＠ is taken for a letter'],
  ])('%s can never match: %s', (key, code, text) => {
    const found = said(accessFindings(encodeText(key), 'OK'));
    expect(found).toEqual([expect.stringContaining(text)]);
    expect(found[0]).toMatch(new RegExp(`^${code}: `));
  });

  // biome-ignore format: words of a kind on a line
  it.each([
    'a.example', '.a.example', 'Connect:192.0.2.1', 'connect:192.168', '10', 'Connect:[192.0.2.1]', 'To:user@', 'user@a.example',
    'Connect:[IPv6:2001:db8:0:0:0:0:0:5]', "From:o'neil&co@a.example", 'a!b@c.example', 'From:[203.0.113.9]',
    'To:user+*@a.example', 'To:user+*@', 'Connect:IPv6:2001:db8', 'IPv6:2001:db8:0:0:0:0:0:7', 'localhost', '163.com', 'GreetPause:',
    'ClientRate:', 'ClientRate:192.0.2', 'SRV_Features:a.example', 'CERTISSUER:/C=US/O=x*', 'AuthInfo:', 'Compat:a@b<@>c@d', '1.2.3.dsl.example', '3.2.1.in-addr.arpa', 'IPv6:fe80', '4.example',
    'TLS_Rcpt:a@b.example', '0.pool.example', 'From:jürgen@a.example', 'xn--bcher-kva.example', 'a+b@c.example', 'To:abuse@',
  ])('%s is one like others', (key) => {
    expect(accessFindings(encodeText(key), 'OK')).toEqual([]);
  });

  it.each([
    [undefined, 'IPv6:2001:db8::7', ['MM103']],
    [true, 'IPv6:2001:db8::7', []],
    [false, 'IPv6:2001:db8::7', ['MM103']],
  ])('with UseCompressedIPv6Addresses %s, %s', (compressed, key, codes) => {
    expect(accessFindings(key, 'OK', compressed).map(({ code }) => code)).toEqual(codes);
  });
});

describe('a value of an access map', () => {
  it.each([
    [
      'RELAY # our branch',
      'MM201: the comment is part of the value: mail is refused with the text "RELAY # our branch"',
    ],
    ['REJECT #', 'MM201: the comment is part of the value: mail is refused with the text "REJECT #"'],
    [
      'REJECT IP gesperrt',
      'MM202: REJECT counts as a word only if nothing follows it: mail is refused with the text "REJECT IP gesperrt"',
    ],
    [
      'REJCT',
      'MM202: REJCT is no word of an access map; did you mean \'REJECT\'? mail is refused with the text "REJCT"',
    ],
    ['RELY', 'MM202: RELY is no word of an access map; did you mean \'RELAY\'? mail is refused with the text "RELY"'],
    ['DUNNO', 'MM202: DUNNO is no word of an access map; mail is refused with the text "DUNNO"'],
    ['Whitelist', expect.stringMatching(/^MM202: Whitelist is no word of an access map; mail is refused/)],
    ['YES', expect.stringMatching(/^MM202: /)],
    ['permit_mynetworks, reject', expect.stringMatching(/^MM202: /)],
    ['FILTER smtp:[127.0.0.1]:10025', expect.stringMatching(/^MM202: /)],
    ['check_client_access', expect.stringMatching(/^MM202: /)],
    [
      'ERORR:5.7.1:"550 no"',
      'MM202: ERORR is no word of an access map; did you mean \'ERROR\'? mail is refused with the text "ERORR:5.7.1:"550 no""',
    ],
    [
      'ERROR 550 no',
      'MM202: ERROR is no word of an access map; a colon follows ERROR: mail is refused with the text "ERROR 550 no"',
    ],
    ['"REJECT"', 'MM202: a word has no quotes; mail is refused with the text "REJECT"'],
    ['FRIEND', 'MM202: FRIEND is a word only under Spam:; mail is refused with the text "FRIEND"'],
    ['permit_auth_destination', expect.stringMatching(/^MM202: /)],
    ['RELAY\u00a0', 'MM308: a no-break space is taken for a letter'],
    ['ＲＥＬＡＹ', 'MM309: Ｒ is taken for a letter, not for a character of ASCII'],
  ])('%s', (value, text) => {
    expect(said(accessFindings('To:a.example', encodeText(value)))).toEqual([text]);
  });

  // biome-ignore format: words of a kind on a line
  it.each([
    'OK', 'relay', 'REJECT (spam)', 'REJECT\r', 'RELAY ', 'ERROR:5.7.1:"550 go # away"', 'error:5.7.1:550 x', 'QUARANTINE:look',
    '550 We do not like you', 'Blocked: see our page', 'Error in your setup', 'denied by policy', '<TMPF>', 'We do not take mail from you', 'SKIP', 'DISCARD', 'SUBJECT', 'ERROR:"550 caf\u00e9\u00a0"',
  ])('%s is one like others', (value) => {
    expect(accessFindings('To:a.example', encodeText(value))).toEqual([]);
  });

  it('has no finding, nor has its key, if both are plain', () => {
    const words = (list: string): fc.Arbitrary<string> => fc.constantFrom(...list.split(' '), '');
    const piece = words(
      'a Z 0 9 25 255 256 01 . .. - _ + @ : * / [ ] , # \\ connect from to spam ok x.example a@b.example 192.0.2',
    );
    const key = fc
      .tuple(words('Connect: from: TO: spam: SPAM: Compat: connect: con'), fc.array(piece, { maxLength: 6 }))
      .map(([tag, pieces]) => tag + pieces.join(''));
    const value = fc
      .tuple(
        words('OK relay Reject DISCARD skip ERROR error: ERROR: 550 55 5501 450 dunno FRIEND "'),
        fc.array(piece, { maxLength: 3 }),
      )
      .map(([word, pieces]) => word + pieces.join(' '));
    let plain = 0;
    fc.assert(
      fc.property(key, value, fc.constantFrom(undefined, true, false), (key, value, compressed) => {
        const bytes = Buffer.from(key + value, 'latin1');
        if (!isPlainAccess(bytes, 0, key.length, key.length, bytes.length)) return;
        plain++;
        expect([key, value, ...accessFindings(key, value, compressed)]).toEqual([key, value]);
      }),
      { numRuns: 20_000 },
    );
    expect(plain).toBeGreaterThan(100);
  });

  it.each([
    ['From:a.b+c@host.example', 'REJECT', true],
    ['192.0.2', '550 No', true],
    ['to:x-y.example', 'ERROR:5.7.1:"550 No"', true],
    ['From:192.0.2.1', 'OK', false],
    ['Connect:192.0.2.256', 'OK', false],
    ['Connect', '550 RELAY', false],
    ['To:a.example', '550', false],
  ])('%s %s is plain: %s', (key, value, isPlain) => {
    const bytes = Buffer.from(key + value);
    expect(isPlainAccess(bytes, 0, key.length, key.length, bytes.length)).toBe(isPlain);
  });

  it('of another tag is not judged', () => {
    expect(accessFindings('ClientRate:192.0.2.1', '10')).toEqual([]);
    expect(accessFindings('SRV_Features:a.example', 'V # x')).toEqual([]);
  });
});

describe('a class file', () => {
  it.each([
    ['a.example b.example\n', [1, 'MM501: only the first word of a line counts; b.example is lost']],
    [
      '# x\na.example, b.example\n',
      [2, 'MM502: a.example,: commas do not separate names; write one name on each line'],
      [2, 'MM501: only the first word of a line counts; b.example is lost'],
    ],
    ['*.a.example\n', [1, 'MM502: *.a.example: there are no wildcards']],
    ['@a.example\n', [1, 'MM502: @a.example: a name has no @']],
    ['192.168.001\n', [1, 'MM502: 192.168.001: the parts of an address or net are whole numbers from 0 to 255']],
    ['192.168.\n10\n163.com\n'],
    ['192.0.2.0/24\n', [1, 'MM502: 192.0.2.0/24: a network is not written with a slash']],
    ['a.example.\n', [1, 'MM502: a.example.: a name is written without the last dot']],
    ['https://a.example\n', [1, 'MM502: https://a.example: a name is written without a scheme']],
    ['bücher.example\n', [1, 'MM114: bücher.example: sendmail looks up names in ASCII: xn--bcher-kva.example']],
    ['\ufeffa.example\n', [1, 'MM308: a byte order mark is taken for a letter']],
    ['a.example # ours\r\nb.example\r\n192.168.\n.c.example\n\n#\ufeff\n'],
  ])('%j', (text, ...findings) => {
    const found = classFileFindings(encodeText(text));
    expect(said(found).map((each, i) => [found[i]!.line, each])).toEqual(findings);
  });
});

describe('aliases', () => {
  it.each([
    ['\ufeffroot: a\n', [[1, 'MM308']]],
    ['root:\u00a0a@b.example\n', [[1, 'MM308']]],
    ['# \u00a0\nroot: a\r\nb: c\r\n', [[2, 'MM304']]],
    ['root： a\n', [[1, 'MM309']]],
    ['a: “|/bin/x”\n', [[1, 'MM309']]],
    ['a: b # c\n', [[1, 'MM408']]],
    ['x: y\na: b,\n c, # d\n', [[3, 'MM408']]],
    ['p: |/bin/cat -n\n', [[1, 'MM409']]],
    ['p: alice, |/bin/cat -n\n', [[1, 'MM409']]],
    ['p: :fail: no such list\n', [[1, 'MM418']]],
    ['p: :blackhole:\n', [[1, 'MM418']]],
    ['p: :inlcude:/x\n', [[1, 'MM418']]],
    ['p: :include /x\n', [[1, 'MM418']]],
    ['p: "|/bin/x # y", alice (no # c)\nq: |/bin/x\nr: |"/bin/x y"\ns: :include:/x, "a # b"@c\n# t: u # v\n', []],
  ])('%j', (text, findings) => {
    expect(aliasFindings(Buffer.from(text)).map(({ line, code }) => [line, code])).toEqual(findings);
  });

  it('in UTF-16 are found as such, and nothing else is', () => {
    for (const text of [Buffer.from('\ufeffa: b # c\n', 'utf16le'), Buffer.from('a: b\n', 'utf16le').swap16()]) {
      expect(aliasFindings(text).map(({ line, code }) => [line, code])).toEqual([[1, 'MM310']]);
    }
  });

  it('and their lines with a carriage return are counted', () => {
    expect(said(textFindings(Buffer.from('a\r\nb\r\nc\nd\r\n')))).toEqual([
      'MM304: a carriage return ends the line and 2 more, and stays in the text',
    ]);
  });
});

describe('a list', () => {
  it.each([
    ['\ufeffalice\nbob\n', [[1, 'MM308']]],
    ['alice\r\nbob # of sales\r\n', [[2, 'MM408']]],
    ['# note\nalice #@# note\n', []],
    [':fail::include:/x\n', [[1, 'MM418']]],
    [
      ':fail: gone\nbob\n\n:blackhole:\n',
      [
        [1, 'MM418'],
        [4, 'MM418'],
      ],
    ],
    [':include:/x\n:include:/y\n', []],
    ['x, :include:/a,\v:fail:\n', [[1, 'MM418']]],
    ['"|x",|p q\n"|p q"\n', [[1, 'MM409']]],
  ])('%j', (text, findings) => {
    const found = listFindings(encodeText(text));
    expect(found.map(({ line, code }) => [line, code])).toEqual(findings);
  });
});

it('no text makes a rule fail, and findings are in the order of lines', { tags: ['slow'] }, () => {
  const odd = fc.string({
    unit: fc.constantFrom(...'a:@.*/|#"\\ \t\r\n,()<>[]0192\0\xef\xbb\xbf\xa0\xc2\xe2\x80'.split('')),
  });
  fc.assert(
    fc.property(odd, odd, (text, value) => {
      const findings = [aliasFindings(Buffer.from(text, 'latin1')), listFindings(text), classFileFindings(text)];
      for (const found of [...findings, accessFindings(text, value).map((each) => ({ ...each, line: 1 }))]) {
        expect(found.map(({ line }) => line)).toEqual(found.map(({ line }) => line).sort((a, b) => a - b));
        for (const { code } of found) expect(isCode(code)).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
});
