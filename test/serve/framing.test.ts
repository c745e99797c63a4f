import { describe, expect, it } from 'vitest';
import { AttributeReader, MAX_ATTRIBUTES, MAX_LINE_BYTES, MAX_REQUEST_BYTES } from '../../src/serve/attributes.ts';
import { NetstringReader, netstring } from '../../src/serve/netstring.ts';
import { fc } from '../property.ts';

const LIMIT = 100;

interface Reader<T> {
  push(bytes: string): void;
  next(): T | undefined;
}

/** All results of reading pieces, and the reason why reading stopped. */
function read<T>(reader: Reader<T>, pieces: readonly string[]): (T | string)[] {
  const out: (T | string)[] = [];
  try {
    for (const piece of pieces) {
      reader.push(piece);
      for (let item = reader.next(); item !== undefined; item = reader.next()) out.push(item);
    }
  } catch (error) {
    out.push(`! ${(error as Error).message}`);
  }
  return out;
}

const netstrings = (...pieces: readonly string[]): string[] => read(new NetstringReader(LIMIT), pieces);
const attributes = (...pieces: readonly string[]): unknown[] =>
  read(new AttributeReader(), pieces).map((item) => (typeof item === 'string' ? item : Object.fromEntries(item)));

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

describe('netstrings', () => {
  const NO = '! no netstring';
  const LONG = `! a request of more than ${LIMIT} bytes`;
  it.each<[string, readonly string[], readonly string[]]>([
    ['one', ['5:hello,'], ['hello']],
    ['two in a piece', ['1:a,2:bc,'], ['a', 'bc']],
    ['one in pieces', ['', '1', '1', ':', 'hello', ' there', ','], ['hello there']],
    ['an empty one', ['0:,'], ['']],
    ['the longest', [`100:${'x'.repeat(100)},`], ['x'.repeat(100)]],
    ['any bytes', ['8:\0\xff,:\r\n1:,'], ['\0\xff,:\r\n1:']],
    ['half a header', ['12'], []],
    ['half a string', ['5:hell'], []],
    ['no comma yet', ['5:hello'], []],
    ['another end', ['5:hello!'], ['! a netstring without its comma']],
    ['a length that is too small', ['4:hello,'], ['! a netstring without its comma']],
    ['a length that is too large', ['7:hello,1:a,'], ['! a netstring without its comma']],
    ['leading zeros', ['05:hello,'], [NO]],
    ['two zeros', ['00:,'], [NO]],
    ['a negative length', ['-1:a,'], [NO]],
    ['a sign', ['+1:a,'], [NO]],
    ['a blank', [' 1:a,'], [NO]],
    ['a hexadecimal length', ['0x1:a,'], [NO]],
    ['no length', [':a,'], [NO]],
    ['text', ['GET / HTTP/1.0\r\n'], [NO]],
    ['NUL', ['\0'], [NO]],
    ['one over the limit', ['101:'], [LONG]],
    ['digits without end', ['99999999999999999999'], [LONG]],
    ['digits without end, in pieces', ['9', '9', '9', '9'], [LONG]],
    ['what follows a good one', ['1:a,x'], ['a', NO]],
  ])('%s', (_what, pieces, expected) => {
    expect(netstrings(...pieces)).toEqual(expected);
  });

  it('are read back, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(bytes), fc.array(fc.nat()), (strings, places) => {
        const short = strings.filter((text) => text.length <= LIMIT);
        expect(netstrings(...cut(short.map(netstring).join(''), places))).toEqual(short);
      }),
    );
  });

  it('are judged the same, however they are cut', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat()), (text, places) => {
        const whole = netstrings(text);
        expect(netstrings(...cut(text, places))).toEqual(whole);
      }),
    );
  });
});

describe('policy requests', () => {
  const LONG_LINE = `! an attribute of more than ${MAX_LINE_BYTES} bytes`;
  /** The longest request, without its last value and the line ends. */
  const filled = `${'a=\n'.repeat((MAX_REQUEST_BYTES - 7) / 3)}bbb=`;
  const many = (count: number): string => Array.from({ length: count }, (_, i) => `n${i}=v\n`).join('');
  it.each<[string, readonly string[], readonly unknown[]]>([
    ['one', ['a=b\nc=d\n\n'], [{ a: 'b', c: 'd' }]],
    ['two in a piece', ['a=b\n\nc=d\n\n'], [{ a: 'b' }, { c: 'd' }]],
    ['one in pieces', ['a', '=', 'b\n', '\n'], [{ a: 'b' }]],
    ['an empty value', ['a=\n\n'], [{ a: '' }]],
    ['a value with =', ['a=b=c\n\n'], [{ a: 'b=c' }]],
    ['a name twice', ['a=b\na=c\n\n'], [{ a: 'c' }]],
    ['any bytes', ['a=\0\xff\r\n\n'], [{ a: '\0\xff\r' }]],
    ['an empty one', ['\n'], [{}]],
    ['half a line', ['a=b'], []],
    ['an incomplete request', ['a=b\n'], []],
    ['no =', ['hello\n'], ['! a line that is no attribute']],
    ['no name', ['=b\n'], ['! a line that is no attribute']],
    ['as many as there may be', [many(MAX_ATTRIBUTES), '\n'], [expect.objectContaining({ n255: 'v' })]],
    ['one more', [many(MAX_ATTRIBUTES + 1)], [`! more than ${MAX_ATTRIBUTES} attributes`]],
    ['a value as long as it may be', [`a=${'x'.repeat(MAX_LINE_BYTES - 2)}\n\n`], [{ a: expect.any(String) }]],
    ['one byte more', [`a=${'x'.repeat(MAX_LINE_BYTES - 1)}`], [LONG_LINE]],
    ['as long as it may be', [`${filled}x\n\n`], [{ a: '', bbb: 'x' }]],
    ['longer', [`${filled}xx\n\n`], [`! a request of more than ${MAX_REQUEST_BYTES} bytes`]],
    ['a long one in single bytes', [...`a=${'x'.repeat(8_000)}\n\n`], [{ a: 'x'.repeat(8_000) }]],
    ['no line end at all', ['x'.repeat(5_000), 'x'.repeat(5_000)], [LONG_LINE]],
  ])('%s', (_what, pieces, expected) => {
    expect(attributes(...pieces)).toEqual(expected);
  });

  it('are read alike, however they are cut', () => {
    const line = fc.stringMatching(/^[a-z]{1,3}=[a-z =]{0,5}$/);
    fc.assert(
      fc.property(fc.array(fc.array(line, { minLength: 1 })), fc.array(fc.nat()), (requests, places) => {
        const text = requests.map((lines) => `${lines.join('\n')}\n\n`).join('');
        expect(attributes(...cut(text, places))).toEqual(attributes(text));
        expect(attributes(text)).toHaveLength(requests.length);
      }),
    );
  });
});
