/**
 * Random addresses that are hard to read: what every step of the address parser looks at, in any order.
 */
import type { Random } from './random.ts';

const HOSTS = [
  'localhost',
  'mail',
  'mail.oracle.test',
  'MAIL.oracle.TEST',
  'far.example',
  'h',
  'b.c',
  'x.UUCP',
  'localhost.oracle.test',
  'localhost.uucp',
  '[127.0.0.1]',
  '[192.0.2.1]',
  '[IPv6:::1]',
  '[IPv6:2001:db8::1]',
  'oracle.test',
] as const;
const NAMES = [
  'a',
  'b',
  'Alice',
  'bob',
  'root',
  'a.b',
  'x+y',
  'list',
  '*LOCAL*',
  'include',
  'a=b',
  "o'x",
  '$j',
  '-x',
  '0',
] as const;
const MARKS = [
  '@',
  '@',
  '@',
  '%',
  '!',
  '.',
  ':',
  ';',
  ',',
  '<',
  '>',
  '(',
  ')',
  '"',
  '\\',
  '[',
  ']',
  '/',
  '|',
  '+',
  '^',
  ' ',
  ' ',
  '\t',
  '::',
  '..',
  '<>',
  '<@',
  '>;',
  ':;',
  '@@',
  '()',
  '""',
  ']:',
  '],',
  ', ',
  '\\"',
  '\\\\',
  '\\,',
  '\\@',
  '\\ ',
] as const;
const RARE = ['\x01', '\x7f', '\x0b', '\x1f', '\x80', '\x9f', '\xa0', '\xc3\xa9', '\xff', '\x0c'] as const;
const QUOTED = [
  '"a b"',
  '"a@b.c"',
  '"a"',
  '"x@far.example"',
  '"|x"',
  '"/x y"',
  '"a\\"b"',
  '"(c)"',
  '"<a>"',
  '"a,b"',
  '"a\\\\"',
  '"\\a"',
  '"%"',
  '"@"',
  '"!a"',
  '":include:/x"',
  '"(a"',
  '"a:b"',
] as const;
const STARTS = [
  '|',
  '/',
  ':include:',
  ':include: /',
  '"|',
  '"/',
  '@a:',
  '@a,@b:',
  'Joe <',
  'list:',
  '\\',
  '"Joe, B" <',
  '(c) ',
  '<',
  '-',
] as const;
const SHAPES = [
  'N@H',
  'N%H@H',
  'H!N',
  'N',
  '<N@H>',
  'N <N@H>',
  '@H:N@H',
  '@H,@H:N@H',
  'N: N, N@H;',
  'N@H@H',
  'H!N@H',
  'H!H!N',
  'N%H%H',
  'Q@H',
  'Q',
  '(N)N(N)@H',
  'N@H.',
  'N@.H',
  'N@',
  '@H',
  'N N@H',
  'N:N@H',
  '<N:N;>',
  'N@H:H',
  'N@H]',
  'H!N%H@H',
  '<N>',
  'N <N> N',
  '<<N>>',
  '<N@H',
  'N@H>',
  'N:;',
  '<N:;>',
  'N:N;@H',
  ':include:/N N',
  '|N N',
  '"|N N"',
  '/N N',
] as const;

/** A shape with its places filled in; rarely, bytes that no address has. */
function shaped(r: Random): string {
  return r.pick(SHAPES).replace(/[NHQ]/g, (place) => r.pick(place === 'N' ? NAMES : place === 'H' ? HOSTS : QUOTED));
}

function soup(r: Random): string {
  return r
    .list(r.int(1, 9), () =>
      r.pick<string>(
        r.weighted<readonly string[]>([
          [3, NAMES],
          [2, HOSTS],
          [8, MARKS],
          [1, QUOTED],
          [0.15, RARE],
        ]),
      ),
    )
    .join('');
}

/** The text with some of its characters doubled, dropped or replaced. */
function damaged(r: Random, text: string): string {
  let out = text;
  for (let n = r.int(1, 3); n > 0; n -= 1) {
    const at = r.int(0, out.length);
    const put = r.chance(0.3) ? '' : r.chance(0.03) ? r.pick(RARE) : r.pick<string>(r.chance(0.8) ? MARKS : QUOTED);
    out = out.slice(0, at) + put + out.slice(at + r.int(0, 1));
  }
  return out;
}

function long(r: Random): string {
  const piece = r.pick([
    ...NAMES,
    ...MARKS,
    ...QUOTED,
    'a%',
    'a@',
    'a;',
    '@a,',
    'a.',
    'x ',
    '%mail',
    '@mail',
    'a!',
  ] as const);
  return (
    shaped(r) + piece.repeat(r.int(90, r.chance(0.8) ? 260 : 1300) / (r.chance(0.5) ? piece.length : 1)) + shaped(r)
  );
}

/** One address, without NUL and line ends; mostly short. */
export function randomAddress(r: Random): string {
  return r.weighted<() => string>([
    [4, () => shaped(r)],
    [4, () => damaged(r, shaped(r))],
    [5, () => soup(r)],
    [1, () => r.pick(STARTS) + soup(r)],
    [0.1, () => long(r)],
    [0.1, () => damaged(r, long(r))],
  ])();
}
