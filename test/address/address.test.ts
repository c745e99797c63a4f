import { describe, expect, it } from 'vitest';
import type { AddressRules } from '../../src/address/canonify.ts';
import { type ParsedAddress, parseAddress } from '../../src/address/parse.ts';
import { dequote, resolveTokens } from '../../src/address/parse0.ts';
import { shortenAddress } from '../../src/address/show.ts';
import { readSmtpAddress } from '../../src/address/smtp-syntax.ts';
import { joinTokens, tokenize } from '../../src/address/tokens.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';

const LOCAL = new Set(['mail.oracle.test', 'mail', 'localhost', '[127.0.0.1]']);
const rules: AddressRules = { hostName: 'mail.oracle.test', isLocal: (host) => LOCAL.has(host.toLowerCase()) };

/** Every part of a comma list. */
function readList(list: string): ParsedAddress[] {
  const parts: ParsedAddress[] = [];
  for (let at = 0; at < list.length; at = Math.max(parts.at(-1)!.end, at) + 1) {
    parts.push(parseAddress(list, rules, ',', at));
  }
  return parts.filter((part) => part.shown.trim() !== '');
}

describe('tokens', () => {
  it.each<[text: string, tokens: string[]]>([
    ['a.b@c', ['a', '.', 'b', '@', 'c']],
    ['a b', ['a', 'b']],
    ['a(c)b', ['a', 'b']],
    ['a(b(c)d)', ['a']],
    ['"a b"c', ['"a b"', 'c']],
    ['"a\\"b"', ['"a\\"b"']],
    ['a\\@b', ['a\\@b']],
    ['a\\!b', ['a', '!', 'b']],
    ['a\\', ['a']],
    ['x+y=z^[1]', ['x', '+', 'y=z', '^', '[', '1', ']']],
    ['\xc3\xa9\t\vb', ['\xc3\xa9', 'b']],
    ['', []],
    ['(only a comment)', []],
  ])('%j', (text, tokens) => {
    expect(tokenize(text)).toMatchObject({ tokens, problems: [] });
  });

  it.each<[text: string, tokens: string[], problems: string[]]>([
    ['"a', ['"a"'], [`Unbalanced '"'`]],
    ['(a', [], ["Unbalanced '('"]],
    ['a)', ['a'], ["Unbalanced ')'"]],
    ['<a', ['<', 'a', '>'], ["Unbalanced '<'"]],
    ['a>', ['a'], ["Unbalanced '>'"]],
    ['"a\\', ['"a\\""'], [`Unbalanced '"'`, `Unbalanced '"'`]],
    ['x'.repeat(257), [], ['prescan: token too long']],
    ['x'.repeat(256), ['x'.repeat(256)], []],
    ['x.'.repeat(400), [], ['Address too long']],
  ])('%j is repaired or refused', (text, tokens, problems) => {
    const scan = tokenize(text);
    expect([scan.tokens, scan.problems.map((p) => p.text)]).toEqual([tokens, problems]);
  });

  it('stops at a delimiter outside of quotes, comments and brackets', () => {
    expect(tokenize('"a,b"(c,d), e', ',').end).toBe(10);
    expect(tokenize('<a b> c', ' ').end).toBe(5);
  });

  it('joins words with a dot', () => {
    expect(joinTokens(['a', 'b', '@', 'c', '"d"', 'e'])).toBe('a.b@c"d"e');
  });

  it.each([
    ['quotes', '"'],
    ['comments', '('],
    ['blanks', ' '],
    ['brackets', '<'],
    ['brackets and blanks', '< '],
    ['backslashes', '\\'],
    ['operators', '@%!'],
    ['commas', ','],
    ['letters', 'x'],
    ['NUL', '\0'],
  ])('reads a megabyte of %s at once', { tags: ['slow'] }, (_, piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    expect(tokenize(text).end).toBeLessThanOrEqual(text.length);
    expect(readList(text)).toBeDefined();
    expect(readSmtpAddress('RCPT', text, rules).refused).toBeDefined();
  });
});

