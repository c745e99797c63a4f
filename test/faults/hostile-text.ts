/**
 * Byte strings that are hard on a parser: words of its language in any order, well-formed samples with damage, long
 * repetitions, and noise.
 */
import fc from 'fast-check';

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const telling = fc.constantFrom(
  '\0',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\t',
  '\x0b',
  '\x7f',
  '\x80',
  '\xa0',
  '\xff',
  '"',
  '\\',
  '#',
);

type Edit = (text: string) => string;

function edit(words: fc.Arbitrary<string>): fc.Arbitrary<Edit> {
  const place = fc.nat(4000);
  return fc.oneof(
    fc.tuple(place, words).map(
      ([at, word]): Edit =>
        (text) =>
          spliced(text, at, 0, word),
    ),
    fc.tuple(place, fc.nat(40)).map(
      ([at, length]): Edit =>
        (text) =>
          spliced(text, at, length, ''),
    ),
    fc.tuple(place, byte).map(
      ([at, one]): Edit =>
        (text) =>
          spliced(text, at, 1, one),
    ),
    fc.tuple(place, fc.nat(40), place).map(
      ([from, length, to]): Edit =>
        (text) =>
          spliced(text, to, 0, text.slice(from % (text.length + 1)).slice(0, length)),
    ),
  );
}

function spliced(text: string, at: number, remove: number, insert: string): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + insert + text.slice(start + remove);
}

/** @param words of the language @param samples well-formed texts, and cases that were found before */
export function hostileText(words: readonly string[], samples: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: telling },
    { weight: 1, arbitrary: byte },
  );
  const jumble = fc.array(word, { maxLength: 24 }).map((parts) => parts.join(''));
  const damaged = fc
    .tuple(fc.constantFrom(...samples), fc.array(edit(word), { minLength: 1, maxLength: 6 }))
    .map(([sample, edits]) => edits.reduce((text, change) => change(text), sample));
  const repeated = fc
    .tuple(jumble, word, fc.nat(1200), jumble)
    .map(([before, one, times, after]) => before + one.repeat(times) + after);
  return fc.oneof(
    { weight: 8, arbitrary: jumble },
    { weight: 8, arbitrary: damaged },
    { weight: 1, arbitrary: repeated },
  );
}
