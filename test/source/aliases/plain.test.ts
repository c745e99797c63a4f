import { describe, expect, it } from 'vitest';
import { aliasNameReader } from '../../../src/address/alias-name.ts';
import { LineReader } from '../../../src/source/aliases/lines.ts';
import { PlainReader } from '../../../src/source/aliases/plain.ts';
import { random } from '../../conformance/random.ts';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const x = (length: number): string => 'x'.repeat(length);

/**
 * Entries as `name=value@line`, with `^` if the name has upper-case letters, then the offset at which reading
 * stopped.
 */
function read(text: string): [string[], string] {
  const entries: string[] = [];
  const reader = new PlainReader(bytesOf(text), (bytes, nameStart, nameEnd, valueStart, valueEnd, line, hasUpper) => {
    const part = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString('latin1');
    entries.push(`${part(nameStart, nameEnd)}=${part(valueStart, valueEnd)}@${line}${hasUpper ? '^' : ''}`);
  });
  reader.read();
  return [entries, text.slice(reader.position)];
}

describe('the reader of plain entries', () => {
  it.each<[string, string, string[], string?]>([
    ['entries', 'a: b\nC.d-e_f+g:\t x, y \n', ['a=b@1', 'C.d-e_f+g=x, y @2^']],
    ['comments and empty lines between', '# c\n\na:b\n#\n', ['a=b@3']],
    ['an entry of several lines', 'a: b,\n\tc,\n  d\ne: f\n', ['a=b,\tc,  d@3', 'e=f@4']],
    ['an entry of 8190 bytes', `a:${x(8188)}\n`, [`a=${x(8188)}@1`]],
    ['an entry of 8190 bytes in two lines', `a:x\n ${x(8186)}\n`, [`a=x ${x(8186)}@2`]],
    ['a name of 200 bytes', `${x(200)}:y\n`, [`${x(200)}=y@1`]],
    ['a quoted name with a space', '"A b": c\n', ['"A b"=c@1^']],
    ['a quoted name with a space, continued', '"A b": c,\n\td\n', ['"A b"=c,\td@2^']],
  ])('takes %s', (_, text, entries) => {
    expect(read(text)).toEqual([entries, '']);
  });

  it.each([
    ['quotes that a name does not need', '"a": b\n'],
    ['an open quote', '"a b: c\n'],
    ['text behind quotes', '"a b"c: d\n'],
    ['a blank behind quotes', '"a b" : d\n'],
    ['a colon in quotes', '"a b:c": d\n'],
    ['a quoted name of 201 bytes', `" ${x(198)}":y\n`],
    ['a name that starts with a sign', '-a: b\n'],
    ['a blank in the name', 'a b: c\n'],
    ['a blank before the colon', 'a : c\n'],
    ['no colon', 'a\n'],
    ['no value', 'a:\n'],
    ['blanks for a value', 'a: \t\r\n'],
    ['a value on the next line', 'a:\n b\n'],
    ['a NUL in the value', 'a: b\0c\n'],
    ['a NUL in a comment', '# b\0c\n'],
    ['a backslash at the end', 'a: b\\\nc\n'],
    ['a backslash at the end of a comment', '# b\\\nc\n'],
    ['a backslash at the end of a continuation', 'a: b\n c\\\nd\n'],
    ['no newline at the end', 'a: b'],
    ['no newline at the end of a continuation', 'a: b\n c'],
    ['a continuation with a colon', 'a: b\n c: d\n'],
    ['a continued value with a colon', 'a: :include:/x\n b\n'],
    ['an indented comment', '# c\n d\n'],
    ['indented text after an empty line', '\n d\n'],
    ['8191 bytes', `a:${x(8189)}\n`],
    ['8191 bytes in two lines', `a:x\n ${x(8187)}\n`],
    ['a comment of 8191 bytes', `#${x(8190)}\n`],
    ['a name of 201 bytes', `${x(201)}:y\n`],
  ])('leaves %s to the general reader', (_, text) => {
    expect(read(`z: 1\n${text}`)).toEqual([['z=1@1'], text]);
  });
});

describe('what it takes', () => {
  const NAMES = ['a', 'B', 'c1', '"'];
  const PIECES = [...NAMES, ':', ': ', ':\t', 'x, y', '\n', '\n ', '\n\t', '\n#', '\n\n', '\\\n', '\0', ' ', '\r\n'];
  const LINE = ['a: b\n', 'C.d:e\n', 'f: g,\n h\n', '# c\n', '\n'];

  /** The entries of the general reader, up to the offset at which the other one stopped. */
  function entriesBefore(text: string, end: number): string[] {
    const reader = new LineReader(bytesOf(text));
    const entries: string[] = [];
    while (reader.position < end) {
      const line = reader.next()!;
      expect(line, JSON.stringify(text)).toMatchObject({ tooLong: false, cutAtNul: false, passedOver: 0 });
      const [, name, value] = /^([^#:]+):[ \t\r]*(.+)$/s.exec(line.text) ?? [];
      if (name !== undefined) entries.push(`${name}=${value}@${line.last}${/[A-Z]/.test(name) ? '^' : ''}`);
      else expect(line.text, JSON.stringify(text)).toMatch(/^(#|$)/);
    }
    expect(reader.position).toBe(end);
    return entries;
  }

  it('has the names that the address parser gives back as they are, but for case', () => {
    const r = random(7);
    const rules = { hostName: 'host.example', isLocal: () => false, percentHack: true, bangPath: true };
    const readName = aliasNameReader(rules);
    for (let i = 0; i < 5000; i++) {
      const name = `"${r.list(r.int(0, 9), () => r.pick([...'aB0.-+_  '])).join('')}"`;
      const text = `${name}: x\n`;
      if (read(text)[1] !== '') continue;
      const address = { user: name.toLowerCase(), shown: name, local: true };
      expect(readName(text.slice(0, -1), ':')).toMatchObject({ address, messages: [], end: name.length });
    }
  });

  it('is what the general reader makes of it', { tags: ['slow'] }, () => {
    const r = random(6);
    for (let i = 0; i < 20_000; i++) {
      const text = r.list(r.int(1, 20), () => r.pick(r.chance(0.5) ? LINE : PIECES)).join('');
      const [entries, rest] = read(text);
      expect(entries, JSON.stringify(text)).toEqual(entriesBefore(text, text.length - rest.length));
    }
  });
});