describe('canonical form', () => {
  it.each<[address: string, local: string, host?: string]>([
    ['<x@y.z>', 'x', 'y.z.'],
    ['<x@y>', 'x', 'y'],
    ['<x@y..>', 'x', 'y.'],
    ['<@a,@b:x@y.z>', 'x', 'y.z.'],
    ['Joe <x@y.z> (c)', 'x', 'y.z.'],
    ['<a!x@y.z>', 'a!x', 'y.z.'],
    ['<a!x>', 'x', 'a.UUCP.'],
    ['<a.b!x>', 'x', 'a.b.'],
    ['<a!b!x>', 'b!x', 'a.UUCP.'],
    ['<x%y%z>', 'x%y', 'z'],
    ['<x@localhost>', 'x', 'mail.oracle.test.'],
    ['<x@localhost.oracle.test>', 'x', 'mail.oracle.test.'],
    ['<x@[127.0.0.1]>', 'x', 'mail.oracle.test.'],
    ['<x@[192.0.2.1]>', 'x', '[192.0.2.1]'],
    ['<x%far.example@mail>', 'x', 'far.example.'],
    ['<"x@far.example"@mail>', 'x', 'far.example.'],
    ['<"x@far.example">', 'x', 'far.example.'],
    ['<"a b"@mail>', '"a b"', 'mail.'],
    ['<x@mail.oracle test>', 'x', 'mail.oracle.test.'],
    ['<x y>', 'x.y'],
    ['<>', '', ''],
    ['<list:;>', 'error'],
    ['<x@>', 'error'],
    ['<!>', 'error'],
  ])('%s', (address, local, host) => {
    const result = resolveTokens(tokenize(address).tokens, rules, []);
    const shown = result && [joinTokens(result.local), result.host && joinTokens(result.host)];
    expect(shown).toEqual(local === 'error' ? undefined : [local, host]);
  });

  it('leaves % and ! alone where the configuration does', () => {
    const plain = { ...rules, percentHack: false, bangPath: false };
    expect(resolveTokens(tokenize('<x%y!z@mail>').tokens, plain, [])).toEqual({
      local: ['x', '%', 'y', '!', 'z'],
      host: ['mail', '.'],
    });
  });

  it.each([
    ['"a"', ['a']],
    ['"a@b"', ['a', '@', 'b']],
    ['"a b"', ['"a b"']],
    ['"(a"', ['"(a"']],
    ['"(a)"', ['"(a)"']],
    ['""', []],
    ['a', ['a']],
  ])('unquotes %s', (token, tokens) => {
    expect(dequote([token])).toEqual(tokens);
  });
});

describe('where an address leads', () => {
  const MAILERS = { local: 'local', remote: 'esmtp', program: 'prog', file: '*file*', include: '*include*' };

  it.each<[text: string, address: { readonly kind: keyof typeof MAILERS; readonly [field: string]: string }]>([
    ['Alice@Localhost', { kind: 'local', text: 'alice', written: 'Alice' }],
    ['a b', { kind: 'local', text: 'a.b', written: 'a.b' }],
    ['"A B"', { kind: 'local', text: '"a b"', written: '"A B"' }],
    ['\\Alice', { kind: 'local', text: '\\alice', written: '\\Alice' }],
    ['alice:bob', { kind: 'local', text: 'bob', written: 'bob' }],
    ['x@Y.Z', { kind: 'remote', text: 'x@Y.Z', host: 'y.z.' }],
    ['x@y.', { kind: 'remote', text: 'x@y', host: 'y.' }],
    ['a!b', { kind: 'remote', text: 'a!b@mail.oracle.test', host: 'a.uucp.' }],
    ['a@b.uucp', { kind: 'remote', text: 'b!a@mail.oracle.test', host: 'b.uucp.' }],
    ['x@[IPv6:::1]', { kind: 'remote', text: 'x@[IPv6:::1]', host: '[ipv6:::1]' }],
    ['<a@[1]:esmtp:foo.bar>', { kind: 'remote', text: 'a@[1]', host: 'foo.bar.' }],
    ['"|/bin/x y"', { kind: 'program', text: '"|/bin/x y"', command: '/bin/x y' }],
    ['|/bin/x -n', { kind: 'program', text: '|/bin/x.-n', command: '/bin/x.-n' }],
    ['"/tmp/x y"', { kind: 'file', text: '"/tmp/x y"', path: '/tmp/x y' }],
    [':include:/x y', { kind: 'include', text: ':include:/x.y', path: '/x y' }],
    ['"|x@y"', { kind: 'remote', text: '|x@y', host: 'y' }],
    ['@', { kind: 'local', text: '', written: '' }],
  ])('%s', (text, address) => {
    expect(parseAddress(text, rules).address).toEqual({ mailer: MAILERS[address.kind], ...address });
  });

  it.each<[text: string, problem: string, status: number]>([
    ['x@', 'Hostname required', 64],
    ['@x', 'User address required', 64],
    ['""', 'User address required', 64],
    ['"<@>"@mail', 'User address required', 64],
    ['"<@>a"@mail', 'User address required', 64],
    ['x@a@b', 'Invalid route address', 64],
    ['x@@', 'Invalid route address', 68],
    ['x@a..b', 'Invalid host name', 68],
    ['x@[1]y', 'Invalid address', 68],
    ['<x@a:y>', 'Colon illegal in host name part', 64],
    ['list:;', 'List:; syntax illegal for recipient addresses', 64],
    ['<a@[1]:nosuch:foo>', 'buildaddr: unknown mailer nosuch', 70],
    ['x.'.repeat(128), `Address "${'x.'.repeat(127)}x" too long (255 bytes max)`, 0],
    ['x\x80y', '8-bit character in mailbox address "x?y"', 64],
    ['%'.repeat(101), 'Infinite loop in ruleset canonify, rule 31', 70],
  ])('%j is refused', (text, problem, status) => {
    expect(parseAddress(text, rules).problems[0]).toMatchObject({ text: problem, status });
  });

  it.each<[list: string, found: (string | undefined)[]]>([
    ['alice, bob', ['alice', 'bob']],
    [' , alice ,, ', ['alice']],
    ['"Anders, Alice" <alice>, (a, b) bob', ['alice', 'bob']],
    ['list: alice, bob;', ['alice', 'bob']],
    ['<alice,bob>', ['alice', 'bob']],
    ['@a,b, carol', [undefined, 'b', 'carol']],
    ['"|/bin/x, y", z', ['"|/bin/x, y"', 'z']],
    ['(alice, bob', [undefined]],
  ])('list %s', (list, found) => {
    expect(readList(list).map((part) => part.address?.text)).toEqual(found);
  });

  it('marks what may not be delivered to', () => {
    expect(parseAddress('a\x01b', rules)).toMatchObject({ undeliverable: true, address: { text: 'a?b' } });
  });
});

