import { describe, expect, it } from 'vitest';
import { decodeText, encodeText, firstBytes, firstUnits, lastBytes } from '../../src/core/bytes.ts';
import { MapError } from '../../src/core/errors.ts';
import { fc } from '../property.ts';

describe('text and byte strings', () => {
  // biome-ignore format: one case per line
  it.each([
    ['ASCII is itself', 'To:a@b.example', 'To:a@b.example'],
    ['well-formed UTF-8 is text', 'm\xc3\xbcller', 'müller'],
    ['any other byte is escaped', 'm\xfcller', 'm\udcfcller'],
    ['both in one string', '\xff\xe2\x82\xac\xe2\x82', '\udcff€\udce2\udc82'],
    ['four-byte sequences', '\xf0\x9f\x93\xac', '📬'],
    ['a surrogate in UTF-8 is not well-formed', '\xed\xa0\x80', '\udced\udca0\udc80'],
  ])('%s', (_, bytes, text) => {
    expect(decodeText(bytes)).toBe(text);
    expect(encodeText(text)).toBe(bytes);
  });

  it('gives every byte string back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
        const bytes = Buffer.from(raw).toString('latin1');
        expect(encodeText(decodeText(bytes))).toBe(bytes);
      }),
    );
  });

  it.each([['\ud800'], ['a\udc7fb'], ['\udcc3\udca9']])('refuses %j, which no bytes decode to', (text) => {
    expect(() => encodeText(text)).toThrow(MapError);
  });

  // biome-ignore format: one case per line
  it.each<[text: string, most: number, first: string, last: string]>([
    ['abc', 2, 'ab', 'bc'],
    ['abc', 9, 'abc', 'abc'],
    ['aéa', 2, 'a', 'a'],
    ['aéa', 3, 'aé', 'éa'],
    ['€€', 4, '€', '€'],
    ['📬📬', 7, '📬', '📬'],
    ['\udcbf\udcbf\udcbf\udcbf\udcbf', 4, '\udcbf\udcbf\udcbf\udcbf', '\udcbf\udcbf\udcbf\udcbf'],
    ['a\udc9fb', 2, 'a\udc9f', '\udc9fb'],
  ])('%j loses no part of a character when it is cut to %i bytes', (text, most, first, last) => {
    const bytes = encodeText(text);
    expect(decodeText(firstBytes(bytes, most))).toBe(first);
    expect(decodeText(lastBytes(bytes, most))).toBe(last);
  });

  it.each([
    ['a📬', 1, 'a'],
    ['a📬', 2, 'a'],
    ['a📬', 3, 'a📬'],
    ['a📬b', 2, 'a'],
    ['ab', 9, 'ab'],
  ])('%j cut to %i units is %j', (text, most, first) => expect(firstUnits(text, most)).toBe(first));
});
