/** Each code is in one table, once, and the documents have all codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CODE_NAMES, CODES } from '../../src/core/codes/codes.ts';

const TABLES = readdirSync('src/core/codes').map((name) => readFileSync(`src/core/codes/${name}`, 'utf8'));

it('no code stands in the tables twice', () => {
  const written = TABLES.flatMap((text) => [...text.matchAll(/^ {2}(MM\d{3}): \{$/gm)].map(([, code]) => code));
  expect(written.sort()).toEqual([...CODE_NAMES]);
});

it.each(['src', 'docs', 'README.md'])('every code that %s mentions is one', (place) => {
  const names = place.endsWith('.md')
    ? [place]
    : readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => `${place}/${name}`);
  const texts = names.filter((name) => /\.(?:ts|md)$/.test(name)).map((name) => readFileSync(name, 'utf8'));
  for (const [code] of texts.join('\n').matchAll(/\bMM\d{3}\b/g)) expect(CODE_NAMES).toContain(code);
});

it('the table of docs/review.md has them all', () => {
  const text = readFileSync('docs/review.md', 'utf8');
  for (const code of CODE_NAMES)
    expect(text).toContain(`${code} ${CODES[code].severity.padEnd(7)} ${CODES[code].title}\n`);
});