describe('SMTP refusals', () => {
  it.each<[command: 'MAIL' | 'RCPT', address: string, reply: string | undefined]>([
    ['MAIL', '', undefined],
    ['RCPT', 'x y@a.example', undefined],
    ['MAIL', 'x@', '553 5.1.3 Hostname required'],
    ['RCPT', '"x', `553 5.0.0 Unbalanced '"'`],
    ['MAIL', '|x', '553 5.1.7 Invalid sender address'],
    ['MAIL', '|x+\x1f', '553 5.1.7 Invalid sender address'],
    ['MAIL', '/x+\x1f', '501 5.1.7 Syntax error in mailbox address "/x+?" (non-printable character)'],
    ['MAIL', 'x+\x1f', undefined],
    ['RCPT', '|x', '550 5.7.1 Cannot mail directly to programs'],
    ['RCPT', '/x', '550 5.7.1 Cannot mail directly to files'],
    ['RCPT', ':include:/x', '550 5.7.1 Cannot mail directly to :include:s'],
    ['MAIL', 'a\x01', '501 5.1.7 Syntax error in mailbox address "a?" (non-printable character)'],
    ['RCPT', 'a\x01', '501 5.1.3 Syntax error in mailbox address "a?" (non-printable character)'],
    ['MAIL', 'a+\x01', undefined],
    ['MAIL', '\x80', '501 5.1.7 8-bit character in mailbox address "<?>"'],
    ['RCPT', '!', '554 5.0.0 rewrite: excessive recursion (max 50), ruleset Canonify2'],
    ['RCPT', 'x> y', '555 5.5.4 y parameter unrecognized'],
    ['MAIL', '|x> y', '553 5.1.7 Invalid sender address'],
    ['RCPT', 'x'.repeat(253), undefined],
    ['RCPT', 'x'.repeat(254), `553 5.1.0 Address "<${'x'.repeat(254)}" too long (255 bytes max)`],
    ['RCPT', 'a\0b', "553 5.0.0 Unbalanced '<'"],
    ['RCPT', 'a>\0b', '501 5.1.3 Syntax error in mailbox address (NUL)'],
    ['RCPT', 'a@b.example\r\nRCPT TO:<x@y.example', "553 5.0.0 Unbalanced '<'"],
    ['MAIL', 'a@b.example>\nRCPT TO:<x@y.example', '501 5.1.7 Syntax error in mailbox address (line feed)'],
  ])('%s %j', (command, address, reply) => {
    const refusal = readSmtpAddress(command, address, rules).refused?.reply;
    expect(refusal && `${refusal.code} ${refusal.enhanced} ${refusal.text}`).toBe(reply);
  });

  it('shows the two ends of a long address', () => {
    expect(shortenAddress('x'.repeat(202))).toHaveLength(202);
    expect(shortenAddress(`a${'x'.repeat(300)}b`)).toBe(`a${'x'.repeat(99)}...${'x'.repeat(99)}b`);
    const [cut, whole] = ['a', ''].map((start) => encodeText(`${start}${'é'.repeat(150)}${start}`));
    expect(decodeText(shortenAddress(cut!))).toBe(`a${'é'.repeat(49)}...${'é'.repeat(49)}a`);
    expect(decodeText(shortenAddress(whole!))).toBe(`${'é'.repeat(50)}...${'é'.repeat(50)}`);
  });
});
